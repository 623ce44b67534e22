"""Occurrences: what fell due on which local date. The one who writes the row is the one who acts on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    Update,
    and_,
    exists,
    func,
    literal,
    select,
    update,
)

from storage.outbox import Row as ToSend
from storage.tables.members import binding, member
from storage.tables.push import occurrence, outbox
from storage.upserts import NEW_ROW

# Rows written under one lock: the webhook waits for no longer than these take.
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A schedule's turn on one local date: begun at `due_at`, `slot` the local time it was set to. `id` 0: not written.

    `state`: open (rows are still being written), done, skipped (with the reason).
    """

    schedule: str
    zone: str
    day: date
    slot: str
    due_at: datetime
    state: str
    reason: str = ""
    id: int = 0


def write(connection: Connection, turns: Sequence[Occurrence], now: datetime) -> set[tuple[str, date]]:
    """Writes the occurrences that nobody has written before; which those are, as (schedule, day)."""
    if not turns:
        return set()
    rows = [
        {
            "schedule": turn.schedule, "zone": turn.zone, "day": turn.day.isoformat(), "slot": turn.slot,
            "due_at": turn.due_at, "state": turn.state, "reason": turn.reason, "created_at": now,
        }
        for turn in turns
    ]  # fmt: skip
    new = NEW_ROW[connection.dialect.name]
    written = connection.execute(
        new(occurrence).values(rows).on_conflict_do_nothing().returning(occurrence.c.schedule, occurrence.c.day)
    )
    return {(row[0], date.fromisoformat(row[1])) for row in written}


def latest_days(connection: Connection, zone: str) -> dict[str, date]:
    """By schedule, the last local date on which it fell due. One that was cancelled beforehand has not done so."""
    o = occurrence.c
    due = and_(o.zone == zone, o.created_at >= o.due_at)
    rows = connection.execute(select(o.schedule, func.max(o.day)).where(due).group_by(o.schedule))
    return {row[0]: date.fromisoformat(row[1]) for row in rows}


def written(connection: Connection, turn: Occurrence) -> Occurrence | None:
    """The occurrence as somebody has written it down before; None where nobody has."""
    o = occurrence.c
    theirs = and_(o.schedule == turn.schedule, o.zone == turn.zone, o.day == turn.day.isoformat(), o.slot == turn.slot)
    return next(iter(_found(connection, select(occurrence).where(theirs))), None)


def unfinished(connection: Connection) -> list[Occurrence]:
    """Those whose rows are not all written yet, the oldest first: a new one, or one whose process died."""
    return _found(connection, select(occurrence).where(occurrence.c.state == "open").order_by(occurrence.c.id))


def recent(connection: Connection, count: int) -> list[Occurrence]:
    """The last ones, newest first."""
    newest = select(occurrence).order_by(occurrence.c.due_at.desc(), occurrence.c.id.desc())
    return _found(connection, newest.limit(count))


def write_rows(
    connection: Connection, occurrence_id: int, to_send: ToSend, how: str, wanted: ColumnElement[bool], now: datetime
) -> bool:
    """Writes the next chunk of an occurrence's rows, one for each wanted member; True when more may be to come.

    `wanted` is a condition over the table member. What still waits of the same kind for those members gives way:
    only the latest is of use. Rows and cursor stand in one transaction (the caller's): a killed fan-out goes on
    exactly where it was.
    """
    here = occurrence.c.id == occurrence_id
    still_open = and_(here, occurrence.c.state == "open")
    cursor = connection.scalar(select(occurrence.c.cursor).where(still_open).with_for_update())
    if cursor is None:
        return False
    left = and_(member.c.id > cursor, _reachable(), wanted)
    chunk = select(member.c.id).where(left).order_by(member.c.id).limit(CHUNK).subquery()
    count, last = connection.execute(select(func.count(), func.max(chunk.c.id))).one()
    if count:
        upto = select(member.c.id).where(left, member.c.id <= last)
        connection.execute(_give_way(to_send, upto, now))
        connection.execute(_insert(connection, to_send, how, upto, now))
    state = "open" if count == CHUNK else "done"
    connection.execute(update(occurrence).where(here).values(cursor=last or cursor, state=state))
    return state == "open"


def wanted_members(connection: Connection, wanted: ColumnElement[bool]) -> list[int]:
    """The bound members for whom rows would be written now."""
    return list(connection.scalars(select(member.c.id).where(_reachable(), wanted).order_by(member.c.id)))


def stop(connection: Connection, turn: Occurrence, reason: str) -> bool:
    """Ends an occurrence whose rows are still being written; True when there was one."""
    o = occurrence.c
    theirs = and_(o.schedule == turn.schedule, o.zone == turn.zone, o.day == turn.day.isoformat(), o.state == "open")
    return connection.execute(update(occurrence).where(theirs).values(state="skipped", reason=reason)).rowcount > 0


def _reachable() -> ColumnElement[bool]:
    """The member is with us and has a chat account."""
    return and_(member.c.left_at.is_(None), exists().where(binding.c.member_id == member.c.id))


def _give_way(to_send: ToSend, members: Select[*tuple[Any, ...]], now: datetime) -> Update:
    older = and_(outbox.c.kind == to_send.kind, outbox.c.push != to_send.push, outbox.c.state == "waiting")
    theirs = outbox.c.member_id.in_(members)
    return update(outbox).where(older, theirs).values(state="expired", done_at=now, reason="有更新的一期")


def _insert(
    connection: Connection, to_send: ToSend, how: str, members: Select[*tuple[Any, ...]], now: datetime
) -> Executable:
    values = {
        "push": to_send.push, "kind": to_send.kind, "payload": to_send.payload, "state": "waiting", "how": how,
        "created_at": now, "expires_at": to_send.expires_at,
    }  # fmt: skip
    same = [literal(value, outbox.c[name].type) for name, value in values.items()]
    new = NEW_ROW[connection.dialect.name]
    statement: Executable = (
        new(outbox).from_select(["member_id", *values], members.add_columns(*same)).on_conflict_do_nothing()
    )
    return statement


def _found(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Occurrence]:
    return [
        Occurrence(
            row.schedule,
            row.zone,
            date.fromisoformat(row.day),
            row.slot,
            row.due_at,
            row.state,
            row.reason or "",
            row.id,
        )
        for row in connection.execute(query)
    ]
