"""Terms that exclude each other: 预备 is not 正式, 转入 is not 转出, however alike the sentences look. Pure."""

from collections.abc import Iterable, Sequence

from knowledge_base.entry import Lexicon
from knowledge_base.text import Rewriter, normalise


class Contrasts:
    """The sets of lexicon/contrasts.txt, ready to be looked for."""

    def __init__(self, lexicon: Lexicon) -> None:
        rewrite = Rewriter(lexicon.synonyms)
        self._sets = [
            {rewrite(normalise(term)): number for number, group in enumerate(groups) for term in group}
            for groups in lexicon.contrasts
        ]
        self._longest_first = [sorted(terms, key=len, reverse=True) for terms in self._sets]

    def terms_in(self, text: str) -> frozenset[str]:
        """Every contrasted term in compared text; the longer one wins where two overlap (严重警告 is not 警告)."""
        return frozenset(term for terms in self._longest_first for term in _found_in(text, terms))

    def clashes(self, text: str, written: Sequence[frozenset[str]]) -> list[tuple[str, str] | None]:
        """`clash` of compared text with the terms of each entry."""
        said = self.terms_in(text)
        return [self.clash(said, terms) if said else None for terms in written]

    def clash(self, said: frozenset[str], written: frozenset[str]) -> tuple[str, str] | None:
        """The pair (said, written) that excludes an entry, or None."""
        for terms in self._sets:
            ours = {terms[term] for term in said if term in terms}
            theirs = {terms[term] for term in written if term in terms}
            if ours and theirs and not ours & theirs:
                return (
                    next(term for term in sorted(said) if term in terms),
                    next(term for term in sorted(written) if term in terms),
                )
        return None


def _found_in(text: str, longest_first: Iterable[str]) -> list[str]:
    found = []
    for term in longest_first:
        if term in text:
            found.append(term)
            text = text.replace(term, " ")
    return found
