"""A base -> how sure its scores may make us. Thresholds do not travel, so every base is tried on itself when built.

Two kinds of trial: one of its own wordings with that wording hidden (there is a right entry), and everyday questions
from nulls.txt (nothing is right). Hiding whole entries was tried too: its neighbours, which then come first, often are
acceptable answers, so it taught the wrong lesson.
"""

from functools import cache
from math import exp
from pathlib import Path
from zlib import crc32

import numpy as np

from knowledge_base.deciding import Calibration, crowds, evidence, leads
from knowledge_base.matching import Matcher, Question

MOST_TRIALS = 300
# Everyday talk weighs more than members send of it: how low it scores tells most about the scale of a base.
_OWN, _EVERYDAY = 0.75, 0.25
# How far a base may move the shipped calibration: one standard deviation in log-odds.
_SPREAD = 2.0
# Members ask more loosely than wordings are written, so a base that scores low on itself scores lower still on them:
# learnt on the half `dev` of tests/content/.
_GAIN = 1.5
_NULLS = Path(__file__).with_name("nulls.txt")

# Log-odds of the shipped calibration, and whether the best entry was right.
Trial = tuple[float, bool]


@cache
def everyday_talk() -> tuple[str, ...]:
    """What is said every day and is not our matter, one line each of nulls.txt."""
    lines = (line.partition("#")[0].strip() for line in _NULLS.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)


def calibrate(matcher: Matcher) -> Calibration:
    """The shift that makes the base's own trials come out as sure as they should be, held close to the shipped one."""
    said = [matcher.read(line) for line in everyday_talk()]
    # As the matcher reads it: decide() is handed what was read, not what was typed.
    talk = tuple(sorted({question.text for question in said} - {""}))
    own = _on_itself(matcher)
    if not own:
        return Calibration(0.0, talk)
    everyday = [_trial(matcher, question, None, -1) for question in said[::3]]
    parts = ((own, _OWN), (everyday, _EVERYDAY))
    trials = [(odds, right, weight / len(part)) for part, weight in parts for odds, right in part]
    return Calibration(_shift(trials, len(own)), talk)


def _on_itself(matcher: Matcher) -> list[Trial]:
    owners = matcher.owners
    shared = np.flatnonzero(np.bincount(owners)[owners] > 1)
    # Chosen by what they say: a wording more or less elsewhere must not change which ones are tried.
    tried = sorted(shared.tolist(), key=lambda number: crc32(matcher.wordings[number].encode()))[:MOST_TRIALS]
    return [_trial(matcher, matcher.read(matcher.wordings[n]), n, int(owners[n])) for n in tried]


def _trial(matcher: Matcher, question: Question, hidden: int | None, right: int) -> Trial:
    without = np.zeros(len(matcher.wordings), bool)
    if hidden is not None:
        without[hidden] = True
    ranked = matcher.rank(question, None, without)
    if not ranked:
        return -10.0, False
    best = ranked[0]
    return evidence(best, leads(ranked)[0], crowds(ranked)[0]), right >= 0 and best.entry is matcher.entries[right]


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
    return round(_GAIN * shift, 4)
