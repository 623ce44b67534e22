"""Starting the platform by hand: the server with its page, posting to a bot's webhook."""

from collections.abc import Callable
from datetime import datetime

from fakeplatform.page import Page
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from fakeplatform.state import OfficialAccount, Side, WorkAccount
from fakeplatform.webhook import Webhook, http_bot


def serving(
    bot: str,
    port: int,
    clock: Callable[[], datetime],
    *,
    side: Side = "official",
    official: OfficialAccount | None = None,
    work: WorkAccount | None = None,
) -> PlatformServer:
    """A server that is not started yet, with one member, whose page posts to the bot at that URL."""
    platform = Platform(official, work, clock)
    if side == "official":
        platform.member("oMEMBER1")
    else:
        platform.colleague("member1")
    webhook = Webhook(platform, {side: http_bot(bot)})
    return PlatformServer(platform, port, Page(platform, webhook, side))
