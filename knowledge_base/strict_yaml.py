"""YAML as curators write it: every scalar is text, a repeated key is an error, every value knows its line.

Plain YAML turns `12:30` into 750 and `no` into False, a repeated key silently wins, and `*x` stands for what is
written elsewhere; none of it happens here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, cast

import yaml

from knowledge_base.entry import Place

# Content is six levels deep. Nodes are built by recursion, so there has to be an end.
DEEPEST = 20
# All that YAML allows in a text; a byte order mark inside a text is none of it.
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_FULL_WIDTH_COLON = re.compile(r"[\s-]*[A-Za-z_]+\s*：")
_REFERENCE = "这里有“&”或“*”开头的文字，YAML 会当成对别处的引用。", "请给这段文字加上引号。"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding for a curator: where, which code, what is wrong, what to do."""

    place: Place
    code: str
    text: str
    remedy: str
    severity: str = "error"

    def __str__(self) -> str:
        return f"{self.place} {self.code} {self.text} {self.remedy}".rstrip()

    def as_dict(self) -> dict[str, str | int]:
        """As `--json` prints it."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "code": self.code,
            "severity": self.severity,
            "message": self.text,
            "remedy": self.remedy,
        }


class ContentError(Exception):
    """内容文件有误"""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


class Text(NamedTuple):
    """A scalar with its line. A tuple, since there are hundreds of thousands of them in a large base."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence with its line."""

    items: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with its line."""

    fields: "dict[str, Node]"
    line: int


Node = Text | Listing | Record


def has_control_characters(text: str) -> bool:
    """True for text that no content file may hold."""
    return _NOT_ALLOWED.search(text) is not None


def parse(text: str, file: str) -> Node | None:
    """The tree of one document; None for an empty file. Raises ContentError with the place of each problem."""
    refused = {text.count("\n", 0, found.start()) + 1 for found in _NOT_ALLOWED.finditer(text)}
    problems = [
        Problem(Place(file, line), "E100", "这一行有看不见的控制字符。", "请删去它，或把这一行重新打一遍。")
        for line in sorted(refused)
    ]
    root = None
    if not problems:
        try:
            root = _Tree(text, file, problems).root()
        except yaml.YAMLError as error:
            problems.append(_syntax_problem(error, text, file))
    if problems:
        raise ContentError(problems)
    return root


class _Tree:
    """Builds nodes out of the events of YAML's parser: yaml.compose would follow references and any depth."""

    def __init__(self, text: str, file: str, problems: list[Problem]) -> None:
        # The parser itself, not yaml.parse: a generator in between takes a third of the time of all parsing.
        self._next = cast(Callable[[], yaml.Event], yaml.CSafeLoader(text).get_event)
        self._file = file
        self._problems = problems
        self._depth = 0

    def root(self) -> Node | None:
        """The only document's node."""
        root = None
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._complain(_line(event), "E100", "这里不符合 YAML 的写法。", "请检查有没有多余的“---”。")
                root = self._node(self._next())
        return root

    def _complain(self, line: int, code: str, text: str, remedy: str) -> None:
        self._problems.append(Problem(Place(self._file, line), code, text, remedy))

    def _node(self, event: yaml.Event) -> Node:
        line = _line(event)
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self._complain(line, "E100", *_REFERENCE)
        if isinstance(event, yaml.ScalarEvent):
            return self._text(event, line)
        if not isinstance(event, yaml.CollectionStartEvent):
            return Text("", line)
        self._depth += 1
        if self._depth > DEEPEST:
            self._complain(line, "E100", "这里的层次太多了。", "请检查缩进，以及有没有多余的“- ”“[”“{”。")
            raise ContentError(self._problems)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = Listing(self._items(), line) if is_list else Record(self._fields(), line)
        self._depth -= 1
        return node

    def _text(self, event: yaml.ScalarEvent, line: int) -> Text:
        if event.style == '"' and has_control_characters(event.value):
            self._complain(line, "E100", "这里写出了看不见的控制字符（反斜杠加代码）。", "请删去它。")
        return Text(event.value, line)

    def _items(self) -> tuple[Node, ...]:
        items = []
        while not isinstance(event := self._next(), yaml.CollectionEndEvent):
            items.append(self._node(event))
        return tuple(items)

    def _fields(self) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        seen: dict[str, int] = {}
        while not isinstance(event := self._next(), yaml.CollectionEndEvent):
            key = self._node(event)
            value = self._node(self._next())
            if not isinstance(key, Text):
                self._complain(key.line, "E100", "冒号前面应是一个字段名。", "请检查方括号、花括号和冒号。")
                continue
            if key.value in seen:
                text = f"“{key.value}”在第 {seen[key.value]} 行已经写过一次，重复的内容会互相覆盖。"
                self._complain(key.line, "E108", text, "请只留一处。")
            seen[key.value] = key.line
            fields[key.value] = value
        return fields


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """What is wrong where YAML's parser gave up: mostly it notices a line or more after the slip."""
    lines = text.splitlines()
    context = getattr(error, "context", None) or ""
    began = context in ("while scanning a simple key", "while scanning a quoted scalar")
    mark = getattr(error, "context_mark" if began else "problem_mark", None)
    line = min(mark.line + 1, len(lines)) if mark else 1
    written = [n for n in range(1, line + 1) if lines[n - 1].strip() and not lines[n - 1].lstrip().startswith("#")]
    full_width = [number for number in written[-2:] if _FULL_WIDTH_COLON.match(lines[number - 1])]
    if "\t" in lines[line - 1]:
        reason, remedy = "这一行有制表符（Tab）。", "请把 Tab 换成空格。"
    elif full_width:
        line = full_width[-1]
        reason, remedy = "这一行用了全角冒号“：”。", "键后面请用半角冒号加一个空格，如 question: 预备期多长？"
    elif context in ("while scanning an alias", "while scanning an anchor"):
        reason, remedy = _REFERENCE
    else:
        reason, remedy = "这里不符合 YAML 的写法。", "请检查缩进、引号和冒号；含有“: ”或“#”的文字请加引号。"
    return Problem(Place(file, line), "E100", reason, remedy)
