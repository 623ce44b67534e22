"""What a question asks for (a time, a number, a reason ...) and which numbers it names. Pure."""

import re

_KINDS = {
    "when": "什么时候|几月|几号|哪天|哪年|时候|日期|时间",
    "long": "多久|几天|几年|几个月|期限|多长|几个工作日",
    "much": "多少|几个|几名|几人|几次|几票|价格|多大|多高|几",
    "why": "为什么|怎么会|原因|凭什么",
    "how": "怎么|步骤|流程|方法|手续|办法|程序",
    "where": "哪里|地方|哪",
    "who": "谁|哪些人|什么人",
    "what": "什么|哪些|意思|是指|内容|区别",
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


def agreement(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """1 when both name the same or neither names any, 0.5 when only one side names any, 0 when they differ."""
    if ours is theirs or not ours or not theirs:
        return 1.0 if ours == theirs else 0.5
    return 0.0 if ours.isdisjoint(theirs) else 1.0
