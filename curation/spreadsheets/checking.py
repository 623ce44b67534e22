"""The proposed entries together: held against the rules of `kb lint`, the files, and each other. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from curation.spreadsheets.results import Result
from curation.spreadsheets.rows import Finding, of_severity
from knowledge_base.entry import Content, Entry
from knowledge_base.linting import entry_problems
from knowledge_base.quotes import Quotes
from knowledge_base.wordings import Compared, clashes, comparer

# Where neither changed, nothing new can clash.
_WORDINGS = {"question", "variants"}


def linted(results: Sequence[Result], content: Content, texts: Mapping[str, str], today: date) -> list[Result]:
    """Holds every proposed entry against the version table, the texts and the dates, as `kb lint` would."""
    quotes = Quotes(texts)
    return [_linted(result, content, quotes, today) for result in results]


def _linted(result: Result, content: Content, quotes: Quotes, today: date) -> Result:
    if result.edit is None or result.outcome == "retired":
        return result
    entry = result.edit.entry
    found = [
        Finding(result.row.number, p.code, p.text.removeprefix(entry.id).strip(), p.remedy, severity=p.severity)
        for p in entry_problems(entry, content, today, quotes)
    ]
    findings = (*result.findings, *found)
    if of_severity(found, "error"):
        return replace(result, outcome="refused", edit=None, findings=findings)
    return replace(result, findings=findings)


def apart(results: Sequence[Result], content: Content) -> list[Result]:
    """One question must not get two answers, nor one wording two entries.

    Refuses until nothing clashes: a refused row may have been the one that gave a wording away.
    """
    kept = list(results)
    compared = cache(comparer(content.lexicon))
    while found := _clashing(kept, content, compared):
        kept = [
            replace(r, outcome="refused", edit=None, findings=(*r.findings, *found[at])) if at in found else r
            for at, r in enumerate(kept)
        ]
    return kept


def _clashing(results: Sequence[Result], content: Content, compared: Compared) -> dict[int, list[Finding]]:
    rows = {id(r.edit.entry): at for at, r in enumerate(results) if r.edit and _WORDINGS & {*r.columns}}
    found: dict[int, list[Finding]] = {}
    if not rows:
        return found
    for code, one, wording, other in clashes(_after(results, content), compared):
        for entry, against in ((one, other), (other, one)):
            at = rows.get(id(entry))
            if at is None or entry.id == against.id != "":
                continue
            there = rows.get(id(against))
            where = f"第 {results[there].row.number} 行" if there is not None else f"{against.place}（{against.id}）"
            clash = (
                "一种说法只能归一条"
                if code != "E201"
                else "答案也相同"
                if entry.answer == against.answer
                else "答案不同"
            )
            text = f"“{wording}”在{where}也有，{clash}。"
            remedy = "请合并成一条，或改掉其中一个问法。"
            found.setdefault(at, []).append(Finding(results[at].row.number, code, text, remedy))
    return found


def _after(results: Sequence[Result], content: Content) -> list[Entry]:
    """The newest version of every entry as it would be, those of the rows last."""
    edited = [result.edit.entry for result in results if result.edit]
    gone = {entry.id for entry in edited}
    heads: dict[str, Entry] = {}
    for entry in content.entries:
        if entry.status != "retired" and entry.id not in gone:
            before = heads.get(entry.id)
            heads[entry.id] = entry if before is None or before.version < entry.version else before
    return [*heads.values(), *(entry for entry in edited if entry.status != "retired")]
