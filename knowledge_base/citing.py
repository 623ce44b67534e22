"""A citation held against the version table: document, edition and articles. Entries and quiz items cite alike."""

import re
import unicodedata
from collections.abc import Mapping

from knowledge_base.entry import Citation, Edition, Place, Source
from knowledge_base.strict_yaml import Problem
from knowledge_base.text import number_of

# 第七条, 第7条, 第七、八条, 第三十至三十二条.
_ARTICLES = re.compile(r"第([0-9零〇一二两三四五六七八九十百、,至到和及与~—–\-\s]+)条")
_NUMERAL = re.compile(r"[0-9]{1,9}|[零〇一二两三四五六七八九十百]+")


def cited(
    name: str, place: Place, citation: Citation, sources: Mapping[str, Source]
) -> tuple[Source | None, Edition | None, list[Problem]]:
    """(document, edition, what is wrong); None where the table does not have it. `name`: who cites."""
    source = sources.get(citation.doc)
    edition = source.edition(citation.edition) if source else None
    if source is None:
        text = f"{name} 引用的《{citation.doc}》不在依据目录里。"
        return None, None, [Problem(place, "E303", text, "请写文件全名，或先在 sources.yaml 登记。")]
    if edition is None:
        text = f"{name} 引用的《{citation.doc}》没有“{citation.edition}”这一版。"
        known = "、".join(each.edition for each in source.editions)
        return source, None, [Problem(place, "E303", text, f"目录里有：{known}。")]
    return source, edition, _articles_of(name, place, citation, edition)


def _articles_of(name: str, place: Place, citation: Citation, edition: Edition) -> list[Problem]:
    problems = []
    articles = _articles(citation.article)
    if not articles and edition.grade == "A":
        text = f"{name} 的条款“{citation.article}”里没有“第…条”。"
        problems.append(Problem(place, "E303", text, "请写明条款，如 第七条。"))
    if edition.articles and not all(1 <= number <= edition.articles for number in articles):
        text = f"{name} 引用的《{citation.doc}》{citation.article}超出了目录里的 {edition.articles} 条。"
        problems.append(Problem(place, "E303", text, "请核对条款。"))
    return problems


def _articles(cited: str) -> list[int]:
    """The numbers of all articles in a citation: 第七条、第9条 -> 7, 9."""
    lists = _ARTICLES.findall(unicodedata.normalize("NFKC", cited))
    return [_value(numeral) for numbers in lists for numeral in _NUMERAL.findall(numbers)]


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    if "十" in numeral or "百" in numeral:
        return number_of(numeral)
    # 一〇 is ten, digit by digit.
    return int("".join(str(number_of(digit)) for digit in numeral))
