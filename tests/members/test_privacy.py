"""What is kept about a person: shown whole to that person, nothing of anybody else, and never what was asked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Table, insert, select

from cli.services import Services
from curation.answers import leave_note, record_receipt
from curation.queue import record_miss, wish
from members import binding as bindings
from members import people
from members.privacy import Kept, kept
from storage.tables import metadata
from storage.tables.curation import missed_question
from storage.tables.members import binding
from tests.conftest import NOON, MovableClock, Talk


def _account(connection: Connection, platform_id: str) -> int:
    values = {"channel": "console", "account": "console", "platform_id": platform_id, "created_at": NOON}
    new_id: int | None = connection.scalar(insert(binding).values(**values).returning(binding.c.id))
    assert new_id is not None
    return new_id


def _stored(services: Services, table: Table) -> str:
    """Every value of a table as one text."""
    with services.database().connect() as connection:
        return "\n".join(str(value) for row in connection.execute(select(table)) for value in row)


def test_of_an_unbound_account_only_the_account_is_kept(services: Services) -> None:
    with services.database().begin() as connection:
        found = kept(connection, _account(connection, "visitor"))
    assert found == Kept("console", NOON, None, "", "", "", "", (), (), (), ())


def test_all_of_a_bound_account_is_shown_and_nothing_of_another(services: Services) -> None:
    with services.database().begin() as connection:
        mine, others = _account(connection, "u1"), _account(connection, "u2")
        for binding_id, name in ((mine, "王小明"), (others, "李四")):
            member_id = people.add(connection, name, "机关/一", NOON, stage="预备党员", number=f"no-{binding_id}")
            bindings.attach(connection, binding_id, member_id, NOON)
            record_receipt(connection, binding_id, f"e-{binding_id}", 2, NOON.date())
            leave_note(connection, binding_id, None, f"{name}的留言", NOON + timedelta(hours=1))
            record_miss(connection, f"{name}的问题", f"{name}的问题", [], NOON.date())
            assert wish(connection, f"{name}的问题".__eq__, binding_id, NOON.date())
        found = kept(connection, mine)
    assert found == Kept(
        channel="console",
        known_since=NOON,
        bound_at=NOON,
        name="王小明",
        number=f"no-{mine}",
        stage="预备党员",
        branch="机关/一",
        consents=((NOON, None),),
        receipts=(("2026-11-22", f"e-{mine}", 2),),
        notes=((NOON + timedelta(hours=1), "王小明的留言"),),
        wishes=(("2026-11-22", "王小明的问题"),),
    )


def test_receipts_come_by_day_and_withdrawn_consents_stay_visible(services: Services) -> None:
    with services.database().begin() as connection:
        binding_id = _account(connection, "u1")
        member_id = people.add(connection, "王小明", "一", NOON)
        bindings.attach(connection, binding_id, member_id, NOON)
        bindings.unbind(connection, binding_id, NOON + timedelta(days=1))
        bindings.attach(connection, binding_id, member_id, NOON + timedelta(days=2))
        for day in (3, 1, 2):
            record_receipt(connection, binding_id, "zz-0001", 1, (NOON + timedelta(days=day)).date())
        found = kept(connection, binding_id)
    assert found.consents == ((NOON, NOON + timedelta(days=1)), (NOON + timedelta(days=2), None))
    assert [day for day, _, _ in found.receipts] == ["2026-11-23", "2026-11-24", "2026-11-25"]


def test_nothing_is_kept_after_unbinding_but_the_consents_themselves(services: Services) -> None:
    with services.database().begin() as connection:
        binding_id = _account(connection, "u1")
        bindings.attach(connection, binding_id, people.add(connection, "王小明", "一", NOON), NOON)
        record_receipt(connection, binding_id, "zz-0001", 1, NOON.date())
        leave_note(connection, binding_id, None, "请回电", NOON)
        record_miss(connection, "问", "问", [], NOON.date())
        assert wish(connection, "问".__eq__, binding_id, NOON.date())
        bindings.unbind(connection, binding_id, NOON)
        found = kept(connection, binding_id)
    assert found == Kept("console", NOON, None, "", "", "", "", ((NOON, NOON),), (), (), ())


def test_an_answered_question_is_stored_nowhere(services: Services, talk: Callable[[str], Talk]) -> None:
    question = "请问一下哈，预备期多长呀？"
    assert talk("demo").say(question).entry == "zz-0001"
    everything = "\n".join(_stored(services, table) for table in metadata.sorted_tables)
    assert "zz-0001" in everything
    assert "请问一下" not in everything


def test_an_unanswered_question_is_queued_without_who_asked(services: Services, talk: Callable[[str], Talk]) -> None:
    question = "食堂的红烧肉多少钱一份"
    assert talk("demo").say(question).decision == "refusal"
    assert question in _stored(services, missed_question)
    others = "\n".join(_stored(services, table) for table in metadata.sorted_tables if table is not missed_question)
    assert "红烧肉" not in others
    assert not missed_question.foreign_keys
    assert "demo" not in _stored(services, missed_question)


def test_only_a_note_left_on_purpose_is_kept_with_its_writer(services: Services, talk: Callable[[str], Talk]) -> None:
    member = talk("demo")
    member.say("转人工")
    member.say("我想问转正的事，电话 5678")
    assert "我想问转正的事，电话 5678" in member.say("导出我的数据").text
    assert "5678" not in talk("demo2").say("导出我的数据").text


@pytest.mark.parametrize("who", ["demo", "visitor"])
def test_the_export_holds_everything_the_account_has(who: str, talk: Callable[[str], Talk]) -> None:
    person = talk(who)
    person.say("预备期多长")
    text = person.say("导出我的数据").text
    assert "2026-11-22 zz-0001 第1版" in text
    assert ("姓名：演示党员" in text) == (who == "demo")
    assert ("同意绑定" in text) == (who == "demo")


def test_days_are_told_by_the_calendar_of_the_rules(clock: MovableClock, talk: Callable[[str], Talk]) -> None:
    clock.travel(hours=13)  # 17:00 UTC = 01:00 of the next day in Shanghai
    visitor = talk("visitor")
    visitor.say("预备期多长")
    text = visitor.say("导出我的数据").text
    assert "账号最早记录：2026-11-23" in text
    assert "2026-11-23 zz-0001" in text
