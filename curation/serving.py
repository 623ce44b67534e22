"""What is served: the newest snapshot. In the demo the files are published first, whenever they have changed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from curation import publishing, trees
from curation.publishing import current, is_curated, publish_by_itself
from curation.trees import Tree
from knowledge_base.entry import Content
from knowledge_base.loading import fingerprint
from knowledge_base.strict_yaml import ContentError
from storage.database import reading
from storage.prepared import Prepared
from storage.tables.publishing import snapshot

_NEWEST = Prepared(lambda new: select(snapshot.c.number, snapshot.c.digest).order_by(snapshot.c.number.desc()).limit(1))


class Shelf:
    """Where the library finds its content (knowledge_base.library.Shelf): the published snapshots of one database."""

    def __init__(self, database: Callable[[], Engine], folder: Path, *, follows_files: bool) -> None:
        """`follows_files`: in the demo, until somebody is entered as curator. Without any snapshot, the folder's files
        become the first one, whoever runs it.
        """
        self._database = database
        self._folder = folder
        self._follows_files = follows_files
        self._files = ""
        self._newest = ""

    def look(self, now: datetime) -> str:
        """The number of the served snapshot: one read by its key. Raises ContentError for files to be followed."""
        try:
            if self._follows_files or not self._newest:
                self._follow(now)
            self._newest = str((self._served() or (self._newest,))[0])
        except OperationalError:
            # Busy or away for a moment: what is served goes on being served. At the start there is nothing to serve.
            if not self._newest:
                raise
        return self._newest

    def read(self, version: str) -> Content:
        """The content of a snapshot. Raises ContentError when this version of the program cannot read it."""
        with reading(self._database()) as connection:
            tree = publishing.tree_of(connection, int(version))
        return trees.content(tree)

    def _served(self) -> Sequence[Any] | None:
        with self._database().connect() as connection:
            return _NEWEST.row(connection)

    def _follow(self, now: datetime) -> None:
        """Publishes the files where they are to be followed, or where nothing has ever been published."""
        served = self._served()
        if served and not self._follows_files:
            return
        found = fingerprint(self._folder)
        if found == self._files:
            return
        if served is None or served[1] != trees.digest(trees.files(self._folder)):
            try:
                tree, content = trees.read(self._folder)
            except ContentError:
                # Files still being written, and what was read may be half old: the next look reads it all.
                if fingerprint(self._folder) != found:
                    return
                self._files = found
                raise
            self._publish(tree, content, now)
        self._files = found

    def _publish(self, tree: Tree, content: Content, now: datetime) -> None:
        with self._database().begin() as connection:
            served = current(connection)
            if served and (served.digest == trees.digest(tree) or is_curated(connection)):
                return
            before = trees.content(publishing.tree_of(connection, served.number)) if served else None
            publish_by_itself(connection, tree, content, before, now)
