"""What became of an answer: the receipt (who got which version, never the question), 有用 / 没用, notes."""

from datetime import date, datetime

from sqlalchemy import Connection, bindparam, insert, update

from storage.prepared import Prepared
from storage.tables.curation import feedback, handover, receipt

_RECEIPT = Prepared(
    lambda new: (
        new(receipt)
        .values({name: bindparam(name) for name in ("binding_id", "entry_id", "version", "day")})
        .on_conflict_do_nothing()
    )
)


def record_receipt(connection: Connection, binding_id: int, entry_id: str, version: int, day: date) -> None:
    """Notes that a chat account was given this version on that day; once a day is enough."""
    _RECEIPT.run(connection, binding_id=binding_id, entry_id=entry_id, version=version, day=day.isoformat())


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
