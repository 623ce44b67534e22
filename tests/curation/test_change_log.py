"""The exported log is whole, and no edit, deletion, insertion or move of any line goes unnoticed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation import verify_log
from curation.verify_log import FIRST, canonical, digest, first_bad
from tests.cli.conftest import invoke
from tests.curation.conftest import DUES, LONG, REVIEWER, WRITER, Office

SCRIPT = Path(verify_log.__file__)


def record(seq: int, prev: str, action: str) -> dict[str, object]:
    made: dict[str, object] = {"seq": seq, "at": "2026-11-22T04:00:00.000Z", "actor": "王芳", "action": action}
    made |= {"payload": {"change": seq, "note": "改写"}, "prev": prev}
    return made | {"hash": digest(made)}


def log(count: int) -> list[bytes]:
    """A whole log of `count` lines, made here without the database."""
    prev, lines = FIRST, []
    for seq in range(1, count + 1):
        made = record(seq, prev, "export" if seq == count else "change_draft")
        prev = str(made["hash"])
        lines.append(canonical(made).encode() + b"\n")
    return lines


@given(st.integers(0, 5), st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_found_in_its_line(line: int, data: st.DataObject) -> None:
    lines = log(6)
    at = data.draw(st.integers(0, len(lines[line]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != lines[line][at]))
    lines[line] = lines[line][:at] + bytes([byte]) + lines[line][at + 1 :]
    bad = first_bad(b"".join(lines))
    assert bad is not None
    assert bad[0] in (line + 1, line + 2)


@pytest.mark.parametrize(
    ("mutate", "seq"),
    [
        (lambda lines: lines[:2] + lines[3:], 3),
        (lambda lines: lines[1:], 1),
        (lambda lines: lines[:-1], 6),
        (lambda lines: [], 1),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),
        (lambda lines: [*lines[:3], b"\n", *lines[3:]], 4),
        (lambda lines: [*lines, lines[-1]], 7),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], 6),
        (lambda lines: [*lines[:-1], lines[-1].replace(b"\n", b"\r\n")], 6),
        (lambda lines: [lines[0].replace(b'"seq":1', b'"seq": 1'), *lines[1:]], 1),
        (lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]], 1),
        (lambda lines: [b"[" * 100_000 + b"\n", *lines[1:]], 1),
    ],
    ids=[
        "middle",
        "first",
        "last",
        "all",
        "swapped",
        "doubled",
        "blank",
        "added",
        "cut",
        "crlf",
        "space",
        "bom",
        "deep",
    ],
)
def test_a_missing_moved_or_added_line_is_found_where_it_is(
    mutate: Callable[[list[bytes]], list[bytes]], seq: int
) -> None:
    assert first_bad(b"".join(log(6))) is None
    bad = first_bad(b"".join(mutate(log(6))))
    assert bad is not None
    assert bad[0] == seq


def test_an_end_written_anew_is_found_with_the_hash_noted_down() -> None:
    whole, lines = log(6), log(6)[:4]
    prev = json.loads(lines[-1])["hash"]
    lines.append(canonical(record(5, prev, "export")).encode() + b"\n")
    head = json.loads(whole[-1])["hash"]
    assert first_bad(b"".join(lines)) is None
    assert first_bad(b"".join(whole), head) is None
    assert first_bad(b"".join(lines), head) is not None


def test_the_exported_log_tells_every_step_and_is_whole(office: Office, tmp_path: Path) -> None:
    office.publish(LONG, DUES.replace("[每月", "[每个月党费, 每月"))
    office.done("rollback", "1", "--as", REVIEWER)
    file = tmp_path / "log.jsonl"
    told = office.done("export-log", file, "--as", REVIEWER)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert set(rows[0]) == {"seq", "at", "actor", "action", "payload", "prev", "hash"}
    steps = [(row["actor"], row["action"]) for row in rows if row["actor"] != "系统"]
    assert steps == [
        (WRITER, "change_draft"),
        (WRITER, "change_submit"),
        (REVIEWER, "change_approve"),
        (REVIEWER, "publish"),
        (REVIEWER, "rollback"),
        (REVIEWER, "export"),
    ]
    assert rows[-1]["hash"] in told
    whole = invoke(office.services, "kb", "verify-log", file, "--head", rows[-1]["hash"], "--json")
    assert (whole.exit_code, json.loads(whole.stdout)["whole"]) == (0, True)
    file.write_text(file.read_text("utf-8").replace(WRITER, "别人", 1), "utf-8")
    broken = invoke(office.services, "kb", "verify-log", file, "--json")
    assert (broken.exit_code, json.loads(broken.stdout)["whole"]) == (1, False)


def test_the_verifier_stands_alone(tmp_path: Path) -> None:
    lines = log(3)
    (tmp_path / "good").write_bytes(b"".join(lines))
    (tmp_path / "bad").write_bytes(b"".join([lines[0], lines[2]]))
    alone = tmp_path / "verify.py"
    alone.write_bytes(SCRIPT.read_bytes())

    def run(*arguments: str) -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "-I", "-S", alone, *arguments], cwd=tmp_path, capture_output=True, check=False
        )
        return ended.returncode, ended.stdout.decode()

    assert run("good")[0] == 0
    code, told = run("bad")
    assert code == 1
    assert told.startswith("bad:2 第 2 条有问题：这里应是第 2 条，写的却是 3")
    assert (run()[0], run("nowhere")[0], run("good", "--head", "x")[0]) == (2, 2, 1)
    assert len(SCRIPT.read_text("utf-8").splitlines()) <= 100
