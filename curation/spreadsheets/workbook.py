"""Workbooks with openpyxl: the curators' one, the annotated copy, a plain table; and what only openpyxl sees."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.datavalidation import DataValidation

from curation.spreadsheets.columns import BY_KEY, COLUMNS, EDITABLE, FINDINGS, OUTCOME, STATUSES, cell_mark

MAIN, GUIDE, TOPICS, SOURCES, META = "问答", "填写说明", "分类", "依据目录", "_元数据"
LONGEST_CELL = 32_767
META_HEADER = ("编号", "版本", "指纹", " ".join(BY_KEY[key].name for key in EDITABLE))
_TEXT = "@"
_TOP = Alignment(vertical="top", wrap_text=True)
_BOLD = Font(bold=True)
_GREY = PatternFill("solid", fgColor="DDDDDD")
# An office program would read _x000D_ as the sign it stands for.
_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
# Rows below the last one that keep text format and drop-downs, for new entries.
_SPARE = 2_000


@dataclass(frozen=True, slots=True)
class Book:
    """What goes into the curators' workbook. `topics`: name -> (owner, prefix of its numbers)."""

    rows: Sequence[Mapping[str, str]]
    topics: Mapping[str, tuple[str, str]]
    documents: Sequence[tuple[str, str, str]]
    guide: Sequence[str]


class TooLong(Exception):
    """一个单元格放不下"""


