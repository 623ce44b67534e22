"""The demo branch: there in demo mode only, the same after every start, and never in the way of real data."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, func, select

from cli.services import Services
from members import demo, people
from storage.tables import metadata
from storage.tables.members import binding, branch, consent, member
from tests.conftest import NOON, MovableClock, Talk


def _counts(connection: Connection) -> list[int | None]:
    return [connection.scalar(select(func.count()).select_from(t)) for t in (branch, member, binding, consent)]


def test_demo_mode_seeds_members_bound_to_the_console_and_to_the_demo_page(services: Services) -> None:
    with services.database().connect() as connection:
        listed = people.all_members(connection)
        consents = connection.scalar(select(func.count()).select_from(consent))
        console = connection.scalars(select(binding.c.platform_id).where(binding.c.channel == "console")).all()
    assert sorted((each.number, each.name, each.stage, each.branch, each.bindings) for each in listed) == [
        ("demo-1", "演示党员", "正式党员", demo.BRANCH, 1),
        ("demo-2", "演示预备党员", "预备党员", demo.BRANCH, 1),
        ("demo-3", "演示党员甲", "正式党员", demo.BRANCH, 1),
        ("demo-4", "演示党员乙", "预备党员", demo.BRANCH, 1),
        ("demo-5", "演示党员丙", "正式党员", demo.BRANCH, 1),
        ("demo-6", "演示党员丁", "正式党员", demo.AWAY, 1),
        ("demo-7", "演示党员戊", "正式党员", demo.BRANCH, 0),
    ]
    assert consents == 6
    assert sorted(console) == ["demo", "demo2"]


def test_the_demo_pages_accounts_stand_in_their_order(services: Services) -> None:
    with services.database().connect() as connection:
        accounts = demo.page_accounts(connection)
    assert [(each.role, each.name, each.following) for each in accounts] == [
        ("正式党员", "演示党员甲", True),
        ("预备党员", "演示党员乙", True),
        ("支部书记", "演示党员丙", True),
        ("流动党员", "演示党员丁", True),
        ("访客", "", False),
    ]


def test_seeding_again_changes_nothing(services: Services, clock: MovableClock) -> None:
    with services.database().begin() as connection:
        before = _counts(connection)
        clock.travel(days=1)
        demo.seed(connection, clock())
        assert _counts(connection) == before == [3, 7, 6, 6]


def test_a_restart_touches_nobody_but_the_pages_people(services: Services, clock: MovableClock) -> None:
    Talk(services, clock, "demo").say("预备期多长")
    everything = [t for t in metadata.sorted_tables if t is not binding]
    with services.database().begin() as connection:
        bindings = connection.execute(select(binding).where(binding.c.channel == "console")).all()
        before = {t.name: set(connection.execute(select(t)).all()) for t in everything}
        clock.travel(days=1)
        demo.restart(connection, clock())
        after = {t.name: set(connection.execute(select(t)).all()) for t in everything}
        assert connection.execute(select(binding).where(binding.c.channel == "console")).all() == bindings
        page = connection.scalars(select(binding.c.id).where(binding.c.channel == "wechat_mp")).all()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"consent"}
    assert {row.binding_id for row in before["consent"] ^ after["consent"]} == set(page)


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
        assert len(people.all_members(connection)) == 8


def test_a_console_account_that_talked_before_the_demo_does_not_stop_the_start(
    make_product: Callable[..., Services], clock: MovableClock
) -> None:
    services = make_product(demo=False)
    assert Talk(services, clock, "demo").say("帮助").decision == "menu"
    with services.database().begin() as connection:
        demo.seed(connection, clock())
        assert people.find(connection, "demo-1").bindings == 1
