"""`kb export`, `kb import` and `kb format` as a curator types them."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import load_workbook

from cli.services import Services
from knowledge_base.loading import load
from tests.cli.conftest import Run, invoke
from tests.conftest import CONTENT

COUNT = len(load(CONTENT).entries)
# The entry of the sheet's first row: files and entries in order.
FIRST = load(CONTENT).entries[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


@pytest.fixture
def run(make_product: Callable[..., Services], folder: Path) -> Run:
    services = make_product(content_dir=folder)
    return lambda *arguments, stdin=b"": invoke(services, *arguments, stdin=stdin)


@pytest.fixture
def sheet(run: Run, tmp_path: Path) -> Path:
    """The exported workbook with one answer changed, one cleared, and a new row."""
    path = tmp_path / "问答.xlsx"
    assert run("kb", "export", "--xlsx", path).stdout == f"已导出 {COUNT} 条到 {path}\n"
    book = load_workbook(path)
    book["问答"]["F2"] = "改过的答案。"
    book["问答"]["F3"] = None
    book["问答"].append(
        [None, "党费", "党费收据丢了怎么办？", "党费收据找不到了", None, "请到支部组织委员处核对登记。"]
    )
    book.save(path)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_preview_writes_nothing_and_accounts_for_every_row(run: Run, sheet: Path, folder: Path) -> None:
    before = tree(folder)
    result = run("kb", "import", sheet, "--preview")
    assert result.exit_code == 1
    assert f"第 2 行 修改 {FIRST.id} 第 2 版：答案\n" in result.stdout
    assert "第 3 行 拒收\n    第 3 行 F 列（答案） E103 是空的。请写出答案。\n" in result.stdout
    assert f"第 {COUNT + 2} 行 新增 df-" in result.stdout
    assert result.stdout.endswith(f"新增 1 + 修改 1 + 未变 {COUNT - 2} + 停用 0 + 冲突 0 + 拒收 1 = {COUNT + 1} 行\n")
    assert tree(folder) == before


def test_what_is_applied_can_be_undone_and_is_listed(run: Run, sheet: Path, folder: Path) -> None:
    before = tree(folder)
    done = run("kb", "import", sheet, "--apply", "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["rows"], found["format"]) == (1, COUNT + 1, "xlsx")
    assert found["counts"] == {
        "new": 1,
        "changed": 1,
        "unchanged": COUNT - 2,
        "retired": 0,
        "conflict": 0,
        "refused": 1,
    }
    assert [finding["code"] for finding in found["findings"]] == ["E103", "W102"]
    assert len(found["results"]) == COUNT + 1
    changed = tree(folder)
    assert sum(changed[name] != before[name] for name in before) == 2
    assert run("kb", "import", "--list").stdout.startswith(f"{found['batch']}  问答.xlsx  新增 1、修改 1")
    undone = run("kb", "import", "--undo", "last")
    assert (undone.exit_code, undone.stdout) == (0, f"已撤销批次 {found['batch']}（问答.xlsx）。\n")
    assert tree(folder) == before
    assert run("kb", "import", "--undo", "last").exit_code == 2
    (listed,) = json.loads(run("kb", "import", "--list", "--json").stdout)["batches"]
    assert (listed["state"], listed["counts"]) == ("undone", found["counts"])


def test_a_workbook_that_is_there_is_not_overwritten(run: Run, sheet: Path) -> None:
    before = sheet.read_bytes()
    for arguments in (("export", "--xlsx", sheet), ("import", sheet, "--preview", "--annotated", sheet)):
        result = run("kb", *arguments)
        assert (result.exit_code, "--overwrite" in result.stderr) == (2, True)
        assert sheet.read_bytes() == before
    assert run("kb", "export", "--xlsx", sheet, "--overwrite").exit_code == 0
    assert sheet.read_bytes() != before


def test_an_unchanged_file_has_nothing_to_write(run: Run, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "a.xlsx"
    run("kb", "export", "--xlsx", path)
    before = tree(folder)
    result = run("kb", "import", path, "--apply")
    assert (result.exit_code, result.stderr) == (0, "没有要写入的。\n")
    assert tree(folder) == before


def test_the_drafts_of_an_import_pass_the_lint_and_are_not_served(run: Run, sheet: Path) -> None:
    run("kb", "import", sheet, "--apply")
    result = run("kb", "lint", "--json", "--as-of", "2026-11-23")
    assert (result.exit_code, json.loads(result.stdout)["errors"]) == (0, 0)


def test_an_annotated_copy_is_saved_beside(run: Run, sheet: Path, tmp_path: Path) -> None:
    run("kb", "import", sheet, "--preview", "--annotated", tmp_path / "批注.xlsx")
    copy = load_workbook(io.BytesIO((tmp_path / "批注.xlsx").read_bytes()))["问答"]
    assert [copy[f"T{row}"].value for row in (1, 2, 3, 4, COUNT + 2)] == ["处理结果", "修改", "拒收", "未变", "新增"]
    assert "E103" in copy["U3"].value


def test_a_file_of_another_product_needs_a_topic(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "dify.csv"
    path.write_bytes("question,answer\n入党宣誓在哪里,在支部会场。\n".encode("gbk"))
    assert "没有写分类" in run("kb", "import", path, "--preview").stdout
    result = run("kb", "import", path, "--apply", "--topic", "发展党员")
    assert (result.exit_code, "新增 1 +" in result.stdout) == (0, True)


def test_export_for_other_products(run: Run, tmp_path: Path) -> None:
    for name in ("dify", "maxkb", "azure", "rasa"):
        assert run("kb", "export", f"--{name}", tmp_path / name).exit_code == 0
        again = run("kb", "import", tmp_path / name, "--preview", "--from", name, "--topic", "党费")
        assert (again.exit_code, "新增 0 + 修改 0" in again.stdout) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [("kb", "export"), ("kb", "import"), ("kb", "import", "--preview"), ("kb", "import", "--undo", "x")],
)
def test_what_is_not_said_is_asked_for(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_a_file_without_a_header_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("甲,乙\n1,2\n", "utf-8")
    result: Result = run("kb", "import", tmp_path / "x.csv", "--preview")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "前 5 行里没有找到表头" in result.stderr
    found = json.loads(run("kb", "import", tmp_path / "x.csv", "--preview", "--json").stdout)
    assert found["findings"][0]["code"] == "E110"


def test_format_finds_and_mends_another_spelling(run: Run, folder: Path) -> None:
    assert run("kb", "format", "--check").exit_code == 0
    path = folder / "qa" / "党费.yaml"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"    tags: []\n", b"    tags:   []\n", 1))
    assert json.loads(run("kb", "format", "--check", "--json").stdout) == {"changed": ["qa/党费.yaml"], "findings": []}
    assert (run("kb", "format").stdout, path.read_bytes()) == ("已整理：qa/党费.yaml\n", good)


def test_format_leaves_a_file_whose_comments_it_would_lose(run: Run, folder: Path) -> None:
    path = folder / "qa" / "党费.yaml"
    path.write_text(path.read_text("utf-8").replace("    tags: []\n", "    tags: [] # 待补\n", 1), "utf-8")
    before = path.read_bytes()
    result = run("kb", "format")
    assert (result.exit_code, path.read_bytes()) == (1, before)
    assert "注释" in result.stdout
