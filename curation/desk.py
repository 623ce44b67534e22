"""The curators' desk: files -> draft -> review -> approved -> published, and back. One door for all fronts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot.turn import SHANGHAI
from curation import change_sets, curators, gate, publishing, trees
from curation.change_sets import ChangeSet
from curation.curators import REVIEWER, WRITER, CurationProblem
from curation.publishing import Snapshot
from curation.telling import Teller
from curation.trees import Tree
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content
from knowledge_base.library import build
from knowledge_base.loading import load_source_texts
from knowledge_base.strict_yaml import Problem
from storage.database import reading


class Red(Exception):
    """有错误，不能发布"""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: the version, and how many accounts were left a note."""

    snapshot: Snapshot
    corrected: int
    answered: int


class Desk:
    """Every step checks the curator, writes the log, and does all or nothing. Raises CurationProblem and Red."""

    def __init__(
        self,
        database: Callable[[], Engine],
        folder: Path,
        cache_dir: Path,
        teller: Teller,
        clock: Callable[[], datetime],
        current: Callable[[datetime], KnowledgeBase],
    ) -> None:
        """`clock` is read when a step is written down: checking may take seconds. `current` is the served base."""
        self._database, self._folder, self._cache_dir = database, folder, cache_dir
        self._teller, self._clock, self._current = teller, clock, current

    def files(self) -> tuple[Tree, Content]:
        """The folder as it is now. Raises ContentError."""
        return trees.read(self._folder)

    def served(self) -> tuple[Snapshot, Content]:
        """The published version. Raises CurationProblem before the first."""
        with reading(self._database()) as connection:
            snapshot = publishing.current(connection)
            if snapshot is None:
                raise CurationProblem("还没有发布过。运行一次 ./run kb ask，自带的问答会成为第 1 版。")
            tree = publishing.tree_of(connection, snapshot.number)
        return snapshot, trees.content(tree)

    def content_of(self, number: int) -> Content:
        """A published version."""
        with reading(self._database()) as connection:
            return trees.content(publishing.tree_of(connection, number))

    def bases(self, content: Content) -> tuple[KnowledgeBase, KnowledgeBase]:
        """The served base, and one over `content`."""
        served = self._current(self._clock())
        return served, served.successor(content, "-") or self.base_of(content)

    def base_of(self, content: Content) -> KnowledgeBase:
        """A base over content that is not served."""
        return build(content, self._cache_dir)

    def draft(self, author: str, note: str, *, may_drop: bool = False) -> ChangeSet:
        """Keeps the folder's files as a draft. Raises ContentError for files that do not load."""
        tree, _ = self.files()
        with self._database().begin() as connection:
            curators.find(connection, author, WRITER)
            served = publishing.current(connection)
            if served and served.digest == trees.digest(tree):
                raise CurationProblem(f"文件与已发布的第 {served.number} 版一样，没有要提交的。")
            return change_sets.draft(connection, author, tree, note, self._clock(), may_drop=may_drop)

    def submit(self, number: int, author: str) -> tuple[ChangeSet, list[Problem]]:
        """Hands a draft in for review, with the warnings. Raises Red when the gate is not green."""
        change, content = self._change(number)
        problems, _ = self._green(content, may_drop=change.may_drop)
        with self._database().begin() as connection:
            curators.find(connection, author, WRITER)
            return change_sets.submit(connection, number, author, self._clock()), problems

    def approve(self, number: int, reviewer: str) -> ChangeSet:
        """Lets another person's change through; it can be published from then on."""
        with self._database().begin() as connection:
            self._another(connection, reviewer, change_sets.get(connection, number), "审核")
            return change_sets.approve(connection, number, reviewer, self._clock())

    def reject(self, number: int, reviewer: str, reason: str) -> ChangeSet:
        """Gives a change back to its author."""
        with self._database().begin() as connection:
            curators.find(connection, reviewer, REVIEWER)
            return change_sets.reject(connection, number, reviewer, reason, self._clock())

    def matching(self) -> ChangeSet:
        """The change under way whose files are exactly those of the folder. Raises CurationProblem."""
        found = trees.digest(trees.files(self._folder))
        with reading(self._database()) as connection:
            for change in change_sets.listed(connection):
                if change.digest == found:
                    return change
        raise CurationProblem("文件里的修改还没有提交。请作者先运行 ./run kb submit --as 作者；别人的修改写明编号。")

    def publish(self, number: int, publisher: str) -> Published:
        """Publishes a change; one still in review is approved by the publisher first."""
        change, content = self._change(number)
        with reading(self._database()) as connection:
            self._another(connection, publisher, change, "发布")
        before = self.served()[1]
        _, base = self._green(content, may_drop=change.may_drop)
        with self._database().begin() as connection:
            if change.state == "review":
                change = change_sets.approve(connection, number, publisher, self._clock())
            snapshot = publishing.publish(connection, change, publisher, before, content, self._clock())
        return self._told(snapshot, base)

    def roll_back(self, number: int, publisher: str) -> Published:
        """Brings an earlier version back as a new one."""
        content, before = self.content_of(number), self.served()[1]
        with self._database().begin() as connection:
            curators.find(connection, publisher, REVIEWER)
            snapshot = publishing.roll_back(connection, number, publisher, before, content, self._clock())
        return self._told(snapshot, self.base_of(content))

    def check_out(self, number: int | None, folder: Path | None, *, overwrite: bool = False) -> tuple[int, Path]:
        """Writes a published version (None: the served one) back to files, to the byte.

        Raises CurationProblem where that would lose files that were never handed in.
        """
        target = folder or self._folder
        with reading(self._database()) as connection:
            number = number or self._newest(connection)
            tree = publishing.tree_of(connection, number)
            there = trees.files(target)
            digest = trees.digest(there)
            known = any(each.digest == digest for each in change_sets.listed(connection, everything=True))
        if there and not known and not overwrite:
            text = f"{target} 里有没提交过的修改，写过去就没了。"
            raise CurationProblem(f"{text}请先提交，或用 --to 写到别的文件夹；确实不要了，加 --overwrite。")
        trees.write(tree, target)
        return number, target

    def _another(self, connection: Connection, name: str, change: ChangeSet, what: str) -> None:
        """Raises unless this is a reviewer, and not the author."""
        if curators.find(connection, name).name == change.author:
            raise CurationProblem(change_sets.SAME_PERSON.format(number=change.id, who=name, what=what))
        curators.find(connection, name, REVIEWER)

    def _newest(self, connection: Connection) -> int:
        newest = publishing.current(connection)
        return newest.number if newest else 0

    def _change(self, number: int) -> tuple[ChangeSet, Content]:
        with reading(self._database()) as connection:
            change = change_sets.get(connection, number)
            tree = trees.fetch(connection, number)
        return change, trees.content(tree)

    def _checked(self, content: Content, *, may_drop: bool) -> tuple[list[Problem], KnowledgeBase]:
        old, new = self.bases(content)
        texts = load_source_texts(self._folder)
        return gate.check(new, old, self._clock().astimezone(SHANGHAI).date(), texts, may_drop=may_drop), new

    def _green(self, content: Content, *, may_drop: bool) -> tuple[list[Problem], KnowledgeBase]:
        problems, base = self._checked(content, may_drop=may_drop)
        if any(problem.severity == "error" for problem in problems):
            raise Red(problems)
        return problems, base

    def _told(self, snapshot: Snapshot, base: KnowledgeBase) -> Published:
        corrected, answered = self._teller.tell_now(base, self._clock())
        return Published(snapshot, corrected, answered)
