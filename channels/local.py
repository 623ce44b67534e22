"""Speaking first to the demo's chat accounts: what is pushed lands in an inbox that the demo page shows."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.message import Choice
from bot.sending import May, Outgoing, Sent, Standing


class LocalSender:
    """A `bot.sending.Sender` for accounts that exist on this machine only."""

    # The inbox knows a push by its client_id: sending it again is safe.
    repeats_for = timedelta.max

    def __init__(self, keep: Callable[[str, str, str], None], may_push: Callable[[], bool]) -> None:
        """`keep(platform_id, client_id, text)` shows a text; the same client_id again changes nothing.

        `may_push`: False plays an account that may not speak first.
        """
        self._keep, self._may_push = keep, may_push

    def may(self, standing: Standing, now: datetime) -> May:
        """To followers, while the account may speak first; else the text waits for the member's next message."""
        if not self._may_push():
            return May("queue", "演示：这个号不能主动推送，随党员的下一条消息送达。")
        if not standing.following:
            return May("queue", "没有关注这个号，推送不了；等再来消息时送达。")
        return May("local", "演示：直接送到演示页。")

    def prepare(self, message: Outgoing) -> bytes:
        """The text as the account will read it. Raises ValueError for a picture."""
        if message.kind == "image":
            raise ValueError("演示页显示不了图片消息。请改用文字。")
        lines = [message.title, message.text, *map(_tap, message.choices), message.url, message.footer]
        text = "\n".join(filter(None, lines))
        return json.dumps({"to": message.to, "client_id": message.client_id, "text": text}).encode()

    def send(self, body: bytes, how: str) -> Sent:
        """Puts the text into each inbox."""
        prepared = json.loads(body)
        for platform_id in prepared["to"]:
            self._keep(platform_id, prepared["client_id"], prepared["text"])
        return Sent(prepared["client_id"])


def _tap(choice: Choice) -> str:
    """A link that says the choice's text when tapped, as the platform's own menu messages do."""
    link = urlencode({"msgmenucontent": choice.text, "msgmenuid": choice.id})
    return f'<a href="weixin://bizmsgmenu?{link}">{choice.text}</a>'
