"""A curator at work in a test: exports the sheet, changes cells in it, and imports it again."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from curation.spreadsheets import exporting, importing
from curation.spreadsheets.batches import Batch, Batches
from curation.spreadsheets.columns import COLUMNS
from curation.spreadsheets.importing import Preview
from curation.spreadsheets.rows import Finding
from curation.spreadsheets.topics import Defaults
from knowledge_base.editing import formatted_sources, formatted_topic
from knowledge_base.entry import Entry
from knowledge_base.loading import load
from tests.clock import NOON
from tests.knowledge_base.test_loading import SOURCES, entry, topic, write_content

TODAY = date(2026, 11, 23)
NAMES = [column.name for column in COLUMNS]
FIRST = {"follow_up": "[zz-0002]", "not_variants": "[{text: 正式党员要预备多久, goes_to: refuse}]", "tags": "[时间]"}
SECOND = {
    "id": "zz-0002",
    "question": "转正要开什么会？",
    "variants": "[转正开不开支部大会, 转正上什么会]",
    "answer": "支部大会。",
}


class Desk:
    """A content folder of two published entries, zz-0001 and zz-0002, and what a curator does with it."""

    def __init__(self, folder: Path, text: str | None = None) -> None:
        text = text or topic(entry(**FIRST), entry(**SECOND))
        self.folder = write_content(
            folder / "content", formatted_topic(text, "1"), sources=formatted_sources(SOURCES, "s")
        )
        self.batches = Batches(self.folder, folder / "imports")
        self.file = self.folder / "qa" / "1.yaml"

    def exported(self) -> bytes:
        return exporting.workbook(load(self.folder))

    def edited(self, change: Callable[[Any], object]) -> bytes:
        """The exported workbook after `change` has worked on its first sheet."""
        return edited(self.exported(), change)

    def preview(self, data: bytes, **defaults: str) -> Preview:
        return importing.preview(data, "", self.folder, TODAY, Defaults(**defaults))

    def apply(self, data: bytes, **defaults: str) -> Batch | None:
        return importing.apply(self.preview(data, **defaults), self.batches, "问答.xlsx", NOON)

    def entries(self) -> dict[tuple[str, int], Entry]:
        return {(each.id, each.version): each for each in load(self.folder).entries}

    def tree(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}


def edited(data: bytes, change: Callable[[Any], object]) -> bytes:
    book = load_workbook(io.BytesIO(data))
    change(book.worksheets[0])
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(**cells: object) -> Callable[[Any], None]:
    """Writes cells by address: put(F2="新答案")."""

    def change(sheet: Any) -> None:
        for address, value in cells.items():
            sheet[address] = value

    return change


def sheet_of(*rows: list[object]) -> bytes:
    """A plain workbook, as other people make them."""
    book = Workbook()
    assert book.active
    for row in rows:
        book.active.append(row)
    return saved(book)


def counts(preview: Preview) -> dict[str, int]:
    """The outcomes that occur; all rows are accounted for."""
    found = preview.merged.counts
    assert sum(found.values()) == sum(len(row.numbers) for row in preview.table.rows)
    return {name: number for name, number in found.items() if number}


def errors(preview: Preview) -> list[Finding]:
    """Every error; each names a place and a remedy."""
    found = [finding for finding in preview.merged.findings if finding.severity == "error"]
    assert all(finding.row and finding.text and finding.remedy for finding in found)
    return found


def codes(preview: Preview) -> list[str]:
    return [finding.code for finding in errors(preview)]
