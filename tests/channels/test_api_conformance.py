"""The shared cases of the platforms' answers and of our requests. Skipped where their folder is not there."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.memory import MemoryTokens
from bot.message import Choice
from bot.sending import Outgoing, Partial, Refused, Sender, Sent, Token, Unknown
from channels.api import Api, token_in
from channels.tokens import Tokens
from channels.wechat_mp.bodies import body
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.state import Call, Media
from tests.channels.canned import TOKEN_PATHS, Canned
from tests.channels.cases import Case, cases
from tests.channels.senders import no_sleep, official, work
from tests.clock import NOON, MovableClock

SENDS = {
    "/cgi-bin/message/custom/send": "custom_send",
    "/cgi-bin/message/template/send": "template_send",
    "/cgi-bin/message/subscribe/bizsend": "subscribe_bizsend",
    "/cgi-bin/message/mass/send": "mass_sendall",
    "/cgi-bin/message/mass/sendall": "mass_sendall",
    "/cgi-bin/message/send": "work_message_send",
}


@pytest.fixture
def canned() -> Iterator[Canned]:
    with Canned() as running:
        yield running


@pytest.fixture
def seeded() -> MemoryTokens:
    """A store that holds a good token of either platform, so that every fetch counts."""
    store = MemoryTokens()
    for account in ("wechat_mp:wxfake0000000001", "wecom:wwfake0000000001:1000002"):
        store.claim(account, "", NOON, NOON + timedelta(seconds=1))
        token = Token("T0", NOON + timedelta(hours=2), NOON + timedelta(hours=2))
        store.write(account, token, NOON + timedelta(seconds=1))
    return store


def answered(canned: Canned, case: Case) -> None:
    query, given = case["query"], case["body"]
    canned.status = query.get("http_status", 200)
    canned.content_type = query.get("content_type", "application/json")
    canned.body = (given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)).encode()


def sender_of(case: Case, canned: Canned, clock: MovableClock, store: MemoryTokens) -> Sender:
    at_work = case["query"]["host"] == "qyapi.weixin.qq.com"
    return work(canned.url, clock, store) if at_work else official(canned.url, clock, store)


@pytest.mark.parametrize("case", cases("api_responses"))
def test_conformance_api_response(case: Case, canned: Canned, clock: MovableClock, seeded: MemoryTokens) -> None:
    answered(canned, case)
    endpoint, expect = case["query"]["endpoint"], case["expect"]
    if endpoint in TOKEN_PATHS or "/token" in case["name"]:
        check_token(canned, case)
    elif case["name"].startswith("raw/"):
        check_raw(sender_of(case, canned, clock, seeded).send(b"{}", "custom_send"), case)
    elif expect["outcome"] == "error":
        sender = sender_of(case, canned, clock, seeded)
        outcome = sender.send(b"{}", "custom_send")
        if expect["class"] == "idempotent":
            assert isinstance(outcome, Sent)
        else:
            assert isinstance(outcome, Refused)
            assert (outcome.kind, outcome.code) == (expect["class"], case["body"]["errcode"])
            assert any("一" <= sign <= "鿿" for sign in outcome.why)
        assert canned.fetches <= expect["max_token_fetches"]
        assert sum(canned.calls.values()) - canned.fetches == (2 if expect["class"] == "token" else 1)
    elif endpoint in SENDS:
        outcome = sender_of(case, canned, clock, seeded).send(b"{}", SENDS[endpoint])
        if expect["outcome"] == "partial":
            assert isinstance(outcome, Partial)
            assert sorted(outcome.refused) == sorted(expect["undelivered"])
        else:
            number = case["body"].get("msgid") or case["body"].get("msg_id")
            assert outcome == Sent(str(number or ""))
    else:
        api = Api(canned.url, "")
        fetch = Tokens("a", lambda _: ("T", 7200), MemoryTokens(), clock, no_sleep)
        assert api.call(fetch, case["query"]["method"], endpoint) == case["body"]


def check_token(canned: Canned, case: Case) -> None:
    """Read at a path that is not a token's, where the canned answer comes as it is."""
    method = case["query"]["method"].replace("*", "GET")
    given = case["body"] if isinstance(case["body"], dict) else json.loads(case["body"])
    value, seconds = token_in(Api(canned.url, ""), method, "/cgi-bin/the_case")
    assert (value, seconds) == (given["access_token"], given.get("expires_in", 7200))


def check_raw(outcome: object, case: Case) -> None:
    """Only an object with a number in errcode is an answer; all else leaves a send's outcome unknown."""
    try:
        given = json.loads(case["body"].removeprefix("\ufeff"))
        code = int(given["errcode"]) if case["query"]["http_status"] < 500 else None
    except (ValueError, TypeError, KeyError):
        code = None
    match code:
        case None:
            assert isinstance(outcome, Unknown)
        case 0:
            assert isinstance(outcome, Sent)
        case _:
            assert isinstance(outcome, Refused)
            assert outcome.code == code


def told(fields: Case) -> Outgoing | None:
    """The message that our own builder makes this body of; None for the kinds it does not build."""
    to, kind = (fields["touser"],), fields.get("msgtype")
    content = fields.get(kind, {}) if kind else {}
    match kind:
        case "text":
            return Outgoing(to, content["content"], "id")
        case "image":
            return Outgoing(to, "", "id", kind="image", media_id=content["media_id"])
        case "msgmenu":
            listed = tuple(Choice(n, item["id"], item["content"]) for n, item in enumerate(content["list"], 1))
            text, footer = content["head_content"], content["tail_content"]
            return Outgoing(to, text, "id", kind="choices", choices=listed, footer=footer)
        case _:
            return None


@pytest.mark.parametrize("case", cases("outgoing_requests"))
def test_conformance_outgoing_request(case: Case) -> None:
    """The platform takes the case's body, and where we build such a message, we build exactly this one."""
    fields, endpoint = case["body"], case["query"]["endpoint"]
    fake = Platform()
    fake.member(fields["touser"])
    Phones(fake).text(fields["touser"], "好")
    for number in ("MEDIA_ID", "thumb_media_id"):
        fake.media[number] = Media(number, "image", "", fake.now())
    fake.official.templates[fields.get("template_id", "")] = tuple(fields.get("data", ()))
    token, _ = fake.tokens.stable(fake.now(), force=False)
    raw = json.dumps(fields, ensure_ascii=False).encode()
    fake.answer(Call("POST", endpoint, {"access_token": token}, raw))
    assert (fake.calls[-1].errcode == 0) == case["expect"]["valid_request"]
    if message := told(fields):
        assert json.loads(body(message)) == fields


def test_a_template_message_carries_its_client_id_and_fields() -> None:
    message = Outgoing(("o1",), "", "push-1", how="template_send", template="T", fields={"thing1": "今日答题"})
    told = {"touser": "o1", "template_id": "T", "client_msg_id": "push-1", "data": {"thing1": {"value": "今日答题"}}}
    assert json.loads(body(message)) == told
