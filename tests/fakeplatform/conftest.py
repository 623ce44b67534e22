"""A platform whose clock tests move, and a way to call it without a network."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fakeplatform.clock import VirtualClock
from fakeplatform.platform import Platform
from fakeplatform.state import Call

OPENID = "oMEMBER1"


class Caller:
    """Calls a platform's endpoints with a good token."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self._answer(Call("GET", path, {"access_token": self.token(path), **query}))

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        body = json.dumps(fields, ensure_ascii=False).encode()
        return self._answer(Call("POST", path, {"access_token": self.token(path)}, body))

    def code(self, path: str, **fields: Any) -> int:
        return int(self.post(path, **fields)["errcode"])

    def say(self, text: str = "好", openid: str = OPENID) -> int:
        """A customer-service text; its errcode."""
        return self.code("/cgi-bin/message/custom/send", touser=openid, msgtype="text", text={"content": text})

    def token(self, path: str) -> str:
        now, tokens = self.platform.now(), self.platform.tokens
        if path in ("/cgi-bin/message/send", "/cgi-bin/message/update_template_card", "/cgi-bin/user/simplelist"):
            return tokens.work(now)[0]
        return tokens.stable(now, force=False)[0]

    def _answer(self, call: Call) -> dict[str, Any]:
        answer = self.platform.answer(call)
        return dict(json.loads(answer.body))


@pytest.fixture
def virtual() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def make_fake(virtual: VirtualClock) -> Callable[..., Platform]:
    return lambda official=None, work=None: Platform(official, work, virtual)


@pytest.fixture
def fake(virtual: VirtualClock) -> Platform:
    """A verified service account with one follower who has done nothing yet."""
    platform = Platform(clock=virtual)
    platform.member(OPENID)
    return platform


@pytest.fixture
def api(fake: Platform) -> Caller:
    return Caller(fake)
