"""What could not be answered, or did not help. Kept without a person: nobody can see who asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, exists, insert, select, update

from storage.tables.curation import answer_wish, complaint, missed_question

# A question longer than this is no question; the rest is not kept.
MAX_LENGTH = 200
# An item is to be dealt with in a week.
DUE_IN = timedelta(days=7)
# Who sees to what belongs to no entry.
ANYBODY = "组织委员"
# Open questions looked at while a member waits; a curator's command looks at all.
SOME = 300
_WAITING = ("open", "answering")


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that got no answer. `waiting`: how many said 等答复."""

    id: int
    text: str
    asked: int
    nearest: tuple[str, ...]
    owner: str
    due: str
    state: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """How often a version of an entry was called useless, for one reason ("" where none was given)."""

    id: int
    entry_id: str
    version: int
    reason: str
    times: int
    owner: str
    due: str


def record_miss(
    connection: Connection, text: str, compared: str, nearest: Sequence[str], day: date, owner: str = ANYBODY
) -> None:
    """Puts a missed question into the queue, or counts it where it already waits."""
    known = connection.execute(
        update(missed_question)
        .where(missed_question.c.compared == compared[:MAX_LENGTH])
        .values(asked=missed_question.c.asked + 1, last_day=day.isoformat())
        .returning(missed_question.c.id, missed_question.c.state)
    ).one_or_none()
    due = {"owner": owner, "due_day": (day + DUE_IN).isoformat()}
    if known is None:
        values = {
            "text": text[:MAX_LENGTH],
            "compared": compared[:MAX_LENGTH],
            "nearest": " ".join(nearest),
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
        }
        connection.execute(insert(missed_question).values(**values, **due))
    elif known.state not in _WAITING:
        again = update(missed_question).where(missed_question.c.id == known.id)
        connection.execute(again.values(state="open", answered_by="", **due))


def open_misses(connection: Connection) -> list[Missed]:
    """What waits for an answer, most asked first."""
    query = (
        select(missed_question)
        .where(missed_question.c.state.in_(_WAITING))
        .order_by(missed_question.c.asked.desc(), missed_question.c.id)
    )
    wishes = list(connection.scalars(select(answer_wish.c.missed_id)))
    return [
        Missed(
            row.id, row.text, row.asked, tuple(row.nearest.split()), row.owner, row.due_day, row.state,
            wishes.count(row.id),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def last_missed(connection: Connection, count: int) -> list[str]:
    """The questions missed last, whatever has become of them, the newest first."""
    newest = select(missed_question.c.text).order_by(missed_question.c.last_day.desc(), missed_question.c.id.desc())
    return list(connection.scalars(newest.limit(count)))


def mark(connection: Connection, numbers: Sequence[int], state: str) -> int:
    """Moves waiting questions on: `answering` or `closed`. Returns how many there were."""
    moved = (
        update(missed_question)
        .where(missed_question.c.id.in_(numbers), missed_question.c.state.in_(_WAITING))
        .values(state=state)
        .returning(missed_question.c.id)
    )
    return len(connection.execute(moved).all())


def waiting(connection: Connection, at_most: int | None) -> list[tuple[int, str]]:
    """(number, question) of what waits for an answer: first where somebody waits for it too, then the newest."""
    wished = exists().where(answer_wish.c.missed_id == missed_question.c.id)
    query = (
        select(missed_question.c.id, missed_question.c.text)
        .where(missed_question.c.state.in_(_WAITING))
        .order_by(wished.desc(), missed_question.c.last_day.desc(), missed_question.c.id)
        .limit(at_most)
    )
    return [(row.id, row.text) for row in connection.execute(query)]


def mark_done(connection: Connection, number: int, entry_id: str) -> bool:
    """Closes a question that an entry answers now. False where somebody else was faster."""
    done = update(missed_question).where(missed_question.c.id == number, missed_question.c.state.in_(_WAITING))
    moved = done.values(state="done", answered_by=entry_id).returning(missed_question.c.id)
    return connection.execute(moved).one_or_none() is not None


def wish(connection: Connection, is_it: Callable[[str], bool], binding_id: int, day: date) -> bool:
    """Notes who wants to be told; `is_it` recognises the question by its compared text. False where it is not open."""
    rows = connection.execute(
        select(missed_question.c.id, missed_question.c.compared)
        .where(missed_question.c.state.in_(_WAITING), missed_question.c.last_day >= (day - timedelta(1)).isoformat())
        .order_by(missed_question.c.id.desc())
    )
    found = next((row.id for row in rows if is_it(row.compared)), None)
    if found is None:
        return False
    key = {"missed_id": found, "binding_id": binding_id}
    if connection.scalar(select(answer_wish.c.since).filter_by(**key)) is None:
        connection.execute(insert(answer_wish).values(**key, since=day.isoformat()))
    return True


def complain(connection: Connection, entry_id: str, version: int, reason: str, owner: str, day: date) -> None:
    """One more 没用 for an entry's version, without a name."""
    key = {"entry_id": entry_id, "version": version, "reason": reason[:MAX_LENGTH]}
    again = update(complaint).filter_by(**key).values(times=complaint.c.times + 1, state="open")
    if connection.execute(again.returning(complaint.c.id)).one_or_none() is None:
        dates = {"first_day": day.isoformat(), "due_day": (day + DUE_IN).isoformat()}
        connection.execute(insert(complaint).values(**key, **dates, owner=owner, times=1))


def give_reason(connection: Connection, entry_id: str, version: int, reason: str, owner: str, day: date) -> None:
    """The reason of a 没用 that was counted without one."""
    without = update(complaint).filter_by(entry_id=entry_id, version=version, reason="")
    connection.execute(without.where(complaint.c.times > 0).values(times=complaint.c.times - 1))
    complain(connection, entry_id, version, reason, owner, day)


def open_complaints(connection: Connection) -> list[Complaint]:
    """What was called useless and nobody has seen to, most often first."""
    columns = (
        complaint.c.id, complaint.c.entry_id, complaint.c.version, complaint.c.reason, complaint.c.times,
        complaint.c.owner, complaint.c.due_day,
    )  # fmt: skip
    query = (
        select(*columns)
        .where(complaint.c.state == "open", complaint.c.times > 0)
        .order_by(complaint.c.times.desc(), complaint.c.id)
    )
    return [Complaint(*row) for row in connection.execute(query)]


def close_complaints(connection: Connection, entry_id: str) -> int:
    """Somebody has seen to what was said of an entry. Returns how many items there were."""
    closed = update(complaint).where(complaint.c.entry_id == entry_id, complaint.c.state == "open")
    return len(connection.execute(closed.values(state="closed").returning(complaint.c.id)).all())
