"""An API call's end, as an outcome: what both platforms' senders share."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.sending import NotSent, Outcome, Refused, Unknown
from channels.api import NeverLeft, OutcomeUnknown, PlatformRefused
from channels.tokens import TokenTrouble

SOON, AFTER_TOKEN = timedelta(seconds=10), timedelta(minutes=1)


def outcome_of(call: Callable[[], Outcome], refused: Callable[[PlatformRefused], Outcome]) -> Outcome:
    """Runs a call that sends. `refused` says what the platform's no means."""
    try:
        return call()
    except PlatformRefused as no:
        return refused(no)
    except TokenTrouble as trouble:
        return Refused("token", 0, f"{trouble.__doc__}：{trouble}。请检查密钥，一分钟后自动再试。", AFTER_TOKEN)
    except NeverLeft as never:
        return NotSent(f"{never.__doc__}：{never}。", SOON)
    except OutcomeUnknown as unknown:
        return Unknown(f"{unknown.__doc__}：{unknown}。可能已经送到，不会自动重发。")


def accepted(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a send. Raises OutcomeUnknown unless it says in so many words that the platform took it."""
    if "errcode" not in answer:
        raise OutcomeUnknown("平台的答复里没有 errcode")
    return answer
