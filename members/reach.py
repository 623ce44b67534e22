"""By which chat accounts a member can be reached, and what is known of each."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from bot.sending import Standing
from bot.turn import Memory
from storage.tables.members import binding, member


@dataclass(frozen=True, slots=True)
class Account:
    """A chat account bound to a member."""

    binding_id: int
    channel: str
    account: str
    platform_id: str
    standing: Standing


def accounts(connection: Connection, member_id: int) -> list[Account]:
    """The chat accounts of a member who has not left, the oldest first."""
    b = binding.c
    rows = connection.execute(
        select(b.id, b.channel, b.account, b.platform_id, b.memory, b.following, b.unreachable)
        .join_from(binding, member)
        .where(b.member_id == member_id, member.c.left_at.is_(None))
        .order_by(b.id)
    )
    return [Account(*r[:4], Memory.from_json(r[4]).standing(r[5], r[6] is not None)) for r in rows]


def remember(connection: Connection, binding_id: int, change: Callable[[Memory], Memory]) -> None:
    """Changes what the talk remembers; a message being answered meanwhile is answered again on top of it."""
    here = binding.c.id == binding_id
    before = connection.scalar(select(binding.c.memory).where(here).with_for_update())
    after = change(Memory.from_json(before or "{}")).to_json()
    connection.execute(update(binding).where(here).values(memory=after, revision=binding.c.revision + 1))


def mark_unreachable(connection: Connection, binding_id: int, why: str) -> None:
    """The platform takes nothing for this account any more."""
    connection.execute(update(binding).where(binding.c.id == binding_id).values(unreachable=why))
