"""Binding a chat account: one-time codes of which only an HMAC is kept, stated use, consent, and taking it back."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from cli.services import Services
from curation.answers import leave_note, record_receipt
from members import binding as bindings
from members import people
from members.binding import CODE_LASTS, CONSENT_WORDING, PURPOSE, Codes, Offer
from members.rules.codes import ALPHABET, LENGTH, shown
from storage.tables.curation import handover, receipt
from storage.tables.members import binding, binding_code, consent, member
from storage.tables.push import outbox
from tests.conftest import NOON, MovableClock, Talk

KEY = "a key of this installation"


@pytest.fixture
def connection(make_product: Callable[..., Services]) -> Iterator[Connection]:
    """A transaction on a database without the demo branch."""
    with make_product(demo=False).database().begin() as connection:
        yield connection


@pytest.fixture
def codes() -> Codes:
    return Codes(KEY, secrets.choice)


def _member(connection: Connection, name: str = "王小明") -> int:
    return people.add(connection, name, "机关/一", NOON)


def _account(connection: Connection, platform_id: str = "u1") -> int:
    values = {"channel": "console", "account": "console", "platform_id": platform_id, "created_at": NOON}
    new_id: int | None = connection.scalar(binding.insert().values(**values).returning(binding.c.id))
    assert new_id is not None
    return new_id


def _row(connection: Connection, binding_id: int) -> Any:
    return connection.execute(select(binding).where(binding.c.id == binding_id)).one()


def test_a_code_is_picked_letter_by_letter_by_the_source_of_chance(connection: Connection) -> None:
    asked: list[str] = []

    def pick(alphabet: str) -> str:
        asked.append(alphabet)
        return alphabet[len(asked)]

    code = Codes(KEY, pick).issue(connection, _member(connection), NOON)
    assert asked == [ALPHABET] * LENGTH
    assert code == ALPHABET[1 : LENGTH + 1]


def test_only_an_hmac_of_the_code_is_stored(connection: Connection, codes: Codes) -> None:
    code = codes.issue(connection, _member(connection), NOON)
    row = connection.execute(select(binding_code)).one()
    assert code not in str(row)
    assert row.digest == codes.digest(code)
    assert (row.created_at, row.expires_at, row.used_at) == (NOON, NOON + timedelta(days=7), None)


def test_another_key_gives_another_digest(codes: Codes) -> None:
    assert codes.digest("ABCD2345") != Codes("another key", secrets.choice).digest("ABCD2345")
    assert codes.digest("ABCD2345") == Codes(KEY, secrets.choice).digest("ABCD2345")


def test_a_good_code_names_its_member(connection: Connection, codes: Codes) -> None:
    digest = codes.digest(codes.issue(connection, _member(connection), NOON))
    assert bindings.offer(connection, digest, NOON) == Offer(digest, "王小明", "机关/一")


def test_a_wrong_code_names_nobody(connection: Connection, codes: Codes) -> None:
    codes.issue(connection, _member(connection), NOON)
    assert bindings.offer(connection, codes.digest("ABCD2345"), NOON) is None
    assert bindings.bind(connection, _account(connection), codes.digest("ABCD2345"), NOON) is None


def test_a_code_ends_after_its_time(connection: Connection, codes: Codes) -> None:
    digest = codes.digest(codes.issue(connection, _member(connection), NOON))
    last = NOON + CODE_LASTS - timedelta(seconds=1)
    assert bindings.offer(connection, digest, last) is not None
    assert bindings.offer(connection, digest, NOON + CODE_LASTS) is None
    assert bindings.bind(connection, _account(connection), digest, NOON + CODE_LASTS) is None
    assert bindings.bind(connection, _account(connection, "u2"), digest, last) is not None


def test_a_new_code_ends_the_members_earlier_one_and_nobody_elses(connection: Connection, codes: Codes) -> None:
    one, other = _member(connection, "甲"), _member(connection, "乙")
    old, others = codes.issue(connection, one, NOON), codes.issue(connection, other, NOON)
    fresh = codes.issue(connection, one, NOON)
    assert bindings.offer(connection, codes.digest(old), NOON) is None
    assert bindings.offer(connection, codes.digest(fresh), NOON) is not None
    assert bindings.offer(connection, codes.digest(others), NOON) is not None


def test_looking_at_a_code_does_not_use_it_up(connection: Connection, codes: Codes) -> None:
    digest = codes.digest(codes.issue(connection, _member(connection), NOON))
    for _ in range(3):
        assert bindings.offer(connection, digest, NOON) is not None
    assert bindings.bind(connection, _account(connection), digest, NOON) is not None


def test_binding_connects_the_account_and_writes_the_consent_down(connection: Connection, codes: Codes) -> None:
    member_id, binding_id = _member(connection), _account(connection)
    later = NOON + timedelta(hours=1)
    bindings.bind(connection, binding_id, codes.digest(codes.issue(connection, member_id, NOON)), later)
    row = _row(connection, binding_id)
    assert (row.member_id, row.bound_at) == (member_id, later)
    given = connection.execute(select(consent)).one()
    assert (given.member_id, given.binding_id, given.purpose, given.wording) == (
        member_id,
        binding_id,
        PURPOSE,
        CONSENT_WORDING,
    )
    assert (given.given_at, given.withdrawn_at) == (later, None)


def test_a_code_binds_one_account_once(connection: Connection, codes: Codes) -> None:
    digest = codes.digest(codes.issue(connection, _member(connection), NOON))
    first, second = _account(connection, "u1"), _account(connection, "u2")
    assert bindings.bind(connection, first, digest, NOON) is not None
    assert bindings.bind(connection, second, digest, NOON) is None
    assert bindings.offer(connection, digest, NOON) is None
    assert _row(connection, second).member_id is None
    assert len(connection.execute(select(consent)).all()) == 1


def test_the_code_of_someone_who_left_binds_nobody(connection: Connection, codes: Codes) -> None:
    member_id, binding_id = _member(connection), _account(connection)
    digest = codes.digest(codes.issue(connection, member_id, NOON))
    connection.execute(update(member).where(member.c.id == member_id).values(left_at=NOON))
    assert bindings.offer(connection, digest, NOON) is None
    assert bindings.bind(connection, binding_id, digest, NOON) is None
    assert _row(connection, binding_id).member_id is None


def test_a_member_may_bind_several_accounts(connection: Connection, codes: Codes) -> None:
    member_id = _member(connection)
    for platform_id in ("u1", "u2"):
        digest = codes.digest(codes.issue(connection, member_id, NOON))
        assert bindings.bind(connection, _account(connection, platform_id), digest, NOON) is not None
    assert people.find(connection, "王小明").bindings == 2


def test_unbinding_takes_back_the_consent_and_deletes_what_was_kept_of_this_account_only(
    connection: Connection,
) -> None:
    member_id = _member(connection)
    gone, stays = _account(connection, "u1"), _account(connection, "u2")
    for binding_id in (gone, stays):
        bindings.attach(connection, binding_id, member_id, NOON)
        record_receipt(connection, binding_id, "zz-0001", 1, NOON.date())
        leave_note(connection, binding_id, None, "请回电", NOON)
    later = NOON + timedelta(days=1)
    bindings.unbind(connection, gone, later)
    row = _row(connection, gone)
    assert (row.member_id, row.bound_at) == (None, None)
    assert _row(connection, stays).member_id == member_id
    withdrawn = connection.execute(select(consent.c.binding_id, consent.c.withdrawn_at).order_by(consent.c.id)).all()
    assert [tuple(each) for each in withdrawn] == [(gone, later), (stays, None)]
    for table in (receipt, handover):
        assert connection.scalars(select(table.c.binding_id)).all() == [stays]


def test_a_late_answer_that_still_waits_goes_with_the_binding(connection: Connection) -> None:
    binding_id = _account(connection)
    bindings.attach(connection, binding_id, _member(connection), NOON)
    values = {"push": "late:1", "kind": "late", "state": "waiting", "payload": "姓名：王小明", "created_at": NOON}
    connection.execute(outbox.insert().values(**values, binding_id=binding_id))
    bindings.unbind(connection, binding_id, NOON)
    assert connection.scalars(select(outbox.c.payload)).all() == []


def test_a_consent_once_withdrawn_keeps_its_day(connection: Connection) -> None:
    member_id, binding_id = _member(connection), _account(connection)
    first, second = NOON + timedelta(days=1), NOON + timedelta(days=3)
    bindings.attach(connection, binding_id, member_id, NOON)
    bindings.unbind(connection, binding_id, first)
    bindings.attach(connection, binding_id, member_id, NOON + timedelta(days=2))
    bindings.unbind(connection, binding_id, second)
    assert connection.scalars(select(consent.c.withdrawn_at).order_by(consent.c.id)).all() == [first, second]


def test_following_is_noted(connection: Connection) -> None:
    binding_id = _account(connection)
    assert _row(connection, binding_id).following is False
    for following in (True, False):
        bindings.set_following(connection, binding_id, following)
        assert _row(connection, binding_id).following is following


def _code_for(services: Services, clock: MovableClock, name: str = "王小明") -> str:
    with services.database().begin() as connection:
        member_id = people.add(connection, name, "机关/一", clock())
        return services.codes().issue(connection, member_id, clock())


def test_a_visitor_binds_by_code_and_consent(
    services: Services, clock: MovableClock, talk: Callable[[str], Talk]
) -> None:
    code, visitor = _code_for(services, clock), talk("visitor")
    assert "绑定码" in visitor.say("绑定").text
    asked = visitor.say(shown(code).lower()).text
    assert "王*明（机关/一）" in asked
    assert "王小明" not in asked
    assert "还没有绑定" in talk("someone else").say("我的").text
    assert "绑定好了：王小明（机关/一）" in visitor.say("同意").text
    assert "姓名：王小明" in visitor.say("我的").text


def test_whoever_does_not_consent_is_not_bound_and_may_come_back(
    services: Services, clock: MovableClock, talk: Callable[[str], Talk]
) -> None:
    code, visitor = _code_for(services, clock), talk("visitor")
    visitor.say(f"绑定 {code}")
    assert "没有绑定" in visitor.say("不同意").text
    assert "还没有绑定" in visitor.say("我的").text
    assert "绑定好了" not in visitor.say("同意").text
    visitor.say(f"绑定 {code}")
    assert "绑定好了" in visitor.say("同意").text


def test_of_two_visitors_with_one_code_the_first_to_consent_is_bound(
    services: Services, clock: MovableClock, talk: Callable[[str], Talk]
) -> None:
    code, one, other = _code_for(services, clock), talk("one"), talk("other")
    for visitor in (one, other):
        assert "同意请回复" in visitor.say(code).text
    assert "绑定好了" in other.say("同意").text
    assert "这个绑定码不对" in one.say("同意").text
    assert "还没有绑定" in one.say("我的").text


def test_a_consent_after_the_code_has_ended_binds_nobody(
    services: Services, clock: MovableClock, talk: Callable[[str], Talk]
) -> None:
    code, visitor = _code_for(services, clock), talk("visitor")
    clock.travel(days=7, seconds=-30)
    assert "同意请回复" in visitor.say(code).text
    clock.travel(minutes=1)
    assert "这个绑定码不对" in visitor.say("同意").text
    assert "还没有绑定" in visitor.say("我的").text


def test_someone_already_bound_is_not_bound_over(
    services: Services, clock: MovableClock, talk: Callable[[str], Talk]
) -> None:
    code, bound = _code_for(services, clock), talk("demo")
    assert "您已经绑定为演示党员" in bound.say(code).text
    bound.say("同意")
    assert "姓名：演示党员" in bound.say("我的").text
    assert "同意请回复" in talk("visitor").say(code).text


def test_a_bound_member_unbinds_after_confirming(talk: Callable[[str], Talk]) -> None:
    bound = talk("demo")
    bound.say("解除绑定")
    assert "绑定保持不变" in bound.say("0").text
    assert "姓名：演示党员" in bound.say("我的").text
    bound.say("解除绑定")
    assert "已解除绑定" in bound.say("确认解除").text
    assert "还没有绑定" in bound.say("我的").text
    assert "您还没有绑定" in bound.say("解除绑定").text
