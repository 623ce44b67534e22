"""One message in, one reply out: once, in time, within limits, whatever the handler does."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from bot.memory import MemoryFloor
from bot.message import Address, Incoming, Note, Replied, Reply
from bot.pipeline import DEADLINE, PAGE_BYTES, Pipeline
from bot.ports import Transactions
from bot.routing import Route, always, says
from bot.turn import Turn
from cli.services import Services
from replies import talk
from storage.conversation import SqlTransactions
from storage.tables.chat import inbox
from storage.tables.curation import missed_question
from storage.tables.push import outbox
from tests.conftest import NOON, MovableClock

WHO = Address("console", "console", "somebody")


def typed(text: str, key: str, who: Address = WHO) -> Incoming:
    return Incoming(who, key, "text", text, NOON)


def echo(turn: Turn[Any]) -> Reply:
    return Reply("command", f"你说：{turn.said}")


@pytest.fixture(params=["memory", "sql"])
def floor(request: pytest.FixtureRequest, services: Services) -> Transactions[Any]:
    """Both implementations of the port; every test of this page holds on each."""
    return MemoryFloor() if request.param == "memory" else SqlTransactions(services.database())


def pipeline_of(
    floor: Transactions[Any], clock: MovableClock, handler: Callable[[Turn[Any]], Reply] = echo
) -> Pipeline:
    return Pipeline([Route("all", always, handler)], floor, clock, talk.PIPELINE)


def test_the_same_message_gets_the_same_reply_and_runs_no_handler(
    floor: Transactions[Any], clock: MovableClock
) -> None:
    heard = []

    def handler(turn: Turn[Any]) -> Reply:
        heard.append(turn.said)
        return echo(turn)

    pipeline = pipeline_of(floor, clock, handler)
    first = pipeline.reply_to(typed("你好", "1"))
    clock.travel(seconds=5)
    again = pipeline.reply_to(typed("你好", "1"))
    assert (again.text, again.at) == (first.text, first.at)
    assert again.repeated
    assert heard == ["你好"]


def test_a_failing_handler_becomes_a_sentence_and_the_retry_may_succeed(
    floor: Transactions[Any], clock: MovableClock
) -> None:
    failures = [RuntimeError("boom")]

    def handler(turn: Turn[Any]) -> Reply:
        if failures:
            raise failures.pop()
        return echo(turn)

    pipeline = pipeline_of(floor, clock, handler)
    assert pipeline.reply_to(typed("你好", "1")).text == talk.PIPELINE.sorry
    assert pipeline.reply_to(typed("你好", "1")).text == "你说：你好"


def test_a_late_answer_is_kept_for_the_next_message(floor: Transactions[Any], clock: MovableClock) -> None:
    def slow(turn: Turn[Any]) -> Reply:
        if turn.said == "慢":
            clock.now += DEADLINE + timedelta(milliseconds=1)
        return echo(turn)

    pipeline = pipeline_of(floor, clock, slow)
    late = pipeline.reply_to(typed("慢", "1"))
    assert late.text == talk.PIPELINE.late
    assert pipeline.reply_to(typed("慢", "1")).text == talk.PIPELINE.late
    following = pipeline.reply_to(typed("快", "2")).text
    assert following.startswith("你说：快")
    assert talk.riding([Note("late", "你说：慢")])[0] in following
    assert pipeline.reply_to(typed("快", "3")).text == "你说：快"


def test_an_answer_within_the_deadline_is_sent_at_once(floor: Transactions[Any], clock: MovableClock) -> None:
    def almost_slow(turn: Turn[Any]) -> Reply:
        clock.now += DEADLINE
        return echo(turn)

    assert pipeline_of(floor, clock, almost_slow).reply_to(typed("慢", "1")).text == "你说：慢"


def test_too_many_messages_a_minute_get_one_sentence(floor: Transactions[Any], clock: MovableClock) -> None:
    pipeline = Pipeline([Route("all", always, echo)], floor, clock, talk.PIPELINE, rate_limit=3)
    texts = [pipeline.reply_to(typed("喂", str(n))).text for n in range(5)]
    assert texts == ["你说：喂"] * 3 + [talk.PIPELINE.too_many] * 2
    clock.travel(minutes=1)
    assert pipeline.reply_to(typed("喂", "later")).text == "你说：喂"


def test_a_long_text_comes_in_pages_that_lose_nothing(floor: Transactions[Any], clock: MovableClock) -> None:
    body = "".join(f"第{n}句写在这里。" for n in range(400))

    def long(turn: Turn[Any]) -> Reply:
        return Reply("answer", body, footer="【依据】《党章》第七条", entry="x-1", version=1)

    from handlers.after_answer import more

    routes = [Route("more", says("继续"), more), Route("all", always, long)]
    pipeline = Pipeline(routes, floor, clock, talk.PIPELINE)
    pages, key = [pipeline.reply_to(typed("问", "0")).text], 0
    while pages[-1].endswith(talk.PIPELINE.more):
        key += 1
        pages.append(pipeline.reply_to(typed("继续", str(key))).text)
    assert len(pages) >= 4
    assert all(len(page.encode()) <= PAGE_BYTES for page in pages)
    joined = "".join(page.removesuffix(f"\n{talk.PIPELINE.more}") for page in pages)
    assert joined == f"{body}\n【依据】《党章》第七条"
    assert pipeline.reply_to(typed("继续", "end")).text == talk.nothing_more().text


def test_parallel_twins_have_one_effect_and_identical_replies(services: Services, clock: MovableClock) -> None:
    """Ten deliveries of one message at once: one row of effect, one inbox row, ten equal replies."""

    def with_effect(turn: Turn[Connection]) -> Reply:
        turn.store().execute(insert(missed_question).values(
            text="一次", compared=str(turn.incoming.key), nearest="", first_day="2026-11-22", last_day="2026-11-22"
        ))  # fmt: skip
        return Reply("command", f"线程 {threading.get_ident()}")

    pipeline = pipeline_of(SqlTransactions(services.database()), clock, with_effect)
    together = threading.Barrier(10)

    def deliver(key: str) -> Replied:
        together.wait()
        return pipeline.reply_to(typed("同一条", key))

    with ThreadPoolExecutor(10) as pool:
        for key in ("a", "b", "c"):
            replies = list(pool.map(deliver, [key] * 10))
            assert len({(reply.text, reply.at) for reply in replies}) == 1
            assert sum(not reply.repeated for reply in replies) == 1
    with services.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(missed_question)) == 3
        assert connection.scalar(select(func.count()).select_from(inbox)) == 3


def test_two_messages_of_one_account_at_once_both_count(services: Services, clock: MovableClock) -> None:
    """The second to finish was computed on an older memory and must be computed again."""
    together, first_reads = threading.Barrier(2), threading.local()

    def counting(turn: Turn[Connection]) -> Reply:
        if not getattr(first_reads, "done", False):
            first_reads.done = True
            together.wait()
        return Reply("refusal", f"第 {turn.memory.refusals + 1} 次")

    pipeline = pipeline_of(SqlTransactions(services.database()), clock, counting)
    pipeline_of(SqlTransactions(services.database()), clock).reply_to(typed("先认识", "0"))
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda key: pipeline.reply_to(typed("问", key)).text, ["1", "2"]))
    assert sorted(replies) == ["第 1 次", "第 2 次"]


def test_two_first_messages_of_a_new_account_at_once_make_one_account(services: Services, clock: MovableClock) -> None:
    pipeline = pipeline_of(SqlTransactions(services.database()), clock)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: pipeline.reply_to(typed("喂", str(n))).text, range(8)))
    assert replies == ["你说：喂"] * 8


def test_effects_are_undone_when_the_handler_fails_after_them(services: Services, clock: MovableClock) -> None:
    def fails_late(turn: Turn[Connection]) -> Reply:
        turn.store().execute(insert(outbox).values(
            push="x", kind="x", state="waiting", payload="x", created_at=turn.now
        ))  # fmt: skip
        raise RuntimeError("after the effect")

    pipeline_of(SqlTransactions(services.database()), clock, fails_late).reply_to(typed("喂", "1"))
    with services.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(outbox)) == 0
        assert connection.scalar(select(func.count()).select_from(inbox)) == 0


def test_the_last_route_must_hold(clock: MovableClock) -> None:
    pipeline = Pipeline([Route("never", lambda turn: False, echo)], MemoryFloor(), clock, talk.PIPELINE)
    assert pipeline.reply_to(typed("喂", "1")).decision == "error"
