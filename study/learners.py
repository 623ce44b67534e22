"""What is kept of a member as a learner: the wish for quiet, the pace of cards, a private streak, the memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, not_, or_, select, update

from knowledge_base.entry import QuizItem
from storage.outbox import drop
from storage.tables.members import member
from storage.tables.push import outbox
from storage.tables.study import attempt, learner, paper
from study.rules.cadence import next_card
from study.rules.selection import Item, Selector

# The pushes that learning makes.
KINDS = ("quiz", "remind")


@dataclass(frozen=True, slots=True)
class Learner:
    """One member's row; the defaults are those of a member who has none yet."""

    muted: bool = False
    unanswered: int = 0
    next_day: date | None = None
    streak: int = 0
    last_day: date | None = None
    memory: str = ""


@dataclass(frozen=True, slots=True)
class Learning:
    """What is stored of a member's learning: single answers as (moment, item, version, chosen, correct)."""

    muted: bool
    streak: int
    attempts: tuple[tuple[datetime, str, int, str, bool], ...]


def get(connection: Connection, member_id: int) -> Learner:
    """What is kept of a member; nothing is written."""
    row = connection.execute(select(learner).where(learner.c.member_id == member_id)).one_or_none()
    if row is None:
        return Learner()
    return Learner(row.muted, row.unanswered, _day(row.next_day), row.streak, _day(row.last_day), row.memory)


def keep(connection: Connection, member_id: int, **values: Any) -> None:
    """Writes some columns of a member's row, which is made where there is none."""
    written = connection.execute(update(learner).where(learner.c.member_id == member_id).values(**values))
    if not written.rowcount:
        connection.execute(insert(learner).values(member_id=member_id, **values))


def card_sent(connection: Connection, member_id: int, day: date) -> None:
    """A card went out: the more of them stay without an answer, the longer until the next."""
    unanswered = get(connection, member_id).unanswered + 1
    keep(connection, member_id, unanswered=unanswered, next_day=next_card(unanswered, day).isoformat())


def mute(connection: Connection, member_id: int, now: datetime) -> None:
    """退订: nothing is pushed any more, and what waits is dropped."""
    keep(connection, member_id, muted=True)
    drop(connection, member_id, KINDS, "已退订", now)


def unmute(connection: Connection, member_id: int) -> None:
    """恢复: from the next card on, at the full pace."""
    keep(connection, member_id, muted=False, unanswered=0, next_day=None)


def wants_card(day: date) -> ColumnElement[bool]:
    """The condition over `member` that somebody is to get the card of a day."""
    not_now = and_(
        learner.c.member_id == member.c.id, or_(learner.c.muted.is_(True), learner.c.next_day > day.isoformat())
    )
    return and_(not_(exists().where(not_now)), not_(_has_paper(day)))


def wants_reminder(day: date, card: str) -> ColumnElement[bool]:
    """The condition over `member` that the day's card reached somebody who has not taken the paper up yet.

    `card`: the push that brought it.
    """
    reached = and_(outbox.c.member_id == member.c.id, outbox.c.push == card, outbox.c.state.in_(("sent", "unknown")))
    muted = and_(learner.c.member_id == member.c.id, learner.c.muted.is_(True))
    return and_(exists().where(reached), not_(exists().where(muted)), not_(_has_paper(day)))


def why_not(connection: Connection, member_id: int, day: date) -> str:
    """Why a card or reminder is no longer to go out, asked right before sending; "" when it is."""
    if get(connection, member_id).muted:
        return "已退订"
    begun = connection.scalar(select(paper.c.id).where(paper.c.member_id == member_id, paper.c.day == day.isoformat()))
    return "已经开始答题" if begun else ""


def selector(state: str, member_id: int, bank: Mapping[str, QuizItem]) -> Selector:
    """The member's selection over the bank as it is now."""
    items = [_as_item(item) for item in bank.values()]
    return Selector.restore(items, json.loads(state)) if state else Selector(items, member_id)


def kept(connection: Connection, member_id: int) -> Learning:
    """All of it, for the member to see and take along."""
    known = get(connection, member_id)
    rows = connection.execute(select(attempt).where(attempt.c.member_id == member_id).order_by(attempt.c.id))
    attempts = tuple((row.at, row.item_id, row.version, row.chosen, row.correct) for row in rows)
    return Learning(known.muted, known.streak, attempts)


def forget(connection: Connection, member_id: int, now: datetime) -> None:
    """Deletes all that was kept of a member as a learner; nothing of it is pushed any more."""
    drop(connection, member_id, KINDS, "已解除绑定", now)
    for table in (attempt, paper, learner):
        connection.execute(delete(table).where(table.c.member_id == member_id))


def _has_paper(day: date) -> ColumnElement[bool]:
    return exists().where(paper.c.member_id == member.c.id, paper.c.day == day.isoformat())


def _as_item(item: QuizItem) -> Item:
    return Item(item.id, item.topic, item.sources[0].doc, item.difficulty, len(item.options) or 2)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
