"""Compared text -> tokens: words (jieba, with our own words) and character 1- and 2-grams.

The only file that imports jieba.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

import jieba

# A rank no dictionary word reaches: our own words are never cut apart.
_OWN_WORD_FREQUENCY = 2_000_000


class Tokenizer:
    """Cuts text into words. One jieba tokenizer with the curators' words; loading takes about a second."""

    def __init__(self, words: Iterable[str], stop_words: frozenset[str], cache_dir: Path | None = None) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._jieba = jieba.Tokenizer()
        if cache_dir is not None:
            # jieba's default is a marshal file in the shared temporary folder, which others could write.
            cache_dir.mkdir(parents=True, exist_ok=True)
            self._jieba.tmp_dir = str(cache_dir)
        self._jieba.initialize()
        for word in words:
            self._jieba.add_word(word, _OWN_WORD_FREQUENCY)
        self._stop_words = stop_words

    def words(self, text: str) -> tuple[str, ...]:
        """The words of compared text without stop words, in their order."""
        return tuple(word for word in self._jieba.lcut(text) if word not in self._stop_words)


def grams(text: str) -> tuple[str, ...]:
    """Every character and every pair of neighbours, in order; the pair weighs more by being rarer."""
    return (*text, *(text[i : i + 2] for i in range(len(text) - 1)))
