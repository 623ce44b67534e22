"""Scored entries -> answer, choices or refusal. Pure, small, and the place where caution lives.

The bands rest on the calibrated probability that the best entry is the right one (`certainty`); their two limits
were chosen on held-out questions so that at least 95 of 100 direct answers are right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

from knowledge_base.entry import Entry
from knowledge_base.features import closest
from knowledge_base.matching import Match

Band = Literal["answer", "choices", "refusal"]

ANSWER_AT = 0.83
OFFER_AT = 0.37
# Below this the nearest entries are not even worth naming.
NEAREST_AT = 0.10
# An entry is listed beside the best one while its log-odds are at most this far behind.
LIST_WITHIN = 3.5
MAX_CHOICES = 5
MAX_NEAREST = 3

# Logistic that tells how sure we may be, learnt by benchmarks/learn_weights.py on the general development suite:
# the log-odds of the likeness, its lead over the next entry in log-odds, how crowded it is around it, agreement of what
# is asked for, and the shares of the wording's characters and words that the question has.
LIKENESS, LEAD, CROWD, SAME_ASKED, GRAM_BACK, WORD_BACK, OFFSET = 0.05, 0.36, 1.27, 0.81, 1.52, 0.86, -2.2
# A question of fewer characters says too little to be answered at once, however well it fits.
FEWEST = 4
# A question as near as this to a line of everyday talk, and nearer than to any wording, is taken for talk.
TALK_AT = 0.7
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
    talk: tuple[str, ...] = ()


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
    margin, crowd = leads(free)[0], crowds(free)[0]
    if not free[0].exact and _is_talk(text, free[0], calibration):
        return Decision("refusal", (), 0.0, margin, "是寒暄或与业务无关的话")
    beaten = _beaten_by_vetoed(free[0], ranked)
    score = certainty(free[0], margin - BEATEN * beaten, crowd, calibration)
    brief = 0 < len(text) < FEWEST and not free[0].exact
    if score >= ANSWER_AT and not beaten and not brief:
        return Decision("answer", (free[0],), score, margin, f"把握 {score:.2f} ≥ {ANSWER_AT:.2f}")
    if score >= OFFER_AT:
        reason = "问得太短，不直接作答" if brief else f"把握 {score:.2f}，不足以直接作答"
        return Decision("choices", _close_to_best(free)[:MAX_CHOICES], score, margin, reason)
    nearest = _close_to_best(free)[:MAX_NEAREST] if score >= NEAREST_AT else ()
    return Decision("refusal", nearest, score, margin, f"把握 {score:.2f} < {OFFER_AT:.2f}")


def _is_talk(text: str, best: Match, calibration: Calibration) -> bool:
    """Whether the question is a line of everyday talk, or more like one than like any entry's wording."""
    if not calibration.talk or text in calibration.talk:
        return bool(calibration.talk)
    return closest(text, calibration.talk) > max(best.features.sound_ratio, TALK_AT)


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


def crowds(ranked: Sequence[Match]) -> list[float]:
    """How crowded it is around each match: the log of all their odds together over its own; 0 where it is alone."""
    each = [odds(match) for match in ranked]
    most = max([*each, NO_RIVAL])
    together = most + log(sum(exp(value - most) for value in [*each, NO_RIVAL]))
    return [together - value for value in each]


def probabilities(ranked: Sequence[Match], best: float, calibration: Calibration) -> list[tuple[Entry, float]]:
    """Each entry with the probability that it is right, falling from `best`; a vetoed one comes last with 0."""
    free = [match for match in ranked if match.veto is None]
    found, most = [], best
    for match, lead, crowd in zip(free, leads(free) if free else (), crowds(free), strict=True):
        most = min(most, best if match is free[0] else certainty(match, lead, crowd, calibration))
        found.append((match.entry, most))
    return found + [(match.entry, 0.0) for match in ranked if match.veto is not None]


def certainty(match: Match, lead: float, crowd: float, calibration: Calibration) -> float:
    """The probability that a match is right, from its likeness and its rivals; 1 for the very wording."""
    return 1.0 if match.exact else 1 / (1 + exp(-(evidence(match, lead, crowd) + calibration.shift)))


def evidence(match: Match, lead: float, crowd: float) -> float:
    """The log-odds that a match is right, before the base's own shift."""
    seen = match.features
    return (
        LIKENESS * odds(match)
        + LEAD * lead
        - CROWD * crowd
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
