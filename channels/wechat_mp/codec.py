"""The platform's messages <-> ours. Pure."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from bot.message import Address, Incoming, Kind, Replied
from channels.wechat_mp.xml import cdata, legal, passive

CHANNEL = "wechat_mp"
NOTHING = "success"
# Bytes of a passive text reply; the platform refuses longer ones.
MAX_TEXT = 2_048

_KINDS: dict[str, Kind] = {
    "text": "text",
    "image": "image",
    "voice": "voice",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
    "file": "file",
    "miniprogrampage": "card",
}
_EVENTS: dict[str, Kind] = {
    "subscribe": "follow",
    "unsubscribe": "unfollow",
    "scan": "scan",
    "click": "click",
}
_SCENE_PREFIX = "qrscene_"


class OddMessage(ValueError):
    """An authentic message whose fields are missing or make no sense; no handler may see it."""


def _text(fields: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or (required and not value.strip()):
        raise OddMessage(name)
    # Some senders put blanks around the CDATA.
    return value.strip()


def message_type(fields: dict[str, Any]) -> str:
    """MsgType in lower case. Raises OddMessage."""
    return _text(fields, "MsgType", required=True).lower()


def event_name(fields: dict[str, Any]) -> str:
    """Event in lower case; "" for a message that is none. Raises OddMessage."""
    return _text(fields, "Event").lower() if message_type(fields) == "event" else ""


def event_key(fields: dict[str, Any]) -> str:
    """EventKey. Raises OddMessage."""
    return _text(fields, "EventKey")


def scene(fields: dict[str, Any]) -> str:
    """The scene of the QR code that was scanned; "" for other messages. Raises OddMessage."""
    key, name = event_key(fields), event_name(fields)
    if name == "scan":
        return key
    return key.removeprefix(_SCENE_PREFIX) if name == "subscribe" and key.startswith(_SCENE_PREFIX) else ""


def created_at(fields: dict[str, Any]) -> datetime:
    """CreateTime. Raises OddMessage."""
    value = _text(fields, "CreateTime", required=True)
    if not value.isascii() or not value.isdigit() or len(value) > 11:
        raise OddMessage("CreateTime")
    return datetime.fromtimestamp(int(value), UTC)


def dedup_key(fields: dict[str, Any]) -> str:
    """What the platform says to recognise a repeated delivery by: MsgId; for events sender, second, event, key.

    Raises OddMessage.
    """
    name, number = event_name(fields), _text(fields, "MsgId") or _text(fields, "MsgID")
    if message_type(fields) != "event" and number:
        return f"msgid:{number}"
    second = _text(fields, "CreateTime", required=True)
    return f"event:{_text(fields, 'FromUserName', required=True)}:{second}:{name}:{event_key(fields)}"


def to_incoming(fields: dict[str, Any], body: bytes, channel: str = CHANNEL) -> Incoming:
    """A message as the conversation takes it. `body` is the opened XML; two events of one second differ only there.

    Raises OddMessage.
    """
    sender = _text(fields, "FromUserName", required=True)
    account = _text(fields, "ToUserName")
    kind, name = message_type(fields), event_name(fields)
    if kind == "event" and not name:
        raise OddMessage("Event")
    key = dedup_key(fields)
    if not key.startswith("msgid:"):
        key += ":" + blake2b(body, digest_size=8).hexdigest()
    text = _text(fields, "Content") if kind == "text" else _text(fields, "Recognition")
    return Incoming(
        address=Address(channel, account, sender),
        key=f"{channel}:{account}:{key}",
        kind=_EVENTS.get(name, "event") if kind == "event" else _KINDS.get(kind, "unknown"),
        text=text,
        sent_at=created_at(fields),
        subject=scene(fields) or event_key(fields),
    )


def to_xml(replied: Replied, incoming: Incoming) -> str:
    """The passive text reply; the literal `success` where nothing is to be said."""
    to, text = incoming.address, _with_taps(replied)
    if not legal(text):
        return NOTHING
    return passive("text", to.platform_id, to.account, replied.at, f"<Content>{cdata(text)}</Content>")


def _with_taps(replied: Replied) -> str:
    """The text with every line that picks something made a tap, where all of them fit; typing works all the same."""
    if not replied.choices:
        return replied.text
    picks = replied.picks()
    text = "\n".join(
        f'<a href="weixin://bizmsgmenu?msgmenucontent={quote(picks[line])}&msgmenuid=1">{line}</a>'
        if line in picks
        else line
        for line in replied.text.split("\n")
    )
    return text if len(text.encode()) <= MAX_TEXT else replied.text
