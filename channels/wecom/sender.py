"""WeCom, outward: the port bot.sending.Sender over the platform's API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.sending import May, Outcome, Outgoing, Partial, Refused, Sent, Standing, TokenStore
from channels import policy
from channels.api import Api, PlatformRefused, token_in
from channels.outcomes import accepted, outcome_of
from channels.refusals import WORK, refusal
from channels.tokens import Fetch, Tokens
from channels.wecom import bodies
from channels.wecom.codec import CHANNEL

PLATFORM = "https://qyapi.weixin.qq.com"
_NOT_VISIBLE = 81013
_NO_LICENCE = Refused("recipient", _NOT_VISIBLE, "没有企业微信的接口许可：请管理员在企业微信后台为他激活。")


class WorkSender:
    """One application of an organisation. Safe to use from many threads."""

    repeats_for = timedelta(seconds=bodies.DUPLICATES_LAST)

    def __init__(
        self, api: Api, tokens: Tokens, agent_id: str, rules: policy.Rules, clock: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._tokens = tokens
        self._agent_id = agent_id
        self._rules = rules
        self._clock = clock

    def may(self, standing: Standing, now: datetime) -> May:
        return policy.off_peak(policy.decide(self._rules, standing, now), now)

    def prepare(self, message: Outgoing) -> bytes:
        return bodies.body(message, self._agent_id)

    def send(self, body: bytes, how: str) -> Outcome:
        return outcome_of(lambda: self._delivered(self._post("/cgi-bin/message/send", body)), self._refused)

    def update_card(self, user: str, response_code: str, label: str) -> Outcome:
        """Shows `label` on the card that `user` clicked; a response code is good once, for 72 hours."""
        body = bodies.button_update(self._agent_id, user, response_code, label)
        return outcome_of(
            lambda: self._delivered(self._post("/cgi-bin/message/update_template_card", body)), self._refused
        )

    def reach(self) -> Outcome:
        """Whether the platform takes our secret and our address, by a call that changes nothing."""
        path = "/cgi-bin/getcallbackip"
        return outcome_of(lambda: self._delivered(self._api.call(self._tokens, "GET", path)), self._refused)

    def _post(self, path: str, body: bytes) -> dict[str, Any]:
        return accepted(self._api.call(self._tokens, "POST", path, data=body))

    def _refused(self, no: PlatformRefused) -> Outcome:
        return refusal(WORK, no.code, no.said, self._clock())

    def _delivered(self, answer: dict[str, Any]) -> Outcome:
        """An errcode of 0 does not mean that everybody got it."""
        unseen = refusal(WORK, _NOT_VISIBLE, "", self._clock())
        refused = dict.fromkeys(_names(answer, "invaliduser"), unseen)
        refused |= dict.fromkeys(_names(answer, "unlicenseduser"), _NO_LICENCE)
        return Partial(refused) if refused else Sent(str(answer.get("msgid", "")))


def _names(answer: dict[str, Any], field: str) -> list[str]:
    return [name for name in str(answer.get(field) or "").split("|") if name]


def work_token(api: Api, corp_id: str, secret: str) -> Fetch:
    """Fetches from /cgi-bin/gettoken: the same token until its end; `force` changes nothing."""
    return lambda _force: token_in(api, "GET", "/cgi-bin/gettoken", params={"corpid": corp_id, "corpsecret": secret})


def make_sender(
    corp_id: str,
    agent_id: str,
    secret: str,
    base_url: str,
    rules: policy.Rules,
    store: TokenStore,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> WorkSender:
    """The sender of one application of the organisation with this id."""
    api = Api(base_url, PLATFORM)
    # gettoken gives no other token before the end: asking early is in vain.
    tokens = Tokens(f"{CHANNEL}:{corp_id}:{agent_id}", work_token(api, corp_id, secret), store, clock, sleep)
    return WorkSender(api, tokens, agent_id, rules, clock)
