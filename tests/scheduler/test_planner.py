"""What is due when: each local date exactly once, in every zone, whatever the clocks do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import planner
from scheduler.planner import REST_DAY, TOO_LATE, Schedule, following, moment
from storage.occurrences import Occurrence

SHANGHAI = ZoneInfo("Asia/Shanghai")
CATCH_UP = timedelta(hours=12)
ZONES = ["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"]
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
DAYS = st.dates(date(2024, 1, 1), date(2034, 1, 1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def schedule(zone: str = "Asia/Shanghai", clock: time = time(7, 35), *, workdays_only: bool = False) -> Schedule:
    return Schedule("quiz", clock, ZoneInfo(zone), CATCH_UP, workdays_only)


def due(plan: Schedule, known: date | None, now: datetime, is_workday: Callable[[date], bool]) -> list[Occurrence]:
    return planner.due([plan], {plan.name: known} if known else {}, now, is_workday)


def every_day(_day: date) -> bool:
    return True


def test_nothing_is_due_before_its_time_and_once_it_is_it_stays_due() -> None:
    assert due(schedule(), None, at("2026-11-23T07:34:59"), every_day) == []
    (turn,) = due(schedule(), None, at("2026-11-23T07:35:00"), every_day)
    assert (turn.day, turn.due_at, turn.reason) == (date(2026, 11, 23), at("2026-11-23T07:35").astimezone(UTC), "")


def test_what_was_written_down_is_not_due_again() -> None:
    assert due(schedule(), date(2026, 11, 23), at("2026-11-23T23:59"), every_day) == []


def test_a_first_start_in_the_evening_begins_no_history_and_sends_nothing_late() -> None:
    (turn,) = due(schedule(), None, at("2026-11-23T20:00"), every_day)
    assert turn.reason == TOO_LATE


def test_after_a_standstill_every_day_is_told_and_only_the_last_is_caught_up() -> None:
    turns = due(schedule(), date(2026, 11, 19), at("2026-11-23T09:00"), every_day)
    assert [turn.day.day for turn in turns] == [20, 21, 22, 23]
    assert [turn.reason for turn in turns] == [TOO_LATE, TOO_LATE, TOO_LATE, ""]


def test_days_off_are_skipped_with_the_reason_only_where_asked() -> None:
    (turn,) = due(schedule(workdays_only=True), None, at("2026-11-22T08:00"), lambda _: False)
    assert turn.reason == REST_DAY
    (turn,) = due(schedule(), None, at("2026-11-22T08:00"), lambda _: False)
    assert turn.reason == ""


def test_the_next_turn_skips_days_off() -> None:
    day, _ = following(schedule(workdays_only=True), at("2026-11-20T08:00"), lambda day: day.weekday() < 5)
    assert day == date(2026, 11, 23)


@given(st.sampled_from(ZONES), CLOCKS, DAYS, st.integers(1, 8))
def test_each_local_date_comes_exactly_once_however_often_one_looks(
    zone: str, clock: time, start: date, looks_a_day: int
) -> None:
    plan = schedule(zone, clock)
    now = moment(start, time(0), ZoneInfo(zone))
    known: date | None = start - timedelta(days=1)
    seen = []
    for _ in range(5 * looks_a_day):
        now += timedelta(days=1) / looks_a_day
        for turn in due(plan, known, now, every_day):
            assert turn.due_at <= now
            seen.append(turn.day)
            known = turn.day
    assert seen == [start + timedelta(days=n) for n in range(len(seen))]
    assert 3 <= len(seen) <= 6


@pytest.mark.parametrize(
    ("zone", "day", "clock"),
    [("Europe/London", date(2026, 3, 29), time(1, 30)), ("Europe/London", date(2026, 10, 25), time(1, 30))],
)
def test_a_time_the_clocks_skip_or_repeat_has_one_moment(zone: str, day: date, clock: time) -> None:
    midnight, next_midnight = (moment(each, time(0), ZoneInfo(zone)) for each in (day, day + timedelta(days=1)))
    assert midnight < moment(day, clock, ZoneInfo(zone)) < next_midnight
