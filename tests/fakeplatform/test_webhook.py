"""The webhook side against a bot of a few lines: retries, doubles, forgeries, and the judge's eye."""

import hashlib
import threading
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest

from fakeplatform import invariants, seal
from fakeplatform.judge import judge
from fakeplatform.platform import Platform
from fakeplatform.state import FAULT_LINE
from fakeplatform.webhook import Posted, Webhook, http_bot
from tests.fakeplatform.conftest import OPENID


class EchoBot:
    """Answers each message with its text; remembers replies by MsgId. `fails` makes the first attempts fail."""

    def __init__(self, platform: Platform, fails: int = 0, remembers: bool = True) -> None:
        self.platform, self.fails, self.remembers = platform, fails, remembers
        self.effects: Counter[str] = Counter()
        self.known: dict[str, str] = {}
        self.lock = threading.Lock()

    def __call__(self, posted: Posted, seconds: float) -> tuple[int, bytes]:
        with self.lock:
            return self._answer(posted)

    def _answer(self, posted: Posted) -> tuple[int, bytes]:
        official, query = self.platform.official, posted.query
        if query["signature"] != seal.sign(official.token, query["timestamp"], query["nonce"]):
            return 403, b""
        if posted.method == "GET":
            return 200, query["echostr"].encode()
        if abs(self.platform.now().timestamp() - int(query["timestamp"])) > 300:
            return 403, b""
        root = ElementTree.fromstring(posted.body)
        if official.mode == "safe":
            sealed = root.findtext("Encrypt") or ""
            if query.get("msg_signature") != seal.sign(official.token, query["timestamp"], query["nonce"], sealed):
                return 403, b""
            root = ElementTree.fromstring(seal.unseal(sealed, official.aes_key, official.app_id))
        xml = self._reply(root)
        if self.fails:
            self.fails -= 1
            raise TimeoutError
        return 200, (self._sealed(xml, query) if official.mode == "safe" else xml).encode()

    def _reply(self, root: Any) -> str:
        key = root.findtext("MsgId") or hashlib.sha256(ElementTree.tostring(root)).hexdigest()
        if key in self.known and self.remembers:
            return self.known[key]
        self.effects[key] += 1
        self.known[key] = (
            f"<xml><ToUserName>{root.findtext('FromUserName')}</ToUserName>"
            f"<FromUserName>{root.findtext('ToUserName')}</FromUserName><CreateTime>{self.effects[key]}</CreateTime>"
            f"<MsgType>text</MsgType><Content>{root.findtext('Content') or root.findtext('Event')}</Content></xml>"
        )
        return self.known[key]

    def _sealed(self, xml: str, query: dict[str, str]) -> str:
        official = self.platform.official
        sealed = seal.seal(xml, official.aes_key, official.app_id)
        signed = seal.sign(official.token, query["timestamp"], query["nonce"], sealed)
        return (
            f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signed}</MsgSignature>"
            f"<TimeStamp>{query['timestamp']}</TimeStamp><Nonce>{query['nonce']}</Nonce></xml>"
        )


@pytest.fixture(params=["plain", "compat", "safe"])
def mode(request: pytest.FixtureRequest, fake: Platform) -> str:
    fake.official.mode = request.param
    return str(request.param)


@pytest.mark.usefixtures("mode")
def test_a_message_is_answered_and_the_reply_shown(fake: Platform) -> None:
    bot = EchoBot(fake)
    webhook = Webhook(fake, {"official": bot})
    assert webhook.verify() == (200, "4242424242")
    assert webhook.send(webhook.phones.text(OPENID, "预备期多长")).text == "预备期多长"
    assert webhook.send(webhook.phones.click(OPENID, "quiz")).text == "CLICK"
    assert fake.member(OPENID).texts("reply") == ["预备期多长", "CLICK"]
    invariants.all_of_them(webhook, fake)
    invariants.one_effect_per_message(bot.effects)


def test_no_answer_is_tried_three_times_and_then_the_member_sees_a_fault(fake: Platform) -> None:
    bot = EchoBot(fake, fails=2)
    webhook = Webhook(fake, {"official": bot})
    assert webhook.send(webhook.phones.text(OPENID, "一")).text == "一"
    bot.fails = 3
    delivered = webhook.send(webhook.phones.text(OPENID, "二"))
    assert (delivered.judged, fake.member(OPENID).texts()) == (None, ["一", FAULT_LINE])
    assert set(bot.effects.values()) == {1}
    with pytest.raises(AssertionError, match="故障"):
        invariants.nobody_saw_a_fault(fake)


def test_duplicates_and_parallel_twins_show_a_bot_that_forgets(fake: Platform) -> None:
    for remembers in (True, False):
        bot = EchoBot(fake, remembers=remembers)
        webhook = Webhook(fake, {"official": bot})
        webhook.duplicate(webhook.phones.text(OPENID, "一"))
        webhook.parallel([webhook.phones.text(OPENID, "二")] * 3)
        if remembers:
            invariants.one_effect_per_message(bot.effects)
            invariants.same_reply_to_the_same_message(webhook)
        else:
            with pytest.raises(AssertionError, match="effects"):
                invariants.one_effect_per_message(bot.effects)
            with pytest.raises(AssertionError, match="several replies"):
                invariants.same_reply_to_the_same_message(webhook)


