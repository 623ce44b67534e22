"""A second opinion on doubtful questions: whoever tells how near two texts are in meaning may reorder the candidates.

Never needed, off by default: dense.py makes one out of a sentence encoder that the deployer brings.
"""

from collections.abc import Sequence
from math import exp
from typing import Protocol

from knowledge_base.deciding import ANSWER_AT, NEAREST_AT, Decision, odds
from knowledge_base.matching import Match

# How many log-odds of likeness a difference of 1 in nearness is worth; between paraphrases and neighbours lie 0.1-0.3.
WORTH = 8.0
# More candidates than these are not worth the time.
MOST = 10


class Reranker(Protocol):
    """Tells how near a question and each of some wordings are in meaning."""

    def nearness(self, question: str, wordings: Sequence[str]) -> Sequence[float]:
        """One value per wording, in -1..1; the same texts always give the same values."""
        ...


def is_doubtful(decision: Decision) -> bool:
    """Whether a second opinion is worth its time: something is near, and nothing is sure."""
    return NEAREST_AT <= decision.score < ANSWER_AT


def reranked(matches: Sequence[Match], question: str, reranker: Reranker) -> list[Match]:
    """The matches in their new order: each likeness raised or lowered by how near it is beside the others.

    What is excluded stays excluded, and keeps its likeness.
    """
    free = [match for match in matches if match.veto is None][:MOST]
    near = reranker.nearness(question, [match.wording for match in free])
    middle = sum(near) / max(len(near), 1)
    moved = {id(match): _moved(match, each - middle) for match, each in zip(free, near, strict=True)}
    return sorted((moved.get(id(match), match) for match in matches), key=lambda m: (-m.score, m.entry.id))


def _moved(match: Match, by: float) -> Match:
    return match._replace(score=1 / (1 + exp(-(odds(match) + WORTH * by))))
