"""A sheet of typed cells -> rows of text under known columns, and everything that is wrong with a row as such."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from curation.spreadsheets.columns import BY_KEY, DATES, FINDINGS, OUTCOME, key_of, tidy
from curation.spreadsheets.opening import HEADER_WITHIN, FileProblem, Raw, Sheet, header_of

# What an office program makes of a long number in a CSV file.
_MANGLED = "E+"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, or worth knowing, about a row: the cell like F12 (or only the row), why, and what to do."""

    row: int
    code: str
    text: str
    remedy: str
    column: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        return f"第 {self.row} 行{self.column and f' {self.column}'} {self.code} {self.text}{self.remedy}"

    def as_dict(self) -> dict[str, str | int]:
        """As `--json` prints it."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "message": self.text,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its answer: the text of each column that the file has. `numbers`: the rows it is made of."""

    numbers: tuple[int, ...]
    cells: Mapping[str, str]
    findings: tuple[Finding, ...] = ()

    @property
    def number(self) -> int:
        """Where it begins."""
        return self.numbers[0]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows below the header. `places`: column -> how to name it, `F 列（答案）`. `notes` concern no single row."""

    header_row: int
    rows: tuple[Row, ...]
    places: Mapping[str, str]
    notes: tuple[Finding, ...] = ()


def read_rows(sheet: Sheet) -> Table:
    """The rows below the header; blank ones are skipped. Raises FileProblem where no header can be told."""
    header_row = header_of(sheet.rows)
    if header_row is None:
        text = f"前 {HEADER_WITHIN} 行里没有找到表头（要有“标准问题”和“答案”两列）。"
        raise FileProblem("E110", f"工作表“{sheet.title}”", text, "请补上表头，或用 ./run kb export 导出一份照着填。")
    keys = _keys(sheet, header_row)
    places = {key: f"{letter(number)} 列（{BY_KEY[key].name}）" for number, key in keys.items()}
    reader = _Reader(sheet, keys, places)
    rows = tuple(
        reader.row(number) for number in range(header_row + 1, len(sheet.rows) + 1) if _has_text(sheet, number)
    )
    notes = [*_unknown_columns(sheet, header_row, keys), *_unseen(sheet)]
    return Table(header_row, rows, places, tuple(notes))


def letter(column: int) -> str:
    """The name of a column, from 1: A, B … Z, AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _has_text(sheet: Sheet, number: int) -> bool:
    return any(not isinstance(cell, str) or cell.strip() for cell in sheet.rows[number - 1])


def _keys(sheet: Sheet, header_row: int) -> dict[int, str]:
    """Column -> what it holds. The same column twice cannot be told apart."""
    keys: dict[int, str] = {}
    for number, cell in enumerate(sheet.rows[header_row - 1], 1):
        key = key_of(cell) if isinstance(cell, str) else None
        if key is None:
            continue
        if key in keys.values():
            first = next(column for column, other in keys.items() if other == key)
            text = f"{letter(first)} 列和 {letter(number)} 列都是“{BY_KEY[key].name}”。"
            raise FileProblem("E108", f"第 {header_row} 行", text, "请只留一列，或改掉另一列的表头。")
        keys[number] = key
    return keys


def _unknown_columns(sheet: Sheet, header_row: int, keys: Mapping[int, str]) -> Iterator[Finding]:
    width = max(map(len, sheet.rows))
    for column in range(1, width + 1):
        name = sheet.text(header_row, column).strip()
        if column in keys or name in (OUTCOME, FINDINGS):
            continue
        if any(sheet.text(row, column).strip() for row in range(header_row + 1, len(sheet.rows) + 1)):
            text = f"{letter(column)} 列“{name}”不认识，里面的内容没有导入。"
            yield Finding(header_row, "W100", text, "要导入的，请改成模板里的列名。", severity="warning")


def _unseen(sheet: Sheet) -> Iterator[Finding]:
    if sheet.kind == "xls":
        text = "这种格式里看不出哪些格是公式、哪些行隐藏，取的是显示出来的结果。"
        yield Finding(1, "W103", text, "拿不准的，请另存为 .xlsx 再导入。", severity="warning")


class _Reader:
    """Reads rows of one sheet."""

    def __init__(self, sheet: Sheet, keys: Mapping[int, str], places: Mapping[str, str]) -> None:
        self._sheet = sheet
        self._keys = keys
        self._places = places
        self._merged = {row for top, _, bottom, _ in sheet.merged for row in range(top, bottom + 1)}

    def row(self, number: int) -> Row:
        """One row, with what is wrong with its cells."""
        raw = self._sheet.rows[number - 1]
        cells: dict[str, str] = {}
        findings = list(self._about(number))
        for column, key in self._keys.items():
            value = raw[column - 1] if column <= len(raw) else ""
            if (number, column) in self._sheet.formulas:
                text = "是公式，结果会随别的单元格变。"
                findings.append(Finding(number, "E107", text, "请复制后“选择性粘贴为值”。", self._places[key]))
            text_or_finding = text_of(value, key, number, self._places[key])
            if isinstance(text_or_finding, Finding):
                findings.append(text_or_finding)
            else:
                cells[key] = text_or_finding
        return Row((number,), cells, tuple(findings))

    def _about(self, number: int) -> Iterator[Finding]:
        if number in self._merged:
            text = "这一行有合并的单元格，看不出内容属于哪一行。"
            yield Finding(number, "E106", text, "请取消合并，每一行都填全。")
        if number in self._sheet.hidden:
            text = "是隐藏的行，也照样导入。"
            yield Finding(number, "W101", text, "不要导入的，请删去这一行。", severity="warning")


def text_of(value: Raw, key: str, number: int, place: str) -> str | Finding:
    """A cell as text. A number is no text any more: its zeros, and its digits after the fifteenth, are gone."""
    if isinstance(value, str):
        is_mangled = _MANGLED in value and value.replace(_MANGLED, "").replace(".", "").isdecimal()
        return _as_number(value, number, place) if is_mangled else value
    if isinstance(value, datetime | date) and key in DATES:
        return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()
    if key == "version" and not isinstance(value, bool) and isinstance(value, int | float) and value == int(value):
        return str(int(value))
    return _as_number(value, number, place)


def _as_number(value: Raw, number: int, place: str) -> Finding:
    kind = "数字" if isinstance(value, str | int | float) else "日期或时间"
    shown = int(value) if isinstance(value, float) and value.is_integer() else value
    text = f"是{kind}“{shown}”，不是文字，前面的零或后面的数字可能已经丢了。"
    return Finding(number, "E105", text, "请把该列设为文本格式，再重新填写这一格。", place)


def cell(row: Row, key: str) -> str:
    """A cell's text as compared; "" where the file has no such column."""
    return tidy(row.cells.get(key, ""))


def of_severity(findings: Sequence[Finding], severity: str) -> list[Finding]:
    """The errors, or the warnings."""
    return [finding for finding in findings if finding.severity == severity]
