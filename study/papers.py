"""The paper of a day: its questions one by one, the answers, and what comes back another day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from knowledge_base.entry import Content, QuizItem
from knowledge_base.workdays import Calendar
from storage import outbox
from storage.tables.study import attempt, paper
from study import learners
from study.learners import KINDS
from study.rules.cadence import streak
from study.rules.grading import Graded, grade

# Questions that may be exchanged on one day: enough for a wrong moment, too few to pick the easy ones.
MAX_CHANGES = 5


@dataclass(frozen=True, slots=True)
class Bank:
    """The questions a paper may hold, by id, and the calendar that streaks go by."""

    items: Mapping[str, QuizItem]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a member stands in the paper of a day. `items`: ids with versions, `answered` of them done.

    `changed`: the ids of questions that were exchanged for others.
    """

    id: int
    day: date
    items: tuple[tuple[str, int], ...]
    answered: int
    correct: int
    changed: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Question:
    """The question to be answered now: the `number`-th of `count`."""

    item: QuizItem
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A graded answer, and what follows: another question, or the end, with the days in a row."""

    item: QuizItem
    graded: Graded
    paper: Paper
    following: Question | None
    streak: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """A question whose last answer was wrong."""

    item: QuizItem
    chosen: str


def bank_of(content: Content) -> Bank:
    """The bank of a content: questions that are published, have a source, and can be graded by a program."""
    usable = (q for q in content.quizzes if q.status == "published" and q.sources and q.type != "short")
    return Bank({item.id: item for item in usable}, content.calendar)


def find(connection: Connection, member_id: int, day: date) -> Paper | None:
    """The member's paper of a day, where it was started."""
    row = connection.execute(
        select(paper).where(paper.c.member_id == member_id, paper.c.day == day.isoformat())
    ).one_or_none()
    if row is None:
        return None
    items = tuple((item_id, version) for item_id, version in json.loads(row.items))
    return Paper(row.id, day, items, row.answered, row.correct, tuple(json.loads(row.changed)), row.state)


def start(connection: Connection, bank: Bank, member_id: int, day: date, count: int, now: datetime) -> Question | None:
    """Begins the paper of the day, or goes on with it; None when it is done, or no question is left to ask."""
    known = find(connection, member_id, day)
    if known is not None:
        return _reopened(connection, bank, known, member_id, now)
    outbox.drop(connection, member_id, KINDS, "已经开始答题", now)
    chosen = _choose(connection, bank, member_id, set(), count, now)
    if not chosen:
        return None
    values = {"member_id": member_id, "day": day.isoformat(), "items": json.dumps(chosen), "state": "open"}
    connection.execute(insert(paper).values(**values, started_at=now))
    return Question(bank.items[chosen[0][0]], 1, len(chosen))


def extend(connection: Connection, bank: Bank, member_id: int, day: date, count: int, now: datetime) -> Question | None:
    """再来一组: more questions for a member whose paper is done; None where nothing is left to ask today."""
    known = find(connection, member_id, day)
    if known is None or known.state != "done":
        return start(connection, bank, member_id, day, count, now)
    more = _choose(connection, bank, member_id, _taken(known), count, now)
    if not more:
        return None
    items = (*known.items, *more)
    _write(connection, known.id, items=json.dumps(items), state="open")
    return Question(bank.items[more[0][0]], known.answered + 1, len(items))


def current(connection: Connection, bank: Bank, member_id: int, day: date) -> Question | None:
    """The question that waits for an answer; None without an open paper, or when the question was withdrawn."""
    known = find(connection, member_id, day)
    return _waiting(bank, known) if known else None


def answer(connection: Connection, bank: Bank, member_id: int, day: date, chosen: str, now: datetime) -> Answered:
    """Grades and records the answer to the current question. Raises LookupError where none waits."""
    known = find(connection, member_id, day)
    question = _waiting(bank, known) if known else None
    if known is None or question is None:
        raise LookupError("no question waits for an answer")
    graded = grade(question.item, chosen)
    _record(connection, bank, member_id, question.item, graded, now)
    after = replace(known, answered=known.answered + 1, correct=known.correct + graded.correct)
    following = None if after.answered == len(after.items) else _at_hand(connection, bank, after, member_id, now)
    if following is None:
        after = replace(after, state="done")
    _write(connection, after.id, answered=after.answered, correct=after.correct, state=after.state)
    days = _count_day(connection, bank, member_id, day) if following is None else 0
    return Answered(question.item, graded, after, following, days)


