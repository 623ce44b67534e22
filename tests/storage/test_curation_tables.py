"""The queue of missed questions, receipts, feedback counts and notes, as they stand in the database."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from cli.services import Services
from curation.answers import count_feedback, leave_note, record_receipt
from curation.queue import MAX_LENGTH, open_misses, record_miss
from members.branches import ensure_branch
from storage.tables.curation import feedback, handover, missed_question, receipt
from tests.conftest import NOON

DAY = date(2026, 11, 22)

TODAY = NOON.date()


@pytest.fixture
def connection(services: Services) -> Iterator[Connection]:
    """A transaction on the demo database; bindings 1 and 2 exist."""
    with services.database().begin() as connection:
        yield connection


def _open(connection: Connection) -> list[tuple[str, int]]:
    return [(each.text, each.asked) for each in open_misses(connection)]


def _missed(connection: Connection) -> list[Any]:
    return list(connection.execute(select(missed_question).order_by(missed_question.c.id)))


def test_a_missed_question_waits_in_the_queue(connection: Connection) -> None:
    record_miss(connection, "能不能评先进？", "能不能评先进", ["cf-0001", "cf-0002"], TODAY)
    (row,) = _missed(connection)
    assert (row.text, row.compared, row.nearest) == ("能不能评先进？", "能不能评先进", "cf-0001 cf-0002")
    assert (row.asked, row.state, row.first_day, row.last_day) == (1, "open", "2026-11-22", "2026-11-22")


def test_the_same_question_in_other_dress_is_counted_not_repeated(connection: Connection) -> None:
    later = TODAY + timedelta(days=3)
    record_miss(connection, "能不能评先进？", "能不能评先进", [], TODAY)
    record_miss(connection, "能不能评先进", "能不能评先进", ["cf-0009"], later)
    (row,) = _missed(connection)
    assert (row.asked, row.text) == (2, "能不能评先进？")
    assert (row.first_day, row.last_day) == ("2026-11-22", "2026-11-25")


def test_a_question_that_was_settled_and_comes_back_is_open_again(connection: Connection) -> None:
    record_miss(connection, "问", "问", [], TODAY)
    connection.execute(missed_question.update().values(state="done"))
    assert _open(connection) == []
    record_miss(connection, "问", "问", [], TODAY)
    assert _open(connection) == [("问", 2)]


def test_the_most_asked_come_first_and_equals_in_the_order_they_came(connection: Connection) -> None:
    for question in ("甲", "乙", "丙", "乙", "丁", "丁"):
        record_miss(connection, question, question, [], TODAY)
    assert _open(connection) == [("乙", 2), ("丁", 2), ("甲", 1), ("丙", 1)]


def test_of_a_pasted_text_only_the_beginning_is_kept_and_still_recognised(connection: Connection) -> None:
    for tail in ("尾", "巴"):
        record_miss(connection, "长" * 400 + tail, "长" * 400 + tail, [], TODAY)
    (row,) = _missed(connection)
    assert (len(row.text), len(row.compared), row.asked) == (MAX_LENGTH, MAX_LENGTH, 2)


@pytest.mark.parametrize("text", ["👨‍👩‍👧", "'; DROP TABLE missed_question; --", "第一行\n第二行", ""])
def test_odd_texts_are_kept_as_they_are(connection: Connection, text: str) -> None:
    record_miss(connection, text, text, [], TODAY)
    assert _open(connection) == [(text, 1)]


def test_who_asked_has_no_place_in_the_queue() -> None:
    assert not missed_question.foreign_keys
    assert not {column.name for column in missed_question.columns} & {"binding_id", "member_id", "platform_id", "name"}


def test_a_receipt_is_kept_once_a_day_and_version(connection: Connection) -> None:
    given = [
        (1, "a", 1, DAY),
        (1, "a", 1, DAY),
        (1, "a", 2, DAY),
        (1, "a", 1, DAY + timedelta(days=1)),
        (2, "a", 1, DAY),
    ]
    for binding_id, entry, version, day in given:
        record_receipt(connection, binding_id, entry, version, day)
    columns = (receipt.c.binding_id, receipt.c.entry_id, receipt.c.version, receipt.c.day)
    rows = connection.execute(select(*columns).order_by(receipt.c.binding_id, receipt.c.version, receipt.c.day)).all()
    assert [tuple(row) for row in rows] == [
        (1, "a", 1, "2026-11-22"),
        (1, "a", 1, "2026-11-23"),
        (1, "a", 2, "2026-11-22"),
        (2, "a", 1, "2026-11-22"),
    ]


def test_feedback_is_a_count_by_version_verdict_and_day_without_a_person(connection: Connection) -> None:
    for entry, version, verdict in (("a", 1, "useful"), ("a", 1, "useful"), ("a", 1, "useless"), ("a", 2, "useful")):
        count_feedback(connection, entry, version, verdict, DAY)
    count_feedback(connection, "a", 1, "useful", DAY + timedelta(days=1))
    columns = (feedback.c.entry_id, feedback.c.version, feedback.c.verdict, feedback.c.day, feedback.c.times)
    assert {tuple(row) for row in connection.execute(select(*columns))} == {
        ("a", 1, "useful", "2026-11-22", 2),
        ("a", 1, "useless", "2026-11-22", 1),
        ("a", 2, "useful", "2026-11-22", 1),
        ("a", 1, "useful", "2026-11-23", 1),
    }
    assert not feedback.foreign_keys


def test_a_note_is_kept_word_for_word_with_writer_and_branch(connection: Connection) -> None:
    branch_id = ensure_branch(connection, "机关/一", NOON)
    leave_note(connection, 1, branch_id, " 请回电 5678\n谢谢 ", NOON)
    leave_note(connection, 2, None, "没有支部", NOON)
    columns = (handover.c.binding_id, handover.c.branch_id, handover.c.note, handover.c.state, handover.c.created_at)
    assert [tuple(row) for row in connection.execute(select(*columns).order_by(handover.c.id))] == [
        (1, branch_id, " 请回电 5678\n谢谢 ", "open", NOON),
        (2, None, "没有支部", "open", NOON),
    ]
