"""What a question asks for (a time, a number, a reason ...) and which numbers it names. Pure."""

import re
from functools import lru_cache

_KINDS = {
    "often": "频次|频率|次数|几次|几回|多久(?:开|写|交|过|要|评|考察|搞|办|谈|换|汇报|联系)?1?(?:一?次|回)|每隔",
    "when": "什么时候|几月|几号|哪天|哪年|时候|日期|(?<!长)时间",
    "long": "多久|几天|几年|几个月|期限|多长|几个工作日",
    "much": "多少|几个|几名|几人|几次|几票|价格|多大|多高|几",
    "why": "为什么|怎么会|原因|凭什么",
    "how": "怎么(?!处理|样)|步骤|流程|方法|手续|办法|程序",
    "then": "后果|怎么处理|怎么样|怎么罚|影响",
    "with": "材料|证明|准备什么|带什么|格式|模板",
    "where": "哪里|地方|哪",
    "who": "谁|哪些人|什么人|哪一?级|哪个部门|由.{1,4}批",
    "what": "什么(?!时候|人|条件)|哪些(?!人)|意思|是指|内容|几种",
    "which": "区别|一样|一回事|还是",
    "if": "条件|要求|资格",
    "whether": "能不能|可以|可不可以|能否|是否|有没有|要不要|是不是|能.*吗|行不行|吗|必须|允许|不$|没$",
}
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS.items())
_NUMBER = re.compile(r"第?\d+(?:\.\d+)?")


def kinds(text: str) -> frozenset[str]:
    """What compared text asks for; several at once are usual, none is possible.

    >>> sorted(kinds("预备期多久"))
    ['long']
    """
    return frozenset(kind for kind, pattern in _PATTERNS if pattern.search(text))


def numbers(text: str) -> frozenset[str]:
    """The numbers in compared text; 第5条 and 5天 are different numbers.

    >>> sorted(numbers("第5条说满18岁"))
    ['18', '第5']
    """
    return frozenset(_NUMBER.findall(text))


@lru_cache(maxsize=4096)
def agreement(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """The share that both name of what either names; 0.5 when only one side names any."""
    if ours is theirs or not ours or not theirs:
        return 1.0 if ours == theirs else 0.5
    return len(ours & theirs) / len(ours | theirs)
