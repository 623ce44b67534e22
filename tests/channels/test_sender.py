"""The official account's sender against the fake platform: every way to send, every way to fail."""

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.memory import MemoryTokens
from bot.message import Choice
from bot.sending import NotSent, Outcome, Outgoing, Refused, Sender, Sent, Standing, Unknown
from channels.api import Api, PlatformRefused
from channels.policy import Rules
from channels.tokens import Tokens
from channels.wechat_mp.client import PLATFORM, Client, stable_token
from fakeplatform import invariants
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from fakeplatform.state import OfficialAccount
from tests.channels.senders import no_sleep, official
from tests.clock import MovableClock

OPENID = "oMEMBER1"
SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"


@pytest.fixture
def fake(clock: MovableClock) -> Platform:
    """A follower who just wrote."""
    platform = Platform(clock=clock)
    Phones(platform).text(OPENID, "好")
    return platform


@pytest.fixture
def server(fake: Platform) -> Iterator[PlatformServer]:
    with PlatformServer(fake) as running:
        yield running


@pytest.fixture
def sender(server: PlatformServer, clock: MovableClock) -> Sender:
    return official(server.url, clock)


def say(sender: Sender, text: str = "今日答题", **more: Any) -> Outcome:
    message = Outgoing((OPENID,), text, "push-1", **more)
    return sender.send(sender.prepare(message), message.how or "custom_send")


def test_a_text_arrives_as_it_was_written(fake: Platform, sender: Sender) -> None:
    assert say(sender, "“今日答题”\n<b>&\\u4e00 🙂") == Sent()
    assert fake.member(OPENID).texts() == ["“今日答题”\n<b>&\\u4e00 🙂"]


def test_cards_and_choices_arrive(fake: Platform, sender: Sender) -> None:
    say(sender, "点开作答", kind="card", title="今日答题", url="https://example.org/q")
    choices = (Choice(1, "A", "A 一年"), Choice(2, "B", "B 两年"))
    say(sender, "预备期多长？", kind="choices", choices=choices, footer="回复 A 或 B")
    assert fake.member(OPENID).texts() == ["今日答题", "预备期多长？\nA 一年\nB 两年\n回复 A 或 B"]


def test_a_notice_a_template_a_one_time_and_a_mass_message_arrive(fake: Platform, sender: Sender) -> None:
    member = fake.member(OPENID)
    member.consents["TPL_QUIZ"], member.scenes = 1, {3}
    fields = {"thing1": "今日答题", "time2": "2026年11月23日"}
    outcomes = [
        say(sender, "", how="subscribe_bizsend", template="TPL_QUIZ", fields=fields),
        say(sender, "", how="subscribe_bizsend", template="TPL_QUIZ", fields=fields),
        say(sender, "", how="template_send", template="TPL_QUIZ", fields=fields),
        say(sender, "第三天", how="subscribe_onetime", title="今日答题", scene=3),
        sender.send(sender.prepare(Outgoing((), "每周小结", "week-47", how="mass_sendall")), "mass_sendall"),
    ]
    kinds = [outcome.kind if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes]
    assert kinds == [Sent, "consent", Sent, Sent, Sent]
    assert [shown.source for shown in member.inbox] == ["notice", "template", "onetime", "mass"]


