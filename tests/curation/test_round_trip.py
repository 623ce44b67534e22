"""YAML -> workbook -> YAML: what nobody changed comes back as the same bytes, whoever saved the file in between."""

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from openpyxl import load_workbook

from curation.spreadsheets import exporting, importing
from curation.spreadsheets.columns import COLUMNS, EDITABLE, cells_of
from curation.spreadsheets.opening import open_sheet
from curation.spreadsheets.proposing import Proposal, Rules
from curation.spreadsheets.rows import read_rows
from curation.spreadsheets.topics import Defaults
from curation.spreadsheets.workbook import LONGEST_CELL, Book, TooLong, book_bytes
from knowledge_base.editing import same_entries
from knowledge_base.entry import Entry
from knowledge_base.loading import load
from knowledge_base.writing import TopicFile, topic_text
from tests.conftest import CONTENT
from tests.curation.desk import TODAY, Desk, counts, edited, put
from tests.knowledge_base.test_loading import entry, topic
from tests.knowledge_base.test_writing import _entries, few

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
FORMATS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "xls": "xls:MS Excel 97",
    "csv": "csv:Text - txt - csv (StarCalc):44,34,76,1",
}
STARTER = load(CONTENT)
NASTY = [
    "=1+1",
    "0012",
    "+86",
    "@x",
    "2026-11-22",
    "1.10105E17",
    "'单引号",
    "TRUE",
    "_x000D_",
    " 前后 空格",
    "a\tb",
    "12:30",
]

needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not on PATH (Debian: libreoffice-calc-nogui)")


def resaved(data: bytes, folder: Path, kind: str = "xlsx") -> bytes:
    """The workbook after LibreOffice opened and saved it."""
    source, out = folder / "in.xlsx", folder / "out"
    source.write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [str(OFFICE), profile, "--headless", "--convert-to", FORMATS[kind], "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (out / f"in.{kind}").read_bytes()


def test_the_starter_content_comes_back_unchanged() -> None:
    preview = importing.preview(exporting.workbook(STARTER), "", CONTENT, TODAY, Defaults())
    assert counts(preview) == {"unchanged": len(STARTER.entries)}
    assert preview.merged.edits == []


def test_cells_alone_rebuild_every_shown_field_to_the_byte() -> None:
    """Not only by comparing: an entry whose shown fields are all read anew from its cells is written the same."""
    rules = Rules(STARTER.sources, {each.id for each in STARTER.entries}, date(2026, 11, 22))
    read = [key for key in EDITABLE if key not in ("topic", "status")]
    for file in sorted({each.place.file for each in STARTER.entries}):
        before = [each for each in STARTER.entries if each.place.file == file]
        proposals = [Proposal(each, cells_of(each), read, rules) for each in before]
        assert [found for proposal in proposals for found in proposal.findings] == []
        after = tuple(
            replace(proposal.entry, grade=each.grade) for proposal, each in zip(proposals, before, strict=True)
        )
        assert same_entries(after, before)
        text = topic_text(TopicFile(before[0].topic, before[0].owner, after))
        assert (CONTENT / file).read_text("utf-8").endswith(text)


@pytest.mark.parametrize("text", NASTY)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    cells = cells_of(STARTER.entries[0]) | {"answer": text, "short": f"第一行\n{text}"}
    table = read_rows(open_sheet(book_bytes(Book([cells], {}, [], [""]))))
    assert table.rows[0].cells["answer"] == text
    assert table.rows[0].cells["short"] == f"第一行\n{text}"
    assert table.rows[0].findings == ()


@few
@given(_entries)
def test_whatever_an_entry_says_is_read_from_its_cells_as_it_was(made: Entry) -> None:
    cells = cells_of(made)
    row = read_rows(open_sheet(book_bytes(Book([cells], {}, [], [""])))).rows[0]
    assert row.cells == cells


def test_a_text_that_no_cell_can_hold_is_no_silent_cut() -> None:
    cells = cells_of(STARTER.entries[0]) | {"answer": "字" * (LONGEST_CELL + 1)}
    with pytest.raises(TooLong):
        book_bytes(Book([cells], {}, [], [""]))


def test_the_workbook_is_made_for_people() -> None:
    book = load_workbook(io.BytesIO(exporting.workbook(STARTER)))
    main = book["问答"]
    assert book.sheetnames == ["问答", "填写说明", "分类", "依据目录", "_元数据"]
    assert book["_元数据"].sheet_state == "hidden"
    assert [str(cell.value).partition("（")[0] for cell in main[1]] == [column.name for column in COLUMNS]
    assert main.freeze_panes == "D2"
    assert {cell.data_type for row in main.iter_rows(max_row=20) for cell in row if cell.value} == {"s"}
    assert {cell.number_format for row in main.iter_rows(max_row=20) for cell in row} == {"@"}
    lists = {str(rule.sqref).partition(":")[0]: rule.formula1 for rule in main.data_validations.dataValidation}
    assert lists == {
        "B2": f"=分类!$A$2:$A${book['分类'].max_row}",
        "Q2": '"草稿,待审,已审,已发布,已停用"',
        "H2": f"=依据目录!$A$2:$A${book['依据目录'].max_row}",
    }


@needs_office
def test_a_file_saved_again_by_an_office_program_changes_nothing(tmp_path: Path) -> None:
    preview = importing.preview(resaved(exporting.workbook(STARTER), tmp_path), "", CONTENT, TODAY, Defaults())
    assert counts(preview) == {"unchanged": len(STARTER.entries)}


@needs_office
@pytest.mark.parametrize("kind", ["xls", "csv"])
def test_a_change_arrives_from_other_formats_an_office_program_writes(kind: str, tmp_path: Path) -> None:
    text = "\\n".join(NASTY).replace("\t", "\\t")
    desk = Desk(tmp_path, topic(entry(short=f'"{text}"', tags='["0012", "=1"]')))
    desk.apply(resaved(desk.edited(put(F2="一年。\n改了。")), tmp_path, kind))
    old, new = desk.entries()["zz-0001", 1], desk.entries()["zz-0001", 2]
    assert same_entries([new], [replace(old, answer="一年。\n改了。", version=2, status="draft")])


def test_sorting_moving_and_deleting_change_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    def shuffle(sheet) -> None:  # type: ignore[no-untyped-def]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        sheet.delete_rows(1, sheet.max_row)
        for row in (rows[0], rows[2]):
            sheet.append([row[-1], *reversed(row[:-1])])

    assert counts(desk.preview(edited(desk.exported(), shuffle))) == {"unchanged": 1}
