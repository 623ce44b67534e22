"""Senders of both platforms as app.py makes them, over any base URL."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.memory import MemoryTokens
from bot.sending import Sender, TokenStore
from channels.api import Api
from channels.policy import Rules
from channels.tokens import Tokens
from channels.wechat_mp.client import PLATFORM, Client, stable_token
from channels.wechat_mp.sender import OfficialSender
from channels.wecom.sender import PLATFORM as WORK_PLATFORM
from channels.wecom.sender import WorkSender, work_token

Clock = Callable[[], datetime]


def no_sleep(_seconds: float) -> None:
    """Nobody waits in these tests."""


def official_tokens(api: Api, clock: Clock, store: TokenStore, app_id: str, secret: str) -> Tokens:
    fetch = stable_token(api, app_id, secret)
    return Tokens(f"wechat_mp:{app_id}", fetch, store, clock, no_sleep, timedelta(seconds=280))


def official(
    url: str,
    clock: Clock,
    store: TokenStore | None = None,
    app_id: str = "wxfake0000000001",
    secret: str = "fakesecret0123456789abcdef012345",
    rules: Rules | None = None,
) -> Sender:
    """A verified service account's sender; the made-up account of the fake platform by default."""
    api = Api(url, PLATFORM)
    tokens = official_tokens(api, clock, store or MemoryTokens(), app_id, secret)
    return OfficialSender(Client(app_id, api, tokens), rules or Rules("service", True), clock)


def work(
    url: str,
    clock: Clock,
    store: TokenStore | None = None,
    secret: str = "fakeworksecret0123456789abcdef-ABCDEFGHIJKL",
) -> WorkSender:
    """The fake platform's WeCom application."""
    api = Api(url, WORK_PLATFORM)
    fetch = work_token(api, "wwfake0000000001", secret)
    tokens = Tokens("wecom:wwfake0000000001:1000002", fetch, store or MemoryTokens(), clock, no_sleep)
    return WorkSender(api, tokens, "1000002", Rules("work", True), clock)