def change(connection: Connection, bank: Bank, member_id: int, day: date, now: datetime) -> Question | None:
    """换一题: another question in place of the current one; None where no more may be, or can be, exchanged."""
    known = find(connection, member_id, day)
    if known is None or known.state != "open" or len(known.changed) >= MAX_CHANGES:
        return None
    return _exchange(connection, bank, known, member_id, now)


def leave(connection: Connection, member_id: int, day: date, now: datetime) -> Paper | None:
    """不考了: the paper stays as it is and can be taken up again; nobody is reminded of it today."""
    outbox.drop(connection, member_id, KINDS, "今天不考了", now)
    known = find(connection, member_id, day)
    if known is None or known.state == "done":
        return known
    _write(connection, known.id, state="stopped")
    return known


def mistakes(connection: Connection, bank: Bank, member_id: int) -> list[Mistake]:
    """The questions whose last answer was wrong, the latest first."""
    last = select(func.max(attempt.c.id)).where(attempt.c.member_id == member_id).group_by(attempt.c.item_id)
    rows = connection.execute(
        select(attempt.c.item_id, attempt.c.chosen)
        .where(attempt.c.id.in_(last), attempt.c.correct.is_(False))
        .order_by(attempt.c.id.desc())
    )
    return [Mistake(bank.items[row.item_id], row.chosen) for row in rows if row.item_id in bank.items]


def _reopened(connection: Connection, bank: Bank, known: Paper, member_id: int, now: datetime) -> Question | None:
    if known.state == "done":
        return None
    _write(connection, known.id, state="open")
    return _at_hand(connection, bank, known, member_id, now)


def _count_day(connection: Connection, bank: Bank, member_id: int, day: date) -> int:
    """Counts a finished day into the private streak and returns it."""
    before = learners.get(connection, member_id)
    days = streak(before.streak, before.last_day, day, bank.calendar)
    learners.keep(connection, member_id, streak=days, last_day=day.isoformat())
    return days


def _at_hand(connection: Connection, bank: Bank, known: Paper, member_id: int, now: datetime) -> Question | None:
    """The question at which a paper stands, or another where that one was withdrawn meanwhile."""
    return _question(bank, known) or _exchange(connection, bank, known, member_id, now)


def _waiting(bank: Bank, known: Paper) -> Question | None:
    return _question(bank, known) if known.state == "open" else None


def _question(bank: Bank, known: Paper) -> Question | None:
    item = bank.items.get(known.items[known.answered][0])
    return Question(item, known.answered + 1, len(known.items)) if item else None


def _exchange(connection: Connection, bank: Bank, known: Paper, member_id: int, now: datetime) -> Question | None:
    other = _choose(connection, bank, member_id, _taken(known), 1, now)
    if not other:
        return None
    items = [*known.items[: known.answered], other[0], *known.items[known.answered + 1 :]]
    changed = [*known.changed, known.items[known.answered][0]]
    _write(connection, known.id, items=json.dumps(items), changed=json.dumps(changed))
    return Question(bank.items[other[0][0]], known.answered + 1, len(items))


def _taken(known: Paper) -> set[str]:
    return {*(item_id for item_id, _ in known.items), *known.changed}


def _choose(
    connection: Connection, bank: Bank, member_id: int, taken: set[str], count: int, now: datetime
) -> list[tuple[str, int]]:
    left = {key: item for key, item in bank.items.items() if key not in taken}
    chosen = learners.selector(learners.get(connection, member_id).memory, member_id, left).choose(now, count)
    return [(item_id, bank.items[item_id].version) for item_id in chosen]


def _record(connection: Connection, bank: Bank, member_id: int, item: QuizItem, graded: Graded, now: datetime) -> None:
    selector = learners.selector(learners.get(connection, member_id).memory, member_id, bank.items)
    connection.execute(
        insert(attempt).values(
            member_id=member_id, item_id=item.id, version=item.version, chosen=graded.chosen,
            correct=graded.correct, first=not selector.has_seen(item.id), at=now,
        )
    )  # fmt: skip
    selector.record(item.id, graded.correct, now)
    learners.keep(connection, member_id, memory=json.dumps(selector.state()), unanswered=0, next_day=None)


def _write(connection: Connection, paper_id: int, **values: object) -> None:
    connection.execute(update(paper).where(paper.c.id == paper_id).values(**values))
