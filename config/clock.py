"""The only place that reads the time of day. Everybody else is handed it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
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


class TravellingClock:
    """A clock that can be sent ahead, for the demo. How far is kept in a file, so all processes travel together."""

    def __init__(self, base: Clock, file: Path) -> None:
        self.base = base
        self._file = file

    def __call__(self) -> datetime:
        try:
            return self.base() + timedelta(seconds=float(self._file.read_text("ascii")))
        except FileNotFoundError:
            return self.base()

    def travel(self, moment: datetime) -> None:
        """Goes to `moment` (aware). Raises ValueError for the past and for years past 2199."""
        if moment < self() or moment.year not in _YEARS:
            raise ValueError(moment.isoformat())
        ahead = (moment - self.base()).total_seconds()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=self._file.parent, prefix=self._file.name, delete=False) as file:
            file.write(repr(ahead))
        # Whole or not at all: another process may be reading.
        Path(file.name).replace(self._file)

    def restart(self) -> None:
        """Back to the base clock."""
        self._file.unlink(missing_ok=True)
