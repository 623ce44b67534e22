"""A missed question becomes a variant of an entry, or a draft of a new one: as an edit of the curators' files. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from curation.curators import CurationProblem
from curation.spreadsheets.results import Edit
from knowledge_base.entry import Content, Entry, Place

# How long a new draft may stand before it has to be read again; its curator sets the real day.
REVIEW_IN = timedelta(days=365)


def another_wording(content: Content, entry_id: str, questions: Sequence[str]) -> Edit:
    """The newest published version of an entry, asked in these ways too. Raises CurationProblem for an unknown id."""
    known = [entry for entry in content.entries if entry.id == entry_id]
    if not known:
        raise CurationProblem(f"文件里没有编号是“{entry_id}”的条目。请核对编号，或用 --draft 新写一条。")
    entry = max(known, key=lambda each: (each.status == "published", each.version))
    fresh = [each for each in dict.fromkeys(map(one_line, questions)) if each not in entry.wordings]
    return Edit(replace(entry, variants=(*entry.variants, *fresh)), entry.place.file, entry)


def new_draft(content: Content, file: str, questions: Sequence[str], answer: str, today: date) -> Edit:
    """A new draft, asked in these ways, in a topic file. Raises CurationProblem for an unknown file."""
    there = [entry for entry in content.entries if entry.place.file == file]
    if not there:
        names = "、".join(sorted({entry.place.file for entry in content.entries}))
        raise CurationProblem(f"没有“{file}”这个问答文件，或里面一条也没有。可以写：{names}。")
    question, *variants = dict.fromkeys(map(one_line, questions))
    entry = Entry(
        id=_next_id(there[-1].id, content), status="draft", version=1, question=question, variants=tuple(variants),
        answer=answer.strip(), short="", sources=(), checked_on=today, review_by=today + REVIEW_IN, grade="N",
        topic=there[-1].topic, owner=there[-1].owner, place=Place(file, 1),
    )  # fmt: skip
    return Edit(entry, file)


def one_line(text: str) -> str:
    """A question as a wording may be written: no line breaks, no wide or outer spaces."""
    return " ".join(text.split())


def _next_id(last: str, content: Content) -> str:
    """The number after the highest with the same letters: zz-0016 -> zz-0017."""
    match = re.fullmatch(r"(.*?)(\d+)", last)
    prefix, width = (match[1], len(match[2])) if match else (f"{last}-", 4)
    pattern = re.compile(re.escape(prefix) + r"(\d+)")
    used = (int(found[1]) for entry in content.entries if (found := pattern.fullmatch(entry.id)))
    return f"{prefix}{max(used, default=0) + 1:0{width}d}"
