"""The text of a row's cells -> the entry it proposes, held against the version table and the loader's rules. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from curation.spreadsheets.columns import DATES, STATUSES, cells_of, lines_of, tidy
from curation.spreadsheets.rows import Finding
from knowledge_base.entry import Citation, Entry, NotVariant, Source
from knowledge_base.loading import wording_fault
from knowledge_base.strict_yaml import has_control_characters

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_POINTS_TO = re.compile(r"\s*(?:→|->|=>)\s*")
_NOT_ANSWERED = ("", "refuse", "不答", "拒答", "不作答")
_CITED = ("docs", "articles", "quotes")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a proposal is held against. `today` decides which edition of a document is meant."""

    sources: Mapping[str, Source]
    ids: Collection[str]
    today: date


class Proposal:
    """One row on its way to an entry: `entry` is the result, `findings` what stands against it."""

    def __init__(self, target: Entry, cells: Mapping[str, str], changed: Collection[str], rules: Rules) -> None:
        """`cells`: the row's text. `changed`: the columns in which the row differs from the target."""
        self.findings: list[tuple[str, Finding]] = []
        self._target = target
        self._cells = {**cells_of(target), **{key: cells[key] for key in changed}}
        self._changed = changed
        self._rules = rules
        self.entry = replace(target, **dict(self._values()))

    def _complain(self, key: str, code: str, text: str, remedy: str) -> None:
        self.findings.append((key, Finding(0, code, text, remedy)))

    def _values(self) -> Iterator[tuple[str, Any]]:
        for key in self._changed:
            if has_control_characters(self._cells[key]):
                self._complain(key, "E100", "里有看不见的控制字符。", "请删去它，或把这一格重新打一遍。")
            elif key in _READERS:
                yield _READERS[key](self, key)
        if not {*_CITED}.isdisjoint(self._changed):
            yield from self._citations()
        if "review_by" in self._changed and self._target.checked_on < self._rules.today:
            # Whoever sets the next review has just made one.
            yield "checked_on", self._rules.today

    def _text(self, key: str) -> tuple[str, str]:
        return key, tidy(self._cells[key])

    def _question(self, key: str) -> tuple[str, str]:
        text = tidy(self._cells[key])
        if not text:
            self._complain(key, "E101", "是空的。", "请写出标准问题。")
        self._wording(key, text, "E101")
        return key, text

    def _answer(self, key: str) -> tuple[str, str]:
        text = tidy(self._cells[key])
        if not text:
            self._complain(key, "E103", "是空的。", "请写出答案。")
        return key, text

    def _wording(self, key: str, text: str, code: str) -> None:
        match wording_fault(text):
            case "blank" if text:
                self._complain(key, code, f"“{text}”里没有可以比较的字。", "请写成一句话。")
            case "space":
                self._complain(key, "E109", f"“{text}”里有换行或全角空格。", "请删去它们，一种问法写成一行。")

    def _variants(self, key: str) -> tuple[str, tuple[str, ...]]:
        lines = lines_of(self._cells[key])
        for line in lines:
            self._wording(key, line, "E110")
        return key, tuple(dict.fromkeys(lines))

    def _not_variants(self, key: str) -> tuple[str, tuple[NotVariant, ...]]:
        before = {near.text: near for near in self._target.not_variants}
        return key, tuple(before.get(line) or self._not_variant(key, line) for line in lines_of(self._cells[key]))

    def _not_variant(self, key: str, line: str) -> NotVariant:
        text, *to = _POINTS_TO.split(line, maxsplit=1)
        goes_to = to[0].strip() if to else ""
        if goes_to not in (*_NOT_ANSWERED, *self._rules.ids):
            self._complain(key, "E304", f"“{text}”指向的“{goes_to}”不存在。", "请核对编号；不该回答的不要写箭头。")
        return NotVariant(text, "refuse" if goes_to in _NOT_ANSWERED else goes_to)

    def _list(self, key: str) -> tuple[str, tuple[str, ...]]:
        return key, tuple(part for line in lines_of(self._cells[key]) for part in _several(line))

    def _follow_up(self, key: str) -> tuple[str, tuple[str, ...]]:
        ids = tuple(folded(line).split()[0] for line in self._list(key)[1])
        for unknown in [each for each in ids if each not in self._rules.ids]:
            self._complain(key, "E304", f"里的“{unknown}”不存在。", "请核对编号，一行一个。")
        return key, ids

    def _day(self, key: str) -> tuple[str, date | None]:
        text = folded(self._cells[key])
        if not text:
            if key == "review_by":
                self._complain(key, "E110", "是空的。", "请写明最晚哪天复核，如 2027-11-22。")
            return key, self._target.review_by if key == "review_by" else None
        found = _DAY.fullmatch(text)
        try:
            if found:
                return key, date(*map(int, found.groups()))
        except ValueError:
            pass
        self._complain(key, "E110", f"写的是“{text}”，不是日期。", "请写成 2026-11-22 的样子。")
        return key, getattr(self._target, key)

    def _citations(self) -> Iterator[tuple[str, Any]]:
        docs, articles = (lines_of(self._cells[key]) for key in ("docs", "articles"))
        quotes = [line.strip() for line in self._cells["quotes"].replace("\r\n", "\n").rstrip().split("\n")]
        if len(docs) == 1:
            docs *= max(1, len(articles))
        if len(articles) != len(docs) or len(quotes) > max(1, len(docs)):
            text = f"“依据”有 {len(docs)} 行，“条款”有 {len(articles)} 行，“原文”有 {len(quotes)} 行，对不上。"
            self._complain("docs", "E303", text, "请让每份依据和它的条款、原文在同一行。")
            return
        quotes += [""] * (len(docs) - len(quotes))
        cited = [self._citation(*each) for each in zip(docs, articles, quotes, strict=False)]
        yield "sources", tuple(citation for citation in cited if citation)
        grades = {edition.grade for c in cited if c and (edition := self._rules.sources[c.doc].edition(c.edition))}
        if "P" in grades:
            yield "grade", "P"
        elif grades == {"A"}:
            yield "grade", "A"

    def _citation(self, written: str, article: str, quote: str) -> Citation | None:
        """The edition is the one written behind the name, else the one cited before, else the one in force that day."""
        source = next((each for each in _by_length(self._rules.sources) if _names(written, each) is not None), None)
        if source is None:
            text = f"里的“{written}”不在依据目录里。"
            self._complain("docs", "E303", text, "请写文件全名（见“依据目录”表），或先在 sources.yaml 登记。")
            return None
        said = _names(written, source) or ""
        before = next((c.edition for c in self._target.sources if c.doc == source.doc), "")
        day = max(self._rules.today, self._target.effective_from or self._rules.today)
        current = source.in_force(day)
        edition = said or before or (current.edition if current else source.editions[-1].edition)
        if source.edition(edition) is None:
            known = "、".join(each.edition for each in source.editions)
            self._complain("docs", "E303", f"里的《{source.doc}》没有“{edition}”这一版。", f"目录里有：{known}。")
            return None
        return Citation(source.doc, article, edition, quote)


