"""WeCom's endpoints: half-delivered batches, silent limits, repeated requests, cards."""

import json
from typing import Any

import pytest

from fakeplatform.clock import VirtualClock
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.state import Call
from tests.fakeplatform.conftest import Caller

SEND = "/cgi-bin/message/send"


@pytest.fixture
def text(fake: Platform) -> dict[str, Any]:
    for name in ("zhang", "li"):
        fake.colleague(name)
    fake.colleague("hidden").visible = False
    return {"touser": "zhang|li", "msgtype": "text", "agentid": fake.work.agent_id, "text": {"content": "今日答题"}}


def test_who_is_not_visible_stands_in_a_good_answer(fake: Platform, api: Caller, text: dict[str, Any]) -> None:
    answer = api.post(SEND, **text | {"touser": "zhang|hidden|nobody"})
    assert (answer["errcode"], answer["invaliduser"]) == (0, "hidden|nobody")
    assert fake.staff["zhang"].texts() == ["今日答题"]
    assert api.code(SEND, **text | {"touser": "hidden|nobody"}) == 81013


def test_more_than_thirty_a_minute_are_dropped_in_silence(
    fake: Platform, api: Caller, virtual: VirtualClock, text: dict[str, Any]
) -> None:
    assert {api.code(SEND, **text) for _ in range(33)} == {0}
    assert len(fake.staff["zhang"].inbox) == 30
    virtual.advance(minutes=1)
    api.post(SEND, **text)
    assert len(fake.staff["zhang"].inbox) == 31


def test_the_very_same_request_arrives_once_in_its_interval(
    fake: Platform, api: Caller, virtual: VirtualClock, text: dict[str, Any]
) -> None:
    checked = text | {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    assert [api.code(SEND, **checked) for _ in range(3)] == [0, 0, 0]
    assert len(fake.staff["zhang"].inbox) == 1
    api.post(SEND, **checked | {"touser": "zhang"})
    assert len(fake.staff["zhang"].inbox) == 2
    virtual.advance(minutes=10)
    api.post(SEND, **checked)
    assert len(fake.staff["zhang"].inbox) == 3


def test_another_app_or_an_unlisted_address_is_refused(fake: Platform, api: Caller, text: dict[str, Any]) -> None:
    assert api.code(SEND, **text | {"agentid": "7"}) == 301002
    fake.blocked_ips.add("127.0.0.1")
    answer = api.post(SEND, **text)
    assert (answer["errcode"], "127.0.0.1" in answer["errmsg"]) == (60020, True)


def test_a_card_is_answered_and_updated_once(fake: Platform, api: Caller, text: dict[str, Any]) -> None:
    options = [{"id": "A", "text": "一年"}, {"id": "B", "text": "两年"}]
    card = {
        "card_type": "vote_interaction",
        "main_title": {"title": "今日答题"},
        "task_id": "quiz1",
        "checkbox": {"question_key": "q", "option_list": options},
        "submit_button": {"text": "提交", "key": "submit"},
    }
    answer = api.post(SEND, **text | {"msgtype": "template_card", "template_card": card, "touser": "zhang"})
    xml = Phones(fake).work_click_card("zhang", answer["response_code"], "A").xml
    assert "<TaskId><![CDATA[quiz1]]></TaskId>" in xml
    assert "<OptionId><![CDATA[A]]></OptionId>" in xml
    update = {"response_code": answer["response_code"], "button": {"replace_name": "已答对"}, "userids": ["zhang"]}
    codes = [api.code("/cgi-bin/message/update_template_card", **update) for _ in range(2)]
    assert codes == [0, 72000]
    assert fake.staff["zhang"].texts()[-1] == "已答对"
    without_task = {name: value for name, value in card.items() if name != "task_id"}
    assert api.code(SEND, **text | {"msgtype": "template_card", "template_card": without_task}) == 40058


def test_the_group_robot_speaks_to_the_group(fake: Platform) -> None:
    body = json.dumps({"msgtype": "markdown", "markdown": {"content": "**今日答题**"}}).encode()
    for key in (fake.work.robot_key, "wrong"):
        fake.answer(Call("POST", "/cgi-bin/webhook/send", {"key": key}, body))
    assert [c.errcode for c in fake.calls] == [0, 40058]
    assert [shown.text for shown in fake.robot] == ["**今日答题**"]


def test_the_token_stays_the_same_until_it_ends(fake: Platform, virtual: VirtualClock) -> None:
    first, _ = fake.tokens.work(fake.now())
    virtual.advance(minutes=119)
    again, left = fake.tokens.work(fake.now())
    virtual.advance(minutes=1)
    assert (first == again, left) == (True, 60)
    assert fake.tokens.work(fake.now())[0] != first