def test_messages_arrive_out_of_order_when_they_are_sent_so(fake: Platform) -> None:
    webhook = Webhook(fake, {"official": EchoBot(fake)})
    first, second = webhook.phones.text(OPENID, "先"), webhook.phones.text(OPENID, "后")
    for message in (second, first):
        webhook.send(message)
    assert fake.member(OPENID).texts() == ["后", "先"]


@pytest.mark.parametrize("forged", ["signature", "token", "body", "plaintext"])
def test_a_forged_delivery_shows_the_member_nothing(fake: Platform, forged: Any) -> None:
    bot = EchoBot(fake)
    webhook = Webhook(fake, {"official": bot})
    delivered = webhook.send(webhook.phones.text(OPENID, "假"), forged=forged)
    assert set(delivered.statuses) == {403}
    assert (fake.member(OPENID).inbox, bot.effects) == ([], {})


def test_a_stale_delivery_is_old_by_its_signature(fake: Platform) -> None:
    webhook = Webhook(fake, {"official": EchoBot(fake)})
    assert set(webhook.send(webhook.phones.text(OPENID, "旧"), stale=301).statuses) == {403}
    assert webhook.send(webhook.phones.text(OPENID, "新"), stale=299).statuses == [200]


REPLY = (
    "<xml><ToUserName>{to}</ToUserName><FromUserName>{ours}</FromUserName><CreateTime>{at}</CreateTime>"
    "<MsgType>{kind}</MsgType><Content>{content}</Content></xml>"
)
GOOD = {"to": OPENID, "ours": "gh_fake00000001", "at": "1700000000", "kind": "text", "content": "好"}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "shown"),
        ({"to": "oSOMEONE"}, "broken"),
        ({"ours": OPENID}, "broken"),
        ({"at": "now"}, "broken"),
        ({"kind": "poem"}, "broken"),
        ({"kind": "image"}, "broken"),
        ({"content": " "}, "broken"),
        ({"content": "a<b"}, "broken"),
        ({"content": "字" * 683}, "broken"),
    ],
)
def test_the_judge_reads_a_reply_as_the_client_would(fake: Platform, changes: dict[str, str], outcome: str) -> None:
    fake.official.mode = "plain"
    message = Webhook(fake, {}).phones.text(OPENID, "好")
    assert judge(fake, message, 200, REPLY.format(**GOOD | changes).encode()).outcome == outcome


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [(200, b"", "nothing"), (200, b"success", "nothing"), (200, b"ok", "broken"), (500, b"", "broken")],
)
def test_nothing_said_is_fine_and_anything_else_is_a_fault(
    fake: Platform, status: int, body: bytes, outcome: str
) -> None:
    message = Webhook(fake, {}).phones.text(OPENID, "好")
    assert judge(fake, message, status, body).outcome == outcome


def test_an_unsealed_reply_is_refused_in_safe_mode(fake: Platform) -> None:
    message = Webhook(fake, {}).phones.text(OPENID, "好")
    assert "not sealed" in judge(fake, message, 200, REPLY.format(**GOOD).encode()).why


def test_a_bot_that_is_not_there_is_a_fault_too(fake: Platform) -> None:
    webhook = Webhook(fake, {"official": http_bot("http://127.0.0.1:9")}, scale=0.02)
    webhook.send(webhook.phones.text(OPENID, "好"))
    assert fake.member(OPENID).texts() == [FAULT_LINE]


def test_owed_events_are_posted(fake: Platform) -> None:
    fake.owed.append(("official", {"FromUserName": OPENID, "Event": "TEMPLATESENDJOBFINISH", "MsgID": "1"}))
    webhook = Webhook(fake, {"official": EchoBot(fake)})
    assert [delivered.text for delivered in webhook.deliver_owed()] == ["TEMPLATESENDJOBFINISH"]
    assert webhook.deliver_owed() == []


def test_a_secret_in_a_log_a_push_seen_twice_and_a_foreseeable_refusal_are_found(fake: Platform) -> None:
    token, _ = fake.tokens.plain(fake.now())
    invariants.no_secret_in(fake, "all is well")
    for secret in (fake.official.secret, token):
        with pytest.raises(AssertionError, match="secrets"):
            invariants.no_secret_in(fake, f"error at ?access_token={secret}")
    for _ in range(2):
        fake.show(fake.member(OPENID), "custom", "text", "今日答题")
    with pytest.raises(AssertionError, match="more than once"):
        invariants.each_push_once(fake, lambda shown: shown.text)
    invariants.token_fetches_are_few(fake, 1)
    with pytest.raises(AssertionError, match="token fetches"):
        invariants.token_fetches_are_few(fake, 0)
