"""Keeps the current KnowledgeBase and swaps it when another version is published. No thread: it looks when asked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Protocol

from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content, Lexicon
from knowledge_base.reranking import Reranker
from knowledge_base.strict_yaml import ContentError
from knowledge_base.tokens import Tokenizer

POLL_EVERY = timedelta(seconds=1)
# Who asks while another thread loads a new version waits for it this long (seconds), so that nobody gets an old answer.
PATIENCE = 2.5


class Shelf(Protocol):
    """Where versions of the content come from; curation.serving.Shelf outside the tests."""

    def look(self, now: datetime) -> str:
        """The name of the version to serve; cheap. Raises ContentError, once, for a new one that cannot be served."""

    def read(self, version: str) -> Content:
        """That version. Raises ContentError."""


class Library:
    """The served content. A reader always gets one whole version: the old one or the new one."""

    def __init__(
        self,
        shelf: Shelf,
        cache_dir: Path | None,
        on_change: Callable[[str, tuple[str, ...]], None],
        now: datetime,
        reranker: Reranker | None = None,
    ) -> None:
        """Loads at once; raises ContentError. `on_change` hears (version, problems) after each later attempt."""
        self._shelf, self._reranker = shelf, reranker
        self._cache_dir = cache_dir
        self._on_change = on_change
        self._lock = Lock()
        self._looked = now
        self._seen = shelf.look(now)
        self._base = build(shelf.read(self._seen), cache_dir, self._seen, reranker)

    @property
    def held(self) -> KnowledgeBase:
        """What was current at the last look; no database, no waiting."""
        return self._base

    def current(self, now: datetime) -> KnowledgeBase:
        """The version to answer from at `now`; looks for a new one at most once a second.

        A clock that stands still tells nothing of how long ago the last look was, so then it looks every time.
        A version that cannot be served changes nothing: the last good one keeps answering, and `on_change` hears why.
        """
        if self._is_due(now) and self._lock.acquire(timeout=PATIENCE):
            try:
                if self._is_due(now):
                    self._look(now)
                    self._looked = now
            finally:
                self._lock.release()
        return self._base

    def _is_due(self, now: datetime) -> bool:
        return now == self._looked or abs(now - self._looked) >= POLL_EVERY

    def _look(self, now: datetime) -> None:
        problems: tuple[str, ...] = ()
        try:
            found = self._shelf.look(now)
            if found == self._seen:
                return
            # Read once, whatever comes of it.
            self._seen = found
            content = self._shelf.read(found)
            self._base = self._base.successor(content, found) or build(content, self._cache_dir, found, self._reranker)
        except ContentError as error:
            problems = tuple(map(str, error.problems))
        self._on_change(self._base.version, problems)


def build(
    content: Content, cache_dir: Path | None, version: str = "-", reranker: Reranker | None = None
) -> KnowledgeBase:
    """A KnowledgeBase over content, with a tokenizer that knows its words."""
    return KnowledgeBase(content, tokenizer_for(content.lexicon, cache_dir), version, reranker=reranker)


def tokenizer_for(lexicon: Lexicon, cache_dir: Path | None) -> Tokenizer:
    """A tokenizer that knows the words of a lexicon."""
    return _tokenizer(lexicon.words, lexicon.stop_words, cache_dir, tuple(lexicon.related.items()))


@lru_cache(maxsize=1)
def _tokenizer(
    words: tuple[str, ...], stop_words: frozenset[str], cache_dir: Path | None, related: tuple[tuple[str, str], ...]
) -> Tokenizer:
    """Loading one takes most of the time of a new version, and the words rarely change with it."""
    return Tokenizer(words, stop_words, cache_dir, dict(related))
