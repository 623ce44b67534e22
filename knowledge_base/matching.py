"""A question -> the entries most like it: cheap candidates from the index, then a close look (features.py)."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np

from knowledge_base import contrasts
from knowledge_base.asking import kinds, numbers
from knowledge_base.contrasts import Contrasts
from knowledge_base.entry import Entry, Lexicon
from knowledge_base.features import ALIKE, ByEntry, Features, Groups, Reading, Seen, likenesses, rows
from knowledge_base.index import Flags, Floats, Ints, Terms, View
from knowledge_base.sounds import Repairer, heard
from knowledge_base.text import Rewriter, normalise
from knowledge_base.tokens import Tokenizer, grams

# The first stage hands over POOL wordings; of these at most PER_ENTRY of one entry and CANDIDATES in all are compared,
# and the best ENTRIES are handed on.
POOL, PER_ENTRY, CANDIDATES, ENTRIES = 100, 4, 36, 12


class Telling(NamedTuple):
    """What an entry tells beside its wordings: topic and answer as compared, and the numbers of their words."""

    text: str
    terms: bytes


class Question(NamedTuple):
    """A question, read: its compared text and its words in their order."""

    text: str
    words: tuple[str, ...]


class Match(NamedTuple):
    """An entry with its likeness to the question: `score` in 0..1 (1 = the very wording), and what made it."""

    entry: Entry
    score: float
    features: Features
    wording: str
    exact: bool
    veto: tuple[str, str] | None


class Matcher:
    """Finds and scores the entries of one immutable set. Build anew to change anything."""

    def __init__(
        self, entries: Sequence[Entry], lexicon: Lexicon, tokenizer: Tokenizer, earlier: "Matcher | None" = None
    ) -> None:
        """`earlier`: a matcher with the same lexicon; wordings that it has read are not read again."""
        self.entries = tuple(entries)
        self._lexicon, self._tokenizer = lexicon, tokenizer
        self._rewrite = Rewriter(lexicon.synonyms, lexicon.fillers)
        # Most wordings ask for one of few kinds of things: equal sets are kept once.
        self._shared: dict[frozenset[str], frozenset[str]] = {}
        self._contrasts: Contrasts = earlier._contrasts if earlier else Contrasts(lexicon)
        # Numbers of words; a later matcher adds to the same table, which an earlier one then simply does not index.
        self._ids: dict[str, int] = earlier._ids if earlier else {}
        pairs = [(owner, wording) for owner, entry in enumerate(self.entries) for wording in entry.wordings]
        self.owners = np.array([owner for owner, _ in pairs], dtype=np.int64)
        self.wordings = [wording for _, wording in pairs]
        known = dict(zip(earlier.wordings, earlier._read, strict=True)) if earlier else {}
        self._read: list[Reading] = [known.get(text) or self._wording(text) for text in self.wordings]
        told = dict(zip(map(id, earlier.entries), earlier._tellings, strict=True)) if earlier else {}
        self._tellings: list[Telling] = [told.get(id(entry)) or self._told_by(entry) for entry in self.entries]
        self._index()

    def _index(self) -> None:
        self._by_gram = View(*grams([each.text for each in self._read]), self.owners, lambda keys: np.ones(len(keys)))
        self._by_word = self._word_view([each.terms for each in self._read], self.owners)
        each_entry = np.arange(len(self.entries))
        self._told = self._word_view([each.terms for each in self._tellings], each_entry)
        told = grams([each.text for each in self._tellings])
        self._told_grams = View(*told, each_entry, lambda keys: np.ones(len(keys)))
        own = [word for word in self._lexicon.words if self._tokenizer.meaning(word) in self._ids]
        used = self._by_word.terms(
            np.array([self._ids[self._tokenizer.meaning(word)] for word in own], dtype=np.int64), np.ones(len(own))
        )
        self._repair = Repairer(compress(own, used.rows >= 0), self._tokenizer.is_usual)
        self._exact: dict[str, tuple[int, ...]] = {}
        for owner, each in zip(self.owners.tolist(), self._read, strict=True):
            self._exact[each.text] = (*self._exact.get(each.text, ()), owner)
        self._terms: dict[int, contrasts.Terms] = {}
        # 易混问法 -> the one entry that may answer it, or `refuse`.
        near = (each for entry in self.entries for each in entry.not_variants)
        self._elsewhere = {self._compared(each.text): each.goes_to for each in near}

    def _word_view(self, documents: Sequence[bytes], owners: Ints) -> View:
        names, keys = list(self._ids), np.frombuffer(b"".join(documents), np.int32).astype(np.int64)

        def rarity(wanted: Ints) -> Floats:
            return np.array([self._tokenizer.rarity(names[number]) for number in wanted.tolist()])

        return View(keys, np.array([len(each) // 4 for each in documents], dtype=np.int64), owners, rarity)

    def _terms_from(self, words: Iterable[str]) -> bytes:
        """The distinct words as numbers; a new word gets the next one."""
        return array(
            "i", sorted({self._ids.setdefault(self._tokenizer.meaning(word), len(self._ids)) for word in words})
        ).tobytes()

    def _told_by(self, entry: Entry) -> "Telling":
        """Topic and answer tell what an entry is about, but are not how people ask."""
        told = self._compared(" ".join((entry.topic, entry.answer, *entry.tags, *entry.applies_to)))
        return Telling(told, self._terms_from(self._tokenizer.words(told)))

    def read(self, text: str) -> Question:
        """A question as typed -> what is compared."""
        return self._question(self._compared(text))

    def _question(self, compared: str) -> Question:
        """A word of the field that is misspelt by its sound is put right, unless curators wrote the very text."""
        if compared not in self._exact and compared not in self._elsewhere:
            repaired = self._repair(compared)
            compared = compared if repaired == compared else self._rewrite(repaired)
        return Question(compared, self._tokenizer.words(compared))

    def _compared(self, text: str) -> str:
        return self._rewrite(normalise(text))

    def _wording(self, text: str) -> Reading:
        compared = self._compared(text)
        words = self._tokenizer.words(compared)
        return self._reading(compared, words)._replace(terms=self._terms_from(words))

    def _reading(self, compared: str, words: Sequence[str]) -> Reading:
        sound, asked, named = heard(compared), kinds(compared), numbers(compared)
        share = self._shared.setdefault
        return Reading(compared, sound, " ".join(sorted(words)), share(asked, asked), share(named, named))

    def find(self, text: str, allowed: Flags | None = None) -> tuple[Question, list[Match]]:
        """A question as typed: what was read of it, and the best entries, best first.

        The very wording of one entry needs no look at any other: nothing can be more alike, nothing excludes it.
        """
        compared = self._compared(text)
        owners = self._exact.get(compared, ())
        if len(owners) == 1 and (allowed is None or allowed[owners[0]]):
            entry = self.entries[owners[0]]
            return Question(compared, ()), [Match(entry, 1.0, ALIKE, text, exact=True, veto=None)]
        question = self._question(compared)
        return question, self.rank(question, allowed)

    def rank(self, question: Question, allowed: Flags | None = None, without: Flags | None = None) -> list[Match]:
        """The best entries, best first; `allowed` flags entries, `without` flags wordings that do not count.

        Vetoed entries stay in the list, marked: whether they may be offered is decided elsewhere.
        """
        if not question.text or not self.wordings:
            return []
        hidden = self._hidden(allowed, without)
        keys, _ = grams([question.text])
        gram_terms = self._by_gram.terms(keys, np.ones(len(keys)))
        found = self._picked(self._by_gram.nearest(gram_terms, POOL, hidden))
        if not len(found):
            return []
        features = self._features(question, keys, gram_terms, found)
        scores = likenesses(features)
        exact = frozenset(self._exact.get(question.text, ())) if without is None else frozenset()
        order = np.argsort(-scores, kind="stable").tolist()
        best: dict[int, Match] = {}
        for place in order:
            owner, number = int(self.owners[found[place]]), int(found[place])
            if owner not in best:
                score = 1.0 if owner in exact else float(scores[place])
                seen = Features._make(features[place].tolist())
                best[owner] = Match(self.entries[owner], score, seen, self.wordings[number], owner in exact, None)
                if len(best) == ENTRIES:
                    break
        self._mark_vetoes(question.text, best)
        return sorted(best.values(), key=lambda m: (-m.score, m.entry.id))

    def _mark_vetoes(self, text: str, best: dict[int, Match]) -> None:
        """Excluded are entries that speak of something else, and all but one where curators said where this goes."""
        goes_to = self._elsewhere.get(text)
        clashes = self._contrasts.clashes(text, [self._terms_of(owner) for owner in best])
        for owner, clash in zip(list(best), clashes, strict=True):
            veto = clash if goes_to in (None, self.entries[owner].id) else (text, f"易混问法，应归 {goes_to}")
            if veto and not best[owner].exact:
                best[owner] = best[owner]._replace(veto=veto)

    def _hidden(self, allowed: Flags | None, without: Flags | None) -> Flags | None:
        hidden = None if allowed is None or allowed.all() else ~allowed[self.owners]
        if without is None or hidden is None:
            return hidden if without is None else without
        return hidden | without

    def _picked(self, pool: Ints) -> Ints:
        """The wordings to look at closely, out of the nearest ones, in ascending order."""
        taken: dict[int, int] = {}
        picked = []
        for number, owner in zip(pool.tolist(), self.owners[pool].tolist(), strict=True):
            taken[owner] = taken.get(owner, 0) + 1
            if taken[owner] <= PER_ENTRY:
                picked.append(number)
        return np.array(sorted(picked[:CANDIDATES]), dtype=np.int64)

    def _features(self, question: Question, keys: Ints, gram_terms: Terms, found: Ints) -> Floats:
        """One row of features for each of the wordings `found` (ascending), in the order of `Features`."""
        words = tuple(dict.fromkeys(map(self._tokenizer.meaning, question.words)))
        ids = np.array([self._ids.get(word, -1) for word in words], dtype=np.int64)
        rarities = np.array([self._tokenizer.rarity(word) for word in words])
        by_gram = self._by_gram.compare(gram_terms, found)
        word_terms = self._by_word.terms(ids, rarities)
        by_word = self._by_word.compare(word_terms, found)
        owners = self.owners[found]
        new = np.ones(len(found), bool)
        new[1:] = owners[1:] != owners[:-1]
        groups = Groups(new.nonzero()[0], new.cumsum() - 1)
        here = np.add.reduceat(by_gram.has, groups.firsts, dtype=np.float64)
        said, spelt = np.logical_or.reduceat(by_word.has, groups.firsts), here > 0
        told, retold = said, spelt
        if not self._told.empty:
            told = said | self._told.has(self._told.terms(ids, rarities), owners[groups.firsts])
        if not self._told_grams.empty:
            every = self._told_grams.terms(keys, np.ones(len(keys)))
            retold = spelt | self._told_grams.has(every, owners[groups.firsts])
        asked, read = self._reading(question.text, question.words), [self._read[number] for number in found.tolist()]
        by_entry = ByEntry(spelt, here, said, told, retold)
        return rows(asked, read, Seen(gram_terms, by_gram), Seen(word_terms, by_word), by_entry, groups)

    def _terms_of(self, owner: int) -> contrasts.Terms:
        """The contrasted terms of an entry's wordings, found when first needed."""
        if owner not in self._terms:
            start, end = np.searchsorted(self.owners, [owner, owner + 1]).tolist()
            self._terms[owner] = self._contrasts.terms_in(*(each.text for each in self._read[start:end]))
        return self._terms[owner]
