"""`kb evaluate`: exactly the product's path on a foreign base, its file, its figures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge_base.evaluating import Outcome, auc, figures, query
from tests.knowledge_base.foreign import ENTRIES, QUERIES

ROOT = Path(__file__).resolve().parents[2]


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"ZHIBU_INSTANCE_DIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "ignore", "app.py", "kb", "evaluate", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, rows in (("entries", ENTRIES), ("queries", QUERIES)):
        text = "".join(json.dumps(row | {"extra": 1}, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
    found = [(f"--{name}", str(tmp_path / f"{name}.jsonl")) for name in ("entries", "queries", "out")]
    return [part for pair in found for part in pair]


def test_every_query_gets_its_line_in_order(tmp_path: Path, files: list[str]) -> None:
    done = run(tmp_path, *files, "--json")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["query"] for row in found] == [row["query"] for row in QUERIES]
    for row in found:
        assert set(row) == {"query", "decision", "entry_id", "score", "candidates"}
        assert (row["entry_id"] is not None) == (row["decision"] == "answer")
        assert len(row["candidates"]) <= 10
        assert all(0 <= each["score"] <= 1 for each in row["candidates"])
    assert found[0] | {"candidates": []} == {
        "query": "图书馆几点开门", "decision": "answer", "entry_id": "a", "score": 1.0, "candidates": [],
    }  # fmt: skip
    assert found[4]["decision"] == found[5]["decision"] == "refusal"
    summary = json.loads(done.stdout)
    assert summary["answerable"] == 4
    assert summary["nulls"] == 2
    assert summary["nulls_answered"] == 0
    assert {"p50_ms", "p99_ms", "build_s", "memory_mib"} <= set(summary)


def test_without_json_a_summary_in_words(tmp_path: Path, files: list[str]) -> None:
    done = run(tmp_path, *files)
    assert done.returncode == 0, done.stderr
    assert "top-1" in done.stdout
    assert "正在提问" not in done.stderr


def test_an_unreadable_line_is_named(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "queries.jsonl").write_text('{"query": "x"}\n', "utf-8")
    done = run(tmp_path, *files)
    assert done.returncode == 2
    assert "queries.jsonl:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_figures_count_what_they_say() -> None:
    asked = [query({"query": "一", "expected_id": "a"}), query({"query": "二", "expected_id": "b", "accept": ["c"]})]
    asked.append(query({"query": "三", "expected_id": None}))
    given = [
        Outcome("一", "answer", "a", 0.9, (("a", 0.9),)),
        Outcome("二", "choices", None, 0.5, (("a", 0.5), ("c", 0.4))),
        Outcome("三", "answer", "a", 0.5, (("a", 0.5),)),
    ]
    found = figures(asked, given)
    assert (found["top1"], found["recall_at_3"], found["mrr"]) == (0.5, 1.0, 0.75)
    assert (found["answered_share"], found["answered_precision"], found["nulls_answered"]) == (0.5, 0.5, 1.0)
    assert found["auc"] == 0.75


def test_auc_of_nothing_is_none() -> None:
    assert auc([], [0.1]) is None
    assert figures([], [])["top1"] is None
