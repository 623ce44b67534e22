"""Workdays: the State Council's calendar with 调休, and the curators' corrections, which win."""

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.loading import load
from knowledge_base.strict_yaml import ContentError
from knowledge_base.workdays import Calendar
from tests.knowledge_base.test_loading import entry, topic, write_content


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 23), True), (date(2026, 11, 22), False), (date(2026, 10, 1), False), (date(2026, 10, 10), True),
        (date(2026, 2, 14), True), (date(2026, 2, 20), False), (date(2026, 1, 4), True), (date(2026, 6, 19), False),
    ],
)  # fmt: skip
def test_the_announced_calendar(day: date, worked: bool) -> None:
    assert Calendar().is_workday(day) is worked


def test_the_curators_calendar_wins() -> None:
    calendar = Calendar(frozenset({date(2026, 11, 22)}), frozenset({date(2026, 11, 23)}))
    assert calendar.is_workday(date(2026, 11, 22))
    assert not calendar.is_workday(date(2026, 11, 23))
    assert calendar.next_workday(date(2026, 11, 22)) == date(2026, 11, 24)


def test_a_year_that_is_not_announced_yet_is_provisional() -> None:
    assert Calendar().is_announced(2026)
    assert not Calendar().is_announced(2031)
    assert Calendar(workdays=frozenset({date(2031, 2, 1)})).is_announced(2031)


def test_the_file_is_read_and_its_mistakes_are_told(tmp_path: Path) -> None:
    folder = write_content(tmp_path, topic(entry()))
    (folder / "calendar.yaml").write_text('schema: 1\nworkdays: ["2027-02-20"]\nrest_days: ["2027-02-11"]\n', "utf-8")
    assert load(folder).calendar == Calendar(frozenset({date(2027, 2, 20)}), frozenset({date(2027, 2, 11)}))
    (folder / "calendar.yaml").write_text("schema: 1\nworkdays: [2027-02-30, 明天]\nholidays: []\n", "utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder)
    assert [problem.place.line for problem in caught.value.problems] == [2, 2, 3]
