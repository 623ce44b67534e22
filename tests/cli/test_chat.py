"""`./run chat`: one line in, one JSON object out, state that lasts between runs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result

from cli.services import Services
from curation.queue import open_misses
from knowledge_base.engine import Choices, KnowledgeBase
from tests.cli.conftest import Run, invoke
from tests.conftest import NOON, MovableClock

KEYS = ["in", "decision", "entry", "version", "score", "choices", "replies", "at"]
DECISIONS = {"answer", "choices", "refusal", "handover", "quiz", "command", "menu", "notice", "error"}
FAR_OFF = "今天天气怎么样"


def _objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def _one(result: Result) -> dict[str, Any]:
    (found,) = _objects(result)
    return found


def _said(result: Result) -> str:
    """The text of the last reply."""
    return str(_objects(result)[-1]["replies"][0]["text"])


@pytest.fixture
def vague(starter_base: KnowledgeBase) -> str:
    """A word that the starter content answers with a list to pick from."""
    words = ("党费", "处分", "入党", "党支部", "表决权", "流动党员")
    return next(word for word in words if isinstance(starter_base.ask(word, NOON.date(), "member"), Choices))


def test_every_object_has_the_same_keys_in_the_same_order(run: Run, vague: str) -> None:
    lines = ["预备期多长", vague, FAR_OFF, "", "帮助", "转人工", "0", "我的", "9", "👍"]
    objects = _objects(run("chat", "--json", stdin="\n".join(lines) + "\n"))
    assert [found["in"] for found in objects] == lines
    assert all(list(found) == KEYS for found in objects)
    assert {found["decision"] for found in objects} <= DECISIONS


def test_every_value_has_its_type(run: Run, vague: str) -> None:
    for found in _objects(run("chat", "--json", stdin=f"预备期多长\n{vague}\n{FAR_OFF}\n\n帮助\n")):
        answered = found["decision"] == "answer"
        assert isinstance(found["entry"], str) == answered == isinstance(found["version"], int)
        assert answered or (found["entry"], found["version"]) == (None, None)
        assert found["score"] is None or (isinstance(found["score"], float) and 0 <= found["score"] <= 1)
        assert all(list(choice) == ["n", "id", "text"] for choice in found["choices"])
        assert [choice["n"] for choice in found["choices"]] == list(range(1, len(found["choices"]) + 1))
        assert all(isinstance(choice["id"], str) and isinstance(choice["text"], str) for choice in found["choices"])
        assert [list(reply) for reply in found["replies"]] == [["type", "text"]]
        assert found["replies"][0]["type"] == "text"
        assert found["replies"][0]["text"]
        assert datetime.fromisoformat(found["at"]).utcoffset() is not None


def test_an_answer_names_its_entry_version_and_score(run: Run, starter_base: KnowledgeBase) -> None:
    entry = starter_base.entry("zz-0001", NOON.date())
    assert entry is not None
    found = _one(run("chat", "--json", stdin=entry.question))
    assert (found["decision"], found["entry"], found["version"]) == ("answer", "zz-0001", entry.version)
    assert found["score"] == 1.0
    assert entry.answer in found["replies"][0]["text"]


def test_choices_and_refusals_name_no_entry(run: Run, vague: str) -> None:
    listed, refused = _objects(run("chat", "--json", stdin=f"{vague}\n{FAR_OFF}\n"))
    assert (listed["decision"], listed["entry"]) == ("choices", None)
    assert 2 <= len(listed["choices"]) <= 5
    assert (refused["decision"], refused["entry"]) == ("refusal", None)
    assert isinstance(refused["score"], float)


def test_stdout_is_utf8_as_written_and_nothing_but_json(run: Run) -> None:
    result = run("chat", "--json", stdin="预备期多长\n")
    assert "预备期多长" in result.stdout_bytes.decode("utf-8")
    assert len(result.stdout.splitlines()) == 1


def test_an_empty_line_is_an_empty_message(run: Run, services: Services) -> None:
    first, second = _objects(run("chat", "--json", stdin="\n\n"))
    assert first["in"] == second["in"] == ""
    assert first["decision"] == "notice"
    assert first["replies"] == second["replies"] != []
    with services.database().connect() as connection:
        assert open_misses(connection) == []


@pytest.mark.parametrize(
    ("stdin", "lines"),
    [
        (b"", []),
        ("帮助".encode(), ["帮助"]),
        ("帮助\r\n我的\r\n".encode(), ["帮助", "我的"]),
        ("  帮助 \n".encode(), ["  帮助 "]),
        (b"\n", [""]),
        ("帮助\n\n".encode(), ["帮助", ""]),
        ("一\u2028二\u0085三\n".encode(), ["一\u2028二\u0085三"]),
    ],
)
def test_a_line_ends_where_the_file_says_so(run: Run, stdin: bytes, lines: list[str]) -> None:
    result = run("chat", "--json", stdin=stdin)
    assert result.exit_code == 0
    assert [json.loads(line)["in"] for line in result.stdout_bytes.decode().split("\n") if line] == lines


@pytest.mark.parametrize(
    "text", ["长" * 2_000, "👨‍👩‍👧" * 20, "\x00预备期", "<xml>]]>", "'; DROP TABLE member; --", '"\\n{}']
)
def test_odd_texts_get_one_reply_each_and_come_back_as_sent(run: Run, text: str) -> None:
    found = _one(run("chat", "--json", stdin=f"{text}\n"))
    assert found["in"] == text
    assert found["decision"] in DECISIONS - {"error"}


def test_a_line_that_is_no_utf8_ends_the_run_with_its_number(run: Run) -> None:
    result = run("chat", "--json", stdin="帮助\n".encode() + "预备期多长\n".encode("gbk") + b"\n")
    assert result.exit_code == 2
    assert [json.loads(line)["in"] for line in result.stdout.splitlines()] == ["帮助"]
    assert "第 2 行不是 UTF-8" in result.stderr


def test_without_a_name_the_demo_member_talks(run: Run) -> None:
    assert "姓名：演示党员" in _said(run("chat", "--json", stdin="我的\n"))


@pytest.mark.parametrize("who", ["console:demo2", "demo2"])
def test_as_names_another_bound_account(run: Run, who: str) -> None:
    assert "姓名：演示预备党员" in _said(run("chat", "--json", "--as", who, stdin="我的\n"))


def test_an_unknown_name_is_an_unbound_visitor_who_may_ask(run: Run) -> None:
    asked, own = _objects(run("chat", "--json", "--as", "console:someone", stdin="预备期多长\n我的\n"))
    assert asked["entry"] == "zz-0001"
    assert "还没有绑定" in own["replies"][0]["text"]


def test_a_list_lasts_into_the_next_run(run: Run, vague: str, clock: MovableClock) -> None:
    listed = _one(run("chat", "--json", stdin=vague))["choices"]
    clock.travel(minutes=9)
    picked = _one(run("chat", "--json", stdin="2"))
    assert (picked["decision"], picked["entry"]) == ("answer", listed[1]["id"])


def test_a_list_ends_after_ten_minutes_also_between_runs(run: Run, vague: str, clock: MovableClock) -> None:
    run("chat", "--json", stdin=vague)
    clock.travel(minutes=11)
    assert _one(run("chat", "--json", stdin="2"))["decision"] == "notice"


def test_a_list_belongs_to_the_account_it_was_shown_to(run: Run, vague: str) -> None:
    run("chat", "--json", stdin=vague)
    assert _one(run("chat", "--json", "--as", "console:other", stdin="1"))["decision"] == "notice"


def test_the_same_line_twice_is_two_messages(run: Run, services: Services) -> None:
    for _ in range(2):
        assert [found["decision"] for found in _objects(run("chat", "--json", stdin=f"{FAR_OFF}\n" * 2))] == [
            "refusal",
            "refusal",
        ]
    with services.database().connect() as connection:
        assert [(each.text, each.asked) for each in open_misses(connection)] == [(FAR_OFF, 4)]


def test_there_is_no_rate_limit(make_product: Callable[..., Services]) -> None:
    objects = _objects(invoke(make_product(rate_limit=1), "chat", "--json", stdin="帮助\n" * 5))
    assert [found["decision"] for found in objects] == ["menu"] * 5


def test_the_moment_is_the_clocks(run: Run) -> None:
    assert datetime.fromisoformat(_one(run("chat", "--json", stdin="帮助"))["at"]) == NOON


@pytest.mark.parametrize("now", ["2030-01-02T03:04+08:00", "2030-01-02T03:04", "2030-01-01T19:04:00Z"])
def test_now_sets_the_clock_and_lets_it_run(run: Run, now: str) -> None:
    start = datetime(2030, 1, 1, 19, 4, tzinfo=UTC)
    first, second = (
        datetime.fromisoformat(f["at"]) for f in _objects(run("chat", "--json", "--now", now, stdin="0\n0"))
    )
    assert start <= first < second < start + timedelta(minutes=1)


def test_now_decides_which_version_holds(run: Run) -> None:
    before = _one(run("chat", "--json", "--now", "2000-01-01T12:00", stdin="预备期多长"))
    assert before["decision"] != "answer"
    assert _one(run("chat", "--json", "--now", "2026-11-23T12:00", stdin="预备期多长"))["decision"] == "answer"


def test_now_decides_whether_a_list_still_lasts(run: Run, vague: str) -> None:
    run("chat", "--json", "--now", "2026-11-23T12:00", stdin=vague)
    assert _one(run("chat", "--json", "--now", "2026-11-23T12:30", stdin="1"))["decision"] == "notice"


@pytest.mark.parametrize("now", ["tomorrow", "+3h", "07:35", "2026-13-01"])
def test_now_must_be_a_moment(run: Run, now: str) -> None:
    result = run("chat", "--json", "--now", now, stdin="帮助")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "应为 ISO 时刻" in result.stderr


@pytest.mark.parametrize("now", ["0001-01-01", "+99999999999999d"])
def test_now_out_of_the_calendar_is_refused_like_any_other(run: Run, now: str) -> None:
    assert run("chat", "--json", "--now", now, stdin="帮助").exit_code == 2


def test_a_visitor_binds_from_one_run_to_the_next(run: Run) -> None:
    code = run("members", "code", "demo-2").stdout.split("绑定码：")[1][:9]
    assert "绑定后会保存" in _said(run("chat", "--json", "--as", "console:new", stdin=f"绑定 {code}"))
    assert "绑定好了：演示预备党员" in _said(run("chat", "--json", "--as", "console:new", stdin="同意"))
    assert "姓名：演示预备党员" in _said(run("chat", "--json", "--as", "console:new", stdin="我的"))


def test_a_talk_in_the_terminal_reads_like_one(run: Run) -> None:
    result = run("chat", stdin="预备期多长\n帮助\n")
    assert result.exit_code == 0
    assert result.stdout.count("助手：") == 2
    assert "【依据】" in result.stdout
    assert "Ctrl+D" in result.stderr
    assert "Ctrl+D" not in result.stdout


def test_a_terminal_line_that_is_no_utf8_is_said_in_words(run: Run) -> None:
    result = run("chat", stdin=b"\xff\xfe\n")
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr
