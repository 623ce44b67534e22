"""How often what was answered, and how much is covered: counts a day, without persons."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection, bindparam, func, select

from storage.prepared import Prepared
from storage.tables.curation import feedback, hit

Kind = Literal["answered", "chosen", "offered", "refused", "outside"]

# Also counts what entries answered, with the receipt (curation/answers.py).
COUNT = Prepared(
    lambda new: (
        new(hit)
        .values(entry_id=bindparam("entry_id"), day=bindparam("day"), kind=bindparam("kind"), times=1)
        .on_conflict_do_update(index_elements=[hit.c.entry_id, hit.c.day, hit.c.kind], set_={"times": hit.c.times + 1})
    )
)


def count(connection: Connection, kind: Kind, day: date) -> None:
    """One more question that no entry answered: offered (a list), refused, or outside of what we answer."""
    COUNT.changed(connection, entry_id="", day=day.isoformat(), kind=kind)


@dataclass(frozen=True, slots=True)
class EntryUse:
    """How often an entry was given and what was said of it."""

    entry_id: str
    answered: int
    chosen: int
    useful: int
    useless: int


@dataclass(frozen=True, slots=True)
class Period:
    """What became of the questions of a day or a month. Questions outside of our matters are counted apart."""

    name: str
    answered: int
    offered: int
    refused: int
    outside: int
    chosen: int
    useless: int

    @property
    def questions(self) -> int:
        """Questions about our matters."""
        return self.answered + self.offered + self.refused

    @property
    def coverage(self) -> float | None:
        """The share answered, or offered among a few; None without questions."""
        return round((self.answered + self.offered) / self.questions, 4) if self.questions else None

    @property
    def refusal_rate(self) -> float | None:
        """The share refused; None without questions."""
        return round(self.refused / self.questions, 4) if self.questions else None


def by_entry(connection: Connection, since: date) -> list[EntryUse]:
    """Each entry that was given or judged since the day, most given first."""
    counts: Counter[tuple[str, str]] = Counter()
    rows = select(hit.c.entry_id, hit.c.kind, func.sum(hit.c.times)).where(hit.c.day >= since.isoformat())
    for entry_id, kind, times in connection.execute(rows.group_by(hit.c.entry_id, hit.c.kind)):
        counts[entry_id, kind] += times
    said = select(feedback.c.entry_id, feedback.c.verdict, func.sum(feedback.c.times))
    said = said.where(feedback.c.day >= since.isoformat()).group_by(feedback.c.entry_id, feedback.c.verdict)
    for entry_id, verdict, times in connection.execute(said):
        counts[entry_id, verdict] += times
    ids = {entry_id for entry_id, _ in counts if entry_id}
    used = [EntryUse(each, *(counts[each, k] for k in ("answered", "chosen", "useful", "useless"))) for each in ids]
    return sorted(used, key=lambda use: (-use.answered - use.chosen, use.entry_id))


def by_period(connection: Connection, since: date, *, monthly: bool = False) -> list[Period]:
    """Each day (or month) since the day, in order."""
    length = 7 if monthly else 10
    counts: dict[str, Counter[str]] = {}
    for day, kind, times in connection.execute(select(hit.c.day, hit.c.kind, hit.c.times).order_by(hit.c.day)):
        if day >= since.isoformat():
            counts.setdefault(day[:length], Counter())[kind] += times
    for day, times in connection.execute(
        select(feedback.c.day, feedback.c.times).where(feedback.c.verdict == "useless", feedback.c.day >= str(since))
    ):
        counts.setdefault(day[:length], Counter())["useless"] += times
    return [_period(name, counts[name]) for name in sorted(counts)]


def _period(name: str, kinds: Mapping[str, int]) -> Period:
    shown = ("answered", "offered", "refused", "outside", "chosen", "useless")
    return Period(name, *(kinds.get(kind, 0) for kind in shown))
