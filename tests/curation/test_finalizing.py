"""Drafts become the published versions; on every day exactly one version answers."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cli.services import Services
from knowledge_base.linting import lint
from knowledge_base.loading import load
from tests.cli.conftest import invoke
from tests.curation.desk import FIRST, SECOND, Desk, put
from tests.knowledge_base.test_loading import entry, topic

TODAY = date(2026, 11, 22)


@pytest.fixture
def run(make_product: Callable[..., Services], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    services = make_product(content_dir=tmp_path / "content")

    def typed(*arguments: str) -> tuple[int, str]:
        result = invoke(services, "kb", *arguments)
        return result.exit_code, result.output

    return typed


Run = Callable[..., tuple[int, str]]


def test_a_better_wording_takes_over_the_days_of_the_old_version(tmp_path: Path, run: Run) -> None:
    desk = Desk(tmp_path)
    desk.apply(desk.edited(put(F2="一年整。")))
    code, output = run("finalize", "zz-0001", "--by", "组织委员", "--checked-by", "支部书记", "--note", "改写")
    assert (code, "zz-0001 第 2 版 已定稿\nzz-0001 第 1 版 （旧版）已停用\n" in output) == (0, True)
    old, new = desk.entries()["zz-0001", 1], desk.entries()["zz-0001", 2]
    assert (old.status, new.status, new.effective_from) == ("retired", "published", old.effective_from)
    assert [(line.version, line.by, line.checked_by) for line in new.history] == [(2, "组织委员", "支部书记")]
    assert [p for p in lint(load(desk.folder), TODAY) if p.severity == "error"] == []


def test_a_new_rule_leaves_the_old_version_until_the_day_before(tmp_path: Path, run: Run) -> None:
    desk = Desk(tmp_path)
    desk.apply(desk.edited(put(F2="两年。", K2="2027-01-01")))
    assert run("finalize", "--all")[0] == 0
    old, new = desk.entries()["zz-0001", 1], desk.entries()["zz-0001", 2]
    assert (old.status, old.effective_to, new.effective_from) == ("published", date(2026, 12, 31), date(2027, 1, 1))
    for day, version in ((date(2026, 12, 31), 1), (date(2027, 1, 1), 2)):
        live = [each.version for each in load(desk.folder).entries if each.id == "zz-0001" and each.in_force(day)]
        assert live == [version]


def test_finalizing_can_be_undone(tmp_path: Path, run: Run) -> None:
    desk = Desk(tmp_path)
    desk.apply(desk.edited(put(F2="一年整。")))
    tree = desk.tree()
    run("finalize", "--all")
    assert desk.tree() != tree
    run("import", "--undo", "last")
    assert desk.tree() == tree


def test_a_draft_that_would_be_an_error_holds_all_back(tmp_path: Path, run: Run) -> None:
    draft = {"status": "draft", "version": "2"}
    same = {
        "id": "zz-0003",
        "question": "转正要开什么会",
        "variants": "[转正的会]",
        "status": "draft",
        "answer": "别的。",
    }
    desk = Desk(tmp_path, topic(entry(**FIRST), entry(**FIRST | draft), entry(**SECOND), entry(**same)))
    tree = desk.tree()
    code, output = run("finalize", "--all")
    assert (code, "E201" in output) == (1, True)
    assert desk.tree() == tree
    assert run("finalize", "zz-0001", "--by", "组织委员", "--checked-by", "组织委员")[0] == 1
    assert run("finalize", "zz-0001")[0] == 0


@pytest.mark.parametrize("arguments", [(), ("zz-0001", "--all"), ("zz-0001",), ("--all", "--note", "x")])
def test_what_is_not_clear_is_asked_for(tmp_path: Path, run: Run, arguments: tuple[str, ...]) -> None:
    desk = Desk(tmp_path)
    tree = desk.tree()
    assert run("finalize", *arguments)[0] == 2
    assert desk.tree() == tree
