"""What must hold whatever happened. Each check raises AssertionError with what it found."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from fakeplatform.platform import Platform
from fakeplatform.state import FAULT_LINE, Member, Shown
from fakeplatform.webhook import Webhook

# Refusals that a bot with its own counters never meets.
FORESEEABLE = (45015, 45047, 43101, 45028)


def _everybody(platform: Platform) -> Iterable[Member]:
    return [*platform.members.values(), *platform.staff.values()]


def one_effect_per_message(effects: Mapping[str, int]) -> None:
    """`effects`: MsgId -> how often the bot acted on it, as the bot's own side counts."""
    more = {key: times for key, times in effects.items() if times != 1}
    assert not more, f"effects per message are not 1: {more}"


def same_reply_to_the_same_message(webhook: Webhook) -> None:
    """However often a message was delivered, its plaintext reply is the same."""
    different = {key: sorted(replies) for key, replies in webhook.replies.items() if len(replies) > 1}
    assert not different, f"one message, several replies: {different}"


def nobody_saw_a_fault(platform: Platform) -> None:
    """No member read that the account is out of order."""
    saw = [(member.id, s.content) for member in _everybody(platform) for s in member.inbox if s.text == FAULT_LINE]
    assert not saw, f"members saw 故障: {saw}"


def each_push_once(platform: Platform, key: Callable[[Shown], str | None]) -> None:
    """`key` names the push that a thing shown belongs to, or None; no member sees one twice."""
    for member in _everybody(platform):
        counted = Counter(name for shown in member.inbox if (name := key(shown)) is not None)
        twice = {name: times for name, times in counted.items() if times > 1}
        assert not twice, f"{member.id} saw a push more than once: {twice}"


def nothing_foreseeable_refused(platform: Platform) -> None:
    """No call came to a refusal that the bot's own counters could foresee."""
    refused = [(c.at.isoformat(), c.call.path, c.errcode) for c in platform.refused(*FORESEEABLE)]
    assert not refused, f"refusals that were foreseeable: {refused}"


def token_fetches_are_few(platform: Platform, renewals: int) -> None:
    """At most one fetch for each of `renewals` ends of a token (the first counts as one)."""
    fetched = len(platform.tokens.fetches)
    assert fetched <= renewals, f"{fetched} token fetches for {renewals} renewals"


def no_secret_in(platform: Platform, logs: str) -> None:
    """Neither a secret, nor a key, nor any token ever issued stands in the text."""
    official, work = platform.official, platform.work
    secrets = [official.secret, official.aes_key, work.secret, work.aes_key, work.robot_key]
    secrets += [token.value for token in platform.tokens.issued]
    found = [secret[:6] + "…" for secret in secrets if secret in logs]
    assert not found, f"secrets in the logs: {found}"


def all_of_them(webhook: Webhook, platform: Platform, logs: str = "") -> None:
    """Every invariant that needs no help from the bot's side."""
    same_reply_to_the_same_message(webhook)
    nobody_saw_a_fault(platform)
    nothing_foreseeable_refused(platform)
    no_secret_in(platform, logs)
