"""`./run kb ask | explain | lint`: the object of the chat, why it came out so, and what is wrong with the files."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from bot.turn import SHANGHAI
from cli.services import Services
from knowledge_base.engine import KnowledgeBase
from tests.cli.conftest import Run, invoke
from tests.conftest import CONTENT, NOON, MovableClock

KEYS = ["decision", "entry", "version", "score", "choices", "replies", "at"]
QUESTIONS = ["预备期多长", "党费", "今天天气怎么样", "被警告处分的人能不能评先进", ""]
SOURCES = """schema: 1
sources:
  - doc: 中国共产党章程
    short: 党章
    issuer: 中国共产党全国代表大会
    read_at: 共产党员网
    editions:
      - {edition: 2022, issued: "2022-10-22", effective: "2022-10-22", articles: 55, grade: A}
"""
TOPIC = """schema: 1
topic: 转正
owner: 组织委员
entries:
  - id: zz-0001
    status: published
    version: 1
    question: 预备期有多长？
    variants: [预备期多久]
    answer: 一年。
    sources:
      - {doc: 中国共产党章程, article: 第七条, edition: "2022"}
    checked_on: "2026-11-22"
    review_by: "2027-11-22"
    grade: A
"""


def _object(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def lint(make_product: Callable[..., Services], tmp_path: Path) -> Callable[..., Result]:
    """`lint(topic, "--json")` checks a folder with this one topic file."""

    def run(topic: str | bytes, *options: str) -> Result:
        (tmp_path / "content" / "qa").mkdir(parents=True, exist_ok=True)
        (tmp_path / "content" / "sources.yaml").write_text(SOURCES, "utf-8")
        raw = topic.encode() if isinstance(topic, str) else topic
        (tmp_path / "content" / "qa" / "转正.yaml").write_bytes(raw)
        return invoke(make_product(content_dir=tmp_path / "content"), "kb", "lint", *options)

    return run


@pytest.mark.parametrize("question", QUESTIONS)
def test_asking_prints_the_object_of_the_chat_without_in(run: Run, question: str) -> None:
    found = _object(run("kb", "ask", question, "--json"))
    assert list(found) == KEYS
    assert datetime.fromisoformat(found["at"]) == NOON
    assert (found["entry"] is not None) == (found["decision"] == "answer")
    assert found["decision"] in ("answer", "choices", "refusal")
    assert isinstance(found["score"], float)
    if question:
        chatted = json.loads(run("chat", "--json", stdin=question).stdout)
        assert found == {key: chatted[key] for key in KEYS}


def test_asking_prints_the_answer_with_its_source(run: Run, starter_base: KnowledgeBase) -> None:
    entry = starter_base.entry("zz-0001", NOON.date())
    assert entry is not None
    result = run("kb", "ask", "预备期多长")
    assert result.exit_code == 0
    assert result.stdout.startswith(entry.answer)
    assert "【依据】《中国共产党章程》第七条" in result.stdout
    assert "【编号】zz-0001·第" in result.stdout


def test_a_long_answer_is_printed_whole(run: Run, starter_base: KnowledgeBase) -> None:
    longest = max(starter_base.content.entries, key=lambda entry: len(entry.answer))
    assert longest.answer in run("kb", "ask", longest.question).stdout


def test_asking_leaves_no_trace(run: Run, services: Services) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in services.settings.instance_dir.glob("zhibu.sqlite3*")}

    before = files()
    run("kb", "ask", "今天天气怎么样")
    assert files() == before


def test_as_of_answers_by_the_rules_of_that_day(run: Run, starter_base: KnowledgeBase) -> None:
    entry = next(e for e in starter_base.content.entries if e.effective_from and e.effective_from.year > 2000)
    assert entry.effective_from is not None
    eve = entry.effective_from - timedelta(days=1)
    assert _object(run("kb", "ask", entry.question, "--json", "--as-of", entry.effective_from))["entry"] == entry.id
    assert _object(run("kb", "ask", entry.question, "--json", "--as-of", eve))["entry"] != entry.id


def test_today_is_the_day_in_shanghai(run: Run, starter_base: KnowledgeBase, clock: MovableClock) -> None:
    entry = next(e for e in starter_base.content.entries if e.effective_from and e.effective_from.year > 2000)
    assert entry.effective_from is not None
    midnight = datetime.combine(entry.effective_from, datetime.min.time(), SHANGHAI).astimezone(UTC)
    clock.now = midnight
    assert _object(run("kb", "ask", entry.question, "--json"))["entry"] == entry.id
    clock.now = midnight - timedelta(seconds=1)
    assert _object(run("kb", "ask", entry.question, "--json"))["entry"] != entry.id


@pytest.mark.parametrize("command", [("ask", "党费"), ("explain", "党费"), ("lint",)])
def test_as_of_must_be_a_day(run: Run, command: tuple[str, ...]) -> None:
    result = run("kb", *command, "--as-of", "22.11.2026")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "应为日期，如 2026-11-22" in result.stderr


@pytest.mark.parametrize("command", ["ask", "explain"])
def test_a_question_must_be_given(run: Run, command: str) -> None:
    assert run("kb", command).exit_code == 2


@pytest.mark.parametrize("command", ["ask", "explain"])
def test_a_question_that_is_no_utf8_is_wrong_usage(run: Run, command: str) -> None:
    result = run("kb", command, "\udcff\udcfe预备期", "--json")
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


@pytest.mark.parametrize("question", QUESTIONS)
def test_explaining_adds_the_reasons_to_the_answer(run: Run, question: str) -> None:
    explained = _object(run("kb", "explain", question, "--json"))
    asked = _object(run("kb", "ask", question, "--json"))
    assert list(explained)[: len(KEYS)] == KEYS
    assert {key: explained[key] for key in KEYS} == asked
    assert {"normalised", "tokens", "features", "veto", "margin", "threshold"} <= set(explained)
    assert isinstance(explained["normalised"], str)
    assert all(isinstance(token, str) for token in explained["tokens"])
    assert isinstance(explained["margin"], float)
    assert isinstance(explained["veto"], list)
    assert 0 < explained["threshold"]["choices"] < explained["threshold"]["answer"] < 1


def test_the_features_tell_the_best_entry_first(run: Run) -> None:
    features = _object(run("kb", "explain", "预备期多长", "--json"))["features"]
    assert features[0]["entry"] == "zz-0001"
    scores = [row["score"] for row in features]
    assert scores == sorted(scores, reverse=True)
    assert all(set(row["features"]) == set(row["weights"]) != set() for row in features)


def test_explaining_in_words_shows_text_tokens_and_conclusion(run: Run) -> None:
    result = run("kb", "explain", "預備期 多長？")
    assert result.exit_code == 0
    assert "比较用的文字：预备期" in result.stdout
    assert "结论：直接回答" in result.stdout
    assert "zz-0001" in result.stdout
    assert "结论：不作答" in run("kb", "explain", "今天天气怎么样").stdout


def test_a_veto_is_told_with_both_words(run: Run, starter_base: KnowledgeBase) -> None:
    questions = [n.text for e in starter_base.content.entries for n in e.not_variants]
    question = next(q for q in questions if starter_base.explain(q, NOON.date(), "member")["veto"])
    veto = _object(run("kb", "explain", question, "--json"))["veto"]
    assert all(set(row) == {"entry", "said", "written"} for row in veto)
    assert f"否决：问的是“{veto[0]['said']}”，条目写的是“{veto[0]['written']}”" in run("kb", "explain", question).stdout


def test_sound_files_pass_with_empty_findings(lint: Callable[..., Result]) -> None:
    assert _object(lint(TOPIC, "--json")) == {"findings": [], "errors": 0}
    result = lint(TOPIC)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 条问答，0 个错误，0 个提醒" in result.stderr


def test_a_finding_has_place_code_reason_and_remedy(lint: Callable[..., Result]) -> None:
    result = lint(TOPIC.replace("第七条", "第七十条"), "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["errors"] == 1
    (finding,) = found["findings"]
    assert list(finding) == ["file", "line", "code", "severity", "message", "remedy"]
    assert (finding["file"], finding["line"], finding["code"], finding["severity"]) == (
        "qa/转正.yaml",
        5,
        "E303",
        "error",
    )
    assert "第七十条超出了目录里的 55 条" in finding["message"]
    assert finding["remedy"]


def test_findings_in_words_begin_with_the_place(lint: Callable[..., Result]) -> None:
    result = lint(TOPIC.replace("第七条", "第七十条"))
    assert result.exit_code == 1
    assert result.stdout.startswith("qa/转正.yaml:5 E303 ")
    assert "1 个错误，0 个提醒" in result.stderr


def test_warnings_alone_do_not_fail(lint: Callable[..., Result]) -> None:
    result = lint(TOPIC.replace("    variants: [预备期多久]\n", ""), "--json")
    found = _object(result)
    assert [(finding["code"], finding["severity"]) for finding in found["findings"]] == [("W601", "warning")]
    assert found["errors"] == 0


def test_as_of_a_later_day_finds_what_will_be_overdue(lint: Callable[..., Result]) -> None:
    codes = [finding["code"] for finding in _object(lint(TOPIC, "--json", "--as-of", "2027-11-23"))["findings"]]
    assert codes == ["W304"]
    assert _object(lint(TOPIC, "--json", "--as-of", "2027-11-22"))["findings"] == []


@pytest.mark.parametrize(
    ("topic", "code", "line"),
    [
        (TOPIC.replace("    grade: A\n", "    grade: A\n    grade: P\n"), "E108", 16),
        (TOPIC.replace("grade: A", "grad: A"), "E110", 15),
        (TOPIC.replace("一年。", '""'), "E103", 10),
        (TOPIC.replace("预备期有多长？", '"  "'), "E101", 8),
        (TOPIC.replace("[预备期多久]", "[预备期　多久]"), "E109", 9),
        (TOPIC.replace('"2027-11-22"', '"2027-11-31"'), "E110", 14),
        (TOPIC.encode("gbk"), "E100", 1),
    ],
)
def test_files_that_cannot_be_loaded_are_findings_too(
    lint: Callable[..., Result], topic: str | bytes, code: str, line: int
) -> None:
    result = lint(topic, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (code, line) in [(finding["code"], finding["line"]) for finding in found["findings"]]
    assert found["errors"] == len(found["findings"]) >= 1


def test_an_empty_folder_is_a_finding(make_product: Callable[..., Services], tmp_path: Path) -> None:
    result = invoke(make_product(content_dir=tmp_path / "nowhere"), "kb", "lint", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errors"] >= 1


def test_the_starter_content_has_no_errors(run: Run) -> None:
    assert _object(run("kb", "lint", "--json", "--as-of", date(2026, 11, 22)))["errors"] == 0
    assert CONTENT.is_dir()
