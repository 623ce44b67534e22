"""Terms that exclude each other: 预备 is not 正式, 转入 is not 转出, however alike the sentences look. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from knowledge_base.entry import Lexicon
from knowledge_base.text import Rewriter, normalise

# The terms found of each set, by the set's number; sets without any are left out.
Terms = Mapping[int, frozenset[str]]


class Contrasts:
    """The sets of lexicon/contrasts.txt, ready to be looked for."""

    def __init__(self, lexicon: Lexicon) -> None:
        rewrite = Rewriter(lexicon.synonyms)
        self._sets = [
            {rewrite(normalise(term)): number for number, group in enumerate(groups) for term in group}
            for groups in lexicon.contrasts
        ]
        self._longest_first = [sorted(terms, key=len, reverse=True) for terms in self._sets]
        every = sorted({term for terms in self._sets for term in terms}, key=len)
        self._any = re.compile("|".join(map(re.escape, every)) or "(?!)")

    def terms_in(self, *texts: str) -> Terms:
        """The contrasted terms in compared texts; the longer one wins where two overlap (严重警告 is not 警告)."""
        found: dict[int, frozenset[str]] = {}
        if not any(map(self._any.search, texts)):
            return found
        for number, terms in enumerate(self._longest_first):
            if here := frozenset(term for text in texts for term in _found_in(text, terms)):
                found[number] = here
        return found

    def clashes(self, text: str, written: Sequence[Terms]) -> list[tuple[str, str] | None]:
        """`clash` of compared text with the terms of each entry."""
        said = self.terms_in(text)
        return [self.clash(said, terms) for terms in written] if said else [None] * len(written)

    def clash(self, said: Terms, written: Terms) -> tuple[str, str] | None:
        """The pair (said, written) that excludes an entry, or None."""
        for number, ours in said.items():
            theirs = written.get(number)
            if theirs and {self._sets[number][term] for term in ours}.isdisjoint(
                self._sets[number][term] for term in theirs
            ):
                return min(ours), min(theirs)
        return None


def _found_in(text: str, longest_first: Iterable[str]) -> list[str]:
    found = []
    for term in longest_first:
        if term in text:
            found.append(term)
            text = text.replace(term, " ")
    return found
