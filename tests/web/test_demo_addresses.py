"""The demo's addresses: for this machine and our own page only, over the real door, and nothing secret in them."""

import json
import re
from collections.abc import Callable
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient

from app import create_app
from bot.message import Decision
from channels.wechat_mp import demo_account, xml
from cli.services import Services
from knowledge_base.features import Features
from knowledge_base.loading import load_menu
from knowledge_base.menu import platform_form
from members.demo import PAGE, PAGE_PEOPLE, VISITOR
from storage import demo_inbox
from tests.conftest import CONTENT, Talk
from tests.hard_texts import HARD_TEXTS
from tests.platform import sign
from web.demo import pages, why

OURS = {"X-Zhibu-Demo": "1"}
ADDRESSES = ("/demo/state", "/demo/static/page.css", "/demo/wechat/plain?echostr=1", "/demo/wechat/safe")
ABROAD = [
    {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
    {"environ_base": {"REMOTE_ADDR": ""}},
    {"headers": {"Host": "demo.example.org"}},
    {"headers": {"Host": "127.0.0.1.example.org:5000"}},
    {"headers": {"Host": "localhost:5000@example.org"}},
    {"headers": {"Host": "example.org@localhost"}},
    {"headers": {"Host": "[::1"}},
    {"headers": {"X-Forwarded-For": "192.0.2.7"}},
    {"headers": {"Forwarded": "for=192.0.2.7"}},
]


class Visitor:
    """Asks the addresses as the page's script does."""

    def __init__(self, services: Services) -> None:
        self.client: FlaskClient = create_app(services.settings, services).test_client()

    def ask(self, what: str, **fields: str) -> dict[str, Any]:
        response = self.client.post(f"/demo/{what}", json=fields, headers=OURS)
        assert response.status_code == 200, response.text
        return dict(response.json)

    def say(self, text: str, person: str = "demo-zhengshi", kind: str = "text", mode: str = "plain") -> dict[str, Any]:
        return self.ask("say", person=person, kind=kind, mode=mode, text=text)

    def state(self, after: int = 0) -> dict[str, Any]:
        return dict(self.client.get(f"/demo/state?after={after}").json)

    def person(self, platform_id: str) -> dict[str, Any]:
        return next(each for each in self.state()["people"] if each["platform_id"] == platform_id)


@pytest.fixture
def visitor(services: Services) -> Visitor:
    return Visitor(services)


# Who may


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("abroad", ABROAD, ids=str)
def test_there_is_no_demo_for_anybody_elsewhere(visitor: Visitor, address: str, abroad: dict[str, Any]) -> None:
    assert visitor.client.get(address, **abroad).status_code == 404
    home = visitor.client.get("/", **abroad)
    assert (home.status_code, 'id="chat"' in home.text) == (200, False)


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1", "[::1]:5000"])
def test_this_machine_gets_the_page(visitor: Visitor, host: str) -> None:
    assert 'id="chat"' in visitor.client.get("/", headers={"Host": host}).text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        OURS | {"Origin": "https://example.org"},
        OURS | {"Origin": "null"},
        OURS | {"Origin": "http://localhost:8080"},
        OURS | {"Sec-Fetch-Site": "cross-site"},
        OURS | {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_nothing_changes_on_behalf_of_another_page(visitor: Visitor, headers: dict[str, str]) -> None:
    before = visitor.state()
    for what in ("say", "why", "code", "travel", "push", "restart"):
        asked = {"person": "demo-zhengshi", "kind": "unfollow", "mode": "plain", "to": "hour", "may": "no"}
        assert visitor.client.post(f"/demo/{what}", json=asked, headers=headers).status_code == 403
    assert visitor.state() == before


@pytest.mark.parametrize("settings", [{"wechat_mp_token": "token123"}, {"demo": False}], ids=str)
def test_without_demo_mode_there_is_nothing(make_product: Callable[..., Services], settings: dict[str, object]) -> None:
    client = Visitor(make_product(**settings)).client
    assert [client.get(address).status_code for address in ADDRESSES] == [404] * len(ADDRESSES)
    assert "演示" not in client.get("/").text


def test_nothing_secret_reaches_the_browser(visitor: Visitor, services: Services) -> None:
    key = services.settings.resolved_secret_key()
    accounts = [demo_account.account_of(key, mode) for mode in demo_account.MODES]
    secrets = {key} | {secret for each in accounts for secret in (each.token, each.aes_key)}
    shown = [visitor.client.get("/").text, json.dumps(visitor.state()), json.dumps(visitor.ask("code", person=VISITOR))]
    shown += [json.dumps(visitor.say("预备期多长", mode=mode)) for mode in demo_account.MODES]
    assert [secret for secret in secrets if any(secret in each for each in shown)] == []


@pytest.mark.parametrize("body", ["", "[]", "{", '{"person": 1}', '{"person": null}', '"x"', "\ud83d", "[" * 500])
def test_a_broken_request_is_refused(visitor: Visitor, body: str) -> None:
    sent = body.encode("utf-8", "surrogatepass")
    for what in ("say", "why", "travel"):
        response = visitor.client.post(f"/demo/{what}", data=sent, content_type="application/json", headers=OURS)
        assert response.status_code == 400


@pytest.mark.parametrize("wrong", [{"person": "nobody"}, {"mode": "open"}, {"kind": "scan"}], ids=str)
def test_what_the_page_does_not_have_is_refused(visitor: Visitor, wrong: dict[str, str]) -> None:
    asked = {"person": "demo-zhengshi", "kind": "text", "mode": "plain", "text": "您好"} | wrong
    response = visitor.client.post("/demo/say", json=asked, headers=OURS)
    assert (response.status_code, response.json) == (400, {"problem": "页面与程序对不上，请刷新页面。"})


def test_only_the_pages_people_get_a_code(visitor: Visitor) -> None:
    response = visitor.client.post("/demo/code", json={"person": "demo"}, headers=OURS)
    assert (response.status_code, response.json) == (400, {"problem": "演示页没有账号“demo”。"})


# Talking


@pytest.mark.parametrize("mode", demo_account.MODES)
def test_what_is_said_goes_over_the_real_door(
    visitor: Visitor, services: Services, clock: Callable[[], Any], mode: str
) -> None:
    exchange = visitor.say("没转正能投票吗", mode=mode)
    read = re.sub(r"</?a[^>]*>", "", exchange["text"])
    assert read == Talk(services, clock, "demo").say("没转正能投票吗").text
    assert (exchange["status"], exchange["decision"], exchange["entry"]) == (200, "answer", "zz-0004")
    sent, message = xml.parse(exchange["sent"].encode()), xml.parse(exchange["message"].encode())
    assert message["Content"] == "没转正能投票吗"
    assert ("Content" in sent, "Encrypt" in sent) == (mode != "safe", mode != "plain")
    assert xml.parse(exchange["opened"].encode())["Content"] == exchange["text"]
    assert ("Encrypt" in exchange["received"]) == (mode != "plain")


def test_the_posted_address_carries_the_platforms_signature(visitor: Visitor, services: Services) -> None:
    path, _, query = visitor.say("您好")["address"].partition("?")
    fields = dict(field.split("=") for field in query.split("&"))
    token = demo_account.account_of(services.settings.resolved_secret_key(), "plain").token
    assert path == "/demo/wechat/plain"
    assert fields["signature"] == sign(token, fields["timestamp"], fields["nonce"])


def test_a_door_that_is_knocked_at_with_another_key_stays_shut(visitor: Visitor, services: Services) -> None:
    query = f"timestamp={int(services.clock().timestamp())}&nonce=1&signature={'0' * 40}"
    assert visitor.client.post(f"/demo/wechat/plain?{query}", data="<xml></xml>").status_code == 403


def test_a_message_that_the_door_turns_away_says_so(visitor: Visitor) -> None:
    exchange = visitor.say("x" * 60_000, mode="safe")
    assert (exchange["status"], exchange["text"], exchange["decision"]) == (413, "", None)
    assert "接口没有收下" in exchange["rule"]
    assert exchange["compared"] is False


def test_too_much_at_once_is_refused(visitor: Visitor) -> None:
    asked = {"person": "demo-zhengshi", "kind": "text", "mode": "plain", "text": "x" * pages.MAX_BODY}
    assert visitor.client.post("/demo/say", json=asked, headers=OURS).status_code == 413


@pytest.mark.parametrize("text", [*HARD_TEXTS.values(), "党费\ud83d"], ids=[*HARD_TEXTS, "half a character"])
def test_a_hard_text_is_answered_and_explained(visitor: Visitor, text: str) -> None:
    exchange = visitor.say(text, mode="safe")
    assert (exchange["status"], bool(exchange["text"].strip())) == (200, True)
    assert visitor.ask("why", person="demo-zhengshi", text=text)["band"] in ("answer", "choices", "refusal")


def test_every_item_of_the_menu_answers_and_fits_the_platform(visitor: Visitor) -> None:
    bars = platform_form(load_menu(CONTENT))["button"]
    items = [item for bar in bars for item in bar.get("sub_button", [bar])]
    assert len(bars) <= 3
    assert all(len(bar.get("sub_button", [])) <= 5 for bar in bars)
    assert all(len(bar["name"].encode()) <= 16 for bar in bars)
    assert all(len(item["name"].encode()) <= 60 and len(item["key"]) <= 128 for item in items)
    assert all(visitor.say(item["key"], kind="click")["text"] for item in items)


def test_a_visitor_follows_binds_and_leaves(visitor: Visitor) -> None:
    assert "绑定" in visitor.say("", VISITOR, "follow")["text"]
    visitor.say(f"绑定 {visitor.ask('code', person=VISITOR)['code']}", VISITOR)
    assert "绑定好了" in visitor.say("同意", VISITOR)["text"]
    assert (visitor.person(VISITOR)["name"], visitor.person(VISITOR)["following"]) == ("演示党员戊", True)
    assert visitor.say("", VISITOR, "unfollow")["text"] == ""
    assert visitor.person(VISITOR)["following"] is False


# The clock


def test_the_clock_goes_forward_for_every_process(
    make_product: Callable[..., Services], services: Services, visitor: Visitor
) -> None:
    assert visitor.state()["now"]["ahead"] == ""
    visitor.ask("travel", to="tomorrow")
    assert visitor.state()["now"] == {
        "day": "11月23日", "weekday": "星期一", "time": "07:35", "typed": "2026-11-23T07:35", "ahead": "明天",
    }  # fmt: skip
    assert make_product().clock() == services.clock()
    visitor.ask("travel", to="hour")
    assert visitor.state()["now"]["time"] == "08:35"
    visitor.ask("travel", to="2026-11-27T08:00")
    assert visitor.state()["next_card"] == "11月30日 07:35", "a weekend has no card"
    visitor.ask("travel", to="2026-12-24T18:00")
    assert visitor.state()["now"]["ahead"] == "32 天后"
    visitor.ask("travel", to="week")
    assert visitor.state()["now"]["typed"] == "2026-12-31T07:35"


@pytest.mark.parametrize(
    "to",
    ["2026-11-22T11:59", "2001-01-01T00:00", "9999-01-01T00:00", "9999-12-31T23:59-12:00", "gestern", "", "0001-01-01"],
)
def test_the_clock_goes_nowhere_else(visitor: Visitor, to: str) -> None:
    before = visitor.state()["now"]
    response = visitor.client.post("/demo/travel", json={"to": to}, headers=OURS)
    assert response.status_code == 400
    assert "往后" in response.json["problem"]
    assert visitor.state()["now"] == before


def test_after_a_journey_the_door_still_opens(visitor: Visitor) -> None:
    visitor.ask("travel", to="week")
    assert visitor.say("预备期多长", mode="safe")["entry"] == "zz-0001"


# Pushes and starting again


@pytest.fixture
def push(services: Services) -> Callable[[str], None]:
    def keep(text: str) -> None:
        with services.database().begin() as connection:
            demo_inbox.keep(connection, VISITOR, text, services.clock(), text)

    return keep


def test_a_push_is_shown_once_and_numbers_go_on_after_a_restart(visitor: Visitor, push: Callable[[str], None]) -> None:
    for text in ("一", "二", "二"):
        push(text)
    first, second = visitor.state()["pushed"]
    assert [first["text"], second["text"], second["at"]] == ["一", "二", "11月22日 12:00"]
    assert visitor.state(first["id"])["pushed"] == [second]
    visitor.ask("restart")
    assert visitor.state()["pushed"] == []
    push("三")
    assert [each["text"] for each in visitor.state(second["id"])["pushed"]] == ["三"]


def test_a_restart_makes_everything_as_it_was(visitor: Visitor) -> None:
    at_first = visitor.state()
    visitor.ask("travel", to="week")
    visitor.ask("push", may="no")
    assert visitor.state()["may_push"] is False
    for text in ("解除绑定", "确认解除", "转人工", "请回电"):
        visitor.say(text)
    visitor.say("", "demo-yubei", "unfollow")
    visitor.say("", VISITOR, "follow")
    visitor.ask("restart")
    assert visitor.state() == at_first
    assert "答案回执：0 条；留言：0 条" in visitor.say("我的")["text"]


# Why


def test_why_is_what_the_knowledge_base_explains(visitor: Visitor, services: Services) -> None:
    shown = visitor.ask("why", person="demo-zhengshi", text="没转正能投票吗")
    found = services.current(services.clock()).explain("没转正能投票吗", services.clock().date(), "member")
    best, explained = shown["candidates"][0], found["features"][0]
    assert (shown["normalised"], shown["tokens"], shown["score"]) == (
        found["normalised"], found["tokens"], found["score"],
    )  # fmt: skip
    assert (best["entry"], best["probability"]) == ("zz-0004", found["score"])
    assert {each["name"]: each["value"] for each in best["features"]} == explained["features"]
    assert {each["name"]: each["weight"] for each in best["features"]} == explained["weights"]


def test_a_veto_is_named(visitor: Visitor) -> None:
    shown = visitor.ask("why", person="demo-zhengshi", text="严重警告影响多久")
    assert any("问的是“严重警告”" in each["veto"] for each in shown["candidates"])


def test_every_feature_and_decision_has_a_name() -> None:
    assert set(why.FEATURES) == set(Features._fields)
    assert set(why.DECISIONS) == set(get_args(Decision))
    assert set(demo_account.MODES) == {mode for mode, _ in pages.MODES}


@pytest.mark.parametrize(
    ("said", "kind", "compared", "rule"),
    [
        ("预备期多长", "text", True, ""),
        ("今天天气", "text", True, ""),
        ("帮助", "text", False, "命令"),
        ("HELP", "click", False, "事件"),
    ],
)
def test_only_a_question_was_compared(visitor: Visitor, said: str, kind: str, compared: bool, rule: str) -> None:
    exchange = visitor.say(said, kind=kind)
    assert exchange["compared"] is compared
    assert rule in exchange["rule"]


def test_a_number_from_the_list_was_not_compared(visitor: Visitor) -> None:
    visitor.say("预备期多长")
    exchange = visitor.say("1")
    assert (exchange["decision"], exchange["compared"]) == ("answer", False)
    assert "从刚才的列表里选" in exchange["rule"]


def test_the_page_and_the_seeded_people_mean_the_same_account() -> None:
    assert PAGE == ("wechat_mp", demo_account.ACCOUNT)
    assert VISITOR in {person.platform_id for person in PAGE_PEOPLE}


# The scheduler


def test_what_falls_due_on_the_way_is_pushed_to_everybody_bound(visitor: Visitor) -> None:
    visitor.ask("travel", to="tomorrow")
    pushed = visitor.state()["pushed"]
    assert sorted(each["platform_id"] for each in pushed) == sorted(
        person.platform_id for person in PAGE_PEOPLE if person.bound
    )
    assert all("每日答题" in each["text"] for each in pushed)


def test_an_account_that_may_not_push_tells_with_the_next_reply(visitor: Visitor) -> None:
    visitor.ask("push", may="no")
    visitor.ask("travel", to="tomorrow")
    assert visitor.state()["pushed"] == []
    assert "答题" in visitor.say("预备期多长")["text"].splitlines()[-1]


def test_after_a_restart_the_same_day_is_due_again(visitor: Visitor) -> None:
    visitor.ask("travel", to="tomorrow")
    newest = visitor.state()["pushed"][-1]["id"]
    visitor.ask("restart")
    visitor.ask("travel", to="tomorrow")
    assert len(visitor.state(newest)["pushed"]) == 4
