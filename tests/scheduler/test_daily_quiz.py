"""The card of the day: once per member per day whatever happens, looked at again before it goes out."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine, Executable, update

from app import make_services
from bot.message import Address, Incoming, Replied
from bot.sending import May, NotSent, Outcome, Refused, Unknown
from cli.services import Services
from config.settings import Settings
from scheduler import delivery
from storage import occurrences, outbox
from storage.tables.members import member
from tests.conftest import MovableClock
from tests.scheduler.house import CHANNEL, PowerCut, WatchedSender, add_members, clockwork, rows, without_demo

MONDAY = datetime(2026, 11, 22, 23, 35, tzinfo=UTC)  # 2026-11-23 07:35 in Shanghai
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def engine(services: Services, clock: MovableClock) -> Engine:
    engine = services.database()
    without_demo(engine)
    clock.now = MONDAY
    return engine


def says(services: Services, clock: MovableClock, text: str, who: str = "m1") -> Replied:
    address = Address(CHANNEL, CHANNEL, who)
    key = f"{who}:{text}:{clock().isoformat()}"
    return services.pipeline(clock, 0).reply_to(Incoming(address, key, "text", text, clock()))


def test_every_bound_member_gets_the_card_once(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 3, clock())
    sender = WatchedSender()
    for _ in range(4):
        clockwork(services, sender).tick(clock)
    assert sender.got == ["m1", "m2", "m3"]
    assert "回复“答题”" in sender.inbox[0][2]
    assert {(push, state) for push, state, _ in rows(engine)} == {("quiz:2026-11-23", "sent")}


def test_not_a_minute_before_its_time(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender()
    clock.now = MONDAY - timedelta(seconds=1)
    clockwork(services, sender).tick(clock)
    assert sender.got == []


def test_many_tickers_at_once_send_it_once(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 20, clock())
    sender = WatchedSender()
    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(clockwork(services, sender).tick, clock) for _ in range(6)]:
            future.result()
    assert Counter(sender.got) == {f"m{n}": 1 for n in range(1, 21)}


def test_a_killed_fan_out_goes_on_where_it_was(
    services: Services, engine: Engine, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_members(engine, 7, clock())
    monkeypatch.setattr(occurrences, "CHUNK", 3)
    written = 0
    real = occurrences._insert

    def dies(*args: Any) -> Executable:
        nonlocal written
        written += 1
        if written == 2:
            raise PowerCut
        return real(*args)

    sender = WatchedSender()
    monkeypatch.setattr(occurrences, "_insert", dies)
    with pytest.raises(PowerCut):
        clockwork(services, sender).tick(clock)
    assert len(rows(engine)) == 3
    monkeypatch.setattr(occurrences, "_insert", real)
    clockwork(services, sender).tick(clock)
    assert Counter(sender.got) == {f"m{n}": 1 for n in range(1, 8)}


@pytest.mark.parametrize(
    ("repeats_for", "ends"),
    [(timedelta(hours=1), "sent"), (timedelta(minutes=2), "unknown"), (timedelta(0), "unknown")],
)
def test_a_process_killed_while_sending_neither_loses_nor_doubles(
    repeats_for: timedelta, ends: str, services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 3, clock())
    sender = WatchedSender(repeats_for, outcomes=[PowerCut()])
    with pytest.raises(PowerCut):
        clockwork(services, sender).tick(clock)
    clock.now += outbox.LEASE + MINUTE
    clockwork(services, sender).tick(clock)
    assert Counter(sender.got) == {"m1": 1, "m2": 1, "m3": 1}
    assert [state for _, state, _ in rows(engine)] == [ends, "sent", "sent"]
    if ends == "unknown":
        assert rows(engine)[0][2] == delivery.UNKNOWN


def test_a_process_killed_before_sending_sends_later(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    work = clockwork(services, WatchedSender())
    work.write_rows(clock())
    with engine.begin() as connection:
        assert outbox.claim(connection, clock())
    sender = WatchedSender()
    clockwork(services, sender).tick(clock)
    assert sender.got == []
    clock.now += outbox.LEASE + timedelta(seconds=1)
    clockwork(services, sender).tick(clock)
    assert sender.got == ["m1"]


def test_a_month_with_a_member_who_never_answers(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender()
    days: list[datetime] = []
    for _ in range(30 * 24 * 2):
        before = len(sender.got)
        clockwork(services, sender).tick(clock)
        days += [clock()] * (len(sender.got) - before)
        clock.now += timedelta(minutes=30)
    gaps = [(after - before).days for before, after in pairwise(days)]
    assert len({day.date() for day in days}) == len(days)
    assert all(day.weekday() < 5 for day in (each + timedelta(hours=8) for each in days))
    assert 6 <= len(days) <= 12
    assert max(gaps[:3]) == 1
    assert max(gaps) >= 6
    assert "waiting" not in {state for _, state, _ in rows(engine)}


def test_where_nothing_may_be_pushed_the_card_rides_on_the_next_reply_once(
    services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender(allowed=lambda _standing, _now: May("queue", "不能主动推送"))
    clockwork(services, sender).tick(clock)
    assert rows(engine) == [("quiz:2026-11-23", "waiting", "不能主动推送")]
    clock.now += 2 * timedelta(hours=1)
    first, second = says(services, clock, "预备期多长"), says(services, clock, "党费交多少")
    assert first.text.startswith("一年")
    assert first.text.endswith("📌 今日答题等您来做（约 2 分钟），回复“答题”开始")
    assert "📌" not in second.text
    assert sender.got == []


def test_only_the_latest_card_waits(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender(allowed=lambda _standing, _now: May("queue", "不能主动推送"))
    for _ in range(3):
        clockwork(services, sender).tick(clock)
        clock.now += DAY
    assert [state for _, state, _ in rows(engine)] == ["expired", "expired", "waiting"]


def test_a_card_expires_where_no_other_takes_its_place(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    clock.now = MONDAY + 4 * DAY  # Friday
    sender = WatchedSender(allowed=lambda _standing, _now: May("queue", "不能主动推送"))
    clockwork(services, sender).tick(clock)
    clock.now += 3 * DAY - MINUTE
    assert "📌" in says(services, clock, "你好").text or rows(engine)[0][1] == "waiting"
    clock.now += 2 * MINUTE
    clockwork(services, sender).tick(clock)
    assert rows(engine)[0][1] in ("expired", "sent")


@pytest.mark.parametrize(("before", "reason"), [("退订", "已退订"), ("答题", "已经开始答题"), ("不考了", "今天不考了")])
def test_what_the_member_did_meanwhile_ends_the_card(
    before: str, reason: str, services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    work = clockwork(services, WatchedSender())
    work.write_rows(clock())
    reply = says(services, clock, before)
    sender = WatchedSender()
    clockwork(services, sender).tick(clock)
    assert sender.got == []
    assert "📌" not in reply.text
    assert rows(engine) == [("quiz:2026-11-23", "dropped", reason)]


def test_a_member_who_left_gets_nothing(services: Services, engine: Engine, clock: MovableClock) -> None:
    (left, _) = add_members(engine, 2, clock())
    work = clockwork(services, WatchedSender())
    work.write_rows(clock())
    with engine.begin() as connection:
        connection.execute(update(member).where(member.c.id == left).values(left_at=clock()))
    sender = WatchedSender()
    clockwork(services, sender).tick(clock)
    assert sender.got == ["m2"]
    assert rows(engine)[0][1:] == ("dropped", "已不在支部，或没有绑定的账号")


def test_muted_members_get_no_card_until_they_want_it_back(
    services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender()
    says(services, clock, "退订")
    clockwork(services, sender).tick(clock)
    assert sender.got == []
    says(services, clock, "恢复")
    clock.now += DAY
    clockwork(services, sender).tick(clock)
    assert sender.got == ["m1"]


def test_nothing_goes_out_in_quiet_hours_and_it_goes_out_when_they_end(
    make_product: Callable[..., Services], clock: MovableClock
) -> None:
    services = make_product(quiz_at="06:10")
    without_demo(services.database())
    add_members(services.database(), 1, clock())
    sender = WatchedSender()
    clock.now = datetime(2026, 11, 22, 22, 10, tzinfo=UTC)  # 06:10
    clockwork(services, sender).tick(clock)
    assert sender.got == []
    assert [state for _, state, _ in rows(services.database())] == ["waiting"]
    clock.now = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # 07:00
    clockwork(services, sender).tick(clock)
    assert sender.got == ["m1"]


def test_every_day_where_the_house_wants_it(make_product: Callable[..., Services], clock: MovableClock) -> None:
    services = make_product(quiz_days="daily")
    without_demo(services.database())
    add_members(services.database(), 1, clock())
    sender = WatchedSender()
    clock.now = MONDAY - DAY
    clockwork(services, sender).tick(clock)
    assert sender.got == ["m1"]


@pytest.mark.parametrize(
    ("outcome", "state", "ride"),
    [
        (Refused("window", 45015, "超过时间窗"), "waiting", True),
        (Refused("consent", 43101, "没有订阅"), "waiting", True),
        (Refused("recipient", 40003, "找不到这个人"), "waiting", True),
        (Refused("content", 45002, "太长"), "dropped", False),
        (Refused("bug", 41001, "少了令牌"), "dropped", False),
        (Refused("config", 40164, "白名单"), "waiting", False),
        (Refused("transient", -1, "系统繁忙"), "waiting", False),
        (NotSent("连不上", MINUTE), "waiting", False),
        (Unknown("超时"), "unknown", False),
    ],
)
def test_every_outcome_comes_to_a_written_end(
    outcome: Outcome, state: str, ride: bool, services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender(
        outcomes=[outcome], allowed=lambda standing, _now: May("queue" if standing.unreachable else "local", "找不到")
    )
    clockwork(services, sender).tick(clock)
    assert sender.got == []
    ((_, found, reason),) = rows(engine)
    assert found == state
    assert reason
    clock.now += timedelta(hours=2)
    clockwork(services, sender).tick(clock)
    assert sender.got == ([] if ride or state != "waiting" else ["m1"])


def test_tries_that_keep_failing_end_with_the_next_message(
    services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender(outcomes=[NotSent("连不上", MINUTE)] * 50)
    for _ in range(60):
        clockwork(services, sender).tick(clock)
        clock.now += MINUTE
    assert len(sender.outcomes) == 50 - delivery.MAX_ATTEMPTS
    assert "📌" in says(services, clock, "预备期多长").text


def test_one_on_the_card_just_shown_begins_the_paper(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    clockwork(services, WatchedSender()).tick(clock)
    assert says(services, clock, "1").text.startswith("第 1/5 题")


def test_an_old_card_makes_no_digit_mean_anything(services: Services, engine: Engine, clock: MovableClock) -> None:
    add_members(engine, 1, clock())
    clockwork(services, WatchedSender()).tick(clock)
    clock.now += timedelta(hours=1)
    assert "现在没有可选的列表" in says(services, clock, "1").text


def test_the_reminder_rides_with_the_next_message_of_whoever_has_not_begun(
    services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 2, clock())
    sender = WatchedSender()
    clockwork(services, sender).tick(clock)
    assert says(services, clock, "答题", "m2").decision == "quiz"
    clock.now += timedelta(hours=2)
    clockwork(services, sender).tick(clock)
    assert len(sender.got) == 2
    assert "📌 今天的题还没答" in says(services, clock, "预备期多长", "m1").text
    assert "📌" not in says(services, clock, "预备期多长", "m2").text
    assert "📌" not in says(services, clock, "党费交多少", "m1").text


def test_the_reminder_is_pushed_at_the_hour_that_was_set(
    make_product: Callable[..., Services], clock: MovableClock
) -> None:
    services = make_product(remind_at="19:45")
    without_demo(services.database())
    add_members(services.database(), 1, clock())
    sender = WatchedSender()
    clock.now = MONDAY
    clockwork(services, sender).tick(clock)
    clock.now = datetime(2026, 11, 23, 11, 45, tzinfo=UTC)  # 19:45
    for _ in range(2):
        clockwork(services, sender).tick(clock)
    assert len(sender.got) == 2
    assert sender.inbox[1][2].startswith("【学习提醒】")


def test_a_cancelled_push_never_begins_and_the_others_do(
    services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender()
    work = clockwork(services, sender)
    assert work.cancel("quiz:2026-11-25", clock()) == 0
    for _ in range(3):
        work.tick(clock)
        clock.now += DAY
    assert [push for push, _, _ in rows(engine)] == ["quiz:2026-11-23", "quiz:2026-11-24"]
    assert work.cancel("quiz:2026-11-25", clock()) is None
    with pytest.raises(ValueError, match="lottery"):
        work.cancel("lottery:2026-11-25", clock())


@pytest.mark.parametrize(("lost", "state"), [(1, "sent"), (5, "sent"), (6, "unknown"), (20, "unknown")])
def test_an_unknown_outcome_goes_out_again_where_a_repetition_is_known(
    lost: int, state: str, services: Services, engine: Engine, clock: MovableClock
) -> None:
    add_members(engine, 1, clock())
    sender = WatchedSender(timedelta(hours=1), outcomes=[Unknown("连接断了")] * lost)
    for _ in range(10):
        clockwork(services, sender).tick(clock)
        clock.travel(seconds=outbox.LEASE.total_seconds() + 1)
    ((_, found, reason),) = rows(engine)
    assert (found, sender.got) == (state, ["m1"] if state == "sent" else [])
    assert reason or state == "sent"


def test_a_first_tick_that_publishes_the_content_needs_no_second_lock(
    make_settings: Callable[..., Settings], clock: MovableClock
) -> None:
    services = make_services(make_settings(log_level="ERROR"), clock)
    clock.now = MONDAY
    services.clockwork().tick(clock)
    services.database().dispose()
    structlog.reset_defaults()
