"""The demo's clock: sent ahead, seen by all processes, never backwards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.clock import TravellingClock
from tests.clock import NOON, MovableClock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "demo_clock"


def test_it_is_the_base_clock_until_it_travels(file: Path) -> None:
    base = MovableClock()
    clock = TravellingClock(base, file)
    assert clock() == NOON
    clock.travel(NOON + timedelta(days=1))
    base.travel(minutes=5)
    assert clock() == NOON + timedelta(days=1, minutes=5)


def test_another_process_travels_along_and_a_restart_brings_all_back(file: Path) -> None:
    clock, other = (TravellingClock(MovableClock(), file) for _ in range(2))
    clock.travel(NOON + timedelta(hours=1))
    assert other() == NOON + timedelta(hours=1)
    other.restart()
    other.restart()
    assert clock() == NOON
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("moment", [NOON - timedelta(seconds=1), datetime(2200, 1, 1, tzinfo=UTC)])
def test_the_past_and_the_far_future_are_refused(file: Path, moment: datetime) -> None:
    clock = TravellingClock(MovableClock(), file)
    with pytest.raises(ValueError, match=str(moment.year)):
        clock.travel(moment)
    assert clock() == NOON
