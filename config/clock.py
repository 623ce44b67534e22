"""The only place that reads the time of day. Everybody else is handed it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

_SHIFT = re.compile(r"([+-])(\d{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# Far enough from both ends of the calendar for every sum of a day and a time limit.
_YEARS = range(1900, 2200)


def system_clock() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def parse_now(text: str) -> datetime | timedelta | None:
    """`+3h`, `-2d` -> timedelta; ISO text -> aware datetime (Asia/Shanghai where it names no zone); "" -> None.

    Raises ValueError for anything else, and for a moment outside the years 1900 to 2199.
    """
    text = text.strip()
    if not text:
        return None
    if shift := _SHIFT.fullmatch(text):
        moved = timedelta(**{_UNITS[shift[3]]: int(shift[1] + shift[2])})
        # Two and a half centuries, compared before adding: the sum could leave the calendar.
        if abs(moved) > timedelta(days=100_000) or (system_clock() + moved).year not in _YEARS:
            raise ValueError(text)
        return moved
    moment = datetime.fromisoformat(text)
    if moment.year not in _YEARS:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def clock_for(setting: "datetime | timedelta | None") -> Clock:
    """The clock that the setting NOW asks for.

    None: the system's clock. A datetime: stands still there. A timedelta: the system's clock, shifted.
    """
    if setting is None:
        return system_clock
    if isinstance(setting, timedelta):
        return lambda: system_clock() + setting
    return lambda: setting.astimezone(UTC)


def clock_from(start: datetime) -> Clock:
    """A clock that starts at `start` (aware) now and runs on from there."""
    shift = start - system_clock()
    return lambda: system_clock() + shift
