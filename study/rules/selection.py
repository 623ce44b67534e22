"""Which questions come next: those from which most is expected to stay.

Every question is worth what asking it now adds to the chance that it is still known a month later. New questions
stand in the same ranking as known ones; with more questions than days, "what is due first" would never reach most of
the bank. Memory is FSRS-6 (Ye et al., 2022 ff.; the library `fsrs`). On top of it: one in five is drawn at random,
one in four is kept for what was answered wrong before, topics take turns, no document fills a paper, and nothing
comes back within 20 hours. The limits on topics and documents bend before the number of questions does.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from fsrs import Card, Rating, Scheduler, State

REST = timedelta(hours=20)
HORIZON = timedelta(days=30)
PER_DOCUMENT = 2
EXPLORE_EVERY = 5
MISTAKE_EVERY = 4
# Before the first answer nobody knows whether it will be right.
FIRST_CORRECT = 0.6

_FSRS = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=365)


@dataclass(frozen=True, slots=True)
class Item:
    """A question as the selection sees it. `difficulty` is a guess from 0 to 1, `options` how many there are."""

    id: str
    topic: str
    document: str
    difficulty: float
    options: int


@dataclass(frozen=True, slots=True)
class _Trace:
    """What is remembered of one question: FSRS's stability (days) and difficulty, the last answer, and its verdict."""

    stability: float
    difficulty: float
    at: datetime
    correct: bool

    def card(self) -> Card:
        return Card(
            card_id=1, state=State.Review, step=None, stability=self.stability, difficulty=self.difficulty,
            due=self.at, last_review=self.at,
        )  # fmt: skip

    def recall(self, at: datetime) -> float:
        return float(_FSRS.get_card_retrievability(self.card(), max(at, self.at)))

    @classmethod
    def after(cls, before: "_Trace | None", correct: bool, at: datetime) -> Self:
        card, _ = _FSRS.review_card(
            before.card() if before else Card(card_id=1), Rating.Good if correct else Rating.Again, at
        )
        assert card.stability is not None
        assert card.difficulty is not None
        return cls(card.stability, card.difficulty, at, correct)


class Selector:
    """One member's selection over a bank. `seed` makes it repeatable; every moment is handed in."""

    def __init__(self, items: Iterable[Item], seed: int) -> None:
        self._items: dict[str, Item] = {item.id: item for item in items}
        self._seed = seed
        self._traces: dict[str, _Trace] = {}
        self._answers = 0

    def choose(self, now: datetime, n: int) -> list[str]:
        """Up to n distinct ids, best first; fewer only where fewer have rested for 20 hours."""
        rested = [item for item in self._items.values() if self._has_rested(item.id, now)]
        chance = random.Random(f"{self._seed}/{self._answers}/{n}")  # noqa: S311 - a draw of questions, no secret
        ranked = sorted(rested, key=lambda item: (-self._gain(item.id, now), chance.random()))
        mistakes = [item for item in ranked if (trace := self._traces.get(item.id)) and not trace.correct]
        paper = _Paper()
        paper.add(mistakes, -(-n // MISTAKE_EVERY) if n > 1 else n)
        paper.add(chance.sample(rested, len(rested)), min(n - len(paper.chosen), n // EXPLORE_EVERY))
        paper.add(ranked, n - len(paper.chosen))
        return [item.id for item in paper.chosen]

    def record(self, item_id: str, correct: bool, now: datetime) -> None:
        """Takes an answer. Raises KeyError for a question that is not in the bank."""
        item = self._items[item_id]
        self._traces[item.id] = _Trace.after(self._traces.get(item.id), correct, now)
        self._answers += 1

    def has_seen(self, item_id: str) -> bool:
        """True once the question was answered, however long ago."""
        return item_id in self._traces

    def retention(self, at: datetime) -> float:
        """Mean chance, without guessing, that a question of the bank is known at a moment; unseen ones count as 0."""
        if not self._items:
            return 0.0
        return sum(trace.recall(at) for key, trace in self._traces.items() if key in self._items) / len(self._items)

    def state(self) -> dict[str, Any]:
        """JSON-ready; `restore` goes on from it exactly. Questions no longer in the bank are kept: they may return."""
        traces = {key: [t.stability, t.difficulty, t.at.isoformat(), t.correct] for key, t in self._traces.items()}
        return {"seed": self._seed, "answers": self._answers, "traces": traces}

    @classmethod
    def restore(cls, items: Iterable[Item], state: Mapping[str, Any]) -> Self:
        """The selection that `state` was taken of, over the bank as it is now."""
        restored = cls(items, state["seed"])
        restored._answers = state["answers"]
        for key, (stability, difficulty, at, correct) in state["traces"].items():
            restored._traces[key] = _Trace(stability, difficulty, datetime.fromisoformat(at), correct)
        return restored

    def _has_rested(self, item_id: str, now: datetime) -> bool:
        trace = self._traces.get(item_id)
        return trace is None or now - trace.at >= REST

    def _gain(self, item_id: str, now: datetime) -> float:
        """What asking now adds to the chance of knowing it at the horizon."""
        trace, then = self._traces.get(item_id), now + HORIZON
        chance = trace.recall(now) if trace else FIRST_CORRECT
        right, wrong = (_Trace.after(trace, correct, now).recall(then) for correct in (True, False))
        return chance * right + (1 - chance) * wrong - (trace.recall(then) if trace else 0.0)


class _Paper:
    """The questions being put together, with what limits them."""

    def __init__(self) -> None:
        self.chosen: list[Item] = []

    def add(self, ranked: Sequence[Item], count: int) -> None:
        """Adds up to `count` of the ranked ones: first within the limits on topics and documents, then bending them."""
        for strict in (True, False):
            while count > 0 and (item := self._next(ranked, strict)):
                self.chosen.append(item)
                count -= 1

    def _next(self, ranked: Sequence[Item], strict: bool) -> Item | None:
        topics, documents = Counter(i.topic for i in self.chosen), Counter(i.document for i in self.chosen)
        left = [item for item in ranked if item not in self.chosen]
        if not strict:
            return left[0] if left else None
        fits = [item for item in left if documents[item.document] < PER_DOCUMENT]
        return min(fits, key=lambda item: topics[item.topic]) if fits else None
