"""The policy with its own counters against the fake platform: a month of people doing things at random.

Nothing that the policy allows is refused; what it holds back would have been refused (where one scene is open).
"""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sending import Outgoing, Standing
from channels.policy import Rules, decide
from channels.wechat_mp.bodies import body
from fakeplatform import invariants
from fakeplatform.clock import VirtualClock
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.state import Call, OfficialAccount

OPENID = "oMEMBER1"
TEMPLATE = "TPL_QUIZ"
FIELDS = {"thing1": "今日答题", "time2": "2026年11月23日"}
PATHS = {
    "custom_send": "/cgi-bin/message/custom/send",
    "subscribe_bizsend": "/cgi-bin/message/subscribe/bizsend",
    "mass_sendall": "/cgi-bin/message/mass/sendall",
}
NOBODY = Standing(None, None, None, None, 0, 0, 0, 0, following=True, unreachable=False)


class Life:
    """One member, one account, and what the product would have written down of both."""

    def __init__(self, account: OfficialAccount, rules: Rules, seed: int) -> None:
        self.clock = VirtualClock()
        self.fake = Platform(account, clock=self.clock)
        self.fake.member(OPENID)
        self.phones, self.rules, self.random = Phones(self.fake), rules, random.Random(seed)
        self.standing, self.day, self.month, self.sent = NOBODY, "", "", 0

    def step(self) -> None:
        """Time passes, perhaps somebody does something, and perhaps we want to say something."""
        self.clock.advance(seconds=self.random.choice([5, 50, 59, 60, 600, 7200, 47 * 3600]))
        local = (self.clock() + timedelta(hours=8)).isoformat()
        if local[:10] != self.day:
            self.day, self.standing = local[:10], replace(self.standing, mass_sent_today=0)
        if local[:7] != self.month:
            self.month, self.standing = local[:7], replace(self.standing, mass_sent_month=0)
        self._act(self.random.choice(["text", "click", "scan", "follow", "view", "agree", "refuse", "unfollow", ""]))
        for _ in range(self.random.randrange(5)):
            self.push()

    def _act(self, what: str) -> None:
        following = self.standing.following
        if not what or (not following and what != "follow"):
            return
        now = self.clock()
        changes: dict[str, Any] = {}
        if what == "agree":
            self.phones.agree(OPENID, TEMPLATE)
            # A subscription account has no notices: its one-time messages are agreed to in another way.
            changes = {"consents": self.standing.consents + (self.rules.kind == "service")}
        elif what == "refuse":
            self.phones.refuse(OPENID, TEMPLATE)
            changes = {"consents": 0}
        elif what == "unfollow":
            self.phones.unfollow(OPENID)
            mass = {name: getattr(self.standing, name) for name in ("mass_sent_today", "mass_sent_month")}
            self.standing, changes = NOBODY, {"following": False} | mass
        else:
            getattr(self.phones, what)(OPENID, "x")
            scene = {"text": "message", "view": ""}.get(what, what)
            changes = {f"last_{scene}_at": now, f"sent_since_{scene}": 0, "following": True} if scene else changes
        self.standing = replace(self.standing, **changes)

    def push(self) -> None:
        """Asks the policy and does what it says; counts as the product counts."""
        how = decide(self.rules, self.standing, self.clock()).how
        if how in ("queue", "none"):
            return
        self.sent += 1
        assert self.call(how) == 0, (how, self.standing)
        counted: dict[str, Any] = {}
        if how == "custom_send":
            scenes = [f"sent_since_{scene}" for scene in ("message", "click", "follow", "scan")]
            counted = {name: getattr(self.standing, name) + 1 for name in scenes}
        elif how == "subscribe_bizsend":
            counted = {"consents": self.standing.consents - 1}
        else:
            counted = {
                "mass_sent_today": self.standing.mass_sent_today + 1,
                "mass_sent_month": self.standing.mass_sent_month + 1,
            }
        self.standing = replace(self.standing, **counted)

    def call(self, how: str) -> int | None:
        to = () if how == "mass_sendall" else (OPENID,)
        message = Outgoing(to, "今日答题", str(self.sent), how=how, template=TEMPLATE, fields=FIELDS)
        token, _ = self.fake.tokens.stable(self.clock(), force=False)
        self.fake.answer(Call("POST", PATHS[how], {"access_token": token}, body(message)))
        return self.fake.calls[-1].errcode


ACCOUNTS = {
    "service": (OfficialAccount(), Rules("service", True)),
    "service with mass": (OfficialAccount(), Rules("service", True, mass_enabled=True)),
    "subscription": (OfficialAccount(kind="subscription"), Rules("subscription", True, mass_enabled=True)),
    "unverified": (OfficialAccount(verified=False), Rules("service", False)),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ACCOUNTS)
def test_a_long_life_meets_no_refusal_that_was_foreseeable(kind: str, seed: int) -> None:
    account, rules = ACCOUNTS[kind]
    life = Life(replace(account), rules, seed)
    for _ in range(400):
        life.step()
    invariants.nothing_foreseeable_refused(life.fake)
    assert [c.errcode for c in life.fake.calls if c.errcode] == []
    assert (life.sent > 50) == rules.verified


@pytest.mark.parametrize(
    ("scene", "last"), [("text", "message"), ("click", "click"), ("follow", "follow"), ("scan", "scan")]
)
def test_what_is_held_back_in_one_scene_would_have_been_refused(scene: str, last: str) -> None:
    life = Life(OfficialAccount(), Rules("service", True), 0)
    for seconds in (0, 1, 59, 60, 3600, 48 * 3600 - 1, 48 * 3600, 50 * 3600):
        life.standing = replace(NOBODY, **{f"last_{last}_at": life.clock()})
        getattr(life.phones, scene)(OPENID, "x")
        life.clock.advance(seconds=seconds)
        for _ in range(6):
            held_back = decide(life.rules, life.standing, life.clock()).how == "queue"
            assert (life.call("custom_send") != 0) == held_back
            name = f"sent_since_{last}"
            life.standing = replace(life.standing, **{name: getattr(life.standing, name) + 1})
