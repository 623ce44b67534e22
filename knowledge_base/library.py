"""Keeps the current KnowledgeBase and swaps it when the files change. No thread: it looks when it is asked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content, Lexicon
from knowledge_base.loading import fingerprint, load
from knowledge_base.reranking import Reranker
from knowledge_base.strict_yaml import ContentError
from knowledge_base.tokens import Tokenizer

POLL_EVERY = timedelta(seconds=1)


class Library:
    """One content folder, served. A reader always gets one whole version: the old one or the new one."""

    def __init__(
        self,
        folder: Path,
        cache_dir: Path | None,
        on_change: Callable[[str, tuple[str, ...]], None],
        reranker: Reranker | None = None,
    ) -> None:
        """Loads at once; raises ContentError. `on_change` hears (version, problems) after each later attempt."""
        self._reranker = reranker
        self._folder = folder
        self._cache_dir = cache_dir
        self._on_change = on_change
        self._lock = Lock()
        self._seen = fingerprint(folder)
        self._looked: datetime | None = None
        self._current = self._build(load(folder), self._seen)

    def current(self, now: datetime) -> KnowledgeBase:
        """The version to answer from at `now`; looks for changed files at most once a second.

        A clock that stands still tells nothing of how long ago the last look was, so then it looks every time.
        Files with errors change nothing: the last good version keeps answering, and `on_change` hears why.
        """
        if self._is_due(now) and self._lock.acquire(blocking=False):
            try:
                self._looked = now
                self._reload_if_changed()
            finally:
                self._lock.release()
        return self._current

    def _is_due(self, now: datetime) -> bool:
        looked = self._looked
        return looked is None or now == looked or abs(now - looked) >= POLL_EVERY

    def _reload_if_changed(self) -> None:
        found = fingerprint(self._folder)
        if found == self._seen:
            return
        content: Content | None = None
        problems: tuple[str, ...] = ()
        try:
            content = load(self._folder)
        except ContentError as error:
            problems = tuple(map(str, error.problems))
        if fingerprint(self._folder) != found:
            # Files are still being written, and what was read may be half old: the next look reads it all.
            return
        self._seen = found
        if content is not None:
            self._current = self._build(content, found)
        self._on_change(self._current.version, problems)

    def _build(self, content: Content, version: str) -> KnowledgeBase:
        return build(content, self._cache_dir, version[:12], self._reranker)


def build(
    content: Content, cache_dir: Path | None, version: str = "-", reranker: Reranker | None = None
) -> KnowledgeBase:
    """A KnowledgeBase over content, with a tokenizer that knows its words."""
    return KnowledgeBase(content, tokenizer_for(content.lexicon, cache_dir), version, reranker=reranker)


def tokenizer_for(lexicon: Lexicon, cache_dir: Path | None) -> Tokenizer:
    """A tokenizer that knows the words of a lexicon."""
    return Tokenizer(lexicon.words, lexicon.stop_words, cache_dir, lexicon.related)
