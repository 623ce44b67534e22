"""How well a base answers questions whose right entries are known: outcomes by the product's own path, and figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import numpy as np

from knowledge_base.deciding import Decision
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Entry, Place

_T = TypeVar("_T")
_MOST_CANDIDATES = 10
# A foreign base has no dates: its entries hold on every day.
ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the ids of its right entries; none when nothing in the base answers it."""

    text: str
    accept: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the product does with a question; candidates are (id, probability), best first, at most ten."""

    query: str
    decision: str
    entry_id: str | None
    score: float
    candidates: tuple[tuple[str, float], ...]

    def as_json(self) -> dict[str, Any]:
        """The object of docs/reference/commands.md."""
        return {
            "query": self.query,
            "decision": self.decision,
            "entry_id": self.entry_id,
            "score": round(self.score, 6),
            "candidates": [{"id": entry_id, "score": round(score, 6)} for entry_id, score in self.candidates],
        }


def foreign_entry(row: Mapping[str, Any], file: str, line: int) -> Entry:
    """An entry out of {id, questions, answer?}. Raises KeyError, TypeError or ValueError when it has no question."""
    questions = [str(question) for question in row["questions"]]
    if not questions:
        raise ValueError("questions 是空的")
    first, *variants = questions
    return Entry(
        id=str(row["id"]), status="published", version=1, question=first, variants=tuple(variants),
        answer=str(row.get("answer") or ""), short="", sources=(), checked_on=ANY_DAY, review_by=ANY_DAY, grade="N",
        topic="", owner="", place=Place(file, line),
    )  # fmt: skip


def query(row: Mapping[str, Any]) -> Query:
    """A question out of {query, expected_id, accept?}. Raises KeyError when a field is missing."""
    expected = row["expected_id"]
    accept = {str(entry_id) for entry_id in row.get("accept") or ()}
    return Query(str(row["query"]), frozenset(accept if expected is None else accept | {str(expected)}))


def outcome(base: KnowledgeBase, text: str, day: date = ANY_DAY) -> Outcome:
    """What the product does with one question."""
    decision, candidates = base.consider(text, day)
    shown = tuple((entry.id, score) for entry, score in candidates[:_MOST_CANDIDATES])
    return Outcome(text, decision.band, _answered(decision), decision.score, shown)


def _answered(decision: Decision) -> str | None:
    return decision.matches[0].entry.id if decision.band == "answer" else None


def figures(queries: Sequence[Query], outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """The figures of a run; None where there is nothing to count."""
    ranks = [_rank(q, o) for q, o in zip(queries, outcomes, strict=True) if q.accept]
    known = [o for q, o in zip(queries, outcomes, strict=True) if q.accept]
    nulls = [o for q, o in zip(queries, outcomes, strict=True) if not q.accept]
    answered = [o.entry_id in q.accept for q, o in zip(queries, outcomes, strict=True) if o.decision == "answer"]
    return {
        "answerable": len(known),
        "nulls": len(nulls),
        "top1": _share(ranks, lambda rank: rank == 1),
        "recall_at_3": _share(ranks, lambda rank: 1 <= rank <= 3),
        "recall_at_10": _share(ranks, lambda rank: 1 <= rank <= _MOST_CANDIDATES),
        "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 4) if ranks else None,
        "auc": auc([o.score for o in known], [o.score for o in nulls]),
        "answered_share": _share(known, lambda o: o.decision == "answer"),
        "answered_precision": _share(answered, bool),
        "choices_share": _share(known, lambda o: o.decision == "choices"),
        "nulls_answered": _share(nulls, lambda o: o.decision == "answer"),
    }


def _rank(asked: Query, given: Outcome) -> int:
    return next((n for n, (entry_id, _) in enumerate(given.candidates, 1) if entry_id in asked.accept), 0)


def _share(values: Sequence[_T], holds: Callable[[_T], bool]) -> float | None:
    return round(sum(map(holds, values)) / len(values), 4) if values else None


def auc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The chance that one of `higher` scores above one of `lower`; a tie counts half."""
    if not higher or not lower:
        return None
    below = np.sort(np.array(lower))
    wins = np.searchsorted(below, higher, "left") + np.searchsorted(below, higher, "right")
    return round(float(wins.sum()) / (2 * len(higher) * len(lower)), 4)
