"""The account's own affairs: tokens, menu, QR codes, media, quotas, page tickets."""

import email
import email.policy
import hashlib
import secrets
from typing import Any

from fakeplatform.clock import local_day, local_month
from fakeplatform.errors import ApiError
from fakeplatform.platform import Platform, endpoint, parsed
from fakeplatform.state import Call, Media

CLEARS_A_MONTH = 10


def _check_account(platform: Platform, app_id: object, secret: object) -> None:
    if app_id != platform.official.app_id:
        raise ApiError(40013)
    if secret != platform.official.secret:
        raise ApiError(40125)


@endpoint("official", "/cgi-bin/token", open_to_all=True)
def token(platform: Platform, call: Call) -> dict[str, Any]:
    """A new token each time; the one before lasts five more minutes."""
    _check_account(platform, call.query.get("appid"), call.query.get("secret"))
    value, seconds = platform.tokens.plain(platform.now())
    return {"access_token": value, "expires_in": seconds}


@endpoint("official", "/cgi-bin/stable_token", open_to_all=True)
def stable_token(platform: Platform, call: Call) -> dict[str, Any]:
    """The same token until shortly before its end, whoever asks."""
    fields = parsed(call)
    if fields.get("grant_type") != "client_credential":
        raise ApiError(40058)
    _check_account(platform, fields.get("appid"), fields.get("secret"))
    value, seconds = platform.tokens.stable(platform.now(), force=bool(fields.get("force_refresh")))
    return {"access_token": value, "expires_in": seconds}


@endpoint("official", "/cgi-bin/menu/create")
def create_menu(platform: Platform, call: Call) -> dict[str, Any]:
    """At most three buttons of up to five; names of at most 16 and 60 bytes."""
    menu = parsed(call)
    if not platform.official.verified and platform.official.kind == "subscription":
        raise ApiError(48001)
    buttons = menu.get("button", [])
    if not 1 <= len(buttons) <= 3 or any(len(b.get("sub_button", [])) > 5 for b in buttons):
        raise ApiError(40016)
    below = [b for button in buttons for b in button.get("sub_button", [])]
    sizes = [(b, 16) for b in buttons] + [(b, 60) for b in below]
    if any(not 1 <= len(str(b.get("name", "")).encode()) <= limit for b, limit in sizes):
        raise ApiError(40018)
    platform.official.menu = menu
    return {}


@endpoint("official", "/cgi-bin/menu/get")
def menu(platform: Platform, _call: Call) -> dict[str, Any]:
    """The menu in force. Raises ApiError 46003 where there is none."""
    if platform.official.menu is None:
        raise ApiError(46003)
    return {"menu": platform.official.menu}


@endpoint("official", "/cgi-bin/menu/delete")
def delete_menu(platform: Platform, _call: Call) -> dict[str, Any]:
    """No menu any more."""
    platform.official.menu = None
    return {}


@endpoint("official", "/cgi-bin/get_current_selfmenu_info")
def shown_menu(platform: Platform, _call: Call) -> dict[str, Any]:
    """The menu as members see it."""
    menu = platform.official.menu
    return {"is_menu_open": int(menu is not None), "selfmenu_info": menu or {}}


@endpoint("official", "/cgi-bin/qrcode/create")
def qr_code(platform: Platform, call: Call) -> dict[str, Any]:
    """A QR code with a scene; `Phones.scan` takes its ticket."""
    fields = parsed(call)
    if not platform.official.full_service:
        raise ApiError(48001)
    scene = fields.get("action_info", {}).get("scene", {})
    value = str(scene.get("scene_str") or scene.get("scene_id") or "")
    if not 1 <= len(value) <= 64:
        raise ApiError(40058)
    ticket = secrets.token_urlsafe(32)
    platform.tickets[ticket] = value
    lasts = {} if "LIMIT" in str(fields.get("action_name")) else {"expire_seconds": fields.get("expire_seconds", 60)}
    return {"ticket": ticket, **lasts, "url": f"http://weixin.qq.com/q/{ticket[:16]}"}


@endpoint("official", "/cgi-bin/media/upload")
@endpoint("work", "/cgi-bin/media/upload")
def upload(platform: Platform, call: Call) -> dict[str, Any]:
    """A picture, voice or video, kept for three days."""
    kind = call.query.get("type", "")
    if kind not in ("image", "voice", "video", "thumb", "file"):
        raise ApiError(40008)
    data = _first_file(call)
    if not data:
        raise ApiError(41006)
    made = Media(f"MEDIA_{platform.number()}", kind, hashlib.sha256(data).hexdigest(), platform.now())
    platform.media[made.id] = made
    return {"type": kind, "media_id": made.id, "created_at": int(made.created.timestamp())}


def _first_file(call: Call) -> bytes:
    """The content of the first part of a multipart body; the boundary is the body's own first line."""
    boundary = call.body.split(b"\r\n", 1)[0].removeprefix(b"--")
    head = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    message = email.message_from_bytes(head + call.body, policy=email.policy.HTTP)
    for piece in message.walk():
        if piece.get_filename():
            data = piece.get_payload(decode=True)
            return data if isinstance(data, bytes) else b""
    return b""


@endpoint("official", "/cgi-bin/clear_quota")
def clear_quota(platform: Platform, call: Call) -> dict[str, Any]:
    """Sets today's counts back, ten times a month."""
    if parsed(call).get("appid") != platform.official.app_id:
        raise ApiError(40013)
    month = local_month(platform.now())
    if platform.cleared.count(month) >= CLEARS_A_MONTH:
        raise ApiError(48006)
    platform.cleared.append(month)
    platform.used.clear()
    return {}


@endpoint("official", "/cgi-bin/openapi/quota/get")
def quota(platform: Platform, call: Call) -> dict[str, Any]:
    """How much of a path's daily limit is left."""
    path = str(parsed(call).get("cgi_path", ""))
    limit = platform.limits.get(path, 1_000_000)
    used = platform.used.get((path, local_day(platform.now()).isoformat()), 0)
    return {"quota": {"daily_limit": limit, "used": used, "remain": limit - used}}


@endpoint("official", "/cgi-bin/ticket/getticket")
def ticket(platform: Platform, call: Call) -> dict[str, Any]:
    """A ticket for the pages' JavaScript."""
    return {"ticket": f"{call.query.get('type', 'jsapi')}_{secrets.token_hex(16)}", "expires_in": 7200}


@endpoint("official", "/cgi-bin/getcallbackip")
@endpoint("official", "/cgi-bin/get_api_domain_ip")
@endpoint("work", "/cgi-bin/getcallbackip")
def callback_ip(_platform: Platform, _call: Call) -> dict[str, Any]:
    """Where the platform's own requests come from."""
    return {"ip_list": ["127.0.0.1"]}
