"""Turns a strict YAML tree into values, collecting every problem on the way instead of stopping at the first."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from knowledge_base.entry import Place
from knowledge_base.strict_yaml import Listing, Node, Problem, Record, Text

T = TypeVar("T")


def read_text(path: Path, name: str, problems: list[Problem], *, optional: bool = False) -> str:
    """A file's text; "" with a problem when it cannot be read, without one when it is missing and optional."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(Place(name, 1), "E100", "文件不是 UTF-8 编码。", "请在编辑器里另存为 UTF-8。"))
    except OSError as error:
        if not (optional and isinstance(error, FileNotFoundError)):
            problems.append(Problem(Place(name, 1), "E100", "文件读不出来。", "请检查文件是否存在、有没有读取权限。"))
    return ""


class Reader:
    """Reads the fields of one record. Missing, unknown and misshapen fields become problems, never exceptions."""

    def __init__(self, record: Record, file: str, problems: list[Problem]) -> None:
        self._record = record
        self._file = file
        self._problems = problems
        self._read: set[str] = set()

    @property
    def place(self) -> Place:
        """Where the record begins."""
        return Place(self._file, self._record.line)

    def complain(self, line: int, code: str, text: str, remedy: str) -> None:
        """Notes a problem at a line of this file."""
        self._problems.append(Problem(Place(self._file, line), code, text, remedy))

    def line_of(self, field: str) -> int:
        """The line of a field's value, or of the record where the field is missing."""
        node = self._record.fields.get(field)
        return node.line if node else self._record.line

    def text(
        self, field: str, default: str | None = None, *, code: str = "E110", remedy: str = "请补上这个字段的内容。"
    ) -> str:
        """A scalar, stripped of the newlines a block text ends with. Without default it must be there, and not blank.

        `code` and `remedy` are for a blank one.
        """
        node = self._take(field, required=default is None)
        if node is None:
            return default or ""
        if not isinstance(node, Text):
            self.complain(node.line, "E110", f"“{field}”应是一段文字。", "请写成一行文字，不要列表。")
            return ""
        if default is None and not node.value.strip():
            self.complain(node.line, code, f"“{field}”是空的。", remedy)
            return ""
        return node.value.strip("\n")

    def number(self, field: str) -> int:
        """A positive whole number below a thousand million."""
        value = self.text(field)
        if re.fullmatch(r"[1-9][0-9]{0,8}", value):
            return int(value)
        if value:
            self.complain(self.line_of(field), "E110", f"“{field}”写的是“{value}”，应是正整数。", "请改成 1、2、3 ……")
        return 1

    def optional_number(self, field: str) -> int | None:
        """A positive whole number, or None where the field is missing or blank."""
        return self.number(field) if self.text(field, "") else None

    def day(self, field: str) -> date:
        """A date; a missing or wrong one becomes a problem and the first day of the calendar."""
        return self.optional_day(field, required=True) or date.min

    def optional_day(self, field: str, *, required: bool = False) -> date | None:
        """A date written as 2026-11-22, or None."""
        value = self.text(field, None if required else "")
        return self._parsed(field, value, self.line_of(field)) if value else None

    def _parsed(self, field: str, value: str, line: int) -> date | None:
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.complain(line, "E110", f"“{field}”写的是“{value}”，不是日期。", "请写成 2026-11-22 的样子。")
        return None

    def days(self, field: str) -> list[date]:
        """A list of dates; wrong ones become problems."""
        return [day for node in self.text_nodes(field) if (day := self._parsed(field, node.value, node.line))]

    def choice(self, field: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of the allowed words; a field with a default may be missing, but not blank."""
        value = self.text(field) if default is None or field in self._record.fields else default
        if value in allowed:
            return value
        if value:
            self.complain(self.line_of(field), "E110", f"“{field}”写的是“{value}”。", f"只能是：{'、'.join(allowed)}。")
        return allowed[0]

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of scalars; a missing field is an empty list."""
        return tuple(text.value for text in self.text_nodes(field))

    def text_nodes(self, field: str) -> list[Text]:
        """A list of scalars with their lines, none of them blank."""
        found = []
        for item in self._items(field):
            if not isinstance(item, Text):
                self.complain(item.line, "E110", f"“{field}”里的每一项都应是一段文字。", "含有“: ”的文字请加引号。")
            elif not item.value.strip():
                self.complain(item.line, "E110", f"“{field}”里有一项是空的。", "请写上内容，或删去这一项。")
            else:
                found.append(item)
        return found

    def records(self, field: str, build: "Callable[[Reader], T]", *, required: bool = False) -> tuple[T, ...]:
        """A list of mappings, each built by `build` from its own reader and checked for unknown fields."""
        return tuple(
            self._built(item, field, build)
            for item in self._items(field, required=required)
            if self._is_record(item, field)
        )

    def _built(self, item: Node, field: str, build: "Callable[[Reader], T]") -> T:
        assert isinstance(item, Record)
        reader = Reader(item, self._file, self._problems)
        value = build(reader)
        reader.finish(field)
        return value

    def _is_record(self, item: Node, field: str) -> bool:
        if isinstance(item, Record):
            return True
        self.complain(item.line, "E110", f"“{field}”里的每一项都应是“键: 值”。", "请参照同一文件里别的条目。")
        return False

    def finish(self, what: str) -> None:
        """Notes every field that nobody read: it is a typing error, and silently dropping it would lose content."""
        for name, node in self._record.fields.items():
            if name not in self._read:
                remedy = "键后面请用半角冒号加一个空格。" if "：" in name else "请核对拼写，或删去它。"
                self.complain(node.line, "E110", f"“{what}”里没有“{name}”这个字段。", remedy)

    def _items(self, field: str, *, required: bool = False) -> tuple[Node, ...]:
        node = self._take(field, required=required)
        if node is None:
            return ()
        if isinstance(node, Text) and not node.value:
            if required:
                self.complain(node.line, "E110", f"“{field}”是空的。", "请补上这个字段的内容。")
            return ()
        if isinstance(node, Listing):
            return node.items
        self.complain(node.line, "E110", f"“{field}”应是列表。", "每项一行，以“- ”开头。")
        return ()

    def _take(self, field: str, *, required: bool) -> Node | None:
        self._read.add(field)
        node = self._record.fields.get(field)
        if node is None and required:
            self.complain(self._record.line, "E110", f"缺少“{field}”。", "请补上这个字段。")
        return node
