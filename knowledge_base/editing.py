"""A topic file as its parts, so that one entry can change while every other byte, comments too, stays what it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import yaml

from knowledge_base.entry import Entry, Place
from knowledge_base.loading import parse_sources, parse_topic
from knowledge_base.strict_yaml import ContentError, Problem
from knowledge_base.writing import TopicFile, sources_text, topic_text

_BLOCK_STYLES = "|>"


@dataclass(frozen=True, slots=True)
class Parts:
    """The text before the first item, and each item with the comments and blank lines above it.

    `comments`: the lines, from 1, on which a comment stands.
    """

    head: str
    items: tuple[str, ...]
    comments: frozenset[int]

    @property
    def text(self) -> str:
        """The whole file again."""
        return self.head + "".join(self.items)


def parts(text: str, lines: Sequence[int]) -> Parts:
    """Cuts a file where its items begin; `lines` are their first lines, as the loader gives them, counted from 1."""
    written = text.splitlines(keepends=True)
    comments = comment_lines(text)
    starts = [_with_comments(line, written, comments) for line in lines]
    ends = [*starts[1:], len(written)]
    head = "".join(written[: starts[0]]) if starts else text
    return Parts(head, tuple("".join(written[a:b]) for a, b in zip(starts, ends, strict=True)), comments)


def _with_comments(line: int, written: Sequence[str], comments: frozenset[int]) -> int:
    """The index of the line where an item begins, the comments above it taken in."""
    start = line - 1
    while start > 0 and (start in comments or not written[start - 1].strip()) and _is_own_line(written[start - 1]):
        start -= 1
    return start


def _is_own_line(written: str) -> bool:
    return written.lstrip()[:1] in ("", "#")


def comment_lines(text: str) -> frozenset[int]:
    """The lines, from 1, on which a comment stands. A # inside a text is none."""
    if "#" not in text:
        return frozenset()
    found: set[int] = set()
    end = line = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        found |= _sharps(text[end : token.start_mark.index], line)
        if isinstance(token, yaml.ScalarToken) and token.style and token.style in _BLOCK_STYLES:
            header = text[token.start_mark.index :].partition("\n")[0]
            found |= _sharps(header, token.start_mark.line)
        end, line = token.end_mark.index, token.end_mark.line
    return frozenset(found | _sharps(text[end:], line))


def _sharps(gap: str, line: int) -> set[int]:
    """Lines with a # between two tokens, where nothing else can be."""
    return {line + number + 1 for number, part in enumerate(gap.split("\n")) if "#" in part}


def formatted_topic(text: str, name: str) -> str:
    """A topic file in canonical form, its entries unchanged.

    Raises ContentError where it does not load, or where a comment stands that canonical form has no place for.
    """
    entries = parse_topic(text, name)
    if not entries:
        return text
    cut = parts(text, [entry.place.line for entry in entries])
    head, comments = _comments(cut, name, [entry.place.line for entry in entries])
    done = topic_text(TopicFile(entries[0].topic, entries[0].owner, entries, head, comments))
    assert same_entries(entries, parse_topic(done, name))
    return done


def formatted_sources(text: str, name: str) -> str:
    """sources.yaml in canonical form; raises as `formatted_topic` does."""
    sources = parse_sources(text, name)
    lines = [source.place.line for source in sources.values()]
    head, comments = _comments(parts(text, lines), name, lines)
    return sources_text(sources.values(), head, comments)


def same_entries(some: Iterable[Entry], others: Iterable[Entry]) -> bool:
    """True when they say the same, wherever they stand."""
    nowhere = Place("", 0)
    return [replace(entry, place=nowhere) for entry in some] == [replace(entry, place=nowhere) for entry in others]


def _comments(cut: Parts, name: str, lines: Sequence[int]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Comments at the head of a file and above its items; one anywhere else would be lost, and is refused."""
    head = _leading(cut.head)
    above = tuple(_leading(item) for item in cut.items)
    kept = {number for number, line in enumerate(leading_lines(cut.head), 1) if line.strip()}
    for line, item in zip(lines, cut.items, strict=True):
        kept |= set(range(line - len(leading_lines(item)), line))
    if lost := sorted(cut.comments - kept):
        remedy = "请把它移到文件开头，或这一条的上方、单独成行。"
        problems = [Problem(Place(name, line), "E100", "这里的注释整理后会丢掉。", remedy) for line in lost]
        raise ContentError(problems)
    return head, above


def leading_lines(part: str) -> list[str]:
    """The comments and blank lines that an item begins with, with their line ends."""
    written = part.splitlines(keepends=True)
    depth = next((number for number, line in enumerate(written) if not _is_own_line(line)), len(written))
    return written[:depth]


def _leading(part: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in leading_lines(part) if line.strip())
