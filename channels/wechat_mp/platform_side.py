"""The other side of the door: builds, signs and seals what WeChat would post, and opens what comes back.

The demo page and the tests knock with it. Pure; whoever uses it posts.
"""

from dataclasses import dataclass

from channels.wechat_mp import codec, xml
from channels.wechat_mp.sealing import Seal, signature
from channels.wechat_mp.webhook import Account
from channels.wechat_mp.xml import cdata


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST: the parameters behind the address, and the body."""

    query: dict[str, str]
    body: str


class PlatformSide:
    """What the platform does with one official account."""

    def __init__(self, account: Account, name: str) -> None:
        """`name` is the account's own id (gh_…)."""
        self._account, self._name = account, name
        self._seal = None if account.mode == "plain" else Seal(account.token, account.aes_key, account.app_id)

    def delivery(self, message: str, timestamp: str, nonce: str) -> Delivery:
        """A message's XML, signed and, in the sealed modes, sealed."""
        signed = signature(self._account.token, timestamp, nonce)
        query = {"signature": signed, "timestamp": timestamp, "nonce": nonce}
        if self._seal is None:
            return Delivery(query, message)
        envelope = xml.parse(self._seal.seal(message, timestamp, nonce).encode())
        query |= {"encrypt_type": "aes", "msg_signature": envelope["MsgSignature"]}
        # Compat mode carries the plain message beside the sealed one.
        outer = message.removesuffix("</xml>") if self._account.mode == "compat" else self._head
        return Delivery(query, f"{outer}<Encrypt>{cdata(envelope['Encrypt'])}</Encrypt>\n</xml>")

    def opened(self, received: bytes) -> str:
        """The reply as the platform reads it: XML, or `success`. Raises BadXml or Refused."""
        if self._seal is None or received == codec.NOTHING.encode():
            return received.decode()
        sealed = xml.parse(received)
        return self._seal.open(sealed["Encrypt"], sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"]).decode()

    def text(self, sender: str, content: str, created: int, msg_id: str, menu_id: str = "") -> str:
        """A typed message; `menu_id` where a tap link of ours typed it (bizmsgmenuid)."""
        fields = f"<Content>{cdata(content)}</Content>\n<MsgId>{msg_id}</MsgId>\n"
        if menu_id:
            fields += f"<bizmsgmenuid>{cdata(menu_id)}</bizmsgmenuid>\n"
        return self._message("text", sender, created, fields)

    def event(self, name: str, sender: str, created: int, key: str = "") -> str:
        """An event: subscribe, unsubscribe, CLICK with the menu item's key, SCAN with the scene …"""
        fields = f"<Event>{cdata(name)}</Event>\n<EventKey>{cdata(key)}</EventKey>\n"
        return self._message("event", sender, created, fields)

    @property
    def _head(self) -> str:
        return f"<xml><ToUserName>{cdata(self._name)}</ToUserName>\n"

    def _message(self, kind: str, sender: str, created: int, fields: str) -> str:
        return (
            f"{self._head}<FromUserName>{cdata(sender)}</FromUserName>\n<CreateTime>{created}</CreateTime>\n"
            f"<MsgType>{cdata(kind)}</MsgType>\n{fields}</xml>"
        )
