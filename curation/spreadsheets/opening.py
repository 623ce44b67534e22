"""A file as it arrives -> a sheet of cells with their types: .xlsx, .xls, .et, and CSV in whatever encoding."""

import codecs
import csv
import io
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NoReturn
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from curation.spreadsheets.columns import EDITABLE, key_of
from curation.spreadsheets.workbook import MAIN, META, META_HEADER, TOPICS, peculiarities

Raw = str | int | float | bool | date | datetime | time | timedelta
LARGEST = 20 * 2**20
LARGEST_UNPACKED = 200 * 2**20
# The first rows may be a title, a note, a blank.
HEADER_WITHIN = 5
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# ElementTree's ParseError is a SyntaxError; openpyxl looks parts up by their names.
_DAMAGED = (CalamineError, BadZipFile, SyntaxError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
_DELIMITERS = ",\t;"


class FileProblem(Exception):
    """这个文件读不了"""

    def __init__(self, code: str, place: str, text: str, remedy: str) -> None:
        self.code, self.place, self.text, self.remedy = code, place, text, remedy
        super().__init__(f"{place} {code} {text} {remedy}".strip())


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet from its first row on; rows and columns are counted from 1 in what tells of them.

    `marks`: of the curators' workbook, (number, version) -> column -> fingerprint of the cell as exported, and under
    "mark" that of the row. `topics`: the sheet 分类, name -> (owner, prefix of numbers).
    """

    kind: str
    title: str
    rows: Sequence[Sequence[Raw]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    formulas: frozenset[tuple[int, int]] = frozenset()
    hidden: frozenset[int] = frozenset()
    marks: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    topics: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def text(self, row: int, column: int) -> str:
        """A cell as text; "" beyond the edge."""
        cells = self.rows[row - 1] if row <= len(self.rows) else ()
        return str(cells[column - 1]) if column <= len(cells) else ""


def open_sheet(data: bytes) -> Sheet:
    """The sheet with the questions, found by what the file is, not by its name. Raises FileProblem."""
    if len(data) > LARGEST:
        _refuse("文件超过 20 MB。", "请分成几个文件导入。")
    if not data.strip():
        _refuse("文件是空的。", "请换一个文件。")
    if data.startswith((_ZIP, _OLE)):
        return _workbook(data)
    return _csv(data)


def _refuse(text: str, remedy: str, code: str = "E100") -> NoReturn:
    raise FileProblem(code, "文件", text, remedy)


def _workbook(data: bytes) -> Sheet:
    is_xlsx = data.startswith(_ZIP) and _is_xlsx(data)
    with _Broken():
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    if not sheets:
        _refuse("里面没有工作表。", "请换一个文件。")
    title = MAIN if MAIN in sheets else _with_header(sheets)
    formulas: frozenset[tuple[int, int]] = frozenset()
    hidden: frozenset[int] = frozenset()
    if is_xlsx:
        with _Broken():
            formulas, hidden = peculiarities(data, title)
    return Sheet(
        "xlsx" if is_xlsx else "xls",
        title,
        _cells(sheets[title]),
        [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in _merged(sheets[title])],
        formulas,
        hidden,
        _marks(_cells(sheets[META])) if META in sheets else {},
        _topics(_cells(sheets[TOPICS])) if TOPICS in sheets and title == MAIN else {},
    )


class _Broken:
    """Turns what the readers raise for a damaged file into a FileProblem.

    The one in Rust panics on some old files, with an exception that nothing can import, so it is told by its name.
    """

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind and (issubclass(kind, (*_DAMAGED, zlib.error)) or kind.__name__ == "PanicException"):
            _refuse("表格文件打不开，可能损坏或加了密码。", "请在表格软件里去掉密码，另存为 .xlsx 再导入。")


def _is_xlsx(data: bytes) -> bool:
    """False for the other kinds of workbook that are zip files too. Refuses what would unpack to too much."""
    with _Broken(), ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        is_xlsx = "xl/workbook.xml" in archive.namelist()
    if unpacked > LARGEST_UNPACKED:
        _refuse("文件展开后超过 200 MB。", "请删去无关的内容，或分成几个文件。")
    return is_xlsx


def _with_header(sheets: Mapping[str, CalamineSheet]) -> str:
    """The first sheet that looks like questions; the first one where none does."""
    return next(
        (name for name, sheet in sheets.items() if header_of(_cells(sheet)[:HEADER_WITHIN])), next(iter(sheets))
    )


def _cells(sheet: CalamineSheet) -> Sequence[Sequence[Raw]]:
    return sheet.to_python(skip_empty_area=False)


def _merged(sheet: CalamineSheet) -> Sequence[tuple[tuple[int, int], tuple[int, int]]]:
    return sheet.merged_cell_ranges or ()


def header_of(rows: Sequence[Sequence[Raw]]) -> int | None:
    """The number of the row, among the first five, that names both the question and the answer; None without."""
    for number, row in enumerate(rows[:HEADER_WITHIN], 1):
        if {"question", "answer"} <= {key_of(cell) for cell in row if isinstance(cell, str)}:
            return number
    return None


def _marks(rows: Sequence[Sequence[Raw]]) -> dict[tuple[str, str], dict[str, str]]:
    if not rows or tuple(map(str, rows[0])) != META_HEADER:
        return {}
    return {
        (str(number), str(version)): {"mark": str(mark), **dict(zip(EDITABLE, str(marks).split(), strict=False))}
        for number, version, mark, marks in rows[1:]
    }


def _topics(rows: Sequence[Sequence[Raw]]) -> dict[str, tuple[str, str]]:
    padded = ([str(cell).strip() for cell in row] + ["", "", ""] for row in rows[1:])
    return {name: (owner, prefix) for name, owner, prefix, *_ in padded if name}


def _csv(data: bytes) -> Sheet:
    text, encoding = decoded(data)
    found: list[list[list[str]]] = []
    for delimiter in _DELIMITERS:
        with suppress(csv.Error):
            found.append(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)))
    if not found:
        _refuse("不是能读的 CSV，引号没有配对。", "请在表格软件里另存为 .xlsx 再导入。")
    # The header decides which sign parts the cells; without one, the sign that parts the first row into most.
    rows = max(found, key=lambda rows: (header_of(rows) is not None, len(rows[0])))
    return Sheet(f"csv（{encoding}）", MAIN, rows)


def decoded(data: bytes) -> tuple[str, str]:
    """Text and its encoding: byte order mark, then strict UTF-8, then GB 18030. Raises FileProblem.

    Guessing goes wrong: a short GBK text is taken for Big5. So nothing is guessed, and the preview shows the text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif data.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    _refuse("既不是 UTF-8 也不是 GBK 编码的文字。", "请在表格软件里另存为 .xlsx 再导入。")