_READERS: Mapping[str, Any] = {
    "question": Proposal._question,
    "variants": Proposal._variants,
    "not_variants": Proposal._not_variants,
    "answer": Proposal._answer,
    "short": Proposal._text,
    "applies_to": Proposal._list,
    "follow_up": Proposal._follow_up,
    "tags": Proposal._list,
    **dict.fromkeys(DATES, Proposal._day),
}


def folded(text: str) -> str:
    """Full-width letters and digits as half-width ones: numbers, versions, dates and states are written in either."""
    return unicodedata.normalize("NFKC", text).strip()


def status_of(text: str) -> str | None:
    """The state that a cell names; "" for a blank cell, None for what is no state."""
    label = folded(text)
    return "" if not label else next((key for key, name in STATUSES.items() if label in (name, key)), None)


def _several(line: str) -> list[str]:
    return [part.strip() for part in re.split(r"[、,，;；]", line) if part.strip()]


def _by_length(sources: Mapping[str, Source]) -> list[Source]:
    """Longer names first: one name may begin with another."""
    return sorted(sources.values(), key=lambda source: -len(source.doc))


def _names(written: str, source: Source) -> str | None:
    """The edition written behind a document's name or short name ("" for none); None where it names another."""
    text = written.strip().removeprefix("《")
    for name in (source.doc, source.short):
        if text.startswith(name):
            rest = text.removeprefix(name).removeprefix("》").strip()
            edition = re.fullmatch(r"[（(@\s]*([^（()）@\s年]*)\s*年?\s*版?\s*[）)]?", rest)
            return edition[1] if edition else None
    return None
