"""A batch is written whole or not at all, and can be taken back to the byte."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from curation.spreadsheets import importing
from curation.spreadsheets.batches import DONE, UNDONE, Batches, Moved
from knowledge_base.strict_yaml import ContentError
from tests.clock import NOON
from tests.conftest import CONTENT
from tests.curation.desk import FIRST, SECOND, Desk, counts, put
from tests.knowledge_base.test_loading import entry, topic


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two files, so that a batch may be torn between them."""
    desk = Desk(tmp_path)
    second = topic(entry(id="df-0001", question="党费几块？", variants="[一个月交几块]"))
    (desk.folder / "qa" / "2.yaml").write_text(second.replace("topic: 转正", "topic: 党费"), "utf-8")
    return desk


def both_files(desk: Desk) -> bytes:
    """A change in each file, a new entry and a retired one."""

    def change(sheet) -> None:  # type: ignore[no-untyped-def]
        put(F2="一年整。", F4="看工资。", Q3="已停用")(sheet)
        sheet.append([None, "转正", "党员大会谁主持？", "大会哪个主持", None, "支部书记。"])

    return desk.edited(change)


def test_undoing_a_batch_brings_every_byte_back(desk: Desk) -> None:
    tree = desk.tree()
    batch = desk.apply(both_files(desk))
    assert batch
    assert desk.tree() != tree
    desk.batches.undo(batch)
    assert desk.tree() == tree
    assert [each.state for each in desk.batches.listed()] == [UNDONE]


def test_undoing_leaves_what_others_wrote_since(desk: Desk) -> None:
    batch = desk.apply(both_files(desk))
    assert batch
    later = desk.apply(
        desk.edited(lambda sheet: sheet.append([None, "转正", "党课多久一次？", "党课几次", None, "没有规定。"]))
    )
    assert later
    desk.batches.undo(batch)
    assert sorted(desk.entries()) == [("df-0001", 1), ("zz-0001", 1), ("zz-0002", 1), ("zz-0004", 1)]
    assert desk.entries()["zz-0002", 1].status == "published"


def test_undoing_what_was_changed_since_is_refused_as_a_whole(desk: Desk) -> None:
    batch = desk.apply(both_files(desk))
    assert batch
    desk.file.write_text(desk.file.read_text("utf-8").replace("一年整。", "一年整！"), "utf-8")
    tree = desk.tree()
    with pytest.raises(Moved, match="zz-0001 第 2 版"):
        desk.batches.undo(batch)
    assert desk.tree() == tree
    assert [each.state for each in desk.batches.listed()] == [DONE]


def test_undoing_a_new_topic_removes_its_file(desk: Desk) -> None:
    tree = desk.tree()
    data = desk.edited(lambda sheet: sheet.append([None, "党课", "党课多久一次？", "党课几次", None, "没有规定。"]))
    batch = desk.apply(data, topic="党课", owner="宣传委员")
    assert batch
    assert (desk.folder / "qa" / "党课.yaml").exists()
    desk.batches.undo(batch)
    assert desk.tree() == tree


def test_a_file_changed_after_the_preview_stops_the_whole_batch(desk: Desk) -> None:
    seen = desk.preview(both_files(desk))
    with desk.file.open("a", encoding="utf-8") as file:
        file.write("# 刚加的\n")
    tree = desk.tree()
    with pytest.raises(Moved, match=r"qa/1\.yaml"):
        importing.apply(seen, desk.batches, "x", NOON)
    assert desk.tree() == tree


def test_a_folder_that_cannot_be_written_is_left_as_it_was(desk: Desk) -> None:
    seen = desk.preview(both_files(desk))
    tree = desk.tree()
    # A folder stands where the second file's new text has to be put down.
    (desk.folder / "qa" / ".2.yaml.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        importing.apply(seen, desk.batches, "x", NOON)
    assert desk.tree() == tree


TORN = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.curation.test_batches import *
folder, data, after = Path({folder!r}), Path({data!r}).read_bytes(), {after}
replaced = []
replace = Path.replace
def stop(self, target):
    if not str(target).endswith(".json"):
        if len(replaced) == after:
            os.kill(os.getpid(), signal.SIGKILL)
        replaced.append(target)
    return replace(self, target)
Path.replace = stop
desk = Desk.__new__(Desk)
desk.folder, desk.batches = folder, Batches(folder, folder.parent / "imports")
importing.apply(desk.preview(data), desk.batches, "x", NOON)
"""


@pytest.mark.parametrize("after", [0, 1])
def test_a_run_that_is_killed_between_two_files_is_put_back_by_the_next(desk: Desk, tmp_path: Path, after: int) -> None:
    tree, data = desk.tree(), tmp_path / "in.xlsx"
    data.write_bytes(both_files(desk))
    root = str(CONTENT.parent.parent)
    script = TORN.format(root=root, folder=str(desk.folder), data=str(data), after=after)
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    assert (desk.tree() == tree) is False
    assert len(Batches(desk.folder, tmp_path / "imports").recover()) == 1
    assert desk.tree() == tree
    assert counts(desk.preview(data.read_bytes())) == {"changed": 2, "retired": 1, "new": 1}


def test_comments_and_foreign_spellings_outside_the_changed_entry_stay(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    loose = "# 头\n" + topic(
        "  # 甲\n" + entry(**FIRST | {"question": "'预备期多长？' # 尾注"}), "\n  # 乙\n" + entry(**SECOND)
    )
    desk.file.write_text(loose, "utf-8")
    desk.apply(desk.edited(put(F3="支部党员大会。")))
    text = desk.file.read_text("utf-8")
    assert text.startswith(loose)
    assert desk.entries()["zz-0002", 2].answer == "支部党员大会。"


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_files_of_other_editors_are_edited_as_they_are(tmp_path: Path, newline: str, mark: str) -> None:
    desk = Desk(tmp_path)
    desk.file.write_bytes((mark + desk.file.read_text("utf-8").replace("\n", newline)).encode())
    before = desk.file.read_bytes()
    batch = desk.apply(desk.edited(put(F3="支部党员大会。")))
    assert batch
    assert desk.file.read_bytes().startswith(before)
    assert desk.entries()["zz-0002", 2].answer == "支部党员大会。"
    desk.batches.undo(batch)
    assert desk.file.read_bytes() == before


def test_a_comment_inside_a_draft_that_would_be_lost_stops_the_batch(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    draft = {"status": "draft", "version": "2", "answer": "草稿。 # 待核"}
    desk.file.write_text(topic(entry(**FIRST), entry(**FIRST | draft)), "utf-8")
    with pytest.raises(ContentError, match="注释"):
        desk.apply(desk.edited(put(F3="新草稿。")))


def test_a_file_indented_otherwise_asks_for_formatting_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    text = topic(entry(**FIRST)).replace("\n  - ", "\n- ").replace("\n    ", "\n  ")
    desk.file.write_text(text, "utf-8")
    with pytest.raises(ContentError, match="kb format"):
        desk.apply(desk.edited(put(F2="一年整。")))
    assert desk.file.read_text("utf-8") == text


def test_two_batches_of_one_second_have_two_names(desk: Desk) -> None:
    desk.apply(desk.edited(put(F2="甲。")))
    desk.apply(desk.edited(put(G2="乙。")))
    names = [batch.name for batch in desk.batches.listed()]
    assert len(set(names)) == 2
    assert all(json.loads((desk.folder.parent / "imports" / f"{name}.json").read_text("utf-8")) for name in names)
