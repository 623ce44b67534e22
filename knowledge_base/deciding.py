"""Scored entries -> answer, choices or refusal. Pure, small, and the place where caution lives.

The bands rest on the calibrated probability that the best entry is the right one (`certainty`); their two limits
were chosen on held-out questions so that at least 95 of 100 direct answers are right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

from knowledge_base.entry import Entry
from knowledge_base.matching import Match

Band = Literal["answer", "choices", "refusal"]

ANSWER_AT = 0.83
OFFER_AT = 0.35
# Below this the nearest entries are not even worth naming.
NEAREST_AT = 0.10
# An entry is listed beside the best one while its log-odds are at most this far behind.
LIST_WITHIN = 3.5
MAX_CHOICES = 5
MAX_NEAREST = 3

# Logistic that tells how sure we may be, learnt by benchmarks/learn_weights.py on the general development suite:
# the log-odds of the likeness, its lead over the next entry in log-odds, agreement of what is asked for, and the
# shares of the wording's characters and words that the question has.
LIKENESS, LEAD, SAME_ASKED, GRAM_BACK, WORD_BACK, OFFSET = 0.24, 0.57, 1.30, 1.04, 0.48, -3.54
# A longer lead says no more than this one.
LONGEST_LEAD = 6.0
# Where no rival is near, the lead is measured from here: being alone is no reason to be sure of what is hardly alike.
NO_RIVAL = -6.0


# A vetoed entry that looks more alike than the best free one counts like this much less lead.
BEATEN = 3.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one base told about itself (calibrating.py): a shift of all log-odds, and everyday talk never to answer."""

    shift: float = 0.0
    talk: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why. `matches` are those to answer with, to offer, or to name as nearest."""

    band: Band
    matches: tuple[Match, ...]
    score: float
    margin: float
    reason: str


def decide(ranked: Sequence[Match], text: str = "", calibration: Calibration = Calibration()) -> Decision:
    """The band for ranked matches (best first) of the compared question `text`.

    A vetoed entry is never answered with nor offered; raising ANSWER_AT can only turn answers into choices.
    """
    free = [match for match in ranked if match.veto is None]
    if not free:
        reason = "候选都因互斥词被否决" if ranked else "没有相近的条目"
        return Decision("refusal", (), 0.0, 0.0, reason)
    margin = leads(free)[0]
    if text in calibration.talk and not free[0].exact:
        return Decision("refusal", (), 0.0, margin, "是寒暄或与业务无关的话")
    beaten = _beaten_by_vetoed(free[0], ranked)
    score = certainty(free[0], margin - BEATEN * beaten, calibration)
    if score >= ANSWER_AT and not beaten:
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


def leads(ranked: Sequence[Match]) -> list[float]:
    """How far each match is ahead of the next best one, in log-odds; all but the first are behind the first."""
    each = [odds(match) for match in ranked]
    rival = max(each[1], NO_RIVAL) if len(each) > 1 else NO_RIVAL
    first = min(max(each[0] - rival, 0.0), LONGEST_LEAD)
    return [first, *(value - each[0] for value in each[1:])]


def probabilities(ranked: Sequence[Match], best: float, calibration: Calibration) -> list[tuple[Entry, float]]:
    """Each entry with the probability that it is right, falling from `best`; a vetoed one comes last with 0."""
    free = [match for match in ranked if match.veto is None]
    found, most = [], best
    for match, lead in zip(free, leads(free) if free else (), strict=True):
        most = min(most, best if match is free[0] else certainty(match, lead, calibration))
        found.append((match.entry, most))
    return found + [(match.entry, 0.0) for match in ranked if match.veto is not None]


def certainty(match: Match, lead: float, calibration: Calibration) -> float:
    """The probability that a match is right, from its likeness and its lead; 1 for the very wording."""
    return 1.0 if match.exact else 1 / (1 + exp(-(evidence(match, lead) + calibration.shift)))


def evidence(match: Match, lead: float) -> float:
    """The log-odds that a match is right, before the base's own shift."""
    seen = match.features
    return (
        LIKENESS * odds(match)
        + LEAD * lead
        + SAME_ASKED * seen.same_asked
        + GRAM_BACK * seen.gram_back
        + WORD_BACK * seen.word_back
        + OFFSET
    )


def _close_to_best(free: Sequence[Match]) -> tuple[Match, ...]:
    return tuple(match for match in free if odds(free[0]) - odds(match) <= LIST_WITHIN)


def _beaten_by_vetoed(best: Match, ranked: Sequence[Match]) -> bool:
    """True when a vetoed entry looks clearly more alike: then the base lacks the member's own case."""
    return not best.exact and ranked[0].veto is not None and ranked[0].score > best.score
