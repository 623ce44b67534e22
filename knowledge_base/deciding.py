"""Scored entries -> answer, choices or refusal. Pure, small, and the place where caution lives.

The bands rest on the calibrated probability that the best entry is the right one (`calibrated`); their two limits
were chosen on held-out questions so that at least 95 of 100 direct answers are right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

from knowledge_base.matching import Match

Band = Literal["answer", "choices", "refusal"]

ANSWER_AT = 0.80
OFFER_AT = 0.25
LIST_AT = 0.10
NEAREST_AT = 0.03
MAX_CHOICES = 5
MAX_NEAREST = 3

# Logistic over (log-odds of the best score, its margin to the second): learnt like matching.WEIGHTS.
SLOPE, MARGIN_WEIGHT, OFFSET = 0.28, 3.75, -0.50


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why. `matches` are those to answer with, to offer, or to name as nearest."""

    band: Band
    matches: tuple[Match, ...]
    score: float
    margin: float
    reason: str


def decide(ranked: Sequence[Match]) -> Decision:
    """The band for ranked matches (best first).

    A vetoed entry is never answered with nor offered; raising ANSWER_AT can only turn answers into choices.
    """
    free = [match for match in ranked if match.veto is None]
    if not free:
        reason = "候选都因互斥词被否决" if ranked else "没有相近的条目"
        return Decision("refusal", (), 0.0, 0.0, reason)
    margin = free[0].score - (free[1].score if len(free) > 1 else 0.0)
    score = calibrated(free[0], margin)
    if score >= ANSWER_AT and not _beaten_by_vetoed(free[0], ranked):
        return Decision("answer", (free[0],), score, margin, f"把握 {score:.2f} ≥ {ANSWER_AT:.2f}")
    if score >= OFFER_AT:
        listed = tuple(match for match in free if match.score >= LIST_AT)[:MAX_CHOICES]
        return Decision("choices", listed or (free[0],), score, margin, f"把握 {score:.2f}，不足以直接作答")
    nearest = tuple(match for match in free if match.score >= NEAREST_AT)[:MAX_NEAREST]
    return Decision("refusal", nearest, score, margin, f"把握 {score:.2f} < {OFFER_AT:.2f}")


def calibrated(best: Match, margin: float) -> float:
    """The probability that `best` is right, from its score and its margin to the second; 1 for the very wording."""
    if best.exact:
        return 1.0
    odds = log(max(best.score, 1e-9) / max(1 - best.score, 1e-9))
    return 1 / (1 + exp(-(SLOPE * odds + MARGIN_WEIGHT * margin + OFFSET)))


def _beaten_by_vetoed(best: Match, ranked: Sequence[Match]) -> bool:
    """True when a vetoed entry looks clearly more alike: then the base lacks the member's own case."""
    return not best.exact and ranked[0].veto is not None and ranked[0].score > best.score
