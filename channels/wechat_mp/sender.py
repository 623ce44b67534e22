"""The official account, outward: the port bot.sending.Sender over the platform's API."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.sending import May, Outcome, Outgoing, Sent, Standing
from channels import policy
from channels.api import PlatformRefused
from channels.outcomes import accepted, outcome_of
from channels.refusals import OFFICIAL, refusal
from channels.wechat_mp.bodies import body
from channels.wechat_mp.client import Client

_PATHS = {
    "custom_send": "message/custom/send",
    "subscribe_bizsend": "message/subscribe/bizsend",
    "subscribe_onetime": "message/template/subscribe",
    "template_send": "message/template/send",
}
_THERE_ALREADY = 45065


class OfficialSender:
    """One official account. Safe to use from many threads."""

    def __init__(self, client: Client, rules: policy.Rules, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._rules = rules
        self._clock = clock

    def may(self, standing: Standing, now: datetime) -> May:
        return policy.decide(self._rules, standing, now)

    def prepare(self, message: Outgoing) -> bytes:
        return body(message)

    def send(self, body: bytes, how: str) -> Outcome:
        path = _path(body, how)
        return outcome_of(lambda: _sent(accepted(self._client.post(path, data=body))), self._refused)

    def _refused(self, no: PlatformRefused) -> Outcome:
        if no.code == _THERE_ALREADY:
            return _sent(no.answer)
        return refusal(OFFICIAL, no.code, no.said, self._clock(), mass_monthly=self._rules.kind == "service")


def _path(body: bytes, how: str) -> str:
    if how == "mass_sendall":
        return "message/mass/send" if "touser" in json.loads(body) else "message/mass/sendall"
    return _PATHS[how]


def _sent(answer: dict[str, Any]) -> Sent:
    number = answer.get("msgid") or answer.get("msg_id")
    return Sent(str(number) if number else "")
