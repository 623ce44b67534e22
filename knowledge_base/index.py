"""Tokens -> the few wordings worth a closer look, by tf-idf cosine over an inverted index (numpy)."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Terms = Sequence[str]


class Index:
    """One kind of terms (words or grams) of all wordings. Immutable; a change builds a new one.

    The weight of a term is its inverse frequency over *entries*, so that an entry with many wordings does not
    make its own words look common.
    """

    def __init__(self, wordings: Sequence[Terms], owners: Sequence[int], entries: int) -> None:
        entry_sets: dict[str, set[int]] = defaultdict(set)
        for terms, owner in zip(wordings, owners, strict=True):
            for term in terms:
                entry_sets[term].add(owner)
        self._row = {term: row for row, term in enumerate(entry_sets)}
        self._idf = {term: float(np.log(1 + entries / len(found))) for term, found in entry_sets.items()}
        self._unknown_idf = float(np.log(1 + entries))
        self._size = len(wordings)
        self._build(wordings)

    def _build(self, wordings: Sequence[Terms]) -> None:
        """Postings as three flat arrays: where a term's run starts, the wordings in it, their cosine weights."""
        postings: list[list[tuple[int, float]]] = [[] for _ in self._row]
        for number, terms in enumerate(wordings):
            weights = {term: count * self._idf[term] for term, count in Counter(terms).items()}
            norm = float(np.sqrt(sum(w * w for w in weights.values()))) or 1.0
            for term, weight in weights.items():
                postings[self._row[term]].append((number, weight / norm))
        self._starts = np.concatenate([[0], np.cumsum([len(p) for p in postings])]).astype(np.int64)
        flat = [pair for posting in postings for pair in posting]
        self._numbers = np.array([n for n, _ in flat], dtype=np.int64)
        self._cosines = np.array([w for _, w in flat], dtype=np.float64)

    def idf(self, term: str) -> float:
        """How telling a term is; one that no wording has is the most telling of all."""
        return self._idf.get(term, self._unknown_idf)

    def weigh(self, terms: Terms) -> list[tuple[str, float]]:
        """Every term with its weight."""
        return [(term, self._idf.get(term, self._unknown_idf)) for term in terms]

    def cosines(self, terms: Terms) -> NDArray[np.float64]:
        """The cosine of a question with every wording, shape (wordings,), each in 0..1."""
        weights = {term: count * self.idf(term) for term, count in Counter(terms).items()}
        norm = float(np.sqrt(sum(w * w for w in weights.values()))) or 1.0
        known = [(self._row[term], weight / norm) for term, weight in weights.items() if term in self._row]
        if not known:
            return np.zeros(self._size)
        runs = [slice(self._starts[row], self._starts[row + 1]) for row, _ in known]
        numbers = np.concatenate([self._numbers[run] for run in runs])
        products = np.concatenate([self._cosines[run] * weight for run, (_, weight) in zip(runs, known, strict=True)])
        cosines: NDArray[np.float64] = np.bincount(numbers, products, self._size).astype(np.float64)
        return cosines
