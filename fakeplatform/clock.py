"""The platform's time: stands still until it is moved, or runs along a source of seconds."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # Monday, 08:00 in Shanghai


class VirtualClock:
    """Call it for the moment (aware, UTC). `seconds`, e.g. time.monotonic, lets it run; without it, it stands."""

    def __init__(self, start: datetime = START, seconds: Callable[[], float] | None = None) -> None:
        self._moved = timedelta()
        self._start = start
        self._seconds = seconds
        self._zero = seconds() if seconds else 0.0
        self._lock = Lock()

    def __call__(self) -> datetime:
        """The virtual moment."""
        ran = self._seconds() - self._zero if self._seconds else 0.0
        return self._start + self._moved + timedelta(seconds=ran)

    def advance(self, **by: float) -> None:
        """Moves on by days=, hours=, minutes= or seconds=."""
        with self._lock:
            self._moved += timedelta(**by)


def local_day(moment: datetime) -> date:
    """The day in Shanghai: daily quotas are counted by it."""
    return moment.astimezone(SHANGHAI).date()


def local_month(moment: datetime) -> str:
    """The month in Shanghai, e.g. 2026-11: mass messages are counted by it."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m")
