"""What became of an answer: the receipt (who got which version, never the question), 有用 / 没用, notes."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from curation.hits import COUNT, Kind
from storage.prepared import Prepared
from storage.tables.curation import feedback, handover, receipt
from storage.tables.members import binding, branch, member

_RECEIPT = Prepared(
    lambda new: (
        new(receipt)
        .values({name: bindparam(name) for name in ("binding_id", "entry_id", "version", "day")})
        .on_conflict_do_nothing()
    )
)


def record_receipt(connection: Connection, binding_id: int, entry_id: str, version: int, day: date) -> None:
    """Notes that a chat account was given this version on that day; once a day is enough."""
    _RECEIPT.changed(connection, binding_id=binding_id, entry_id=entry_id, version=version, day=day.isoformat())


def record_answer(
    connection: Connection, binding_id: int, entry_id: str, version: int, day: date, kind: Kind = "answered"
) -> None:
    """The receipt of an answer, and one more use of its entry: every answered message's way."""
    when = day.isoformat()
    _RECEIPT.changed(connection, binding_id=binding_id, entry_id=entry_id, version=version, day=when)
    COUNT.changed(connection, entry_id=entry_id, day=when, kind=kind)


def count_feedback(connection: Connection, entry_id: str, version: int, verdict: str, day: date) -> None:
    """One more 有用 (`useful`) or 没用 (`useless`) for an entry's version, without a name."""
    key = {"entry_id": entry_id, "version": version, "verdict": verdict, "day": day.isoformat()}
    again = update(feedback).filter_by(**key).values(times=feedback.c.times + 1).returning(feedback.c.id)
    if connection.execute(again).one_or_none() is None:
        connection.execute(insert(feedback).values(**key, times=1))


def leave_note(connection: Connection, binding_id: int, branch_id: int | None, note: str, now: datetime) -> None:
    """A note that a member writes on purpose, for a person of the branch to answer."""
    values = {"binding_id": binding_id, "branch_id": branch_id, "note": note, "created_at": now}
    connection.execute(insert(handover).values(**values))


@dataclass(frozen=True, slots=True)
class Note:
    """A note that waits for an answer; name and branch are empty for a visitor."""

    at: datetime
    branch: str
    name: str
    text: str


def open_notes(connection: Connection) -> list[Note]:
    """The notes nobody has dealt with, oldest first."""
    query = (
        select(handover.c.created_at, branch.c.path, member.c.name, handover.c.note)
        .join(binding, binding.c.id == handover.c.binding_id)
        .outerjoin(member, member.c.id == binding.c.member_id)
        .outerjoin(branch, branch.c.id == handover.c.branch_id)
        .where(handover.c.state == "open")
        .order_by(handover.c.id)
    )
    return [Note(row[0], row[1] or "", row[2] or "", row[3]) for row in connection.execute(query)]
