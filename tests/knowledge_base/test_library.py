"""The served content: swapped whole when files change, kept when an edit is broken, never mixed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from os import mkfifo
from pathlib import Path
from threading import Event

import pytest

from cli.services import Services
from curation.serving import Shelf
from knowledge_base.engine import Answer, KnowledgeBase
from knowledge_base.library import Library
from knowledge_base.strict_yaml import ContentError
from tests.clock import MovableClock
from tests.knowledge_base.test_loading import entry, topic, write_content

TODAY = date(2026, 11, 22)
THREADS = 8


class Heard:
    """What the library said of each later attempt."""

    def __init__(self) -> None:
        self.attempts: list[tuple[str, tuple[str, ...]]] = []
        self.news = Event()

    def __call__(self, version: str, problems: tuple[str, ...]) -> None:
        self.attempts.append((version, problems))
        self.news.set()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def open_library(
    services: Services, tmp_path: Path, jieba_cache: Path, heard: Heard, clock: MovableClock
) -> Callable[[], Library]:
    """The library over a database that follows the files, as the demo does."""

    def make() -> Library:
        shelf = Shelf(services.database, tmp_path, follows_files=True)
        return Library(shelf, jieba_cache, heard, clock())

    return make


def version(number: int) -> str:
    """A topic whose entries all say which version they are of."""
    pair = {"version": str(number), "answer": f"第 {number} 版。"}
    return topic(
        entry(**pair, follow_up="[df-0001]"),
        entry(**pair, id="df-0001", question="党费交多少？", variants="[每月党费怎么算]"),
    )


def publish(folder: Path, text: str) -> None:
    """Replaces the topic file in one step, as editors and git do."""
    fresh = folder / "fresh.tmp"
    fresh.write_text(text, "utf-8")
    fresh.replace(folder / "qa" / "1.yaml")


def versions_in_reply(base: KnowledgeBase) -> set[int]:
    """Every version number that one reply shows."""
    found = base.ask("预备期多长", TODAY)
    assert isinstance(found, Answer)
    assert [each.id for each in found.related] == ["df-0001"]
    return {each.version for each in (found.entry, *found.related)}


def test_an_edit_is_served_whole_after_a_second(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    old = library.current(clock())
    publish(tmp_path, version(2))
    clock.travel(seconds=0.9)
    assert library.current(clock()) is old
    clock.travel(seconds=0.1)
    new = library.current(clock())
    assert new.version != old.version
    assert (versions_in_reply(old), versions_in_reply(new)) == ({1}, {2})
    clock.travel(days=1)
    assert library.current(clock()) is new
    assert heard.attempts == [(new.version, ())]


def test_with_a_clock_that_stands_still_an_edit_is_served_at_once(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    assert versions_in_reply(library.current(clock())) == {1}
    for number in (2, 3):
        publish(tmp_path, version(number))
        assert versions_in_reply(library.current(clock())) == {number}
    assert len(heard.attempts) == 2


def test_an_edit_over_several_files_that_is_still_going_on_is_not_served_half_old(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    old = library.current(clock())
    pipe = tmp_path / "qa" / "2.yaml"
    other = topic(entry(id="zz-0002", question="转正要开什么会？", variants="[转正开会吗]", follow_up="[zz-0001]"))
    mkfifo(pipe)  # what reads it stops in the middle of the folder, until somebody writes

    def finish_the_edit() -> None:
        with pipe.open("w", encoding="utf-8") as writing:
            publish(tmp_path, version(2))
            pipe.unlink()
            pipe.write_text(other, "utf-8")
            writing.write(other)

    with ThreadPoolExecutor(1) as pool:
        edit = pool.submit(finish_the_edit)
        clock.travel(seconds=2)
        new = library.current(clock())
        edit.result()
    assert new is not old
    assert (versions_in_reply(new), len(new.content.entries)) == ({2}, 3)
    clock.travel(seconds=2)
    assert library.current(clock()) is new
    assert heard.attempts == [(new.version, ())]


@pytest.mark.parametrize(
    "broken", ["a: &x [*x]\n", "- " * 5_000, "schema: 1\ntopic: \x07\n"], ids=["reference", "depth", "control"]
)
def test_what_could_break_a_reader_of_yaml_keeps_the_old_version(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard, broken: str
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    publish(tmp_path, broken)
    assert versions_in_reply(library.current(clock())) == {1}
    ((_, problems),) = heard.attempts
    assert all(" E100 " in problem for problem in problems)


def test_a_broken_edit_keeps_the_old_version_and_says_why_until_it_is_mended(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    old = library.current(clock())
    publish(tmp_path, version(2).replace("    ", "\t", 1))
    (tmp_path / "sources.yaml").write_text("schema: 1\nsources: 无\n", "utf-8")
    for _ in range(3):
        clock.travel(seconds=2)
        assert library.current(clock()) is old
    ((told, problems),) = heard.attempts
    assert told == old.version
    assert [problem.partition(" ")[0] for problem in problems] == ["sources.yaml:2", "qa/1.yaml:6"]
    assert all("请" in problem or "每项一行" in problem for problem in problems)
    write_content(tmp_path, version(3))
    clock.travel(seconds=2)
    assert versions_in_reply(library.current(clock())) == {3}
    assert heard.attempts[1:] == [(library.current(clock()).version, ())]


def test_a_file_that_vanished_keeps_the_old_version_even_with_the_clock_set_back(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    old = library.current(clock())
    (tmp_path / "qa" / "1.yaml").unlink()
    clock.travel(days=-3)
    assert library.current(clock()) is old
    ((told, problems),) = heard.attempts
    assert told == old.version
    assert "没有任何问答文件" in problems[0]


def test_a_library_does_not_open_on_broken_content(
    tmp_path: Path, open_library: Callable[[], Library], heard: Heard
) -> None:
    write_content(tmp_path, version(1).replace("grade: A", "grade: B"))
    with pytest.raises(ContentError, match="只能是：A、P、N"):
        open_library()
    assert heard.attempts == []


def test_no_reply_mixes_versions_while_threads_ask_during_reloads(
    tmp_path: Path, open_library: Callable[[], Library], clock: MovableClock, heard: Heard
) -> None:
    write_content(tmp_path, version(1))
    library = open_library()
    done = Event()

    def ask_on() -> list[tuple[str, frozenset[int]]]:
        replies: dict[tuple[str, frozenset[int]], None] = {}
        while not done.wait(0.01):
            base = library.current(clock())
            replies[base.version, frozenset(versions_in_reply(base))] = None
        return list(replies)

    def edit(text: str) -> None:
        heard.news.clear()
        publish(tmp_path, text)
        clock.travel(seconds=2)
        assert heard.news.wait(timeout=30)

    with ThreadPoolExecutor(THREADS) as pool:
        asking = [pool.submit(ask_on) for _ in range(THREADS)]
        try:
            edit(version(2))
            edit(version(3).replace("grade: A", "grade: B"))
            edit(version(4))
        finally:
            done.set()
        seen = [each.result() for each in asking]
    assert all(len(versions) == 1 for replies in seen for _, versions in replies)
    assert all([min(versions) for _, versions in replies] == sorted(min(v) for _, v in replies) for replies in seen)
    assert len({reply for replies in seen for reply in replies}) == len(
        {name for replies in seen for name, _ in replies}
    )
    assert {min(versions) for replies in seen for _, versions in replies} <= {1, 2, 4}
    assert [bool(problems) for _, problems in heard.attempts] == [False, True, False]
    assert versions_in_reply(library.current(clock())) == {4}
