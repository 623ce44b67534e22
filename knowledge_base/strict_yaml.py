"""YAML as curators write it: every scalar is text, a repeated key is an error, every value knows its line.

Plain YAML turns `12:30` into 750 and `no` into False, and a repeated key silently wins; none of it happens here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from knowledge_base.entry import Place


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


class ContentError(Exception):
    """内容文件有误"""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar with its line."""

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


def parse(text: str, file: str) -> Node | None:
    """The tree of one document; None for an empty file. Raises ContentError with the place of each problem."""
    problems: list[Problem] = []
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ContentError([_syntax_problem(error, text, file)]) from None
    if root is None:
        return None
    node = _node(root, file, problems)
    if problems:
        raise ContentError(problems)
    return node


def _node(raw: yaml.Node, file: str, problems: list[Problem]) -> Node:
    line = raw.start_mark.line + 1
    if isinstance(raw, yaml.SequenceNode):
        return Listing(tuple(_node(item, file, problems) for item in raw.value), line)
    if isinstance(raw, yaml.MappingNode):
        return Record(dict(_fields(raw, file, problems)), line)
    return Text(raw.value, line)


def _fields(raw: yaml.MappingNode, file: str, problems: list[Problem]) -> Iterator[tuple[str, Node]]:
    seen: dict[str, int] = {}
    for key, value in raw.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in seen:
            text = f"“{name}”在第 {seen[name]} 行已经写过一次，重复的内容会互相覆盖。"
            problems.append(Problem(Place(file, line), "E108", text, "请只留一处。"))
        seen[name] = line
        yield name, _node(value, file, problems)


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    # A colon error is reported one line late, so the line before is looked at too.
    near = "\n".join(lines[max(0, line - 2) : line])
    if "\t" in shown:
        reason, remedy = "这一行有制表符（Tab）。", "请把 Tab 换成空格。"
    elif "：" in near and ": " not in shown:
        reason, remedy = (
            "这里或上一行用了全角冒号“：”。",
            "键后面请用半角冒号加一个空格，如 question: 预备期多长？",
        )
    else:
        reason, remedy = "这里不符合 YAML 的写法。", "请检查缩进、引号和冒号；含有“: ”或“#”的文字请加引号。"
    return Problem(Place(file, line), "E100", reason, remedy)
