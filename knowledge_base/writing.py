"""Content -> files in their one canonical form, so that a diff shows meaning: fixed order, fixed quoting, no folding.

`format_file(load(f)) == f`, byte for byte, for a file in canonical form. A scalar stands plain where every YAML reader
takes it for text, else between double quotes; an answer is a block.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import yaml

from knowledge_base.entry import Citation, Edition, Entry, Expectation, Fact, HistoryLine, NotVariant, Source

_resolve: Callable[[type[yaml.Node], str, tuple[bool, bool]], str] = yaml.SafeLoader("").resolve
_STRING = "tag:yaml.org,2002:str"
# Numbers, dates, percentages: other readers, and people, would not take them for text.
_NUMERIC = re.compile(r"[0-9.+\-][0-9.,:%eExXoO_+\-/]*")
_INDICATORS = "-?:,[]{}#&*!|>'\"%@`"
_BREAKS_PLAIN = re.compile(r": |:$| #|[\n\r\t\x7f\x85\u2028\u2029]|^---|^\.\.\.")
_BREAKS_FLOW = re.compile(r"[,\[\]{}:?]")
_BREAKS_BLOCK = re.compile(r"[\r\x85\u2028\u2029]|^[ \t\n]")
_ESCAPED = str.maketrans({"\x7f": "\\x7f", "\x85": "\\x85", "\u2028": "\\u2028", "\u2029": "\\u2029"})
# Written also where they are empty: a curator sees what could stand there.
_ALWAYS = frozenset({"variants", "sources", "facts", "applies_to", "follow_up", "visibility", "tags"})
_LISTS = ("applies_to", "follow_up", "tags", "steps")
_ORDER = (
    "id",
    "status",
    "version",
    "question",
    "variants",
    "not_variants",
    "answer",
    "short",
    "sources",
    "facts",
    "effective_from",
    "effective_to",
    "checked_on",
    "review_by",
    "applies_to",
    "follow_up",
    "visibility",
    "tags",
    "grade",
    "steps",
    "author",
    "history",
    "tests",
)


@dataclass(frozen=True, slots=True)
class TopicFile:
    """One qa/*.yaml: its head and its entries. Comments are whole lines without their indentation."""

    topic: str
    owner: str
    entries: tuple[Entry, ...]
    head: tuple[str, ...] = ()
    comments: tuple[tuple[str, ...], ...] = ()


def topic_text(file: TopicFile) -> str:
    """The file in canonical form."""
    head = [*file.head, "schema: 1", f"topic: {_scalar(file.topic)}", f"owner: {_scalar(file.owner)}", "entries:"]
    comments = file.comments or ((),) * len(file.entries)
    blocks = [_commented(entry_block(entry), lines) for entry, lines in zip(file.entries, comments, strict=True)]
    return "\n".join(head) + "\n" + "".join(blocks)


def sources_text(
    sources: Iterable[Source], head: Sequence[str] = (), comments: Sequence[tuple[str, ...]] | None = None
) -> str:
    """sources.yaml in canonical form."""
    blocks = [_source_block(source) for source in sources]
    written = map(_commented, blocks, comments or [()] * len(blocks))
    return "\n".join([*head, "schema: 1", "sources:"]) + "\n" + "".join(written)


def entry_block(entry: Entry) -> str:
    """One item of `entries`, indented as it stands in the file."""
    lines = [line for name in _ORDER for line in _FIELDS.get(name, _plain)(name, getattr(entry, name))]
    return _item(lines)


def _source_block(source: Source) -> str:
    lines = [f"{name}: {_scalar(getattr(source, name))}" for name in ("doc", "short", "issuer", "read_at")]
    return _item([*lines, "editions:", *(f"  - {_record(edition)}" for edition in source.editions)])


def _item(lines: list[str]) -> str:
    """A list item of a mapping: the first line carries the dash. A blank line stays blank."""
    rest = "".join(f"    {line}\n" if line else "\n" for line in lines[1:])
    return f"  - {lines[0]}\n{rest}"


def _commented(block: str, comments: Iterable[str]) -> str:
    return "".join(f"  {line}\n" for line in comments) + block


def _plain(name: str, value: str | int | date | None) -> list[str]:
    if value in (None, ""):
        return []
    return [f"{name}: {_value(value)}"]


def _answer(name: str, value: str) -> list[str]:
    if _BREAKS_BLOCK.search(value):
        return [f"{name}: {_quoted(value)}"]
    return [f"{name}: |", *(f"  {line}" if line else "" for line in value.split("\n"))]


def _one_per_line(name: str, value: tuple[str, ...]) -> list[str]:
    if not value:
        return [f"{name}: []"]
    return [f"{name}:", *(f"  - {_scalar(text)}" for text in value)]


def _in_one_line(name: str, value: tuple[str, ...]) -> list[str]:
    if not value and name not in _ALWAYS:
        return []
    return [f"{name}: [{', '.join(_scalar(text, flow=True) for text in value)}]"]


def _records(name: str, value: tuple[Any, ...]) -> list[str]:
    if not value:
        return [f"{name}: []"] if name in _ALWAYS else []
    return [f"{name}:", *(f"  - {_record(each)}" for each in value)]


def _record(value: Citation | Edition | Expectation | Fact | HistoryLine | NotVariant) -> str:
    """A small value in one line, its empty fields left out."""
    pairs = [(field.name, getattr(value, field.name)) for field in fields(value)]
    order = _EDITION_ORDER if isinstance(value, Edition) else {}
    pairs.sort(key=lambda pair: order.get(pair[0], 0))
    written = [f"{name}: {_value(each, flow=True)}" for name, each in pairs if each not in (None, "")]
    return "{" + ", ".join(written) + "}"


# The grade of an edition stands behind the number of its articles, as in the table that people read.
_EDITION_ORDER = {"grade": 1, "note": 2}
_FIELDS: Mapping[str, Callable[[str, Any], list[str]]] = {
    "answer": _answer,
    "variants": _one_per_line,
    **dict.fromkeys(_LISTS, _in_one_line),
    **dict.fromkeys(("not_variants", "sources", "facts", "history", "tests"), _records),
}


def _value(value: str | int | date, *, flow: bool = False) -> str:
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    return str(value) if isinstance(value, int) else _scalar(value, flow=flow)


def _scalar(text: str, *, flow: bool = False) -> str:
    return text if _is_plain(text, flow) else _quoted(text)


def _is_plain(text: str, flow: bool) -> bool:
    """True where a plain scalar is read back as this very text, as text, by any YAML reader."""
    if not text or text != text.strip() or text[0] in _INDICATORS or _BREAKS_PLAIN.search(text):
        return False
    if (flow and _BREAKS_FLOW.search(text)) or _NUMERIC.fullmatch(text):
        return False
    return _resolve(yaml.ScalarNode, text, (True, False)) == _STRING


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPED)
