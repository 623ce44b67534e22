"""What a curator changed in the sheet against what others changed in the files: nobody is overwritten."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.entry import Citation, NotVariant
from tests.curation.desk import FIRST, SECOND, Desk, codes, counts, errors, put, sheet_of
from tests.knowledge_base.test_linting import CITED
from tests.knowledge_base.test_loading import entry, topic

DRAFT = {"status": "draft", "version": "2", "answer": "草稿里的答案。"}


def new_row(*cells: object, question: str = "党员大会谁主持？", answer: str = "支部书记。") -> Any:
    """Adds a row without a number: 分类, question, variants, near wordings, answer and what follows."""
    return lambda sheet: sheet.append([None, "转正", question, "支部大会哪个主持", None, answer, *cells])


def rewrite(desk: Desk, old: str, new: str) -> None:
    """Somebody else changes the file after the export."""
    text = desk.file.read_text("utf-8")
    assert old in text
    desk.file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_changed_cell_becomes_a_draft_beside_the_published_version(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    before = desk.file.read_text("utf-8")
    data = desk.edited(put(F2="一年整。", D2="预备期有几年\n要几年"))
    assert counts(desk.preview(data)) == {"changed": 1, "unchanged": 1}
    desk.apply(data)
    old, new = desk.entries()["zz-0001", 1], desk.entries()["zz-0001", 2]
    assert (old.status, old.answer) == ("published", "一年。")
    assert (new.status, new.answer, new.variants) == ("draft", "一年整。", ("预备期有几年", "要几年"))
    assert new.sources == old.sources
    after = desk.file.read_text("utf-8")
    assert after.startswith(before[: before.index("  - id: zz-0002")])
    assert after.endswith(before[before.index("  - id: zz-0002") :])


def test_what_the_sheet_does_not_show_keeps_the_base_version(tmp_path: Path) -> None:
    hidden = {"facts": "[{key: 预备期.时长, value: 1年}]", "tests": "[{ask: 要等几年, expect: zz-0001}]"}
    hidden |= {"visibility": "member", "steps": "[a/1]", "author": "组织委员"}
    desk = Desk(tmp_path, topic(entry(**FIRST | hidden), entry(**SECOND)))
    desk.apply(desk.edited(put(F2="一年整。")))
    old, new = desk.entries()["zz-0001", 1], desk.entries()["zz-0001", 2]
    for name in ("facts", "tests", "visibility", "steps", "author", "not_variants", "checked_on", "history", "grade"):
        assert getattr(new, name) == getattr(old, name)


def test_importing_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(lambda sheet: (put(F2="一年整。", Q3="已停用")(sheet), new_row()(sheet)))
    desk.apply(data)
    tree = desk.tree()
    assert counts(desk.preview(data)) == {"unchanged": 3}
    assert desk.apply(data) is None
    assert desk.tree() == tree


def test_changes_of_two_people_in_different_columns_both_stay(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(put(F2="一年整。"))
    rewrite(desk, "预备期有几年", "预备期几年整")
    desk.apply(data)
    new = desk.entries()["zz-0001", 2]
    assert (new.answer, new.variants[0]) == ("一年整。", "预备期几年整")


def test_the_same_column_changed_by_two_people_is_a_conflict(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(put(F2="一年整。", F3="支部党员大会。"))
    rewrite(desk, "一年。", "一年（可延长）。")
    preview = desk.preview(data)
    assert counts(preview) == {"conflict": 1, "changed": 1}
    (finding,) = errors(preview)
    assert (finding.row, finding.column, finding.code) == (2, "F 列（答案）", "E306")
    assert "现在是“一年（可延长）。”，您写的是“一年整。”" in finding.text
    desk.apply(data)
    assert sorted(desk.entries()) == [("zz-0001", 1), ("zz-0002", 1), ("zz-0002", 2)]


def test_a_cell_left_alone_does_not_undo_what_another_changed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.exported()
    rewrite(desk, "一年。", "一年（可延长）。")
    assert counts(desk.preview(data)) == {"unchanged": 2}


def test_both_making_the_same_change_is_no_conflict(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(put(F2="一年整。"))
    rewrite(desk, "一年。", "一年整。")
    assert counts(desk.preview(data)) == {"unchanged": 2}


def test_without_the_hidden_sheet_a_doubt_is_a_conflict(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    def change(sheet: Any) -> None:
        put(D2="预备期有几年")(sheet)
        del sheet.parent["_元数据"]

    data = desk.edited(change)
    assert counts(desk.preview(data)) == {"changed": 1, "unchanged": 1}
    rewrite(desk, "一年。", "一年（可延长）。")
    assert counts(desk.preview(data)) == {"conflict": 1, "unchanged": 1}


def test_a_draft_is_changed_in_place(tmp_path: Path) -> None:
    desk = Desk(tmp_path, topic(entry(**FIRST), entry(**FIRST | DRAFT), entry(**SECOND)))
    desk.apply(desk.edited(put(F3="改过的草稿。")))
    assert desk.entries()["zz-0001", 2].answer == "改过的草稿。"
    assert len(desk.entries()) == 3


def test_a_change_of_the_published_row_joins_an_open_draft(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(put(G2="一年。"))
    desk.apply(desk.edited(put(F2="别人的草稿。")))
    desk.apply(data)
    new = desk.entries()["zz-0001", 2]
    assert (new.answer, new.short) == ("别人的草稿。", "一年。")
    assert len(desk.entries()) == 3


@pytest.mark.parametrize("status", ["review", "approved"])
def test_what_is_being_reviewed_cannot_be_changed(status: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, topic(entry(**FIRST), entry(**FIRST | DRAFT | {"status": status}), entry(**SECOND)))
    preview = desk.preview(desk.edited(put(G2="一年。")))
    assert counts(preview) == {"conflict": 1, "unchanged": 2}
    assert "正在送审" in errors(preview)[0].text


def test_an_old_version_is_not_changed_behind_a_newer_one(tmp_path: Path) -> None:
    ended = {"effective_to": '"2026-10-31"'}
    newer = {"version": "2", "effective_from": '"2026-11-01"', "answer": "两年。"}
    desk = Desk(tmp_path, topic(entry(**FIRST | ended), entry(**FIRST | newer), entry(**SECOND)))
    preview = desk.preview(desk.edited(put(F2="改旧的。")))
    assert counts(preview) == {"conflict": 1, "unchanged": 2}
    assert "已经有第 2 版" in errors(preview)[0].text


def test_one_number_changed_by_two_rows_is_refused_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(lambda sheet: (put(F2="甲。")(sheet), sheet.append([cell.value for cell in sheet[2]])))
    data = desk.edited(lambda sheet: (sheet.append([c.value for c in sheet[2]]), put(F2="甲。", F4="乙。")(sheet)))
    preview = desk.preview(data)
    assert counts(preview) == {"changed": 1, "unchanged": 1, "refused": 1}
    assert codes(preview) == ["E305"]


def test_retiring_needs_the_word_and_touches_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    before = desk.file.read_text("utf-8")
    data = desk.edited(put(Q3="已停用"))
    assert counts(desk.preview(data)) == {"retired": 1, "unchanged": 1}
    desk.apply(data)
    first, second = before.split("  - id: zz-0002")
    assert desk.file.read_text("utf-8") == f"{first}  - id: zz-0002" + second.replace("published", "retired")


def test_a_missing_row_means_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(lambda sheet: sheet.delete_rows(2))
    assert counts(desk.preview(data)) == {"unchanged": 1}
    assert desk.apply(data) is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"Q2": "已停用", "F2": "改了。"}, "别的栏也改了"),
        ({"Q2": "已审"}, "写的是“已审”"),
        ({"Q2": "作废"}, "写的是“作废”"),
    ],
)
def test_the_state_is_not_for_publishing(cells: dict[str, str], words: str, tmp_path: Path) -> None:
    preview = Desk(tmp_path).preview(Desk(tmp_path).edited(put(**cells)))
    assert counts(preview) == {"refused": 1, "unchanged": 1}
    assert words in errors(preview)[0].text


def test_a_row_without_a_number_is_a_new_draft(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(
        new_row(None, "党章", "第七条", None, "2026/12/1", None, "2027年6月30日", "党员、群众", "zz-0001")
    )
    assert counts(desk.preview(data)) == {"new": 1, "unchanged": 2}
    desk.apply(data)
    made = desk.entries()["zz-0003", 1]
    assert (made.status, made.question, made.answer, made.topic) == ("draft", "党员大会谁主持？", "支部书记。", "转正")
    assert made.sources == (Citation("中国共产党章程", "第七条", "2022"),)
    assert (made.grade, made.effective_from, made.review_by) == ("A", date(2026, 12, 1), date(2027, 6, 30))
    assert (made.applies_to, made.follow_up, made.owner) == (("党员", "群众"), ("zz-0001",), "组织委员")


def test_a_new_entry_without_a_source_is_kept_with_a_warning(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    preview = desk.preview(desk.edited(new_row()))
    assert counts(preview) == {"new": 1, "unchanged": 2}
    assert [finding.code for finding in preview.merged.findings] == ["W102"]
    assert preview.merged.edits[0].entry.grade == "N"


@pytest.mark.parametrize(
    ("written", "edition"),
    [("中国共产党章程", "2022"), ("《党章》", "2022"), ("党章（2017年版）", "2017"), ("中国共产党章程 2017", "2017")],
)
def test_the_edition_is_the_one_in_force_unless_another_is_named(written: str, edition: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    preview = desk.preview(desk.edited(new_row(None, written, "第七条", None, "2017-10-24", "2022-10-21")))
    cited = [result.entry.sources[0].edition for result in preview.merged.results if result.entry and result.edit]
    # On those days the edition of 2017 was in force; it is the table that knows.
    assert cited == [edition] or (edition == "2022" and codes(preview) == ["E303"])


def test_a_new_edition_behind_the_name_moves_an_entry_on(tmp_path: Path) -> None:
    old = FIRST | {"sources": CITED.format(article="第七条", edition="2017")}
    desk = Desk(tmp_path, topic(entry(**old), entry(**SECOND)))
    assert codes(desk.preview(desk.edited(put(F2="一年整。")))) == ["W303"]
    desk.apply(desk.edited(put(F2="一年整。", H2="中国共产党章程 2022")))
    assert desk.entries()["zz-0001", 2].sources[0].edition == "2022"


def test_near_wordings_keep_or_say_where_they_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.apply(desk.edited(put(E2="正式党员要预备多久\n转正开会吗 → zz-0002\n今天天气")))
    assert desk.entries()["zz-0001", 2].not_variants == (
        NotVariant("正式党员要预备多久", "refuse"),
        NotVariant("转正开会吗", "zz-0002"),
        NotVariant("今天天气", "refuse"),
    )


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"C2": None}, "E101", "C 列（标准问题）"),
        ({"C2": "？？"}, "E101", "C 列（标准问题）"),
        ({"C2": "预备期\n多长？"}, "E109", "C 列（标准问题）"),
        ({"D2": "预备期　几年"}, "E109", "D 列（相似问法）"),
        ({"F2": "  "}, "E103", "F 列（答案）"),
        ({"F2": "一年_x000B_"}, "E100", "F 列（答案）"),
        ({"H2": "党的规矩"}, "E303", "H 列（依据）"),
        ({"H2": "中国共产党章程 1999"}, "E303", "H 列（依据）"),
        ({"I2": "第七条\n第八条", "H2": "党章\n党章\n党章"}, "E303", "H 列（依据）"),
        ({"I2": "第九十九条"}, "E303", ""),
        ({"L2": "明年"}, "E110", "L 列（失效日期）"),
        ({"L2": "2026-13-01"}, "E110", "L 列（失效日期）"),
        ({"L2": "2020-01-01"}, "E302", ""),
        ({"M2": None}, "E110", "M 列（复核日期）"),
        ({"O2": "zz-9999"}, "E304", "O 列（关联问题）"),
        ({"E2": "某问 → zz-9999"}, "E304", "E 列（易混问法）"),
        ({"B2": "没有的"}, "E110", "B 列（分类）"),
        ({"A2": "zz-9999"}, "E304", "A 列（编号）"),
        ({"A2": None}, "E110", "A 列（编号）"),
        ({"R2": "9"}, "E304", "A 列（编号）"),
    ],
)
def test_a_cell_that_cannot_stand_is_refused_with_its_place(
    cells: dict[str, object], code: str, column: str, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    data = desk.edited(put(**cells))
    preview = desk.preview(data)
    assert counts(preview) == {"refused": 1, "unchanged": 1}
    assert (errors(preview)[0].code, errors(preview)[0].column, errors(preview)[0].row) == (code, column, 2)
    assert desk.apply(data) is None


def test_one_question_with_two_answers_is_refused_on_both_rows(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    twice = desk.edited(lambda sheet: (new_row()(sheet), new_row(answer="组织委员。")(sheet)))
    preview = desk.preview(twice)
    assert counts(preview) == {"refused": 2, "unchanged": 2}
    assert {(finding.row, finding.code) for finding in errors(preview)} == {(4, "E201"), (5, "E201")}


def test_a_question_that_the_files_answer_otherwise_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    preview = desk.preview(desk.edited(new_row(question="預備期、多長")))
    (finding,) = errors(preview)
    assert (finding.row, finding.code) == (4, "E201")
    assert "qa/1.yaml:5（zz-0001）" in finding.text


def test_a_wording_may_move_from_one_entry_to_another(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    both = desk.edited(put(D2="要等多少天才转正", D3="转正开不开支部大会\n转正上什么会\n预备期有几年"))
    assert counts(desk.preview(both)) == {"changed": 2}
    only_taken = desk.edited(put(D3="转正开不开支部大会\n转正上什么会\n预备期有几年"))
    assert codes(desk.preview(only_taken)) == ["E203"]
    given_by_a_refused_row = desk.edited(put(F2=None, D2="要等多少天才转正", D3="转正上什么会\n预备期有几年"))
    assert codes(desk.preview(given_by_a_refused_row)) == ["E103", "E203"]


def test_a_new_topic_needs_somebody_who_looks_after_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    def change(sheet: Any) -> None:
        sheet.append([None, "党费", "党费交多少？", "党费几块", None, "看工资。"])
        sheet.parent["分类"].append(["党费", "组织委员", "df"])

    desk.apply(desk.edited(change))
    made = desk.entries()["df-0001", 1]
    assert (made.topic, made.owner, made.place.file) == ("党费", "组织委员", "qa/党费.yaml")
    without = sheet_of(["标准问题", "答案", "相似问法"], ["党课多久一次？", "没有规定。", "党课几次"])
    assert codes(desk.preview(without)) == ["E110"]
    assert counts(desk.preview(without, topic="党课", owner="宣传委员")) == {"new": 1}


def test_a_changed_topic_moves_the_draft_to_its_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    other = topic(entry(id="df-0001", question="党费几块？", variants="[一个月交几块]"))
    (desk.folder / "qa" / "2.yaml").write_text(other.replace("topic: 转正", "topic: 党费"), "utf-8")
    desk.apply(desk.edited(put(F4="看工资。")))
    assert desk.entries()["df-0001", 2].place.file == "qa/2.yaml"
    desk.apply(desk.edited(put(B5="转正")))
    moved = desk.entries()["df-0001", 2]
    assert (moved.topic, moved.place.file, moved.answer) == ("转正", "qa/1.yaml", "看工资。")
    assert len(desk.entries()) == 4


def test_setting_the_next_review_says_that_it_was_checked_today(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.apply(desk.edited(put(M2="2028-01-31")))
    made = desk.entries()["zz-0001", 2]
    assert (made.review_by, made.checked_on) == (date(2028, 1, 31), date(2026, 11, 23))
