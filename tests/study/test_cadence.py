"""Pace and streak: fewer cards for whoever does not answer; days off break nothing."""

from datetime import date, timedelta

from knowledge_base.workdays import Calendar
from study.rules.cadence import next_card, streak

MONDAY = date(2026, 11, 23)


def test_whoever_does_not_answer_is_asked_less_often() -> None:
    gaps = [(next_card(unanswered, MONDAY) - MONDAY).days for unanswered in range(1, 13)]
    assert gaps == [1, 1, 1, 1, 3, 3, 3, 3, 3, 7, 7, 7]


def test_days_in_a_row_count_and_a_missed_workday_starts_anew() -> None:
    calendar = Calendar()
    assert streak(0, None, MONDAY, calendar) == 1
    assert streak(1, MONDAY, MONDAY + timedelta(days=1), calendar) == 2
    assert streak(2, MONDAY, MONDAY + timedelta(days=2), calendar) == 1


def test_a_weekend_and_a_holiday_break_no_streak() -> None:
    calendar = Calendar()
    friday = date(2026, 11, 20)
    assert streak(4, friday, MONDAY, calendar) == 5
    before, after = date(2026, 9, 30), date(2026, 10, 8)
    assert streak(4, before, after, calendar) == 5


def test_a_worked_saturday_that_was_missed_does() -> None:
    # 2026-10-10 is a Saturday worked for the National Day holiday.
    assert streak(4, date(2026, 10, 9), date(2026, 10, 11), Calendar()) == 1


def test_a_second_paper_on_the_same_day_adds_nothing() -> None:
    assert streak(3, MONDAY, MONDAY, Calendar()) == 3
