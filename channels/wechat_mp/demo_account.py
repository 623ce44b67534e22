"""The demo's official account: our real door, once in each message mode, and a platform that knocks at it.

Nothing is short-circuited: what the page says is signed, sealed and posted through the whole web application.
"""

import base64
import hmac
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import get_args
from urllib.parse import urlencode

from flask import Blueprint, Flask

from bot.message import Incoming, Replied
from channels.wechat_mp import codec, webhook, xml
from channels.wechat_mp.platform_side import PlatformSide
from channels.wechat_mp.webhook import Account, Mode

ACCOUNT = "gh_demo"
MODES: tuple[Mode, ...] = get_args(Mode)
_EVENTS = {"click": "CLICK", "follow": "subscribe", "unfollow": "unsubscribe"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One delivery and what came back: the message before sealing, the POST, the answer, the answer unsealed.

    `text` is what the member reads, "" for nothing; `replied` is None where the door turned the message away.
    """

    message: str
    address: str
    sent: str
    status: int
    received: str
    opened: str
    text: str
    replied: Replied | None


class DemoAccount:
    """The account in every mode. `secret` makes its keys, so that all processes have the same."""

    def __init__(
        self,
        secret: str,
        reply_to: Callable[[Incoming], Replied],
        clock: Callable[[], datetime],
        random_number: Callable[[], int],
    ) -> None:
        """`random_number` gives a number of up to 62 bits: message ids and nonces."""
        self._accounts: dict[str, Account] = {mode: account_of(secret, mode) for mode in MODES}
        self._reply_to, self._clock, self._random_number = reply_to, clock, random_number
        # The post comes back to this process and thread: what the pipeline replied is noted on the way.
        self._noted: ContextVar[Replied | None] = ContextVar("noted", default=None)

    def blueprints(self) -> list[Blueprint]:
        """The doors, at /demo/wechat/plain, /demo/wechat/compat and /demo/wechat/safe."""
        return [
            webhook.blueprint(account, self._reply_noted, self._clock, f"demo_{mode}", _path(mode))
            for mode, account in self._accounts.items()
        ]

    def say(self, app: Flask, mode: str, kind: str, sender: str, said: str, menu_id: str = "") -> Exchange:
        """Posts a message of the `kind` text, click, follow or unfollow.

        `said`: the text typed, or the key of the menu item; `menu_id` where a tap link typed it.
        Raises KeyError for another mode or kind.
        """
        side = PlatformSide(self._accounts[mode], ACCOUNT)
        created = int(self._clock().timestamp())
        if kind == "text":
            message = side.text(sender, said, created, str(self._random_number()), menu_id)
        else:
            message = side.event(_EVENTS[kind], sender, created, said)
        delivery = side.delivery(message, str(created), str(self._random_number()))
        address = f"{_path(mode)}?{urlencode(delivery.query)}"
        self._noted.set(None)
        response = app.test_client().post(address, data=delivery.body.encode(), content_type="text/xml")
        received, opened = response.text, ""
        if response.status_code == 200:
            opened = side.opened(response.data)
        text = "" if opened in ("", codec.NOTHING) else str(xml.parse(opened.encode())["Content"])
        return Exchange(
            message, address, delivery.body, response.status_code, received, opened, text, self._noted.get()
        )

    def _reply_noted(self, incoming: Incoming) -> Replied:
        replied = self._reply_to(incoming)
        self._noted.set(replied)
        return replied


def _path(mode: str) -> str:
    return f"/demo/wechat/{mode}"


def account_of(secret: str, mode: Mode) -> Account:
    """The account in a mode; the same secret gives the same keys."""

    def derived(purpose: str) -> bytes:
        return hmac.new(secret.encode(), f"demo account: {purpose}".encode(), sha256).digest()

    return Account(
        token=derived("token").hex()[:32],
        mode=mode,
        # 32 bytes are 43 characters and a "=": the form of the platform's own keys.
        aes_key=base64.b64encode(derived("aes key")).decode().removesuffix("="),
        app_id=f"wx{derived('app id').hex()[:16]}",
    )