def book_bytes(book: Book) -> bytes:
    """The workbook. Raises TooLong for a text that no cell can hold: it would be cut off without a word."""
    if long := next((text for row in book.rows for text in row.values() if len(text) > LONGEST_CELL), ""):
        raise TooLong(long[:40])
    file = Workbook(write_only=True)
    main = file.create_sheet(MAIN)
    main.freeze_panes = "D2"
    for number, column in enumerate(COLUMNS, 1):
        dimension = main.column_dimensions[get_column_letter(number)]
        dimension.width = column.width
        dimension.number_format = _TEXT
        dimension.hidden = column.key == "mark"
    main.append([_head(main, f"{c.name}（一行一个）" if c.several else c.name) for c in COLUMNS])
    for row in book.rows:
        main.append([_text(main, row[column.key]) for column in COLUMNS])
    _drop_downs(main, len(book.rows) + _SPARE, len(book.topics), len(book.documents))
    _table(file, GUIDE, [[line] for line in book.guide], [100])
    _table(
        file, TOPICS, [["分类", "负责人", "编号前缀"], *([n, *rest] for n, rest in book.topics.items())], [20, 14, 10]
    )
    _table(file, SOURCES, [["文件全名", "版次", "说明"], *map(list, book.documents)], [50, 10, 30])
    _meta(file, book.rows)
    return _saved(file)


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with one plain sheet of text."""
    file = Workbook(write_only=True)
    _table(file, "Sheet1", [list(header), *map(list, rows)], [40] * len(header))
    return _saved(file)


def _drop_downs(sheet: WriteOnlyWorksheet, last: int, topics: int, documents: int) -> None:
    """Strict where only the listed may stand; a mere help where a cell may hold several lines."""
    lists = {
        "topic": (f"={TOPICS}!$A$2:$A${topics + 1}", True),
        "status": (f'"{",".join(STATUSES.values())}"', True),
        "docs": (f"={SOURCES}!$A$2:$A${documents + 1}", False),
    }
    for key, (formula, strict) in lists.items():
        letter = get_column_letter(COLUMNS.index(BY_KEY[key]) + 1)
        rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=strict)
        rule.error = "请从下拉列表里选。"
        rule.add(f"{letter}2:{letter}{last}")
        sheet.data_validations.append(rule)  # type: ignore[attr-defined]  # passed on, unknown to the stubs


def _table(file: Workbook, title: str, rows: Iterable[Sequence[str]], widths: Sequence[int]) -> None:
    sheet = file.create_sheet(title)
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for number, row in enumerate(rows):
        sheet.append([_head(sheet, text) if number == 0 else _text(sheet, text) for text in row])


def _meta(file: Workbook, rows: Sequence[Mapping[str, str]]) -> None:
    """For the three-way merge: what every cell was when it was exported."""
    sheet = file.create_sheet(META)
    sheet.sheet_state = "hidden"
    sheet.append(META_HEADER)
    for row in rows:
        sheet.append([row["id"], row["version"], row["mark"], " ".join(cell_mark(row[key]) for key in EDITABLE)])


def _head(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell = _text(sheet, text)
    cell.font, cell.fill = _BOLD, _GREY
    return cell


def _text(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    """A cell of text whatever it looks like: `=1+1` is no formula, 0012 no number."""
    cell = WriteOnlyCell(sheet, _safe(text))
    cell.data_type, cell.number_format, cell.alignment = "s", _TEXT, _TOP
    return cell


def _safe(text: str) -> str:
    """What XML can hold: other signs, which no content file may hold either, are shown as a mark."""
    return ILLEGAL_CHARACTERS_RE.sub("\ufffd", _CODE.sub("_x005F_", text))


def _saved(file: Workbook) -> bytes:
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def annotated_bytes(data: bytes, title: str, header_row: int, notes: Mapping[int, tuple[str, str]]) -> bytes:
    """A copy of an .xlsx with two columns on the right of the header: what became of each row, and why."""
    file = load_workbook(io.BytesIO(data))
    sheet = file[title]
    names = [str(cell.value or "") for cell in sheet[header_row]]
    first = names.index(OUTCOME) + 1 if OUTCOME in names else sheet.max_column + 1
    for offset, name in enumerate((OUTCOME, FINDINGS)):
        sheet.cell(header_row, first + offset, name).font = _BOLD
        sheet.column_dimensions[get_column_letter(first + offset)].width = 12 + 48 * offset
    for row in range(header_row + 1, sheet.max_row + 1):
        for offset, text in enumerate(notes.get(row, ("", ""))):
            cell = sheet.cell(row, first + offset)
            cell.value, cell.data_type, cell.alignment = _safe(text), "s", _TOP
    return _saved(file)


def plain_annotated_bytes(
    rows: Sequence[Sequence[object]], header_row: int, notes: Mapping[int, tuple[str, str]]
) -> bytes:
    """The same for a file of another kind: its cells as they were read, types kept, in a new workbook."""
    file = Workbook(write_only=True)
    sheet = file.create_sheet(MAIN)
    width = max(map(len, rows), default=0)
    for number, row in enumerate(rows, 1):
        added = (OUTCOME, FINDINGS) if number == header_row else notes.get(number, ("", ""))
        values = [*row, *[""] * (width - len(row)), *added]
        sheet.append([_text(sheet, value) if isinstance(value, str) else value for value in values])
    return _saved(file)


def peculiarities(data: bytes, title: str) -> tuple[frozenset[tuple[int, int]], frozenset[int]]:
    """Of a sheet of an .xlsx: its cells with formulas as (row, column), and its hidden rows, all from 1.

    Reading a workbook a second time is dear, so it is done only where the XML speaks of either.
    """
    with ZipFile(io.BytesIO(data)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    has_formula = any(sign in part for part in parts for sign in (b"<f>", b"<f ", b"<f/"))
    bodies = [part.partition(b"<sheetData")[2] for part in parts]
    has_hidden = any(sign in body for body in bodies for sign in (b'hidden="1"', b'hidden="true"'))
    if not has_formula and not has_hidden:
        return frozenset(), frozenset()
    sheet = load_workbook(io.BytesIO(data))[title]
    formulas = {
        (number, column)
        for number, row in enumerate(sheet.iter_rows(), 1)
        for column, cell in enumerate(row, 1)
        if cell.data_type == "f"
    }
    hidden = {number for number, dimension in sheet.row_dimensions.items() if dimension.hidden}
    return frozenset(formulas), frozenset(hidden)
