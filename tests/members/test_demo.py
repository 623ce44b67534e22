"""The demo branch: there in demo mode only, the same after every start, and never in the way of real data."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, func, select

from cli.services import Services
from members import demo, people
from storage.tables.members import binding, branch, consent, member
from tests.conftest import NOON, MovableClock, Talk


def _counts(connection: Connection) -> list[int | None]:
    return [connection.scalar(select(func.count()).select_from(t)) for t in (branch, member, binding, consent)]


def test_demo_mode_seeds_members_bound_to_the_console(services: Services) -> None:
    with services.database().connect() as connection:
        listed = people.all_members(connection)
        consents = connection.scalar(select(func.count()).select_from(consent))
    assert [(each.number, each.name, each.stage, each.branch, each.bindings) for each in listed] == [
        ("demo-1", "演示党员", "正式党员", demo.BRANCH, 1),
        ("demo-2", "演示预备党员", "预备党员", demo.BRANCH, 1),
    ]
    assert consents == len(demo.PEOPLE)


def test_seeding_again_changes_nothing(services: Services, clock: MovableClock) -> None:
    with services.database().begin() as connection:
        before = _counts(connection)
        clock.travel(days=1)
        demo.seed(connection, clock())
        assert _counts(connection) == before == [2, 2, 2, 2]


def test_a_second_start_finds_the_same_people(make_product: Callable[..., Services]) -> None:
    with make_product().database().connect() as connection:
        before = people.all_members(connection)
    with make_product().database().connect() as connection:
        assert people.all_members(connection) == before


def test_a_demo_member_who_unbound_stays_unbound_after_the_next_start(
    make_product: Callable[..., Services], clock: MovableClock
) -> None:
    first = Talk(make_product(), clock, "demo")
    first.say("解除绑定")
    first.say("确认解除")
    clock.travel(minutes=1)
    pipeline_over_same_data = make_product()
    with pipeline_over_same_data.database().connect() as connection:
        assert people.find(connection, "demo-1").bindings == 0


@pytest.mark.parametrize(
    "overrides",
    [
        {"demo": False},
        {"wechat_mp_token": "token123"},
        {"wecom_token": "token123", "wecom_corp_id": "ww1", "wecom_aes_key": "a" * 43},
    ],
)
def test_without_demo_mode_nobody_is_made_up(
    make_product: Callable[..., Services], overrides: dict[str, object]
) -> None:
    with make_product(**overrides).database().connect() as connection:
        assert _counts(connection) == [0, 0, 0, 0]


def test_real_members_stay_as_they_are_beside_the_demo(make_product: Callable[..., Services]) -> None:
    with make_product(demo=False).database().begin() as connection:
        people.add(connection, "演示党员", "机关/一", NOON, number="1")
    with make_product(demo=True).database().connect() as connection:
        assert people.find(connection, "1").branch == "机关/一"
        assert len(people.all_members(connection)) == 3


def test_a_console_account_that_talked_before_the_demo_does_not_stop_the_start(
    make_product: Callable[..., Services], clock: MovableClock
) -> None:
    services = make_product(demo=False)
    assert Talk(services, clock, "demo").say("帮助").decision == "menu"
    with services.database().begin() as connection:
        demo.seed(connection, clock())
        assert people.find(connection, "demo-1").bindings == 1
