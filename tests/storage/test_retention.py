"""Deleting what is past its time: exactly that, counted by kind, and nothing younger."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, select

from cli.services import Services
from storage import retention
from storage.tables.chat import inbox
from storage.tables.curation import feedback, handover, missed_question, receipt
from storage.tables.members import binding, binding_code, consent, member
from storage.tables.push import outbox
from storage.tables.study import attempt, paper
from tests.conftest import NOON, Talk

KEEP = timedelta(days=180)
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(services: Services) -> Engine:
    """The demo database: seven members, six of them with a bound account."""
    return services.database()


def _reply(connection: Connection, key: str, at: datetime) -> None:
    connection.execute(insert(inbox).values(key=key, received_at=at, reply="{}"))


def _late(connection: Connection, push: str, expires_at: datetime | None) -> None:
    values = {"push": push, "kind": "late", "state": "waiting", "payload": "答复", "binding_id": 1}
    connection.execute(insert(outbox).values(**values, created_at=NOON, expires_at=expires_at))


def _receipt(connection: Connection, entry: str, day: str) -> None:
    connection.execute(insert(receipt).values(binding_id=1, entry_id=entry, version=1, day=day))


def _note(connection: Connection, note: str, at: datetime) -> None:
    connection.execute(insert(handover).values(binding_id=1, note=note, created_at=at))


def _code(connection: Connection, digest: str, expires_at: datetime) -> None:
    values = {"member_id": 1, "digest": digest, "created_at": NOON, "expires_at": expires_at}
    connection.execute(insert(binding_code).values(**values))


def _learnt(connection: Connection, name: str, at: datetime) -> None:
    """A push that was delivered, a paper and an answer of the same moment."""
    sent = {"push": name, "kind": "quiz", "state": "sent", "payload": "", "member_id": 1}
    connection.execute(insert(outbox).values(**sent, created_at=at, done_at=at))
    connection.execute(insert(paper).values(member_id=1, day=name, items=name, state="done", started_at=at))
    answer = {"member_id": 1, "item_id": name, "version": 1, "chosen": "A", "correct": True, "first": True}
    connection.execute(insert(attempt).values(**answer, at=at))


def _left(engine: Engine, column: str, table: Table) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(table.c[column]).order_by(table.c[column])))


def test_each_kind_goes_at_its_own_time_and_not_before(engine: Engine) -> None:
    with engine.begin() as connection:
        _reply(connection, "old", NOON - timedelta(hours=24) - SECOND)
        _reply(connection, "young", NOON - timedelta(hours=24))
        _late(connection, "expired", NOON - SECOND)
        _late(connection, "still waiting", NOON + SECOND)
        _late(connection, "for ever", None)
        _receipt(connection, "old", "2026-05-25")
        _receipt(connection, "young", "2026-05-26")
        _note(connection, "old", NOON - KEEP - SECOND)
        _note(connection, "young", NOON - KEEP)
        _code(connection, "dead", NOON - SECOND)
        _code(connection, "alive", NOON)
        _learnt(connection, "old", NOON - KEEP - SECOND)
        _learnt(connection, "young", NOON - KEEP)
    assert retention.purge(engine, NOON, KEEP) == {
        "消息回复": 1,
        "未送达的迟到答复": 1,
        "推送记录": 1,
        "作答记录": 1,
        "答卷": 1,
        "答案回执": 1,
        "留言": 1,
        "过期的绑定码": 1,
    }
    assert _left(engine, "key", inbox) == ["young"]
    assert _left(engine, "push", outbox) == ["for ever", "still waiting", "young"]
    assert _left(engine, "item_id", attempt) == ["young"]
    assert _left(engine, "items", paper) == ["young"]
    assert _left(engine, "entry_id", receipt) == ["young"]
    assert _left(engine, "note", handover) == ["young"]
    assert _left(engine, "digest", binding_code) == ["alive"]


def test_a_second_purge_at_the_same_moment_finds_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(5):
            _reply(connection, f"old {number}", NOON - timedelta(days=2))
    assert retention.purge(engine, NOON, KEEP)["消息回复"] == 5
    assert set(retention.purge(engine, NOON, KEEP).values()) == {0}


def test_a_shorter_keeping_time_deletes_more(engine: Engine) -> None:
    with engine.begin() as connection:
        for days in (1, 10, 100):
            _note(connection, f"{days} days", NOON - timedelta(days=days))
            _receipt(connection, f"{days} days", (NOON - timedelta(days=days)).date().isoformat())
    for keep, gone in ((180, 0), (50, 1), (5, 1), (1, 0)):
        deleted = retention.purge(engine, NOON, timedelta(days=keep))
        assert (deleted["留言"], deleted["答案回执"]) == (gone, gone)
    assert _left(engine, "note", handover) == ["1 days"]


def test_people_consents_and_nameless_counts_are_never_purged(engine: Engine) -> None:
    kept: tuple[Table, ...] = (member, binding, consent, missed_question, feedback)
    with engine.begin() as connection:
        values = {"text": "问", "compared": "问", "nearest": "", "first_day": "2026-11-22", "last_day": "2026-11-22"}
        connection.execute(insert(missed_question).values(**values))
        counted = {"entry_id": "e", "version": 1, "day": "2026-11-22", "verdict": "useful", "times": 1}
        connection.execute(insert(feedback).values(**counted))
    with engine.connect() as connection:
        before = [connection.scalar(select(func.count()).select_from(table)) for table in kept]
    retention.purge(engine, NOON + timedelta(days=5_000), KEEP)
    with engine.connect() as connection:
        after = [connection.scalar(select(func.count()).select_from(table)) for table in kept]
    assert after == before == [7, 6, 6, 1, 1]


def test_a_talk_leaves_nothing_but_memory_and_counts_when_its_time_is_over(
    engine: Engine, talk: Callable[[str], Talk]
) -> None:
    person = talk("visitor")
    for said in ("预备期多长", "转人工", "请回电 5678", "今天天气"):
        person.say(said)
    deleted = retention.purge(engine, NOON + KEEP + timedelta(days=2), KEEP)
    assert deleted == dict.fromkeys(deleted, 0) | {"消息回复": 4, "答案回执": 1, "留言": 1}
    for column, table in (("key", inbox), ("entry_id", receipt), ("note", handover)):
        assert _left(engine, column, table) == []


def test_every_kind_has_a_chinese_name(engine: Engine) -> None:
    names = retention.purge(engine, NOON, KEEP)
    assert all(not name.isascii() for name in names)
    assert len(names) == 8