def test_a_repeated_mass_message_counts_as_sent(fake: Platform, sender: Sender) -> None:
    body = sender.prepare(Outgoing((), "每周小结", "week-47", how="mass_sendall"))
    fake.faults.add("/cgi-bin/message/mass/sendall", "apply_then_drop")
    outcomes = [sender.send(body, "mass_sendall") for _ in range(2)]
    assert isinstance(outcomes[0], Unknown)
    assert outcomes[1] == Sent(str(fake.mass[0].id))
    assert fake.member(OPENID).texts("mass") == ["每周小结"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " "}, "空"),
        ({"text": "字" * 683}, "2048"),
        ({"to": ("o1", "o2")}, "一个人"),
        ({"how": "work_message_send"}, "发送方式"),
        ({"how": "subscribe_onetime", "title": "字" * 16}, "15"),
        ({"how": "subscribe_onetime", "text": "字" * 201}, "200"),
        ({"how": "subscribe_onetime", "scene": 10_001}, "场景"),
        ({"text": "\ud800"}, "编码"),
    ],
)
def test_what_a_way_cannot_carry_is_refused_before_it_is_sent(
    sender: Sender, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        sender.prepare(Outgoing(**({"to": (OPENID,), "text": "好", "client_id": "1"} | fields)))


def test_the_same_message_is_the_same_bytes(sender: Sender) -> None:
    one, two = (sender.prepare(Outgoing((OPENID,), "好", "1")) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("fault", "value", "expected", "seen"),
    [
        ("reset", 0, Unknown, 0),
        ("apply_then_drop", 0, Unknown, 1),
        ("truncated", 0, Unknown, 1),
        ("empty", 0, Unknown, 1),
        ("array", 0, Unknown, 1),
        ("html", 0, Unknown, 0),
        ("http", 500, Unknown, 0),
        ("http", 502, Unknown, 0),
        ("http", 429, "rate", 0),
        ("http", 404, "config", 0),
        ("errcode", -1, "transient", 0),
        ("errcode", 45011, "rate", 0),
        ("errcode", 45009, "quota", 0),
        ("errcode", 99999, "bug", 0),
        ("errcode_string", 0, Sent, 1),
        ("slow", 0.05, Sent, 1),
        ("ip_blocked", 0, "config", 0),
        ("token_killed", 0, Sent, 1),
    ],
)
def test_each_failure_has_its_class_and_nothing_is_sent_twice(
    fake: Platform, sender: Sender, fault: Any, value: float, expected: Any, seen: int
) -> None:
    fake.faults.add(SEND, fault, value)
    outcome = say(sender)
    assert (outcome.kind if isinstance(outcome, Refused) else type(outcome)) == expected
    assert len(fake.member(OPENID).inbox) == seen


@pytest.mark.parametrize(
    ("fault", "value"),
    [("reset", 0), ("html", 0), ("http", 503), ("truncated", 0), ("empty", 0), ("array", 0)],
)
def test_a_token_that_cannot_be_fetched_means_that_nothing_was_sent(
    fake: Platform, sender: Sender, fault: Any, value: float
) -> None:
    fake.faults.add(TOKEN, fault, value)
    assert isinstance(say(sender), NotSent)
    assert say(sender) == Sent()


def test_a_platform_that_is_not_there_got_nothing(clock: MovableClock) -> None:
    assert isinstance(say(official("http://127.0.0.1:9", clock)), NotSent)


def test_a_platform_that_does_not_answer_leaves_the_outcome_unknown(
    fake: Platform, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.api.TIMEOUT", (1.0, 0.05))
    fake.faults.add(SEND, "timeout", 0.5)
    assert isinstance(say(sender), Unknown)


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_persistent_token_error_is_one_fetch_one_retry_and_a_clear_error(
    fake: Platform, sender: Sender, code: int
) -> None:
    assert say(sender) == Sent()
    fake.faults.add(SEND, "errcode", code, times=1000)
    outcomes = [say(sender) for _ in range(20)]
    assert {(type(outcome), getattr(outcome, "kind", "")) for outcome in outcomes} == {(Refused, "token")}
    assert len(fake.tokens.fetches) == 2  # the first one, and the one renewal
    assert len([c for c in fake.calls if c.call.path == SEND]) == 1 + 2 + 19
    assert all(isinstance(o, Refused) and o.retry_after == timedelta(minutes=1) for o in outcomes)


def test_a_wrong_secret_is_the_administrators_affair(server: PlatformServer, clock: MovableClock) -> None:
    for sender in (official(server.url, clock, secret="wrong"), official(server.url, clock, app_id="wx")):
        outcome = say(sender)
        assert isinstance(outcome, Refused)
        assert outcome.kind == "config"


def test_the_ip_to_whitelist_stands_in_the_reason(fake: Platform, sender: Sender) -> None:
    fake.blocked_ips.add("127.0.0.1")
    outcome = say(sender)
    assert isinstance(outcome, Refused)
    assert "127.0.0.1" in outcome.why


@pytest.mark.parametrize(
    ("kind", "day", "left"),
    [
        ("service", "2026-11-22T04:00Z", timedelta(days=8, hours=12)),
        ("subscription", "2026-11-22T04:00Z", timedelta(hours=12)),
    ],
)
def test_a_spent_mass_quota_says_when_it_is_back(
    fake: Platform, server: PlatformServer, clock: MovableClock, kind: Any, day: str, left: timedelta
) -> None:
    sender = official(server.url, clock, rules=Rules(kind, True))
    fake.faults.add("*", "errcode", 45028, after=1)
    outcome = sender.send(sender.prepare(Outgoing((), "小结", "1", how="mass_sendall")), "mass_sendall")
    assert isinstance(outcome, Refused)
    assert (clock().isoformat()[:10], outcome.retry_after) == (day[:10], left)


def test_permission_comes_from_the_policy(sender: Sender, clock: MovableClock) -> None:
    standing = Standing(clock(), None, None, None, 0, 0, 0, 0, following=True, unreachable=False)
    clock.travel(minutes=1)
    assert sender.may(standing, clock()).how == "custom_send"


def test_the_minutes_of_everybodys_timers_are_left_out(sender: Sender, clock: MovableClock) -> None:
    standing = Standing(clock(), None, None, None, 0, 0, 0, 0, following=True, unreachable=False)
    may = sender.may(standing, clock())
    assert (may.how, may.until) == ("defer", clock() + timedelta(minutes=1))


def the_client(server: PlatformServer, clock: MovableClock) -> Client:
    """wechatpy's client over the fake platform."""
    account, api = OfficialAccount(), Api(server.url, PLATFORM)
    fetch = stable_token(api, account.app_id, account.secret)
    return Client(account.app_id, api, Tokens("client", fetch, MemoryTokens(), clock, no_sleep))


def test_wechatpys_own_calls_go_through_the_same_edge(
    fake: Platform, server: PlatformServer, clock: MovableClock
) -> None:
    client = the_client(server, clock)
    client.menu.create({"button": [{"type": "click", "name": "今日答题", "key": "quiz"}]})
    assert client.menu.get()["menu"]["button"][0]["name"] == "今日答题"
    made = client.qrcode.create({"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "b1"}}})
    assert fake.tickets[made["ticket"]] == "b1"
    assert client.media.upload("image", ("a.png", b"PNG", "image/png"))["media_id"] in fake.media
    assert client.user.get(OPENID)["subscribe"] == 1
    with pytest.raises(PlatformRefused):
        client.message.send_text("oNOBODY", "好")


class EveryLine(logging.Handler):
    """Keeps what any library logs, at any level, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{self.format(record)}\n"


@pytest.fixture
def everything_logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[EveryLine]:
    handler, root = EveryLine(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_secret_reaches_a_log_an_outcome_or_a_traceback(
    fake: Platform, server: PlatformServer, clock: MovableClock, everything_logged: EveryLine,
    make_product: Callable[..., Any],
) -> None:  # fmt: skip
    make_product(log_level="DEBUG")  # sets the logging up as the product does
    client = the_client(server, clock)
    told = ""
    for path in (TOKEN, SEND):
        for fault in ("reset", "html", "truncated", "empty", "array", "apply_then_drop", "token_killed"):
            told += repr(say(official(server.url, clock)))
            fake.faults.add(path, fault)  # type: ignore[arg-type]
            try:
                client.message.send_text(OPENID, "好")
            except Exception:  # noqa: BLE001 - whatever it is, its text is looked at
                told += traceback.format_exc()
            clock.travel(hours=3)
            Phones(fake).text(OPENID, "好")
    invariants.no_secret_in(fake, told + everything_logged.text)
