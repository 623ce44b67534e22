"""The day's paper in a talk: graded at once, kept with version and option, back another day, private."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.message import Replied
from cli.services import Services
from knowledge_base.entry import QuizItem
from knowledge_base.library import build
from storage.tables.study import attempt, learner, paper
from tests.conftest import MovableClock, Talk


@pytest.fixture
def bank(services: Services, clock: MovableClock) -> dict[str, QuizItem]:
    """The items by their stems."""
    return {item.question: item for item in services.current(clock()).content.quizzes}


def asked(reply: Replied, bank: dict[str, QuizItem]) -> QuizItem:
    """The item whose question the reply asks."""
    lines = reply.text.splitlines()
    return bank[lines[next(n for n, line in enumerate(lines) if line.startswith("第 ")) + 1]]


def right(item: QuizItem) -> str:
    """The right answer as a member may type it."""
    match item.type:
        case "judge":
            return "对" if item.answer == "正确" else "错"
        case "blank":
            return " ".join(part.split("|")[0] for part in item.answer.split("；"))
        case _:
            return item.answer.lower()


def take(talk: Talk, bank: dict[str, QuizItem], wrong: int = 0) -> tuple[list[QuizItem], Replied]:
    """Takes a whole paper, the first `wrong` questions without knowing; the items in order and the last reply."""
    reply, items = talk.say("答题"), []
    while "第 " in reply.text:
        items.append(asked(reply, bank))
        reply = talk.say("不知道" if len(items) <= wrong else right(items[-1]))
    return items, reply


def test_five_questions_follow_one_by_one_and_are_graded_at_once(
    talk: Callable[[str], Talk], bank: dict[str, QuizItem]
) -> None:
    member = talk("demo")
    first = member.say("答题")
    item = asked(first, bank)
    assert first.text.startswith("第 1/5 题")
    answered = member.say(right(item))
    assert answered.decision == "quiz"
    assert answered.text.startswith("✔ 答对了。")
    assert item.explanation in answered.text
    assert f"【依据】《{item.sources[0].doc}》" in answered.text
    assert "第 2/5 题" in answered.text


def test_a_whole_paper_ends_with_the_day_and_is_done_for_today(
    talk: Callable[[str], Talk], bank: dict[str, QuizItem]
) -> None:
    member = talk("demo")
    items, last = take(member, bank, wrong=1)
    assert len({item.id for item in items}) == 5
    assert "今天的 5 题答完了，对 4 题。" in last.text
    assert "已经答完，对 4 题" in member.say("答题").text
    more = member.say("再来一组")
    assert "第 6/10 题" in more.text
    assert asked(more, bank).id not in {item.id for item in items}


def test_an_answer_is_kept_with_version_option_and_whether_it_was_the_first(
    services: Services, talk: Callable[[str], Talk], bank: dict[str, QuizItem], clock: MovableClock
) -> None:
    member = talk("demo")
    first_day, _ = take(member, bank, wrong=5)
    clock.travel(days=1)
    second_day, _ = take(member, bank)
    again = {item.id for item in first_day} & {item.id for item in second_day}
    assert again, "what was answered wrong comes back another day"
    with services.database().connect() as connection:
        rows = connection.execute(select(attempt).order_by(attempt.c.id)).all()
    assert [(row.item_id, row.chosen, row.correct, row.first) for row in rows[:5]] == [
        (item.id, "", False, True) for item in first_day
    ]
    assert {row.version for row in rows} == {1}
    for row, item in zip(rows[5:], second_day, strict=True):
        assert (row.correct, row.first) == (True, item.id not in again)
        assert row.chosen == item.answer or item.type == "blank"


def test_a_streak_counts_workdays_and_only_for_oneself(
    talk: Callable[[str], Talk], bank: dict[str, QuizItem], clock: MovableClock
) -> None:
    member, other = talk("demo"), talk("demo2")
    clock.travel(days=-2)  # Friday
    take(member, bank)
    clock.travel(days=3)
    _, monday = take(member, bank)
    assert "已连续 2 个答题日" in monday.text
    assert "连续 2 个答题日" in member.say("我的").text
    _, first = take(other, bank)
    assert "连续" not in first.text


def test_a_changed_question_is_not_counted_and_changes_come_to_an_end(
    services: Services, talk: Callable[[str], Talk], bank: dict[str, QuizItem]
) -> None:
    member = talk("demo")
    seen = [asked(member.say("答题"), bank).id]
    seen += [asked(member.say("换一题"), bank).id for _ in range(5)]
    assert len(set(seen)) == 6
    refused = member.say("换一题")
    assert refused.text.startswith("今天不能再换题了")
    assert asked(refused, bank).id == seen[-1]
    with services.database().connect() as connection:
        assert connection.execute(select(attempt)).all() == []


def test_the_same_answer_delivered_twice_is_graded_once(
    services: Services, bank: dict[str, QuizItem], clock: MovableClock
) -> None:
    from channels.console import to_incoming

    pipeline = services.pipeline(clock, 0)
    question = pipeline.reply_to(to_incoming("答题", "demo", clock(), "1"))
    twice = to_incoming(right(asked(question, bank)), "demo", clock(), "2")
    first, second = pipeline.reply_to(twice), pipeline.reply_to(twice)
    assert first.text == second.text
    with services.database().connect() as connection:
        assert len(connection.execute(select(attempt)).all()) == 1


def test_a_question_may_be_answered_hours_later_and_the_next_day_begins_anew(
    talk: Callable[[str], Talk], bank: dict[str, QuizItem], clock: MovableClock
) -> None:
    member = talk("demo")
    item = asked(member.say("答题"), bank)
    clock.travel(hours=6)
    assert "第 2/5 题" in member.say(right(item)).text
    clock.travel(days=1)
    assert member.say("答题").text.startswith("第 1/5 题")


def test_a_withdrawn_question_gives_way_to_another(
    make_product: Callable[..., Services], clock: MovableClock, bank: dict[str, QuizItem], jieba_cache: Path
) -> None:
    from dataclasses import replace

    from app import make_services

    services = make_product()
    talk = Talk(services, clock, "demo")
    item = asked(talk.say("答题"), bank)
    base = services.current(clock())
    left = tuple(each for each in base.content.quizzes if each.id != item.id)
    fewer = build(replace(base.content, quizzes=left), jieba_cache)
    later = Talk(make_services(services.settings, clock, lambda _now: fewer), clock, "demo")
    later.say("帮助")  # its message id is that of the first talk's only message
    again = later.say("继续答题")
    assert again.text.startswith("第 1/5 题")
    assert asked(again, bank).id != item.id


def test_unbinding_deletes_what_was_learnt(
    services: Services, talk: Callable[[str], Talk], bank: dict[str, QuizItem]
) -> None:
    member = talk("demo")
    take(member, bank)
    member.say("解除绑定")
    member.say("确认解除")
    with services.database().connect() as connection:
        assert [connection.execute(select(table)).all() for table in (attempt, paper, learner)] == [[], [], []]


def test_days_are_shanghais_days(talk: Callable[[str], Talk], bank: dict[str, QuizItem], clock: MovableClock) -> None:
    member = talk("demo")
    take(member, bank)
    clock.travel(hours=11.9)  # 23:54
    assert "已经答完" in member.say("答题").text
    clock.now += timedelta(minutes=10)
    assert member.say("答题").text.startswith("第 1/5 题")
