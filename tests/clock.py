"""The tests' time."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def travel(self, **by: float) -> None:
        """Moves on by days=, hours=, minutes= or seconds=."""
        self.now += timedelta(**by)
