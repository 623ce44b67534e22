"""Candidates -> scored entries: several views of likeness per entry, joined by learnt weights.

A raw fuzzy score cannot tell right from wrong (knowledge-base study, 12 near-miss pairs): so the score is a
logistic over features that each see something else, and whether to answer is decided elsewhere (deciding.py).
The only file that imports rapidfuzz.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from knowledge_base.entry import Entry, Lexicon
from knowledge_base.index import Index
from knowledge_base.text import Rewriter, normalise
from knowledge_base.tokens import Tokenizer, grams

CANDIDATES = 40
Cosines = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read: its compared text, words and grams."""

    text: str
    words: tuple[str, ...]
    grams: tuple[str, ...]
    sorted_words: str


@dataclass(frozen=True, slots=True)
class Features:
    """How alike a question and an entry are; each in 0..1.

    gram_cosine, word_cosine: with the entry's best wording. gram_cover: the share of the question (by weight) that
    occurs anywhere in the entry's wordings. sorted_ratio: rapidfuzz over sorted words. order_ratio: over the text.
    """

    gram_cosine: float
    word_cosine: float
    gram_cover: float
    sorted_ratio: float
    order_ratio: float

    def values(self) -> tuple[float, ...]:
        """The features in the order of their names."""
        return (self.gram_cosine, self.word_cosine, self.gram_cover, self.sorted_ratio, self.order_ratio)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question held against the whole index: the cosine with every wording, its weighed grams, its contrasts."""

    question: Question
    gram_cosines: Cosines
    word_cosines: Cosines
    weighed: list[tuple[str, float]]
    said: frozenset[str]


# Learnt by benchmarks/learn_weights.py on the general development suite (everyday Chinese, not our content).
WEIGHTS = Features(
    gram_cosine=4.87,
    word_cosine=4.07,
    gram_cover=0.82,
    sorted_ratio=3.70,
    order_ratio=2.58,
)
BIAS = -10.98


@dataclass(frozen=True, slots=True)
class Match:
    """An entry with its likeness to the question: `score` in 0..1 (1 = the very wording), and what made it."""

    entry: Entry
    score: float
    features: Features
    wording: str
    exact: bool
    veto: tuple[str, str] | None


class Matcher:
    """Finds and scores the entries of one immutable set. Build anew to change anything."""

    def __init__(self, entries: Sequence[Entry], lexicon: Lexicon, tokenizer: Tokenizer) -> None:
        self.entries = tuple(entries)
        self._tokenizer = tokenizer
        self._rewrite = Rewriter(lexicon.synonyms)
        self._contrasts = Contrasts(lexicon)
        pairs = [(owner, wording) for owner, entry in enumerate(entries) for wording in entry.wordings]
        self._owners = np.array([owner for owner, _ in pairs], dtype=np.int64)
        self._wordings = [wording for _, wording in pairs]
        self._read = [self.read(wording) for wording in self._wordings]
        self._by_gram = Index([q.grams for q in self._read], self._owners.tolist(), len(entries))
        self._by_word = Index([q.words for q in self._read], self._owners.tolist(), len(entries))
        self._exact: dict[str, set[int]] = {}
        self._vocabulary: list[frozenset[str]] = []
        self._terms: list[frozenset[str]] = []
        self._index_entries()

    def _index_entries(self) -> None:
        grouped: list[list[Question]] = [[] for _ in self.entries]
        for owner, question in zip(self._owners.tolist(), self._read, strict=True):
            grouped[owner].append(question)
            self._exact.setdefault(question.text, set()).add(owner)
        for questions in grouped:
            self._vocabulary.append(frozenset(gram for question in questions for gram in question.grams))
            self._terms.append(frozenset().union(*(self._contrasts.terms_in(q.text) for q in questions)))

    def read(self, text: str) -> Question:
        """Text as typed -> what is compared."""
        compared = self._rewrite(normalise(text))
        words = self._tokenizer.words(compared)
        return Question(compared, words, grams(compared), " ".join(sorted(words)))

    def rank(self, text: str, allowed: Iterable[int] | None = None) -> tuple[Question, list[Match]]:
        """The question as read, and the best entries, best first; `allowed` limits them to entry numbers.

        Vetoed entries stay in the list, marked: whether they may be offered is decided elsewhere.
        """
        question = self.read(text)
        if not question.text:
            return question, []
        asked = Asked(
            question,
            self._by_gram.cosines(question.grams),
            self._by_word.cosines(question.words),
            self._by_gram.weigh(question.grams),
            self._contrasts.terms_in(question.text),
        )
        best = self._best_wordings(asked.gram_cosines + 0.5 * asked.word_cosines, allowed)
        matches = [self._match(asked, owner, wordings) for owner, wordings in best.items()]
        return question, sorted(matches, key=lambda m: (-m.score, m.entry.id))

    def _best_wordings(self, mixed: Cosines, allowed: Iterable[int] | None) -> dict[int, list[int]]:
        """The CANDIDATES most alike wordings, grouped by their entry."""
        if allowed is not None:
            mixed = np.where(np.isin(self._owners, list(allowed)), mixed, 0.0)
        count = min(CANDIDATES, len(mixed))
        top = np.argpartition(-mixed, count - 1)[:count] if count else np.array([], dtype=np.int64)
        grouped: dict[int, list[int]] = {}
        for number in top[np.argsort(-mixed[top], kind="stable")].tolist():
            if mixed[number] > 0:
                grouped.setdefault(int(self._owners[number]), []).append(number)
        return grouped

    def _match(self, asked: Asked, owner: int, wordings: list[int]) -> Match:
        question, closest = asked.question, [self._read[number] for number in wordings[:3]]
        features = Features(
            gram_cosine=_clip(asked.gram_cosines[wordings].max()),
            word_cosine=_clip(asked.word_cosines[wordings].max()),
            gram_cover=_cover(asked.weighed, self._vocabulary[owner]),
            sorted_ratio=max(fuzz.ratio(question.sorted_words, wording.sorted_words) for wording in closest) / 100,
            order_ratio=max(fuzz.ratio(question.text, wording.text) for wording in closest) / 100,
        )
        exact = owner in self._exact.get(question.text, ())
        return Match(
            entry=self.entries[owner],
            score=1.0 if exact else likeness(features),
            features=features,
            wording=self._wordings[wordings[0]],
            exact=exact,
            veto=None if exact else self._contrasts.clash(asked.said, self._terms[owner]),
        )


class Contrasts:
    """Terms that exclude each other: 预备 is not 正式, 转入 is not 转出, however alike the sentences look."""

    def __init__(self, lexicon: Lexicon) -> None:
        rewrite = Rewriter(lexicon.synonyms)
        self._sets = [
            {rewrite(normalise(term)): number for number, group in enumerate(groups) for term in group}
            for groups in lexicon.contrasts
        ]

    def terms_in(self, text: str) -> frozenset[str]:
        """Every contrasted term in compared text; the longer one wins where two overlap (严重警告 is not 警告)."""
        return frozenset(term for terms in self._sets for term in _longest_in(text, terms))

    def clash(self, said: frozenset[str], written: frozenset[str]) -> tuple[str, str] | None:
        """The pair (said, written) that excludes this entry, or None."""
        for terms in self._sets:
            ours = {terms[term] for term in said if term in terms}
            theirs = {terms[term] for term in written if term in terms}
            if ours and theirs and not ours & theirs:
                return (
                    next(term for term in sorted(said) if term in terms),
                    next(term for term in sorted(written) if term in terms),
                )
        return None


def _longest_in(text: str, terms: Iterable[str]) -> list[str]:
    found = []
    for term in sorted(terms, key=len, reverse=True):
        if term in text:
            found.append(term)
            text = text.replace(term, " ")
    return found


def likeness(features: Features) -> float:
    """The learnt logistic over the features, in 0..1."""
    total = BIAS + sum(value * weight for value, weight in zip(features.values(), WEIGHTS.values(), strict=True))
    return 1 / (1 + exp(-total))


def _cover(weighed: Iterable[tuple[str, float]], known: frozenset[str]) -> float:
    total = found = 0.0
    for term, weight in weighed:
        total += weight
        if term in known:
            found += weight
    return found / total if total else 0.0


def _clip(value: float) -> float:
    return float(min(1.0, max(0.0, value)))
