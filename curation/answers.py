"""What became of an answer: the receipt (who got which version, never the question), 有用 / 没用, notes."""

from datetime import date, datetime

from sqlalchemy import Connection, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables.curation import feedback, handover, receipt


def record_receipt(connection: Connection, binding_id: int, entry_id: str, version: int, day: date) -> None:
    """Notes that a chat account was given this version on that day; once a day is enough."""
    new = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"binding_id": binding_id, "entry_id": entry_id, "version": version, "day": day.isoformat()}
    connection.execute(new(receipt).values(**values).on_conflict_do_nothing())


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
