"""Senders of both platforms over any base URL, with the made-up accounts of the fake platform."""

from collections.abc import Callable
from datetime import datetime

from bot.memory import MemoryTokens
from bot.sending import TokenStore
from channels.policy import Rules
from channels.wechat_mp.sender import OfficialSender
from channels.wechat_mp.sender import make_sender as official_sender
from channels.wecom.sender import WorkSender
from channels.wecom.sender import make_sender as work_sender
from fakeplatform.state import OfficialAccount, WorkAccount

Clock = Callable[[], datetime]


def no_sleep(_seconds: float) -> None:
    """Nobody waits in these tests."""


def official(
    url: str,
    clock: Clock,
    store: TokenStore | None = None,
    app_id: str = OfficialAccount.app_id,
    secret: str = OfficialAccount.secret,
    rules: Rules | None = None,
) -> OfficialSender:
    """A verified service account's sender."""
    rules = rules or Rules("service", True)
    return official_sender(app_id, secret, url, rules, store or MemoryTokens(), clock, no_sleep)


def work(url: str, clock: Clock, store: TokenStore | None = None, secret: str = WorkAccount.secret) -> WorkSender:
    """The sender of the fake organisation's application."""
    account, rules = WorkAccount(), Rules("work", True)
    return work_sender(account.corp_id, account.agent_id, secret, url, rules, store or MemoryTokens(), clock, no_sleep)
