"""A base -> how sure its scores may make us. Thresholds do not travel, so every base is tried on itself when built.

Three kinds of trial: one of its own wordings with that wording hidden (there is a right entry), the same with the
whole entry hidden (a near miss, nothing is right), and everyday questions from nulls.txt (nothing is right).
"""

from functools import cache
from math import exp
from pathlib import Path

import numpy as np

from knowledge_base.deciding import Calibration, evidence, leads
from knowledge_base.matching import Matcher, Question
from knowledge_base.text import normalise

MOST_TRIALS = 150
# Everyday talk weighs more than members send of it: how low it scores tells most about the scale of a base. A hidden
# entry weighs little: its neighbours, which then come first, often are acceptable answers too.
_ANSWERABLE, _NEAR, _FAR = 0.70, 0.05, 0.25
# How far a base may move the shipped calibration: one standard deviation in log-odds.
_SPREAD = 1.0
_NULLS = Path(__file__).with_name("nulls.txt")

# Log-odds of the shipped calibration, and whether the best entry was right.
Trial = tuple[float, bool]


@cache
def everyday_talk() -> tuple[str, ...]:
    """What is said every day and is not our matter, one line each of nulls.txt."""
    lines = (line.partition("#")[0].strip() for line in _NULLS.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)


def talk() -> frozenset[str]:
    """The same as compared text."""
    return frozenset(normalise(line) for line in everyday_talk())


def calibrate(matcher: Matcher) -> Calibration:
    """The shift that makes the base's own trials come out as sure as they should be, held close to the shipped one."""
    known, near = _on_itself(matcher)
    far = [_trial(matcher, matcher.read(line), None, -1) for line in everyday_talk()[::3]]
    parts = [(part, weight) for part, weight in ((known, _ANSWERABLE), (near, _NEAR), (far, _FAR)) if part]
    if not known:
        return Calibration(0.0, talk())
    trials = [(odds, right, weight / len(part)) for part, weight in parts for odds, right in part]
    return Calibration(_shift(trials, len(known)), talk())


def _on_itself(matcher: Matcher) -> tuple[list[Trial], list[Trial]]:
    known, near = [], []
    owners, wordings = matcher.owners, matcher.wordings
    step = max(-(-len(wordings) // MOST_TRIALS), 1)
    for number in range(0, len(wordings), step):
        question, owner = matcher.read(wordings[number]), int(owners[number])
        start, end = np.searchsorted(owners, [owner, owner + 1]).tolist()
        if end - start > 1:
            known.append(_trial(matcher, question, (number, number + 1), owner))
        near.append(_trial(matcher, question, (start, end), -1))
    return known, near


def _trial(matcher: Matcher, question: Question, hidden: tuple[int, int] | None, right: int) -> Trial:
    without = np.zeros(len(matcher.wordings), bool)
    if hidden:
        without[hidden[0] : hidden[1]] = True
    ranked = matcher.rank(question, None, without)
    if not ranked:
        return -10.0, False
    best = ranked[0]
    return evidence(best, leads(ranked)[0]), right >= 0 and best.entry is matcher.entries[right]


def _shift(trials: list[tuple[float, bool, float]], count: int) -> float:
    """The most probable shift, by Newton's method in one dimension."""
    shift = 0.0
    for _ in range(25):
        gradient, curvature = -shift / _SPREAD**2, 1 / _SPREAD**2
        for odds, right, weight in trials:
            sure = 1 / (1 + exp(-min(max(odds + shift, -30.0), 30.0)))
            gradient += count * weight * (right - sure)
            curvature += count * weight * sure * (1 - sure)
        shift += gradient / curvature
    return round(shift, 4)
