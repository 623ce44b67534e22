"""`./run push` and `./run quiz`: what an operator sees, previews, runs and cancels."""

import json
from collections.abc import Callable

from cli.services import FINDINGS, USAGE, Services
from tests.cli.conftest import Run, invoke
from tests.conftest import MovableClock, Talk

MONDAY = "2026-11-23T07:36+08:00"
RIDE = "没有可以主动推送的账号，随下一条消息送达"


def test_a_preview_writes_and_sends_nothing(run: Run) -> None:
    told = json.loads(run("push", "preview", "--at", MONDAY, "--json").stdout)
    (quiz, remind) = told["pushes"]
    assert quiz["due"] == [
        {"push": "quiz:2026-11-23", "skipped": "", "members": 6, "ways": {RIDE: 2, "主动推送": 4}},
    ]
    assert (quiz["next"][:16], remind["due"]) == ("2026-11-23T23:35", [])
    assert json.loads(run("push", "status", "--json").stdout) == {"pushes": []}


def test_a_step_is_taken_once_and_its_figures_are_told(run: Run, services: Services, clock: MovableClock) -> None:
    assert "改为等待 2 条" in run("push", "run", "--at", MONDAY).stdout
    assert run("push", "run", "--at", MONDAY).stdout == ""
    clock.travel(days=1)
    assert "📌" in Talk(services, clock, "demo").say("预备期多长").text
    (told,) = json.loads(run("push", "status", "--json").stdout)["pushes"]
    assert told["push"] == "quiz:2026-11-23"
    assert sorted((row["state"], row["count"]) for row in told["members"]) == [("sent", 1), ("sent", 4), ("waiting", 1)]
    assert "已送达 1 人（随回复送达）" in run("push", "status").stdout


def test_a_day_off_is_told_as_such(run: Run) -> None:
    run("push", "run", "--at", "2026-11-22T08:00+08:00")
    assert "quiz:2026-11-22  没有推送：休息日，不推送" in run("push", "status").stdout


def test_a_push_is_cancelled_before_and_after_it_began(run: Run) -> None:
    assert "到时不会推送" in run("push", "cancel", "quiz:2026-11-24").stdout
    assert "quiz:2026-11-24  管理员取消" in run("push", "preview", "--at", "2026-11-24T07:36+08:00").stdout
    run("push", "run", "--at", MONDAY)
    assert "2 人不再收到" in run("push", "cancel", "quiz:2026-11-23").stdout
    again = run("push", "cancel", "quiz:2026-11-23")
    assert (again.exit_code, again.stdout) == (FINDINGS, "")
    for wrong in ("quiz", "quiz:昨天", "lottery:2026-11-24", ""):
        assert run("push", "cancel", wrong).exit_code == USAGE


def test_the_future_is_not_pushed_on_a_real_platform(make_product: Callable[..., Services]) -> None:
    real = {"wechat_mp_token": "zhibutest", "wechat_mp_app_id": "wx0000000000000001", "wechat_mp_app_secret": "s" * 32}
    refused = invoke(make_product(**real), "push", "run", "--at", "2027-01-04T07:36+08:00")
    assert refused.exit_code == USAGE
    assert "党员会提前收到" in refused.stderr


def test_the_bank_is_listed_by_topic_and_free_of_findings(run: Run) -> None:
    listed = json.loads(run("quiz", "list", "--topic", "党费", "--json").stdout)["items"]
    assert {item["topic"] for item in listed} == {"党费"}
    everything = run("quiz", "list")
    assert len(everything.stdout.splitlines()) >= 100
    assert "有这些主题：" in run("quiz", "list", "--topic", "没有").stderr
    linted = run("quiz", "lint", "--json")
    assert (linted.exit_code, json.loads(linted.stdout)) == (0, {"findings": [], "errors": 0})
