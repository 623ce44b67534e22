"""Workbooks as they arrive: taken in, or refused with place and remedy, and every row is accounted for."""

import io
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from curation.spreadsheets.importing import annotated
from curation.spreadsheets.opening import FileProblem, decoded
from tests.curation.desk import Desk, codes, counts, edited, errors, put, saved, sheet_of

HEADER = ["分类", "标准问题", "相似问法", "答案"]
ROW = ["转正", "党员大会谁主持？", "支部大会哪个主持", "支部书记。"]
OTHER = ["转正", "党课多久上一次？", "党课几次", "没有全国性的规定。"]
FILES = Path(__file__).parent / "files"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def csv_of(*rows: list[str], encoding: str, delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def refused(desk: Desk, data: bytes) -> FileProblem:
    """The problem of a file that cannot be read as a whole; nothing has changed."""
    tree = desk.tree()
    with pytest.raises(FileProblem) as caught:
        desk.apply(data)
    assert desk.tree() == tree
    assert caught.value.text
    assert caught.value.remedy.startswith("请")
    return caught.value


def test_01_merged_cells_are_refused_where_they_are(desk: Desk) -> None:
    data = edited(
        sheet_of(HEADER, ROW, OTHER, ["转正", "三会一课指什么？", "三会一课", "四样。"]),
        lambda s: s.merge_cells("A2:A3"),
    )
    preview = desk.preview(data)
    assert counts(preview) == {"refused": 2, "new": 1}
    assert {(f.row, f.code) for f in errors(preview)} == {(2, "E106"), (3, "E106")}


def test_02_title_rows_and_merged_titles_above_the_header_do_no_harm(desk: Desk) -> None:
    data = sheet_of(["2026 年问答汇总表"], [], ["填表人：组织委员"], HEADER, ROW)
    assert counts(desk.preview(edited(data, lambda sheet: sheet.merge_cells("A1:D1")))) == {"new": 1}


def test_03_a_header_below_the_fifth_row_is_not_guessed(desk: Desk) -> None:
    assert "前 5 行" in refused(desk, sheet_of(*[["说明"]] * 5, HEADER, ROW)).text


def test_04_full_width_numbers_are_the_same_numbers(desk: Desk) -> None:
    data = desk.edited(put(A2="ｚｚ－０００１", R2="１", F2="一年整。"))
    assert counts(desk.preview(data)) == {"changed": 1, "unchanged": 1}


@pytest.mark.parametrize("value", [110105199001011234, 3.14, True, 20261123])
def test_05_a_number_that_was_text_is_refused(desk: Desk, value: object) -> None:
    preview = desk.preview(desk.edited(put(F2=value)))
    assert counts(preview) == {"refused": 1, "unchanged": 1}
    (finding,) = errors(preview)
    assert (finding.row, finding.column, finding.code) == (2, "F 列（答案）", "E105")
    assert "文本" in finding.remedy


def test_05_real_dates_and_a_whole_version_are_taken(desk: Desk) -> None:
    from datetime import date

    data = desk.edited(put(K2=date(2022, 10, 22), R2=1, L2=date(2027, 12, 31)))
    assert counts(desk.preview(data)) == {"changed": 1, "unchanged": 1}


def test_06_formulas_are_refused(desk: Desk) -> None:
    preview = desk.preview(desk.edited(put(F2="=F3")))
    assert counts(preview) == {"refused": 1, "unchanged": 1}
    assert next((f.row, f.column, f.code) for f in errors(preview)) == (2, "F 列（答案）", "E107")


def test_07_hidden_rows_are_imported_and_said(desk: Desk) -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet["F3"] = "支部党员大会。"

    preview = desk.preview(desk.edited(hide))
    assert counts(preview) == {"changed": 1, "unchanged": 1}
    assert [(f.row, f.code) for f in preview.merged.findings] == [(3, "W101")]


def test_08_blank_rows_in_the_middle_and_spaces_are_no_rows(desk: Desk) -> None:
    assert counts(desk.preview(sheet_of(HEADER, [], ROW, [None, "  ", None, None], [], OTHER))) == {"new": 2}


def test_09_two_columns_with_one_name_are_refused(desk: Desk) -> None:
    problem = refused(desk, sheet_of([*HEADER, "标准答案"], [*ROW, "别的答案。"]))
    assert (problem.code, problem.text) == ("E108", "D 列和 E 列都是“答案”。")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_10_csv_in_any_encoding_of_the_country(desk: Desk, encoding: str, delimiter: str) -> None:
    preview = desk.preview(csv_of(HEADER, ROW, encoding=encoding, delimiter=delimiter))
    assert counts(preview) == {"new": 1}
    assert preview.merged.edits[0].entry.answer == "支部书记。"


def test_10_bytes_of_no_encoding_are_refused(desk: Desk) -> None:
    assert "编码" in refused(desk, b"\xff\xff\x80" + csv_of(HEADER, ROW, encoding="gbk")).text


def test_10_a_short_gbk_text_is_not_taken_for_anything_else() -> None:
    assert decoded("党费".encode("gbk")) == ("党费", "gb18030")


def test_10_a_number_mangled_by_a_csv_program_is_refused(desk: Desk) -> None:
    data = csv_of(HEADER, [*ROW[:3], "1.10105E+17"], encoding="gbk")
    assert codes(desk.preview(data)) == ["E105"]


def test_11_line_breaks_in_a_question_are_refused_in_variants_they_part(desk: Desk) -> None:
    assert codes(desk.preview(sheet_of(HEADER, ["转正", "党员大会\n谁主持？", "甲问", "书记。"]))) == ["E109"]
    preview = desk.preview(sheet_of(HEADER, ["转正", "党员大会谁主持？", "甲问法\r\n\r\n 乙问法 \n甲问法", "书记。"]))
    assert preview.merged.edits[0].entry.variants == ("甲问法", "乙问法")


def test_12_one_question_with_two_answers_is_refused_twice(desk: Desk) -> None:
    preview = desk.preview(sheet_of(HEADER, ROW, ["转正", "党员大会谁主持", "大会哪个主持", "组织委员。"], OTHER))
    assert counts(preview) == {"refused": 2, "new": 1}
    assert set(codes(preview)) == {"E201"}


def test_13_a_row_deleted_and_a_column_moved_or_deleted_mean_nothing(desk: Desk) -> None:
    def change(sheet: Any) -> None:
        sheet.delete_cols(7, 3)
        sheet.delete_rows(3)
        sheet.move_range("F1:F2", cols=30)

    assert counts(desk.preview(desk.edited(change))) == {"unchanged": 1}


def test_14_unknown_columns_are_said_not_silently_dropped(desk: Desk) -> None:
    preview = desk.preview(sheet_of([*HEADER, "备注"], [*ROW, "待核"]))
    assert counts(preview) == {"new": 1}
    assert [f.text for f in preview.merged.notes] == ["E 列“备注”不认识，里面的内容没有导入。"]


def test_14_a_change_of_who_looks_after_a_topic_is_said_not_silently_dropped(desk: Desk) -> None:
    preview = desk.preview(desk.edited(lambda sheet: sheet.parent["分类"].__setitem__("B2", "宣传委员")))
    assert [note.code for note in preview.merged.notes] == ["W104"]


def test_15_headers_with_explanations_and_aliases_are_known(desk: Desk) -> None:
    header = ["主题*", "问题（必填）", "相似问 （一行一个）", "标准答案：", "来源", "条款"]
    preview = desk.preview(sheet_of(header, [*ROW, "中国共产党章程", "第七条"]))
    assert preview.merged.edits[0].entry.sources[0].article == "第七条"


def test_16_the_questions_may_stand_on_another_sheet(desk: Desk) -> None:
    book = load_workbook(io.BytesIO(sheet_of(HEADER, ROW)))
    book.create_sheet("封面", 0)["A1"] = "某支部"
    assert counts(desk.preview(saved(book))) == {"new": 1}


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", b"%PDF-1.7\nx", saved(Workbook()), b"a,b\n1,2"],
)
def test_17_what_is_no_table_is_refused_in_a_sentence(desk: Desk, data: bytes) -> None:
    refused(desk, data)


def test_18_an_old_xls_and_a_wps_file_are_read_whatever_their_name(desk: Desk) -> None:
    """old.xls was saved by an office program in the format that .xls and .et share."""
    preview = desk.preview((FILES / "old.xls").read_bytes())
    assert counts(preview) == {"new": 2, "refused": 1}
    assert [(f.row, f.code) for f in errors(preview)] == [(4, "E105")]
    assert [note.code for note in preview.merged.notes] == ["W103"]


@pytest.mark.parametrize("seed", range(40))
def test_19_damaged_files_are_refused_or_read_but_never_crash(desk: Desk, seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray((FILES / "old.xls").read_bytes() if seed % 2 else desk.edited(put(F2="=F3")))
    for _ in range(rng.randrange(1, 30)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    damaged = bytes(data[: rng.randrange(len(data))] if seed % 4 == 0 else data)
    with suppress(FileProblem):
        counts(desk.preview(damaged))


def test_an_annotated_copy_says_what_became_of_each_row_and_can_be_imported(desk: Desk) -> None:
    data = edited(sheet_of(["汇总"], HEADER, ROW, ["转正", None, "问法", 5]), lambda sheet: sheet.merge_cells("A1:D1"))
    copy = annotated(desk.preview(data), data)
    sheet = load_workbook(io.BytesIO(copy)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [*HEADER, "处理结果", "问题说明"]
    assert [cell.value for cell in sheet["E"]] == [None, "处理结果", "新增", "拒收"]
    assert "E105" in sheet["F4"].value
    mended = edited(copy, put(B4="党课多久上一次？", D4="没有规定。"))
    assert counts(desk.preview(mended)) == {"new": 2}
    again = annotated(desk.preview(mended), mended)
    assert [cell.value for cell in load_workbook(io.BytesIO(again)).worksheets[0][2]] == [
        *HEADER,
        "处理结果",
        "问题说明",
    ]


def test_an_annotated_copy_of_a_csv_is_a_workbook(desk: Desk) -> None:
    data = csv_of(HEADER, ROW, ["转正", "", "=1+1", "a"], encoding="gbk")
    sheet = load_workbook(io.BytesIO(annotated(desk.preview(data), data))).worksheets[0]
    assert sheet["C3"].value == "=1+1"
    assert sheet["C3"].data_type == "s"
    assert sheet["E3"].value == "拒收"
