"""Which pushes there are: when each is due, for whom, what it says, and what is looked at again before it goes out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo

from sqlalchemy import ColumnElement, Connection

from bot.message import Choice
from replies import study as said
from scheduler.planner import Schedule, moment
from storage.outbox import Row
from study import learners

# A card nobody has seen is no use any more after some days; the next one takes its place anyway.
CARD_LASTS_DAYS = 3
CATCH_UP = timedelta(hours=12)
# Without an hour of its own, the reminder is ready to ride this long after the card.
REMIND_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Push:
    """One kind of push.

    `how`: push, or ride (only ever with the member's next message). `wanted`: the condition over `member` at fan-out.
    `recheck`: why it is no longer to go out, asked right before sending; "" when it is. `sent`: what to write down.
    """

    schedule: Schedule
    how: str
    row: Callable[[date], Row]
    wanted: Callable[[date], ColumnElement[bool]]
    recheck: Callable[[Connection, int, date], str]
    sent: Callable[[Connection, int, date], None]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Timetable:
    """The house's hours for learning. `remind_at` None: the reminder only rides."""

    zone: tzinfo
    quiz_at: time
    quiz_count: int
    remind_at: time | None
    workdays_only: bool


def pushes(table: Timetable) -> tuple[Push, ...]:
    """All of them."""
    return (daily_quiz(table), reminder(table))


def daily_quiz(table: Timetable) -> Push:
    """The card of the day."""
    schedule = Schedule("quiz", table.quiz_at, table.zone, CATCH_UP, table.workdays_only)

    card = said.card(table.quiz_count)

    def row(day: date) -> Row:
        last = day + timedelta(days=CARD_LASTS_DAYS)
        return Row(push_of("quiz", day), "quiz", card, moment(last, table.quiz_at, table.zone))

    return Push(schedule, "push", row, learners.wants_card, learners.why_not, learners.card_sent, said.card_choices())


def reminder(table: Timetable) -> Push:
    """The reminder in the evening, or with the next message."""
    at = table.remind_at or _later(table.quiz_at, REMIND_AFTER)
    schedule = Schedule("remind", at, table.zone, CATCH_UP, table.workdays_only)

    text = said.reminder()

    def row(day: date) -> Row:
        return Row(push_of("remind", day), "remind", text, moment(day + timedelta(days=1), time(0), table.zone))

    def wanted(day: date) -> ColumnElement[bool]:
        return learners.wants_reminder(day, push_of("quiz", day))

    how = "push" if table.remind_at else "ride"
    return Push(schedule, how, row, wanted, learners.why_not, lambda *_: None, said.card_choices())


def push_of(schedule: str, day: date) -> str:
    """The name of a schedule's push on a day: quiz:2026-11-23."""
    return f"{schedule}:{day.isoformat()}"


def _later(at: time, by: timedelta) -> time:
    """A time of day moved on, but not past midnight."""
    minutes = min(at.hour * 60 + at.minute + int(by.total_seconds() // 60), 23 * 60 + 59)
    return time(minutes // 60, minutes % 60)
