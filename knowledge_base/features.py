"""How alike a question and an entry are: several views of likeness, joined by learnt weights.

A raw fuzzy score cannot tell right from wrong (knowledge-base study, 12 near-miss pairs): so the score is a
logistic over features that each see something else, and whether to answer is decided elsewhere (deciding.py).
The only file that imports rapidfuzz.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from knowledge_base.asking import agreement
from knowledge_base.index import Flags, Floats, Ints, Overlap, Terms


class Reading(NamedTuple):
    """What is compared of a text: itself, its sound, its words sorted, what it asks for, its numbers.

    `terms`: the numbers of its words for the index, 4 bytes each (a question needs none).
    """

    text: str
    heard: str
    ordered: str
    kinds: frozenset[str]
    numbers: frozenset[str]
    terms: bytes = b""


class Groups(NamedTuple):
    """Wordings of one entry stand together. firsts: where each entry begins; group: which entry each is of."""

    firsts: Ints
    group: Ints


class Seen(NamedTuple):
    """A question's terms in one view, and how they lie beside the wordings."""

    terms: Terms
    beside: Overlap


class ByEntry(NamedTuple):
    """Which of the question's terms an entry has, shape (entries, terms) each.

    spelt, said: any of its wordings, by characters and by words. here: how many of them, by characters. told, retold:
    as said and spelt, with its topic and answer.
    """

    spelt: Flags
    here: Floats
    said: Flags
    told: Flags
    retold: Flags


class Features(NamedTuple):
    """How alike a question and an entry are; each in 0..1.

    gram_cosine, word_cosine: with the wording. gram_back, word_back: the share of the wording that occurs in the
    question. sorted_ratio: rapidfuzz over sorted words. sound_ratio: rapidfuzz over the text as heard. same_asked,
    same_numbers: agreement of what is asked for and of the numbers. gram_cover, word_cover: the share of the question
    that occurs in any wording of the entry. told_cover, told_grams: the same by words and by characters, with the
    entry's topic and answer. gram_second: gram_cosine, averaged over the entry's two best wordings. gram_shared: like
    gram_cover, but each term counts by the share of the entry's wordings that have it.
    """

    gram_cosine: float
    word_cosine: float
    gram_back: float
    word_back: float
    sorted_ratio: float
    sound_ratio: float
    same_asked: float
    same_numbers: float
    gram_cover: float
    word_cover: float
    told_cover: float
    told_grams: float
    gram_second: float
    gram_shared: float


# Learnt by benchmarks/learn_weights.py on the general development suite (everyday Chinese, not our content).
WEIGHTS = Features(
    gram_cosine=0.37,
    word_cosine=0.56,
    gram_back=1.12,
    word_back=2.09,
    sorted_ratio=0.84,
    sound_ratio=1.48,
    same_asked=0.11,
    same_numbers=0.3,
    gram_cover=2.15,
    word_cover=1.11,
    told_cover=2.85,
    told_grams=4.06,
    gram_second=1.61,
    gram_shared=0.81,
)
# Only sets where the log-odds of likeness are zero; deciding.py learns its own offset.
BIAS = -11.09
_WEIGHTS = np.array(WEIGHTS)
ALIKE = Features(*([1.0] * len(Features._fields)))


def likeness(features: Features) -> float:
    """The learnt logistic over the features, in 0..1."""
    return float(likenesses(np.array([features]))[0])


def likenesses(rows: Floats) -> Floats:
    """The learnt logistic over each row of features."""
    return np.asarray(1 / (1 + np.exp(-(rows @ _WEIGHTS + BIAS))))


def rows(asked: Reading, read: Sequence[Reading], gram: Seen, word: Seen, entry: ByEntry, groups: Groups) -> Floats:
    """One row of features, in the order of `Features`, for each of the wordings `read`."""
    firsts, group = groups
    sizes = np.diff(firsts, append=len(read))[:, None]
    views = np.stack(
        [
            gram.beside.cosine,
            word.beside.cosine,
            gram.beside.back,
            word.beside.back,
            _ratios(asked.ordered, [each.ordered for each in read]),
            _ratios(asked.heard, [each.heard for each in read]),
            np.array([agreement(asked.kinds, each.kinds) for each in read]),
            np.array([agreement(asked.numbers, each.numbers) for each in read]),
            _cover(gram.terms, entry.spelt)[group],
            _cover(word.terms, entry.said)[group],
            _cover(word.terms, entry.told)[group],
            _cover(gram.terms, entry.retold)[group],
            _two_best(gram.beside.cosine, firsts, group)[group],
            _cover(gram.terms, entry.here / sizes)[group],
        ],
        axis=1,
    )
    return np.asarray(np.clip(views, 0.0, 1.0))


def closest(text: str, others: Sequence[str]) -> float:
    """The highest edit likeness of a text with any of the others, in 0..1."""
    return float(_ratios(text, others).max(initial=0.0))


def _ratios(text: str, others: Sequence[str]) -> Floats:
    """The edit likeness of a text with each of the others, in 0..1."""
    return np.asarray(process.cdist((text,), others, scorer=fuzz.ratio)[0] / 100, dtype=np.float64)


def _two_best(values: Floats, firsts: Ints, group: Ints) -> Floats:
    """The mean of the two highest values of each group (groups stand together); of a group of one, that one."""
    best = np.maximum.reduceat(values, firsts)
    if len(firsts) == len(values):
        return best
    ordered = values[np.lexsort((-values, group))]
    ends = np.append(firsts[1:], len(values))
    second = np.where(ends - firsts > 1, ordered[np.minimum(firsts + 1, len(values) - 1)], best)
    return np.asarray((best + second) / 2)


def _cover(terms: Terms, has: Flags | Floats) -> Floats:
    """The share of the question's weight that each row has."""
    total = float(terms.weights.sum())
    return np.asarray(has @ terms.weights / total) if total else np.zeros(len(has))
