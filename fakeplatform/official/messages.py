"""Customer-service messages (客服消息): cgi-bin/message/custom/send."""

from typing import Any

from fakeplatform.errors import ApiError
from fakeplatform.platform import Platform, endpoint, parsed
from fakeplatform.state import WINDOWS, Call, Member

MAX_TEXT_BYTES = 2048
MAX_ARTICLES = 8
_MEDIA = {"image": "media_id", "voice": "media_id", "video": "media_id", "mpnewsarticle": "article_id"}


def recipient(platform: Platform, openid: Any) -> Member:
    """The follower an API call names. Raises ApiError 40003, 43004 or 48002."""
    member = platform.members.get(openid) if isinstance(openid, str) else None
    if member is None:
        raise ApiError(40003)
    if not member.following:
        raise ApiError(43004)
    if member.blocked:
        raise ApiError(48002)
    return member


def part(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under `name`. Raises ApiError 47001."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise ApiError(47001)
    return value


def text_of(kind: str, content: dict[str, Any]) -> str:
    """What a member reads of a message's content."""
    if kind == "text":
        return str(content.get("content", ""))
    if kind == "msgmenu":
        lines = [str(item.get("content", "")) for item in content.get("list", [])]
        return "\n".join([str(content.get("head_content", "")), *lines, str(content.get("tail_content", ""))])
    if kind == "news":
        return "\n".join(str(article.get("title", "")) for article in content.get("articles", []))
    return str(content.get("title", f"[{kind}]"))


def check_content(platform: Platform, kind: str, content: dict[str, Any]) -> None:
    """Raises ApiError 44004, 45002, 45008 or 40007."""
    text = text_of(kind, content)
    if kind in ("text", "msgmenu") and not text.strip():
        raise ApiError(44004)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise ApiError(45002)
    if kind == "news" and not 1 <= len(content.get("articles", [])) <= MAX_ARTICLES:
        raise ApiError(45008)
    if _MEDIA.get(kind) == "media_id" and content.get("media_id") not in platform.media:
        raise ApiError(40007)


def take_window(platform: Platform, member: Member) -> None:
    """Charges one send to the open window that ends first. Raises ApiError 45015 or 45047."""
    lasting = [(scene, member.open_window(scene, platform.now())) for scene in WINDOWS]
    found = [(scene, window) for scene, window in lasting if window]
    if not found:
        raise ApiError(45015)
    for scene, window in found:
        if window.used < WINDOWS[scene][1]:
            window.used += 1
            return
    raise ApiError(45047)


@endpoint("official", "/cgi-bin/message/custom/send")
def custom_send(platform: Platform, call: Call) -> dict[str, Any]:
    """Order: token, 48001, 40003, 43004, 48002, 45002, 45008, 45015, 45047."""
    fields = parsed(call)
    if not platform.official.verified:
        raise ApiError(48001)
    member = recipient(platform, fields.get("touser"))
    kind = fields.get("msgtype")
    if kind not in ("text", "image", "voice", "video", "news", "mpnewsarticle", "msgmenu", "miniprogrampage", "music"):
        raise ApiError(40008)
    content = part(fields, kind)
    check_content(platform, kind, content)
    take_window(platform, member)
    platform.show(member, "custom", kind, text_of(kind, content), **content)
    return {}


@endpoint("official", "/cgi-bin/message/custom/typing")
def typing(platform: Platform, call: Call) -> dict[str, Any]:
    """正在输入: shows nothing that lasts."""
    recipient(platform, parsed(call).get("touser"))
    return {}
