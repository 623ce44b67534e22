"""WeCom's sender against the fake platform: half-delivered batches, safe retries, cards, and its own error classes."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.message import Choice
from bot.sending import Outcome, Outgoing, Partial, Refused, Sent, Standing, Unknown
from channels.wecom.sender import WorkSender
from fakeplatform import invariants
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from tests.channels.senders import work
from tests.clock import MovableClock

SEND = "/cgi-bin/message/send"
CHOICES = (Choice(1, "q1-a", "一年", "A"), Choice(2, "q1-b", "两年", "B"))


@pytest.fixture
def fake(clock: MovableClock) -> Platform:
    platform = Platform(clock=clock)
    for name in ("zhang", "li"):
        platform.colleague(name)
    platform.colleague("hidden").visible = False
    return platform


@pytest.fixture
def server(fake: Platform) -> Iterator[PlatformServer]:
    with PlatformServer(fake) as running:
        yield running


@pytest.fixture
def sender(server: PlatformServer, clock: MovableClock) -> WorkSender:
    return work(server.url, clock)


def say(sender: WorkSender, *to: str, **more: Any) -> Outcome:
    return sender.send(sender.prepare(Outgoing(to, **({"text": "今日答题", "client_id": "1"} | more))), "")


def test_who_cannot_be_reached_is_named_and_the_others_have_it(fake: Platform, sender: WorkSender) -> None:
    outcome = say(sender, "zhang", "hidden", "nobody")
    assert isinstance(outcome, Partial)
    assert {name: refused.kind for name, refused in outcome.refused.items()} == {
        "hidden": "recipient",
        "nobody": "recipient",
    }
    assert fake.staff["zhang"].texts() == ["今日答题"]
    assert isinstance(say(sender, "zhang", "li"), Sent)


def test_nobody_to_reach_is_a_refusal(sender: WorkSender) -> None:
    outcome = say(sender, "hidden")
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == ("recipient", 81013)


@pytest.mark.parametrize("fault", ["apply_then_drop", "truncated", "empty", "reset", "html"])
def test_a_retry_with_the_same_bytes_is_seen_once(
    fake: Platform, sender: WorkSender, clock: MovableClock, fault: Any
) -> None:
    body = sender.prepare(Outgoing(("zhang", "li"), "今日答题", "1"))
    fake.faults.add(SEND, fault)
    assert isinstance(sender.send(body, "work_message_send"), Unknown)
    clock.travel(hours=3, minutes=59)
    assert isinstance(sender.send(body, "work_message_send"), Sent)
    invariants.each_push_once(fake, lambda shown: shown.text)


def test_every_look_arrives(fake: Platform, sender: WorkSender) -> None:
    say(sender, "zhang", kind="markdown", text="**今日答题**")
    say(sender, "zhang", kind="card", title="今日答题", text="五道题", url="https://example.org/q")
    say(sender, "zhang", kind="choices", title="今日答题", text="预备期多长？", choices=CHOICES, task="quiz1")
    assert [shown.kind for shown in fake.staff["zhang"].inbox] == ["markdown", "textcard", "template_card"]


def test_a_cards_click_brings_the_task_and_the_card_is_updated_once(fake: Platform, sender: WorkSender) -> None:
    say(sender, "zhang", kind="choices", title="今日答题", text="预备期多长？", choices=CHOICES, task="quiz1")
    (code,) = fake.cards
    options = fake.cards[code]["content"]["checkbox"]["option_list"]
    # What a click sends is what a member would type.
    assert [(option["id"], option["text"]) for option in options] == [("A", "A. 一年"), ("B", "B. 两年")]
    assert "quiz1" in Phones(fake).work_click_card("zhang", code, "A").xml
    assert isinstance(sender.update_card("zhang", code, "答对了"), Sent)
    assert isinstance(sender.update_card("zhang", code, "答对了"), Refused)
    assert fake.staff["zhang"].texts()[-1] == "答对了"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": ()}, "1000"),
        ({"to": ("m",) * 1001}, "1000"),
        ({"text": "字" * 683}, "2048"),
        ({"text": ""}, "空"),
        ({"kind": "choices", "choices": CHOICES}, "任务编号"),
        ({"how": "custom_send"}, "发送方式"),
    ],
)
def test_what_the_platform_would_cut_or_refuse_is_refused_before(
    sender: WorkSender, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        sender.prepare(Outgoing(**({"to": ("zhang",), "text": "好", "client_id": "1"} | fields)))


def test_an_unlisted_address_a_wrong_secret_and_another_app_are_the_administrators_affair(
    fake: Platform, server: PlatformServer, sender: WorkSender, clock: MovableClock
) -> None:
    wrong = say(work(server.url, clock, secret="wrong"), "zhang")
    fake.work.agent_id = "7"
    another = say(sender, "zhang")
    fake.blocked_ips.add("127.0.0.1")
    unlisted = say(sender, "zhang")
    outcomes = (wrong, another, unlisted)
    assert [(type(o), o.kind, o.code) for o in outcomes if isinstance(o, Refused)] == [
        (Refused, "config", 40125),
        (Refused, "config", 301002),
        (Refused, "config", 60020),
    ]
    assert isinstance(unlisted, Refused)
    assert "127.0.0.1" in unlisted.why


def test_everybody_visible_may_be_written_to(sender: WorkSender, clock: MovableClock) -> None:
    standing = Standing(None, None, None, None, 0, 0, 0, 0, following=False, unreachable=False)
    clock.travel(minutes=1)
    assert sender.may(standing, clock()).how == "work_message_send"
