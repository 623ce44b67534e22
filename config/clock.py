"""The only place that reads the time of day. Everybody else is handed it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


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
