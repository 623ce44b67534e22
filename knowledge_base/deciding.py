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

ANSWER_AT = 0.88
OFFER_AT = 0.40
# Below this the nearest entries are not even worth naming.
NEAREST_AT = 0.15
# An entry is listed beside the best one while its log-odds are at most this far behind.
LIST_WITHIN = 2.5
MAX_CHOICES = 5
MAX_NEAREST = 3

# Logistic over (log-odds of the best likeness, its lead over the second in log-odds), learnt on the half called
# `dev` of tests/content/, the questions that were written without looking at the entries.
SLOPE, MARGIN_WEIGHT, OFFSET = 0.34, 0.60, 0.88
# A longer lead says no more than this one.
LONGEST_LEAD = 6.0


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
    margin = min(odds(free[0]) - odds(free[1]), LONGEST_LEAD) if len(free) > 1 else LONGEST_LEAD
    score = calibrated(free[0], margin)
    if score >= ANSWER_AT and not _beaten_by_vetoed(free[0], ranked):
        return Decision("answer", (free[0],), score, margin, f"把握 {score:.2f} ≥ {ANSWER_AT:.2f}")
    if score >= OFFER_AT:
        reason = f"把握 {score:.2f}，不足以直接作答"
        return Decision("choices", _close_to_best(free)[:MAX_CHOICES], score, margin, reason)
    nearest = _close_to_best(free)[:MAX_NEAREST] if score >= NEAREST_AT else ()
    return Decision("refusal", nearest, score, margin, f"把握 {score:.2f} < {OFFER_AT:.2f}")


def odds(match: Match) -> float:
    """The log-odds of a match's likeness."""
    score = min(max(match.score, 1e-9), 1 - 1e-9)
    return log(score / (1 - score))


def _close_to_best(free: Sequence[Match]) -> tuple[Match, ...]:
    return tuple(match for match in free if odds(free[0]) - odds(match) <= LIST_WITHIN)


def calibrated(best: Match, margin: float) -> float:
    """The probability that `best` is right, from its likeness and its lead; 1 for the very wording."""
    if best.exact:
        return 1.0
    return 1 / (1 + exp(-(SLOPE * odds(best) + MARGIN_WEIGHT * margin + OFFSET)))


def _beaten_by_vetoed(best: Match, ranked: Sequence[Match]) -> bool:
    """True when a vetoed entry looks clearly more alike: then the base lacks the member's own case."""
    return not best.exact and ranked[0].veto is not None and ranked[0].score > best.score
