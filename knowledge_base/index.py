"""Terms -> numbers: which wordings share terms with a question, and how much of each other they hold (numpy).

A `View` is one way of cutting text (words, character grams) over all documents of a set; terms are integers. A
question is compared in two stages: `nearest` adds up postings cheaply, `compare` looks closely at a few.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# The first stage reads the rarest terms first and stops after this many postings: the commonest terms of a large
# base decide nothing there, and the second stage sees them anyway.
_MOST_POSTINGS = 40_000
_MOST_TOUCHED = 8_000
# A set of at most this many documents is added up whole.
_SMALL = 20_000
_ALWAYS_READ = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """A question's distinct terms in one view, by row (-1: no document has it), with their weights."""

    rows: Ints
    weights: Floats

    @property
    def norm(self) -> float:
        """The length of the weight vector; 1 when there is none."""
        return float(np.sqrt(self.weights @ self.weights)) or 1.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """A question beside some documents, shape (documents,) each, in 0..1.

    cosine: of the weighted terms. back: the weight of a document's terms found in the question.
    has: shape (documents, terms), which of the question's terms a document has.
    """

    cosine: Floats
    back: Floats
    has: Flags


class View:
    """One way of cutting text, over all documents of a set. Immutable."""

    def __init__(self, keys: Ints, counts: Ints, owners: Ints, rarity: Callable[[Ints], Floats]) -> None:
        """`keys`: the distinct terms of each document in turn, `counts`: how many each has, `owners`: the entry of
        each, `rarity`: the weight of terms in everyday language (a function word weighs little).
        """
        self._size, self._entries = len(counts), int(owners.max(initial=0)) + 1
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        order = keys.argsort(kind="stable")
        ordered = keys[order]
        new = np.ones(len(keys), bool)
        new[1:] = ordered[1:] != ordered[:-1]
        self._keys = ordered[new]
        self._runs = np.append(new.nonzero()[0], len(keys))
        self._rows = np.empty(len(keys), np.int32)
        self._rows[order] = new.cumsum(dtype=np.int32) - 1
        numbers = np.repeat(np.arange(self._size, dtype=np.int32), counts)
        self._postings = numbers[order]
        self._idf = self._weight(self._entries_of_each_term(owners)) * rarity(self._keys)
        squares = np.bincount(numbers, self._idf[self._rows] ** 2, self._size)
        self._norms = np.sqrt(np.maximum(squares, 1e-12))

    def __len__(self) -> int:
        return self._size

    @property
    def empty(self) -> bool:
        """Whether no document has any term."""
        return not len(self._keys)

    def _entries_of_each_term(self, owners: Ints) -> Floats:
        """Entries, not documents: an entry with many wordings must not make its own words look common."""
        owner = owners[self._postings]
        row = np.repeat(np.arange(len(self._keys)), np.diff(self._runs))
        # Owners ascend inside a run, so a new entry shows as a step.
        new = np.ones(len(row), bool)
        new[1:] = (owner[1:] != owner[:-1]) | (row[1:] != row[:-1])
        return np.bincount(row[new], minlength=len(self._keys)).astype(np.float64)

    def _weight(self, found_in: Floats) -> Floats:
        return np.asarray(np.log1p(self._entries / np.maximum(found_in, 0.5)))

    def terms(self, keys: Ints, rarities: Floats) -> Terms:
        """A question's distinct terms; `rarities` as at building. One that no document has is the most telling."""
        rows = np.full(len(keys), -1)
        weights = self._weight(np.zeros(len(keys))) * rarities
        if len(self._keys):
            place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            known = self._keys[place] == keys
            rows[known] = place[known]
            weights[known] = self._idf[place[known]]
        return Terms(rows, weights)

    def nearest(self, terms: Terms, most: int, hidden: Flags | None) -> Ints:
        """The documents of the highest cosine, best first, at most `most`, without the `hidden` ones."""
        known = terms.rows >= 0
        rows, squares = terms.rows[known], terms.weights[known] ** 2
        lengths = self._runs[rows + 1] - self._runs[rows]
        order = lengths.argsort(kind="stable")
        read = lengths[order].cumsum()
        kept = order[(read <= _MOST_POSTINGS) | (np.arange(len(order)) < _ALWAYS_READ)]
        if not len(kept):
            return np.array([], dtype=np.int64)
        runs = [self._postings[self._runs[row] : self._runs[row + 1]] for row in rows[kept].tolist()]
        total: Floats
        if self._size <= _SMALL:
            total = np.bincount(np.concatenate(runs), np.repeat(squares[kept], lengths[kept]), self._size).astype(
                np.float64
            )
            touched = total.nonzero()[0]
        else:
            total = np.zeros(self._size, np.float64)
            for run, square in zip(runs, squares[kept].tolist(), strict=True):
                total[run] += square
            few = max(int(np.searchsorted(read, _MOST_TOUCHED)), 1)
            touched = _distinct(np.concatenate(runs[:few]))
        touched = touched if hidden is None else touched[~hidden[touched]]
        scores = total[touched] / self._norms[touched]
        if len(touched) > most:
            best = scores.argpartition(len(scores) - most)[-most:]
            touched, scores = touched[best], scores[best]
        return touched[np.lexsort((touched, -scores))]

    def compare(self, terms: Terms, numbers: Ints) -> Overlap:
        """The question beside the documents `numbers`."""
        rows, document = self._rows_of(numbers)
        shared, place = _places(terms.rows, rows)
        idf = self._idf[rows]
        mine = np.where(shared, idf, 0.0)
        own = np.maximum(np.bincount(document, idf, len(numbers)), 1e-9)
        return Overlap(
            np.minimum(np.bincount(document, mine * idf, len(numbers)) / self._norms[numbers] / terms.norm, 1.0),
            np.minimum(np.bincount(document, mine, len(numbers)) / own, 1.0),
            _matrix(document[shared], place[shared], (len(numbers), len(terms.rows))),
        )

    def has(self, terms: Terms, numbers: Ints) -> Flags:
        """Which of the question's terms each document has, shape (documents, terms)."""
        rows, document = self._rows_of(numbers)
        shared, place = _places(terms.rows, rows)
        return _matrix(document[shared], place[shared], (len(numbers), len(terms.rows)))

    def _rows_of(self, numbers: Ints) -> tuple[NDArray[np.int32], Ints]:
        """The term rows of documents, one after another, and beside each the position of its document."""
        starts, ends = self._starts[numbers], self._starts[numbers + 1]
        counts = ends - starts
        document = np.arange(len(numbers)).repeat(counts)
        shift = starts - counts.cumsum() + counts
        return self._rows[np.arange(len(document)) + shift[document]], document


def _places(asked: Ints, rows: NDArray[np.int32]) -> tuple[Flags, Ints]:
    """Whether each row is among the few asked for, and where."""
    if not len(asked):
        return np.zeros(len(rows), bool), np.zeros(len(rows), np.int64)
    order = asked.argsort(kind="stable")
    place = asked[order].searchsorted(rows)
    place[place == len(asked)] = 0
    place = order[place]
    return asked[place] == rows, place


def _distinct(numbers: NDArray[np.int32]) -> Ints:
    ordered = np.sort(numbers)
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new].astype(np.int64)


def _matrix(documents: Ints, places: Ints, shape: tuple[int, int]) -> Flags:
    matrix = np.zeros(shape, bool)
    matrix[documents, places] = True
    return matrix
