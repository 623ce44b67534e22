"""The official account, outward: the port bot.sending.Sender over the platform's API."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.sending import May, Outcome, Outgoing, Sent, Standing, TokenStore
from channels import policy
from channels.api import Api, PlatformRefused
from channels.bodies import encoded
from channels.outcomes import accepted, outcome_of
from channels.refusals import OFFICIAL, refusal
from channels.tokens import Tokens
from channels.wechat_mp.bodies import body
from channels.wechat_mp.client import PLATFORM, Client, stable_token
from channels.wechat_mp.codec import CHANNEL

_PATHS = {
    "custom_send": "message/custom/send",
    "subscribe_bizsend": "message/subscribe/bizsend",
    "subscribe_onetime": "message/template/subscribe",
    "template_send": "message/template/send",
}
_THERE_ALREADY, _NO_MENU = 45065, 46003
# stable_token gives the next one from 5 minutes before the end on, and the old one stays good that long.
_EARLY = timedelta(seconds=280)


class OfficialSender:
    """One official account. Safe to use from many threads."""

    # A customer-service message has no key by which the platform would know it again.
    repeats_for = timedelta(0)

    def __init__(self, client: Client, rules: policy.Rules, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._rules = rules
        self._clock = clock

    def may(self, standing: Standing, now: datetime) -> May:
        return policy.off_peak(policy.decide(self._rules, standing, now), now)

    def prepare(self, message: Outgoing) -> bytes:
        return body(message)

    def send(self, body: bytes, how: str) -> Outcome:
        path = _path(body, how)
        return outcome_of(lambda: _sent(accepted(self._client.post(path, data=body))), self._refused)

    def reach(self) -> Outcome:
        """Whether the platform takes our secret and our address, by a call that changes nothing."""
        return outcome_of(lambda: _sent(self._client.get("get_api_domain_ip")), self._refused)

    def put_menu(self, menu: dict[str, Any]) -> Outcome:
        """Replaces the account's menu (the platform's form of it)."""
        return outcome_of(lambda: _sent(self._client.post("menu/create", data=encoded(menu))), self._refused)

    def menu(self) -> dict[str, Any] | Outcome:
        """The account's menu in the platform's form; {} where there is none."""
        found: dict[str, Any] = {}

        def ask() -> Outcome:
            found.update(self._client.get("menu/get").get("menu", {}))
            return Sent()

        outcome = outcome_of(ask, lambda no: Sent() if no.code == _NO_MENU else self._refused(no))
        return found if isinstance(outcome, Sent) else outcome

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


def make_sender(
    app_id: str,
    secret: str,
    base_url: str,
    rules: policy.Rules,
    store: TokenStore,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> OfficialSender:
    """The sender of the account with this AppID and AppSecret."""
    api = Api(base_url, PLATFORM)
    tokens = Tokens(f"{CHANNEL}:{app_id}", stable_token(api, app_id, secret), store, clock, sleep, _EARLY)
    return OfficialSender(Client(app_id, api, tokens), rules, clock)
