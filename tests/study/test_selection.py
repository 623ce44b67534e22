"""Which questions come next: distinct, rested, spread over topics and documents, repeatable, mistakes back."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.rules.selection import REST, Item, Selector

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def bank(count: int, topics: int = 5, documents: int = 6) -> list[Item]:
    return [Item(f"q{n}", f"topic{n % topics}", f"document{n % documents}", 0.5, 4) for n in range(count)]


def taught(selector: Selector, days: int, a_day: int, correct: float, seed: int = 1) -> datetime:
    """Answers every day's questions, each right with the given chance; the moment after the last day."""
    draw = random.Random(seed)
    for day in range(days):
        for chosen in selector.choose(NOW + day * DAY, a_day):
            selector.record(chosen, draw.random() < correct, NOW + day * DAY)
    return NOW + days * DAY


def test_nothing_chosen_is_chosen_again_until_it_was_answered() -> None:
    selector = Selector(bank(40), seed=7)
    assert selector.choose(NOW, 5) == selector.choose(NOW, 5)
    assert len(set(selector.choose(NOW, 5))) == 5


def test_nothing_comes_back_within_twenty_hours_and_then_it_may() -> None:
    selector = Selector(bank(6), seed=7)
    for chosen in selector.choose(NOW, 6):
        selector.record(chosen, False, NOW)
    assert selector.choose(NOW + REST - timedelta(seconds=1), 6) == []
    assert len(selector.choose(NOW + REST, 6)) == 6


def test_what_was_answered_wrong_comes_back_another_day() -> None:
    selector = Selector(bank(300), seed=7)
    first = selector.choose(NOW, 5)
    for chosen in first:
        selector.record(chosen, chosen != first[0], NOW)
    assert first[0] in selector.choose(NOW + DAY, 5)


def test_topics_take_turns_and_no_document_fills_a_paper() -> None:
    items = bank(200, topics=5, documents=10)
    by_id = {item.id: item for item in items}
    selector = Selector(items, seed=3)
    for day in range(20):
        chosen = [by_id[key] for key in selector.choose(NOW + day * DAY, 5)]
        documents = [item.document for item in chosen]
        assert max(map(documents.count, documents)) <= 2
        assert len({item.topic for item in chosen}) >= 4
        for item in chosen:
            selector.record(item.id, True, NOW + day * DAY)


def test_the_limits_bend_before_the_number_does() -> None:
    selector = Selector([Item(f"q{n}", "one", "one", 0.5, 4) for n in range(8)], seed=1)
    assert len(selector.choose(NOW, 5)) == 5


def test_a_state_goes_on_exactly_also_through_json() -> None:
    selector = Selector(bank(60), seed=11)
    then = taught(selector, days=12, a_day=5, correct=0.7)
    restored = Selector.restore(bank(60), json.loads(json.dumps(selector.state())))
    for day in range(5):
        assert restored.choose(then + day * DAY, 5) == selector.choose(then + day * DAY, 5)
        for each in (selector, restored):
            for chosen in each.choose(then + day * DAY, 5):
                each.record(chosen, True, then + day * DAY)
    assert restored.retention(then + 30 * DAY) == pytest.approx(selector.retention(then + 30 * DAY))


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(KeyError):
        Selector(bank(3), seed=1).record("other", True, NOW)


def test_a_withdrawn_question_is_never_chosen_and_its_memory_is_kept() -> None:
    selector = Selector(bank(10), seed=1)
    taught(selector, days=3, a_day=3, correct=1.0)
    seen = next(item.id for item in bank(10) if selector.has_seen(item.id))
    fewer = [item for item in bank(10) if item.id != seen]
    restored = Selector.restore(fewer, selector.state())
    assert seen not in restored.choose(NOW + 9 * DAY, 10)
    assert Selector.restore(bank(10), restored.state()).has_seen(seen)


def test_retention_rises_with_learning_and_falls_with_time() -> None:
    selector = Selector(bank(40), seed=5)
    assert selector.retention(NOW) == 0.0
    then = taught(selector, days=20, a_day=5, correct=0.8)
    assert 0.5 < selector.retention(then) < 1.0
    assert selector.retention(then + 60 * DAY) < selector.retention(then)


@given(st.integers(0, 30), st.integers(0, 12), st.integers(0, 2**32))
def test_as_many_as_there_are_and_no_more(size: int, n: int, seed: int) -> None:
    chosen = Selector(bank(size), seed).choose(NOW, n)
    assert len(chosen) == len(set(chosen)) == min(size, n)
