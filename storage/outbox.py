"""The outbox: what is to reach whom. Written first, then acted upon, then marked; every claim a conditional UPDATE.

A row is for a member (the chat account is picked when it is sent) or for one chat account. It waits, is claimed with
a lease, and ends as sent, unknown, expired or dropped, with the reason in words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Update,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.message import Note
from storage.tables.members import binding
from storage.tables.push import outbox

# Longer than any call of a platform with its retry; a row claimed longer ago belongs to a process that died.
LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to send. `push` names what it belongs to (quiz:2026-11-23), `kind` how it is worded when it rides."""

    push: str
    kind: str
    payload: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to deliver until its lease ends. `attempts` counts those before, `day` is the push's own."""

    id: int
    push: str
    kind: str
    payload: str
    member_id: int | None
    attempts: int
    day: date


def is_for_binding(binding_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The row is for this chat account."""
    return outbox.c.binding_id == binding_id


def is_for_member(member_id: ColumnElement[int | None]) -> ColumnElement[bool]:
    """The row is for this member, by whichever chat account."""
    return and_(outbox.c.member_id == member_id, outbox.c.member_id.is_not(None))


def rides(now: "BindParameter[datetime] | datetime") -> ColumnElement[bool]:
    """The row may be told with the next reply."""
    return and_(outbox.c.state == "waiting", or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now))


def leave(
    connection: Connection, push: str, kind: str, notes: Iterable[tuple[int, str]], now: datetime, lasts: timedelta
) -> None:
    """Notes as (binding id, text), all of one `push` and `kind`, to ride on the accounts' next replies.

    The caller sees to it that nobody gets one twice.
    """
    row = {"push": push, "kind": kind, "state": "waiting", "created_at": now, "expires_at": now + lasts}
    rows = [row | {"binding_id": binding_id, "payload": text} for binding_id, text in notes]
    if rows:
        connection.execute(insert(outbox), rows)


def take_riding(connection: Connection, binding_id: int, now: datetime) -> tuple[Note, ...]:
    """What waits for a chat account and its member, the oldest first, marked as sent."""
    member_id = select(binding.c.member_id).where(binding.c.id == binding_id).scalar_subquery()
    theirs = or_(outbox.c.binding_id == binding_id, is_for_member(member_id))
    rows = connection.execute(
        select(outbox.c.id, outbox.c.kind, outbox.c.payload).where(theirs, rides(now)).order_by(outbox.c.id)
    ).all()
    ours = and_(outbox.c.id.in_([row.id for row in rows]), outbox.c.state == "waiting")
    # Only what nobody claimed meanwhile; and what was said is said, nothing of it need be kept.
    told = update(outbox).where(ours).values(state="sent", done_at=now, reason="随回复送达", payload="")
    taken = set(connection.scalars(told.returning(outbox.c.id)))
    return tuple(Note(row.kind, row.payload) for row in rows if row.id in taken)


def drop(connection: Connection, member_id: int, kinds: Sequence[str], reason: str, now: datetime) -> None:
    """Ends what of these kinds still waits for a member."""
    waiting = and_(outbox.c.member_id == member_id, outbox.c.state == "waiting", outbox.c.kind.in_(kinds))
    connection.execute(update(outbox).where(waiting).values(state="dropped", done_at=now, reason=reason))


def cancel(connection: Connection, push: str, reason: str, now: datetime) -> int:
    """Ends what still waits of a push; how many rows that were."""
    waiting = and_(outbox.c.push == push, outbox.c.state == "waiting")
    return connection.execute(
        update(outbox).where(waiting).values(state="dropped", done_at=now, reason=reason)
    ).rowcount


def day_of(push: str) -> date:
    """The local date in the name of a push (quiz:2026-11-23). Raises ValueError where there is none."""
    return date.fromisoformat(push.partition(":")[2])


def claim(connection: Connection, now: datetime) -> Claimed | None:
    """Takes the oldest row that is to be pushed now, for as long as the lease lasts."""
    due = (
        select(outbox.c.id)
        .where(outbox.c.state == "waiting", outbox.c.how == "push")
        .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now))
        .order_by(outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(
        update(outbox)
        .where(outbox.c.id == due.scalar_subquery(), outbox.c.state == "waiting")
        .values(state="claimed", lease_until=now + LEASE)
        .returning(outbox.c.id, outbox.c.push, outbox.c.kind, outbox.c.payload, outbox.c.member_id, outbox.c.attempts)
    ).one_or_none()
    if row is None:
        return None
    return Claimed(row.id, row.push, row.kind, row.payload, row.member_id, row.attempts, day_of(row.push))


def assign(connection: Connection, row_id: int, binding_id: int) -> None:
    """Notes by which chat account a claimed row goes out, and one more attempt, before it does."""
    values = {"binding_id": binding_id, "attempts": outbox.c.attempts + 1}
    connection.execute(update(outbox).where(outbox.c.id == row_id).values(**values))


def end(connection: Connection, row_id: int, state: str, reason: str, now: datetime) -> None:
    """A claimed row is over: sent, unknown, expired or dropped."""
    connection.execute(_ours(row_id).values(state=state, done_at=now, reason=reason, lease_until=None))


def put_back(
    connection: Connection, row_id: int, reason: str, not_before: datetime | None = None, *, ride: bool = False
) -> None:
    """A claimed row waits again: till `not_before`, or (`ride`) for the member's next message."""
    connection.execute(
        _ours(row_id).values(
            state="waiting",
            how="ride" if ride else "push",
            not_before=not_before,
            lease_until=None,
            reason=reason,
            # A member's row has its chat account picked anew.
            binding_id=case((outbox.c.member_id.is_(None), outbox.c.binding_id)),
        )
    )


def overdue(connection: Connection, now: datetime) -> list[tuple[int, datetime, tuple[str, str] | None]]:
    """Ends what waited past its time, and finds the claims whose lease ended: the process that held them died.

    Those as (row, end of the lease, (channel, account) it was going out by; None where nothing had left yet).
    """
    late = and_(outbox.c.state == "waiting", outbox.c.expires_at <= now)
    connection.execute(
        update(outbox).where(late).values(state="expired", done_at=now, reason=func.coalesce(outbox.c.reason, "过期"))
    )
    rows = connection.execute(
        select(outbox.c.id, outbox.c.lease_until, binding.c.channel, binding.c.account)
        .outerjoin(binding, binding.c.id == outbox.c.binding_id)
        .where(outbox.c.state == "claimed", outbox.c.lease_until < now)
    )
    return [(row[0], row[1], (row[2], row[3]) if row[2] else None) for row in rows]


def counts(connection: Connection, push: str) -> dict[tuple[str, str], int]:
    """How many rows of a push stand in which (state, reason)."""
    rows = connection.execute(
        select(outbox.c.state, func.coalesce(outbox.c.reason, ""), func.count())
        .where(outbox.c.push == push)
        .group_by(outbox.c.state, outbox.c.reason)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _ours(row_id: int) -> Update:
    return update(outbox).where(outbox.c.id == row_id, outbox.c.state == "claimed")
