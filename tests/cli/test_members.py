"""`./run members …`: one by one or from a spreadsheet's CSV, with every row accounted for and nothing half done."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.services import Services
from members import people
from members.branches import all_branches
from members.rules.codes import typed_code
from members.rules.stages import STAGES
from tests.cli.conftest import Run, invoke
from tests.conftest import MovableClock, Talk

HEADING = "姓名,支部,身份,编号\n"
COUNTS = re.compile(r"共 (\d+) 行：新增 (\d+)，修改 (\d+)，未变 (\d+)，拒收 (\d+)。")
Import = Callable[..., Result]


@pytest.fixture
def services(make_product: Callable[..., Services]) -> Services:
    """A product without the demo branch, so that lists hold only what a test adds."""
    return make_product(demo=False)


@pytest.fixture
def imported(services: Services, tmp_path: Path) -> Import:
    """`imported("姓名,支部\\n…", "--dry-run")` imports a file with this content."""

    def run(content: str | bytes, *options: str) -> Result:
        file = tmp_path / "名单.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return invoke(services, "members", "import", file, *options)

    return run


def _people(services: Services) -> list[tuple[str, str, str, str | None]]:
    with services.database().connect() as connection:
        return [(each.name, each.branch, each.stage, each.number) for each in people.all_members(connection)]


def _branches(services: Services) -> list[str]:
    with services.database().connect() as connection:
        return [each.path for each in all_branches(connection)]


def _numbers(result: Result) -> list[int]:
    """新增, 修改, 未变, 拒收; they must add up to the rows."""
    counts = COUNTS.search(result.stdout)
    assert counts, result.output
    rows, *numbers = map(int, counts.groups())
    assert rows == sum(numbers)
    return numbers


def _code(result: Result) -> str:
    code = typed_code(result.stdout.split("绑定码：")[1][:9])
    assert code
    return code


def test_adding_says_who_and_gives_a_code(run: Run, services: Services) -> None:
    result = run(
        "members", "add", "王小明", "--branch", "机关党委/第一党支部", "--stage", "预备党员", "--number", "007"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("已登记：王小明（机关党委/第一党支部，预备党员）。\n王小明的绑定码：")
    assert "7 天内有效" in result.stdout
    assert _people(services) == [("王小明", "机关党委/第一党支部", "预备党员", "007")]


def test_the_code_that_was_given_binds(run: Run, services: Services, clock: MovableClock) -> None:
    code = _code(run("members", "add", "王小明", "--branch", "一"))
    visitor = Talk(services, clock, "visitor")
    visitor.say(f"绑定 {code}")
    assert "绑定好了：王小明（一）" in visitor.say("同意").text


def test_without_a_stage_a_full_member_is_added(run: Run, services: Services) -> None:
    run("members", "add", "王小明", "--branch", "一")
    assert _people(services) == [("王小明", "一", "正式党员", None)]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("王小明",), 2, "--branch"),
        (("--branch", "一"), 2, "NAME"),
        (("王小明", "--branch", "一", "--stage", "群众"), 2, "群众"),
        (("  ", "--branch", "一"), 1, "姓名是空的"),
        (("王小明", "--branch", " "), 1, "支部是空的"),
    ],
)
def test_what_cannot_be_added_is_refused(
    run: Run, services: Services, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = run("members", "add", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert _people(services) == []
    assert _branches(services) == []


def test_a_branch_of_slashes_is_refused_in_words(run: Run, imported: Import) -> None:
    assert run("members", "add", "王小明", "--branch", "/").exit_code == 1
    assert _numbers(imported(HEADING + "王小明,/,,\n")) == [0, 0, 0, 1]


def test_a_number_already_taken_is_refused_with_its_owner(run: Run, services: Services) -> None:
    run("members", "add", "甲", "--branch", "一", "--number", "7")
    result = run("members", "add", "乙", "--branch", "二", "--number", "7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "编号“7”已经是“甲”的" in result.stderr
    assert _branches(services) == ["一"]


def test_a_fresh_code_ends_the_old_one(run: Run, services: Services, clock: MovableClock) -> None:
    old = _code(run("members", "add", "王小明", "--branch", "一", "--number", "7"))
    fresh = _code(run("members", "code", "7"))
    assert fresh != old
    visitor = Talk(services, clock, "visitor")
    assert "这个绑定码不对" in visitor.say(f"绑定 {old}").text
    assert "王*明" in visitor.say(f"绑定 {fresh}").text


def test_a_code_for_nobody_or_for_two_is_refused(run: Run) -> None:
    result = run("members", "code", "王小明")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "没有找到“王小明”" in result.stderr
    for number in ("1", "2"):
        run("members", "add", "王小明", "--branch", "一", "--number", number)
    result = run("members", "code", "王小明")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "有 2 位“王小明”" in result.stderr


def test_the_list_shows_the_tree_with_everybody_in_place(run: Run, services: Services, clock: MovableClock) -> None:
    run("members", "add", "书记", "--branch", "机关党委")
    code = _code(run("members", "add", "甲", "--branch", "机关党委/一", "--number", "7"))
    run("members", "add", "乙", "--branch", "企业党委/一", "--stage", "预备党员")
    visitor = Talk(services, clock, "visitor")
    visitor.say(code)
    visitor.say("同意")
    result = run("members", "list")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "企业党委（0 人）",
        "  一（1 人）",
        "    乙  预备党员  编号 无  未绑定",
        "机关党委（1 人）",
        "  书记  正式党员  编号 无  未绑定",
        "  一（1 人）",
        "    甲  正式党员  编号 7  已绑定 1 个账号",
    ]
    assert result.stderr == "共 3 人。\n"


def test_the_list_of_a_branch_holds_what_is_below(run: Run) -> None:
    for name, branch in (("甲", "机关/一"), ("乙", "机关/一/小组"), ("丙", "机关/二")):
        run("members", "add", name, "--branch", branch)
    result = run("members", "list", "--branch", "机关/一")
    assert "甲" in result.stdout
    assert "乙" in result.stdout
    assert "丙" not in result.stdout
    assert result.stderr == "共 2 人。\n"


def test_the_list_of_a_branch_shows_no_branch_that_only_begins_alike(run: Run) -> None:
    run("members", "add", "甲", "--branch", "机关/一")
    run("members", "add", "乙", "--branch", "机关/一支部")
    assert "一支部" not in run("members", "list", "--branch", "机关/一").stdout


def test_a_branch_to_list_may_be_written_loosely_but_must_be_there(run: Run) -> None:
    run("members", "add", "甲", "--branch", "机关/一")
    assert "甲" in run("members", "list", "--branch", " 机关 / 一/").stdout
    for unknown in ("一", "机", ""):
        result = run("members", "list", "--branch", unknown)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"没有支部“{unknown}”" in result.stderr


def test_an_argument_that_is_no_utf8_is_wrong_usage(run: Run) -> None:
    for arguments in (("add", "\udcff", "--branch", "一"), ("add", "甲", "--branch", "\udcff"), ("code", "\udcff")):
        result = run("members", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "UTF-8" in result.stderr


def test_an_empty_database_lists_nobody(run: Run) -> None:
    result = run("members", "list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "共 0 人。\n")


def test_a_file_is_imported_whole(imported: Import, services: Services) -> None:
    result = imported(HEADING + "甲,机关/一,预备党员,1\n乙,机关/一,,\n丙,企业,发展对象,3\n")
    assert (result.exit_code, result.stderr) == (0, "")
    assert _numbers(result) == [3, 0, 0, 0]
    assert sorted(_people(services)) == [
        ("丙", "企业", "发展对象", "3"),
        ("乙", "机关/一", "正式党员", None),
        ("甲", "机关/一", "预备党员", "1"),
    ]


def test_a_second_import_tells_new_changed_and_unchanged_apart(imported: Import, services: Services) -> None:
    imported(HEADING + "甲,一,预备党员,1\n乙,一,,\n")
    assert _numbers(imported(HEADING + "甲,一,正式党员,1\n乙,一,,\n丙,一,,\n")) == [1, 1, 1, 0]
    assert _numbers(imported(HEADING + "甲,一,正式党员,1\n乙,一,,\n丙,一,,\n")) == [0, 0, 3, 0]
    assert ("甲", "一", "正式党员", "1") in _people(services)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_csv_is_read_as_spreadsheets_save_it(imported: Import, services: Services, encoding: str) -> None:
    assert _numbers(imported((HEADING + "王小明,机关党委/第一党支部,预备党员,007\n").encode(encoding))) == [1, 0, 0, 0]
    assert _people(services) == [("王小明", "机关党委/第一党支部", "预备党员", "007")]


def test_rare_characters_of_names_survive(imported: Import, services: Services) -> None:
    imported((HEADING + "王䶮,一,,\n𠮷田,一,,\n阿·依,一,,\n").encode("gb18030"))
    assert {name for name, *_ in _people(services)} == {"王䶮", "𠮷田", "阿·依"}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(imported: Import, newline: str) -> None:
    assert _numbers(imported((HEADING + "甲,一,,\n乙,一,,\n").replace("\n", newline))) == [2, 0, 0, 0]


def test_quoted_cells_and_margins_are_read(imported: Import, services: Services) -> None:
    imported(' 姓名 ,"支部"\n"甲","机关/一"\n  乙  ,  机关/一  \n" 丙 "," 机关/一"\n')
    assert {(name, branch) for name, branch, *_ in _people(services)} == {(n, "机关/一") for n in "甲乙丙"}


@pytest.mark.parametrize(
    "heading", ["党员姓名,所在党支部,人员类别,工号", "名字,党支部,党员身份,学号", "序号,姓名,电话,支部,身份,编号"]
)
def test_usual_column_names_are_understood_and_others_left_out(
    imported: Import, services: Services, heading: str
) -> None:
    row = "1,甲,5678,一,预备党员,7" if heading.startswith("序号") else "甲,一,预备党员,7"
    assert _numbers(imported(f"{heading}\n{row}\n")) == [1, 0, 0, 0]
    assert _people(services) == [("甲", "一", "预备党员", "7")]


def test_two_columns_are_enough_and_short_rows_are_filled(imported: Import, services: Services) -> None:
    assert _numbers(imported("支部,姓名\n一,甲\n")) == [1, 0, 0, 0]
    assert _numbers(imported(HEADING + "乙,一\n")) == [1, 0, 0, 0]
    assert [stage for _, _, stage, _ in _people(services)] == ["正式党员", "正式党员"]


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("支部,身份\n一,预备党员\n", "“姓名”列"),
        ("姓名\n甲\n", "“支部”列"),
        ("甲,一\n乙,一\n", "“姓名”“支部”列"),
        ("", "“姓名”“支部”列"),
        ("姓名;支部\n甲;一\n", "“姓名”“支部”列"),
    ],
)
def test_missing_columns_are_wrong_usage(imported: Import, services: Services, content: str, missing: str) -> None:
    result = imported(content)
    assert (result.exit_code, result.stdout) == (2, "")
    assert missing in result.stderr
    assert "第 1 行" in result.stderr
    assert _people(services) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", "姓名,支部\n".encode("utf-16"), b"PK\x03\x04\xff\xff"])
def test_a_file_of_another_kind_is_wrong_usage(imported: Import, content: bytes) -> None:
    result = imported(content)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "另存为 CSV UTF-8" in result.stderr


@pytest.mark.parametrize("cell", ["a" * 200_000, '"' + "a,一\n" * 60_000])
def test_a_monstrous_cell_is_said_in_words(imported: Import, services: Services, cell: str) -> None:
    assert imported(f"姓名,支部\n{cell}\n").exit_code in (1, 2)
    assert _people(services) == []


def test_a_file_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run("members", "import", tmp_path / "nowhere.csv").exit_code == 2
    assert run("members", "import", tmp_path).exit_code == 2


def test_a_heading_without_rows_is_an_import_of_nothing(imported: Import) -> None:
    result = imported(HEADING)
    assert result.exit_code == 0
    assert _numbers(result) == [0, 0, 0, 0]


def test_one_bad_row_imports_nothing(imported: Import, services: Services) -> None:
    result = imported(HEADING + "甲,新支部,,\n,新支部,,\n乙,新支部,,\n")
    assert result.exit_code == 1
    assert _numbers(result) == [2, 0, 0, 1]
    assert "第 3 行：姓名是空的。请补上姓名。" in result.stdout
    assert "没有导入任何一行" in result.stderr
    assert (_people(services), _branches(services)) == ([], [])


def test_one_bad_row_also_keeps_changes_back(imported: Import, services: Services) -> None:
    imported(HEADING + "甲,一,预备党员,1\n")
    assert imported(HEADING + "甲,一,正式党员,1\n乙,一,群众,\n").exit_code == 1
    assert _people(services) == [("甲", "一", "预备党员", "1")]


def test_every_bad_row_is_told_at_once(imported: Import) -> None:
    rows = "甲,一,,1\n乙,一,群众,\n,一,,\n丙,,,\n丁,二,,1\n甲,三,,\n甲,三,,\n"
    result = imported(HEADING + rows)
    assert result.exit_code == 1
    assert _numbers(result) == [2, 0, 0, 5]
    assert [line.partition("。")[0] for line in result.stdout.splitlines()[1:]] == [
        "第 3 行：身份“群众”不认识",
        "第 4 行：姓名是空的",
        "第 5 行：支部是空的",
        "第 6 行：与第 2 行是同一个人",
        "第 8 行：与第 7 行是同一个人",
    ]
    assert f"只能是：{'、'.join(STAGES)}。" in result.stdout


def test_blank_rows_are_no_rows(imported: Import) -> None:
    assert _numbers(imported(HEADING + "\n甲,一,,\n,,,\n  , ,\n乙,一,,\n\n")) == [2, 0, 0, 0]


@pytest.mark.parametrize("before", ["\n\n", ",,,\n", '甲,"一\n",,\n'])
def test_the_line_told_is_the_line_in_the_file(imported: Import, before: str) -> None:
    line = (HEADING + before).count("\n") + 1
    assert f"第 {line} 行：姓名是空的" in imported(HEADING + before + ",一,,\n").stdout


def test_a_dry_run_tells_the_same_and_changes_nothing(imported: Import, services: Services) -> None:
    imported(HEADING + "甲,一,预备党员,1\n")
    content = HEADING + "甲,一,正式党员,1\n乙,新支部,,\n"
    dry = imported(content, "--dry-run")
    assert dry.exit_code == 0
    assert "预演" in dry.stderr
    assert (_people(services), _branches(services)) == ([("甲", "一", "预备党员", "1")], ["一"])
    real = imported(content)
    assert real.stdout == dry.stdout
    assert "预演" not in real.stderr
    assert _branches(services) == ["一", "新支部"]


def test_a_dry_run_with_bad_rows_ends_with_findings(imported: Import, services: Services) -> None:
    result = imported(HEADING + "甲,一,,\n,一,,\n", "--dry-run")
    assert result.exit_code == 1
    assert _numbers(result) == [1, 0, 0, 1]
    assert _people(services) == []


def test_an_import_keeps_bindings(run: Run, imported: Import, services: Services, clock: MovableClock) -> None:
    imported(HEADING + "王小明,一,预备党员,1\n")
    visitor = Talk(services, clock, "visitor")
    visitor.say(_code(run("members", "code", "1")))
    visitor.say("同意")
    imported(HEADING + "王小明,二,正式党员,1\n")
    said = visitor.say("我的").text
    assert "支部：二" in said
    assert "身份：正式党员" in said
