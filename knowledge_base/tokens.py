"""Compared text -> tokens: words (jieba, with our own words) and character 1- and 2-grams.

The only file that imports jieba or rjieba (the same cuts, many times faster; the extra `fast`).
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# A rank no dictionary word reaches: our own words are never cut apart.
_OWN_WORD_FREQUENCY = 2_000_000
# Enough that a phrase stays whole where nothing else wants its characters.
_RELATED_WORD_FREQUENCY = 2_000
# Occurrences of a word that the dictionary does not have: of one character, of several, of digits.
_RARE_CHARACTER, _RARE_WORD, _ANY_NUMBER = 50, 3, 300
# A word in 1 of e**12 counts once; commoner words count less, rarer ones a little more.
_USUAL_LOG = 12.0
# Two characters in one number; a single one leaves the upper half empty.
_CHARACTER_BITS = 21
# Texts cut into grams at once: enough for speed, few enough for little memory.
_AT_ONCE = 20_000


class Tokenizer:
    """Cuts text into words and knows how common a word is. Loading takes up to a second."""

    def __init__(
        self,
        words: Iterable[str],
        stop_words: frozenset[str],
        cache_dir: Path | None = None,
        related: Mapping[str, str] | None = None,
    ) -> None:
        """`related`: a word -> the one that stands for all of nearly its meaning."""
        related = related or {}
        own = dict.fromkeys((word for word in related if len(word) > 1), _RELATED_WORD_FREQUENCY)
        own |= dict.fromkeys(words, _OWN_WORD_FREQUENCY)
        self._cut, self._frequency = _fast(own) if find_spec("rjieba") else _plain(own, cache_dir)
        self._total = sum(self._frequency.values()) or 1
        self._stop_words = stop_words
        self._related = related
        self._of_group: dict[str, int] = {}
        for word, head in related.items():
            self._of_group[head] = self._of_group.get(head, 0) + self._frequency.get(word, _RARE_WORD)

    def words(self, text: str) -> tuple[str, ...]:
        """The words of compared text without stop words, in their order."""
        return tuple(word for word in self._cut(text) if word not in self._stop_words)

    def meaning(self, word: str) -> str:
        """The word that stands for all of nearly its meaning; itself where it has no such others."""
        return self._related.get(word, word)

    def is_usual(self, word: str) -> bool:
        """Whether everyday Chinese has the word."""
        return self._frequency.get(word, 0) > 0

    def rarity(self, word: str) -> float:
        """How telling a word is in everyday Chinese: about 0.4 for 的, 1 for 公务员, 1.4 for one never seen."""
        if word.isdigit():
            count = _ANY_NUMBER
        else:
            count = (
                self._of_group.get(word)
                or self._frequency.get(word, 0)
                or (_RARE_CHARACTER if len(word) == 1 else _RARE_WORD)
            )
        return -math.log(count / self._total) / _USUAL_LOG


def _plain(own: dict[str, int], cache_dir: Path | None) -> tuple[Callable[[str], list[str]], dict[str, int]]:
    """jieba itself: slower, pure Python, always there."""
    import jieba  # its dictionary loads only where it is used

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    if cache_dir is not None:
        # jieba's default is a marshal file in the shared temporary folder, which others could write.
        cache_dir.mkdir(parents=True, exist_ok=True)
        tokenizer.tmp_dir = str(cache_dir)
    tokenizer.initialize()
    everyday = dict(tokenizer.FREQ)
    for word, frequency in own.items():
        tokenizer.add_word(word, max(frequency, everyday.get(word, 0)))
    return tokenizer.lcut, everyday


def _fast(own: dict[str, int]) -> tuple[Callable[[str], list[str]], dict[str, int]]:
    """rjieba with the frequencies of jieba's own dictionary file."""
    cutter = import_module("rjieba").Jieba()
    for word, frequency in own.items():
        cutter.add_word(word, frequency, "n")
    found = find_spec("jieba")
    if found is None or found.origin is None:
        return cutter.cut, {}
    lines = Path(found.origin).with_name("dict.txt").read_text("utf-8").splitlines()
    return cutter.cut, {word: int(count) for word, count, *_ in (line.split(" ", 2) for line in lines)}


def grams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every character and every pair of neighbours as numbers: (distinct grams of each text in turn, how many each)."""
    parts = [_grams(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)] or [_grams(())]
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([counts for _, counts in parts])


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    breaks = codes == ord("\n")
    tagged = (breaks.cumsum() << 2 * _CHARACTER_BITS) | codes
    pairs = ~(breaks[:-1] | breaks[1:])
    doubles = tagged[:-1][pairs] + (codes[:-1][pairs] << _CHARACTER_BITS) - codes[:-1][pairs] + codes[1:][pairs]
    found = np.sort(np.concatenate([tagged[~breaks], doubles]))
    new = np.ones(len(found), bool)
    new[1:] = found[1:] != found[:-1]
    found = found[new]
    counts = np.bincount(found >> 2 * _CHARACTER_BITS, minlength=len(texts))
    return found & ((1 << 2 * _CHARACTER_BITS) - 1), counts.astype(np.int64)
