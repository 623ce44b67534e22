"""Drafts that are ready: published in the files, and the version before them ended or retired. Pure.

What is served is another matter: it changes when the files are published.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from curation.spreadsheets.results import Edit
from knowledge_base.entry import Content, Entry, HistoryLine
from knowledge_base.linting import lint
from knowledge_base.strict_yaml import Problem
from knowledge_base.wordings import together


@dataclass(frozen=True, slots=True)
class Signature:
    """By which roles a draft was written and checked, for its history; never a person's name."""

    by: str
    checked_by: str = ""
    note: str = ""


def drafts_of(content: Content, ids: Collection[str]) -> list[Entry]:
    """The drafts with these numbers; all of them where no number is given."""
    return [entry for entry in content.entries if entry.status == "draft" and (not ids or entry.id in ids)]


def finalized(content: Content, drafts: Collection[Entry], today: date, signature: Signature | None) -> list[Edit]:
    """The edits that make drafts the published versions of their entries.

    A draft with a later first day leaves the older version in force until the day before; one that only says it better
    takes over its days, and the older version is retired.
    """
    return [edit for draft in drafts for edit in _finalized(content, draft, today, signature)]


def _finalized(content: Content, draft: Entry, today: date, signature: Signature | None) -> Iterator[Edit]:
    history = draft.history
    if signature:
        line = HistoryLine(draft.version, today, signature.by, signature.checked_by, signature.note)
        history = (line, *history)
    author = signature.by if signature else draft.author
    yield Edit(replace(draft, status="published", history=history, author=author), draft.place.file, draft)
    for old in content.entries:
        if old.id == draft.id and old.status == "published" and together(old, draft):
            yield Edit(_ended(old, draft), old.place.file, old)


def _ended(old: Entry, new: Entry) -> Entry:
    starts_later = new.effective_from and new.effective_from > (old.effective_from or date.min)
    if new.effective_from and starts_later:
        return replace(old, effective_to=new.effective_from - timedelta(days=1))
    return replace(old, status="retired")


def new_errors(content: Content, edits: Collection[Edit], today: date) -> list[Problem]:
    """What `kb lint` would call an error after the edits and does not now, besides where it stands."""
    instead = {id(edit.instead): edit.entry for edit in edits}
    after = replace(content, entries=tuple(instead.get(id(entry), entry) for entry in content.entries))
    known = {(problem.code, problem.text) for problem in lint(content, today)}
    return [p for p in lint(after, today) if p.severity == "error" and (p.code, p.text) not in known]
