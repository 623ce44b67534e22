"""Reads a bot's reply as the client on the phone would."""

from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree import ElementTree

from fakeplatform import seal
from fakeplatform.phones import Message
from fakeplatform.platform import Platform

MAX_TEXT_BYTES = 2048
# A reply's type -> the elements that it cannot do without.
_NEEDS = {
    "text": ("Content",),
    "image": ("Image/MediaId",),
    "voice": ("Voice/MediaId",),
    "video": ("Video/MediaId",),
    "music": ("Music/Title",),
    "news": ("Articles/item/Title",),
    "transfer_customer_service": (),
    "update_button": ("Button/ReplaceName",),
    "update_template_card": ("TemplateCard/CardType",),
}


@dataclass(frozen=True)
class Judged:
    """`nothing`: an empty reply, shown as nothing. `broken`: the member sees 故障; `why` says what is wrong."""

    outcome: Literal["shown", "nothing", "broken"]
    kind: str = ""
    text: str = ""
    plaintext: str = ""
    why: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def judge(platform: Platform, message: Message, status: int, body: bytes) -> Judged:
    """The verdict on one reply."""
    if status != 200:
        return Judged("broken", why=f"HTTP {status}")
    if body.strip() in (b"", b"success"):
        return Judged("nothing", plaintext=body.decode())
    try:
        plaintext = _opened(platform, message, body.decode())
        return _read(message, plaintext)
    except (ElementTree.ParseError, UnicodeDecodeError):
        return Judged("broken", why="not XML")
    except seal.NotOurs as error:
        return Judged("broken", why=f"sealed wrongly: {error}")


def _opened(platform: Platform, message: Message, text: str) -> str:
    """The reply's plaintext XML. Raises NotOurs, ParseError."""
    root = ElementTree.fromstring(text)  # noqa: S314 - a test kit reads the reply of the bot under test
    sealed = root.findtext("Encrypt")
    work = message.side == "work"
    if sealed is None:
        if work or platform.official.mode == "safe":
            raise seal.NotOurs("not sealed at all")
        return text
    account: Any = platform.work if work else platform.official
    signed = (account.token, root.findtext("TimeStamp") or "", root.findtext("Nonce") or "", sealed)
    if root.findtext("MsgSignature") != seal.sign(*signed):
        raise seal.NotOurs("signature")
    return seal.unseal(sealed, account.aes_key, account.corp_id if work else account.app_id)


def _read(message: Message, plaintext: str) -> Judged:
    root = ElementTree.fromstring(plaintext)  # noqa: S314 - as above
    told = ElementTree.fromstring(message.xml)  # noqa: S314 - our own
    kind = root.findtext("MsgType") or ""
    found = {name: root.findtext(name) or "" for name in _NEEDS.get(kind, ())}
    wrong = (
        "root" if root.tag != "xml" else "",
        "ToUserName" if root.findtext("ToUserName") != message.sender else "",
        "FromUserName" if root.findtext("FromUserName") != told.findtext("ToUserName") else "",
        "CreateTime" if not (root.findtext("CreateTime") or "").isdigit() else "",
        f"MsgType {kind!r}" if kind not in _NEEDS else "",
        *(name for name, value in found.items() if not value.strip()),
        "Content too long" if len(found.get("Content", "").encode()) > MAX_TEXT_BYTES else "",
        "articles" if kind == "news" and len(root.findall("Articles/item")) != 1 else "",
    )
    if any(wrong):
        return Judged("broken", plaintext=plaintext, why=", ".join(filter(None, wrong)))
    text = found.get("Content") or found.get("Articles/item/Title") or _card_text(root) or f"[{kind}]"
    return Judged("shown", kind, text, plaintext, fields=found)


def _card_text(root: ElementTree.Element) -> str:
    """What an updated card shows."""
    parts = (root.findtext("TemplateCard/MainTitle/Title"), root.findtext("TemplateCard/SubTitleText"))
    return "\n".join(filter(None, parts))
