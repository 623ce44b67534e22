"""Candidates -> scored entries: several views of likeness per entry, joined by learnt weights.

A raw fuzzy score cannot tell right from wrong (knowledge-base study, 12 near-miss pairs): so the score is a
logistic over features that each see something else, and whether to answer is decided elsewhere (deciding.py).
The only file that imports rapidfuzz.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from math import exp

import numpy as np
from rapidfuzz import fuzz

from knowledge_base.entry import Entry, Lexicon
from knowledge_base.index import Index
from knowledge_base.text import Rewriter, normalise
from knowledge_base.tokens import Tokenizer, grams

CANDIDATES = 40


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read: its compared text, words and grams."""

    text: str
    words: tuple[str, ...]
    grams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Features:
    """How alike a question and an entry are; each in 0..1.

    gram_cosine, word_cosine: with the entry's best wording. gram_cover, word_cover: the share of the question
    (by weight) that occurs anywhere in the entry's wordings. back_cover: the share of the best wording that
    occurs in the question. sorted_ratio: rapidfuzz over sorted words. order_ratio: over the text itself.
    """

    gram_cosine: float
    word_cosine: float
    gram_cover: float
    word_cover: float
    back_cover: float
    sorted_ratio: float
    order_ratio: float


# Learnt by benchmarks/learn_weights.py on the general development suite (everyday Chinese, not our content).
WEIGHTS = Features(
    gram_cosine=4.87,
    word_cosine=4.07,
    gram_cover=0.82,
    word_cover=0.0,
    back_cover=0.0,
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
        self._vocabulary: list[tuple[frozenset[str], frozenset[str]]] = []
        self._terms: list[frozenset[str]] = []
        self._index_entries()

    def _index_entries(self) -> None:
        grouped: list[list[Question]] = [[] for _ in self.entries]
        for owner, question in zip(self._owners.tolist(), self._read, strict=True):
            grouped[owner].append(question)
            self._exact.setdefault(question.text, set()).add(owner)
        for questions in grouped:
            all_grams = frozenset(gram for question in questions for gram in question.grams)
            all_words = frozenset(word for question in questions for word in question.words)
            self._vocabulary.append((all_grams, all_words))
            self._terms.append(frozenset().union(*(self._contrasts.terms_in(q.text) for q in questions)))

    def read(self, text: str) -> Question:
        """Text as typed -> what is compared."""
        compared = self._rewrite(normalise(text))
        return Question(compared, self._tokenizer.words(compared), grams(compared))

    def rank(self, question: Question, allowed: Iterable[int] | None = None) -> list[Match]:
        """The best entries, best first, at most CANDIDATES; `allowed` limits them to entry numbers.

        Vetoed entries stay in the list, marked: whether they may be offered is decided elsewhere.
        """
        if not question.text:
            return []
        gram_cosines = self._by_gram.cosines(question.grams)
        word_cosines = self._by_word.cosines(question.words)
        best = self._best_wordings(gram_cosines + 0.5 * word_cosines, allowed)
        said = self._contrasts.terms_in(question.text)
        matches = [
            self._match(question, owner, wordings, gram_cosines, word_cosines, said) for owner, wordings in best.items()
        ]
        return sorted(matches, key=lambda m: (-m.score, m.entry.id))

    def _best_wordings(
        self, mixed: "np.ndarray[tuple[int], np.dtype[np.float64]]", allowed: Iterable[int] | None
    ) -> dict[int, list[int]]:
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

    def _match(
        self,
        question: Question,
        owner: int,
        wordings: list[int],
        gram_cosines: "np.ndarray[tuple[int], np.dtype[np.float64]]",
        word_cosines: "np.ndarray[tuple[int], np.dtype[np.float64]]",
        said: frozenset[str],
    ) -> Match:
        all_grams, all_words = self._vocabulary[owner]
        first = self._read[wordings[0]]
        features = Features(
            gram_cosine=_clip(max(gram_cosines[wordings])),
            word_cosine=_clip(max(word_cosines[wordings])),
            gram_cover=_cover(question.grams, all_grams, self._by_gram),
            word_cover=_cover(question.words, all_words, self._by_word),
            back_cover=_cover(first.words, frozenset(question.words), self._by_word),
            sorted_ratio=max(_sorted_ratio(question, self._read[n]) for n in wordings[:3]),
            order_ratio=max(fuzz.ratio(question.text, self._read[n].text) for n in wordings[:3]) / 100,
        )
        exact = owner in self._exact.get(question.text, ())
        return Match(
            entry=self.entries[owner],
            score=1.0 if exact else likeness(features),
            features=features,
            wording=self._wordings[wordings[0]],
            exact=exact,
            veto=None if exact else self._contrasts.clash(said, self._terms[owner]),
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
    total = BIAS + sum(getattr(features, f.name) * getattr(WEIGHTS, f.name) for f in fields(Features))
    return 1 / (1 + exp(-total))


def _cover(terms: Sequence[str], known: frozenset[str], index: Index) -> float:
    weights = [(index.idf(term), term in known) for term in terms]
    total = sum(weight for weight, _ in weights)
    return sum(weight for weight, found in weights if found) / total if total else 0.0


def _sorted_ratio(question: Question, wording: Question) -> float:
    return fuzz.ratio(" ".join(sorted(question.words)), " ".join(sorted(wording.words))) / 100


def _clip(value: float) -> float:
    return float(min(1.0, max(0.0, value)))
