"""Branches and members: the tree, adding, finding, and importing with every row accounted for."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from sqlalchemy import Connection, select, update

from cli.services import Services
from members import people
from members.branches import all_branches, ensure_branch
from members.people import ImportReport, MemberProblem
from members.rules.stages import DEFAULT_STAGE, STAGES
from storage.tables.members import binding, branch, member
from tests.conftest import NOON


@pytest.fixture
def connection(make_product: Callable[..., Services]) -> Iterator[Connection]:
    """A transaction on a database without the demo branch."""
    with make_product(demo=False).database().begin() as connection:
        yield connection


def _paths(connection: Connection) -> list[str]:
    return [each.path for each in all_branches(connection)]


def _row(name: str, path: str, stage: str = "", number: str = "") -> dict[str, str]:
    return {"姓名": name, "支部": path, "身份": stage, "编号": number}


def _numbers(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.refused)


def test_a_path_makes_the_branch_and_everything_above_it(connection: Connection) -> None:
    ensure_branch(connection, "机关党委/一总支/第一党支部", NOON)
    listed = all_branches(connection)
    assert [(each.path, each.depth) for each in listed] == [
        ("机关党委", 0),
        ("机关党委/一总支", 1),
        ("机关党委/一总支/第一党支部", 2),
    ]
    parents = connection.execute(select(branch.c.name, branch.c.parent_id).order_by(branch.c.id)).all()
    assert [tuple(row) for row in parents] == [
        ("机关党委", None),
        ("一总支", listed[0].id),
        ("第一党支部", listed[1].id),
    ]


def test_the_same_path_is_the_same_branch(connection: Connection) -> None:
    first = ensure_branch(connection, "机关党委/第一党支部", NOON)
    assert ensure_branch(connection, " 机关党委 / 第一党支部/ ", NOON) == first
    assert _paths(connection) == ["机关党委", "机关党委/第一党支部"]


def test_branches_of_one_name_under_different_parents_stay_apart(connection: Connection) -> None:
    assert ensure_branch(connection, "甲/第一党支部", NOON) != ensure_branch(connection, "乙/第一党支部", NOON)


@pytest.mark.parametrize("path", ["", "  ", "/", " / / "])
def test_a_branch_without_a_name_is_refused(connection: Connection, path: str) -> None:
    with pytest.raises(ValueError, match="支部名称是空的"):
        ensure_branch(connection, path, NOON)
    assert _paths(connection) == []


def test_branches_count_their_own_members_who_have_not_left(connection: Connection) -> None:
    people.add(connection, "甲", "机关党委", NOON)
    people.add(connection, "乙", "机关党委/一", NOON)
    left = people.add(connection, "丙", "机关党委/一", NOON)
    connection.execute(update(member).where(member.c.id == left).values(left_at=NOON))
    assert [(each.path, each.members) for each in all_branches(connection)] == [("机关党委", 1), ("机关党委/一", 1)]


def test_a_member_is_added_with_what_was_given(connection: Connection) -> None:
    member_id = people.add(connection, " 王小明 ", "机关/一", NOON, stage="预备党员", number=" 0042 ")
    found = people.find(connection, "0042")
    assert (found.id, found.name, found.number, found.stage) == (member_id, "王小明", "0042", "预备党员")
    assert (found.branch, found.bindings) == ("机关/一", 0)


def test_a_member_without_further_details_is_a_full_member(connection: Connection) -> None:
    people.add(connection, "王小明", "一", NOON, number="")
    found = people.find(connection, "王小明")
    assert (found.stage, found.number) == (DEFAULT_STAGE, None)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_of_the_rules_is_known(connection: Connection, stage: str) -> None:
    people.add(connection, "王小明", "一", NOON, stage=stage)
    assert people.find(connection, "王小明").stage == stage


@pytest.mark.parametrize(
    ("name", "path", "stage", "said"),
    [
        ("  ", "一", DEFAULT_STAGE, "姓名是空的"),
        ("王小明", " ", DEFAULT_STAGE, "支部是空的"),
        ("王小明", "一", "群众", "身份“群众”不认识。只能是：入党申请人、"),
    ],
)
def test_what_cannot_be_a_member_is_refused_with_the_reason(
    connection: Connection, name: str, path: str, stage: str, said: str
) -> None:
    with pytest.raises(MemberProblem, match=said):
        people.add(connection, name, path, NOON, stage=stage)
    assert people.all_members(connection) == []


@pytest.mark.parametrize("path", ["/", " / "])
def test_a_branch_of_slashes_is_the_operators_problem_not_a_crash(connection: Connection, path: str) -> None:
    with pytest.raises(MemberProblem):
        people.add(connection, "王小明", path, NOON)
    assert _numbers(people.import_rows(connection, [_row("王小明", path)], NOON)) == (0, 0, 0, 1)


def test_a_number_belongs_to_one_person(connection: Connection) -> None:
    people.add(connection, "甲", "一", NOON, number="7")
    with pytest.raises(MemberProblem, match="编号“7”已经是“甲”的"):
        people.add(connection, "乙", "一", NOON, number="7")


def test_namesakes_are_told_apart_by_number(connection: Connection) -> None:
    people.add(connection, "王小明", "一", NOON, number="1")
    people.add(connection, "王小明", "二", NOON)
    assert people.find(connection, "1").branch == "一"
    with pytest.raises(MemberProblem, match=r"有 2 位“王小明”（一 编号 1、二 编号 无）。请改用编号"):
        people.find(connection, "王小明")


def test_nobody_is_found_by_half_a_name_nor_after_leaving(connection: Connection) -> None:
    member_id = people.add(connection, "王小明", "一", NOON)
    with pytest.raises(MemberProblem, match="没有找到“王小”"):
        people.find(connection, "王小")
    connection.execute(update(member).where(member.c.id == member_id).values(left_at=NOON))
    with pytest.raises(MemberProblem, match="没有找到“王小明”"):
        people.find(connection, "王小明")


def test_a_branch_lists_itself_and_what_is_below_but_no_sibling(connection: Connection) -> None:
    for name, path in (
        ("甲", "机关"),
        ("乙", "机关/一"),
        ("丙", "机关/一/小组"),
        ("丁", "机关/一支部"),
        ("戊", "企业"),
    ):
        people.add(connection, name, path, NOON)
    assert [each.name for each in people.all_members(connection, "机关/一")] == ["乙", "丙"]
    assert [each.name for each in people.all_members(connection, "机关")] == ["甲", "乙", "丙", "丁"]
    assert len(people.all_members(connection)) == 5


def test_signs_of_the_query_language_in_a_branch_name_mean_themselves(connection: Connection) -> None:
    people.add(connection, "甲", "A%/一", NOON)
    people.add(connection, "乙", "AB/一", NOON)
    assert [each.name for each in people.all_members(connection, "A%")] == ["甲"]
    assert people.all_members(connection, "A_") == []


def test_the_list_counts_bound_accounts(connection: Connection) -> None:
    member_id = people.add(connection, "甲", "一", NOON)
    for platform_id in ("u1", "u2"):
        values = {"channel": "console", "account": "console", "platform_id": platform_id, "created_at": NOON}
        connection.execute(binding.insert().values(**values, member_id=member_id))
    assert people.find(connection, "甲").bindings == 2


def test_an_import_adds_changes_and_leaves_alone(connection: Connection) -> None:
    first = [_row("甲", "一", "预备党员", "1"), _row("乙", "一"), _row("丙", "二", "发展对象")]
    assert _numbers(people.import_rows(connection, first, NOON)) == (3, 0, 0, 0)
    second = [_row("甲", "二", "正式党员", "1"), _row("乙", "一"), _row("丁", "二")]
    assert _numbers(people.import_rows(connection, second, NOON)) == (1, 1, 1, 0)
    listed = {each.name: (each.branch, each.stage, each.number) for each in people.all_members(connection)}
    assert listed == {
        "甲": ("二", "正式党员", "1"),
        "乙": ("一", "正式党员", None),
        "丙": ("二", "发展对象", None),
        "丁": ("二", "正式党员", None),
    }


def test_a_number_lets_a_name_be_corrected(connection: Connection) -> None:
    people.import_rows(connection, [_row("王小名", "一", number="7")], NOON)
    assert _numbers(people.import_rows(connection, [_row("王小明", "一", number="7")], NOON)) == (0, 1, 0, 0)
    assert [each.name for each in people.all_members(connection)] == ["王小明"]


def test_the_same_file_again_changes_nothing(connection: Connection) -> None:
    rows = [_row("甲", "机关/一", "预备党员", "1"), _row("乙", "机关/一"), _row("丙", "机关/二")]
    people.import_rows(connection, rows, NOON)
    assert _numbers(people.import_rows(connection, rows, NOON)) == (0, 0, 3, 0)


@pytest.mark.parametrize("path", ["机关 / 一", "机关/一/", "/机关/一"])
def test_a_branch_written_loosely_is_still_the_same_on_the_second_import(connection: Connection, path: str) -> None:
    people.import_rows(connection, [_row("甲", path), _row("乙", path, number="2")], NOON)
    assert _numbers(people.import_rows(connection, [_row("甲", path), _row("乙", path, number="2")], NOON)) == (
        0,
        0,
        2,
        0,
    )
    assert [each.branch for each in people.all_members(connection)] == ["机关/一", "机关/一"]


def test_without_numbers_one_name_in_two_branches_is_two_people(connection: Connection) -> None:
    people.import_rows(connection, [_row("王小明", "一")], NOON)
    assert _numbers(people.import_rows(connection, [_row("王小明", "二")], NOON)) == (1, 0, 0, 0)
    assert [each.branch for each in people.all_members(connection)] == ["一", "二"]


def test_nobody_is_removed_by_an_import(connection: Connection) -> None:
    people.add(connection, "甲", "一", NOON)
    people.import_rows(connection, [_row("乙", "一")], NOON)
    assert [each.name for each in people.all_members(connection)] == ["乙", "甲"]


def test_each_bad_row_is_named_by_its_line_with_the_reason(connection: Connection) -> None:
    rows = [
        _row("甲", "一"),
        _row("", "一"),
        _row("乙", ""),
        _row("丙", "一", "群众"),
        _row("甲", "一", "预备党员"),
        _row("丁", "一", number="9"),
        _row("戊", "二", number="9"),
    ]
    report = people.import_rows(connection, rows, NOON)
    assert [(problem.line, problem.text.partition("。")[0]) for problem in report.refused] == [
        (3, "姓名是空的"),
        (4, "支部是空的"),
        (5, "身份“群众”不认识"),
        (6, "与第 2 行是同一个人"),
        (8, "与第 7 行是同一个人"),
    ]
    assert str(report.refused[0]) == "第 3 行：姓名是空的。请补上姓名。"


def test_a_person_once_with_and_once_without_number_is_told_as_the_same(connection: Connection) -> None:
    rows = [_row("甲", "一", "预备党员", "1"), _row("甲", "一", "正式党员")]
    assert _numbers(people.import_rows(connection, rows, NOON)) == (1, 0, 0, 1)


@pytest.mark.parametrize("stage", ["正式党员", "预备党员"])
def test_a_number_that_was_missing_is_filled_in(connection: Connection, stage: str) -> None:
    people.add(connection, "王小明", "机关/一", NOON)
    rows = [_row("王小明", "机关/一", stage, "7"), _row("王小明", "机关/一", stage, "8")]
    assert _numbers(people.import_rows(connection, rows, NOON)) == (1, 1, 0, 0)
    assert sorted((each.number, each.stage) for each in people.all_members(connection)) == [("7", stage), ("8", stage)]
    assert _numbers(people.import_rows(connection, rows, NOON)) == (0, 0, 2, 0)


def test_a_missing_number_is_not_filled_in_by_guessing(connection: Connection) -> None:
    people.add(connection, "王小明", "一", NOON)
    people.add(connection, "王小明", "二", NOON)
    people.add(connection, "王小明", "二", NOON)
    rows = [_row("王小明", "三", number="3"), _row("王小明", "二", number="2")]
    assert _numbers(people.import_rows(connection, rows, NOON)) == (2, 0, 0, 0)
    assert [each.number for each in people.all_members(connection, "一")] == [None]


def test_a_person_first_without_and_then_with_number_is_told_as_the_same(connection: Connection) -> None:
    rows = [_row("甲", "一"), _row("甲", "一", number="1"), _row("乙", "一", number="2"), _row("乙", "一", number="3")]
    report = people.import_rows(connection, rows, NOON, lines=[2, 5, 6, 7])
    assert _numbers(report) == (3, 0, 0, 1)
    assert str(report.refused[0]).startswith("第 5 行：与第 2 行是同一个人")


def test_a_row_that_may_mean_two_members_is_refused(connection: Connection) -> None:
    for number in ("1", "2"):
        people.add(connection, "王小明", "一", NOON, number=number)
    report = people.import_rows(connection, [_row("王小明", "一", "预备党员")], NOON)
    assert _numbers(report) == (0, 0, 0, 1)
    assert "已有 2 位“王小明”。请写上编号" in report.refused[0].text
    assert {each.stage for each in people.all_members(connection)} == {DEFAULT_STAGE}


def test_missing_columns_and_margins_are_forgiven(connection: Connection) -> None:
    assert _numbers(people.import_rows(connection, [{"姓名": " 甲 ", "支部": " 一 "}], NOON)) == (1, 0, 0, 0)
    assert people.find(connection, "甲").branch == "一"


def test_the_numbers_of_any_import_add_up_to_its_rows(connection: Connection) -> None:
    values = product(("甲", "乙", ""), ("一", "机关/二", ""), ("", "预备党员", "群众"), ("", "1", "2"))
    rows = [_row(*each) for each in values]
    for attempt in (rows, rows[::-1], rows[::2]):
        report = people.import_rows(connection, attempt, NOON)
        assert report.rows == len(attempt) == sum(_numbers(report))
        assert len({problem.line for problem in report.refused}) == len(report.refused)
    assert len(people.all_members(connection)) <= 6


def test_an_empty_import_is_nothing(connection: Connection) -> None:
    assert people.import_rows(connection, [], NOON) == ImportReport(0, 0, 0, 0, ())
