"""WeCom: application messages, interactive cards, the group robot."""

import secrets
from datetime import timedelta
from typing import Any

from fakeplatform.errors import ApiError
from fakeplatform.official.messages import part
from fakeplatform.platform import Platform, endpoint, parsed
from fakeplatform.state import Call, Member, Shown

MAX_TEXT_BYTES = 2048
MAX_USERS = 1000
PER_MINUTE, PER_HOUR = 30, 1000
CARDS = ("text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction")
CLICKABLE = CARDS[2:]
CARD_LASTS = timedelta(hours=72)
DUPLICATES_LAST, DUPLICATES_AT_MOST = 1800, 14_400


def _cut(text: str) -> str:
    """Longer texts are cut without a word."""
    return text.encode()[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


def _text(kind: str, content: dict[str, Any]) -> str:
    if kind in ("text", "markdown"):
        return _cut(str(content.get("content", "")))
    if kind == "template_card":
        title = content.get("main_title", {})
        return "\n".join(filter(None, (title.get("title", ""), title.get("desc", ""), content.get("sub_title_text"))))
    return str(content.get("title", f"[{kind}]"))


def _named(platform: Platform, listed: str) -> tuple[list[Member], list[str]]:
    """(who can be reached, the names that cannot)."""
    if listed == "@all":
        return [m for m in platform.staff.values() if m.visible], []
    names = [name for name in listed.split("|") if name]
    if len(names) > MAX_USERS:
        raise ApiError(40058)
    found = {name: platform.staff.get(name) for name in names}
    reached = [m for m in found.values() if m and m.visible]
    return reached, [name for name, m in found.items() if m is None or not m.visible]


def _dropped(platform: Platform, member: Member) -> bool:
    """More than 30 a minute or 1,000 an hour are dropped in silence."""
    now = platform.now()
    member.arrivals = [at for at in member.arrivals if now - at < timedelta(hours=1)]
    recent = sum(now - at < timedelta(minutes=1) for at in member.arrivals)
    return recent >= PER_MINUTE or len(member.arrivals) >= PER_HOUR


def _repeated(platform: Platform, fields: dict[str, Any], body: bytes) -> bool:
    """True for the very same request inside its own interval."""
    if not fields.get("enable_duplicate_check"):
        return False
    seconds = min(int(fields.get("duplicate_check_interval", DUPLICATES_LAST)), DUPLICATES_AT_MOST)
    before = platform.work_bodies.get(body)
    if before and platform.now() - before < timedelta(seconds=seconds):
        return True
    platform.work_bodies[body] = platform.now()
    return False


def _check(platform: Platform, kind: Any, content: dict[str, Any]) -> None:
    if kind in ("text", "markdown") and not str(content.get("content", "")).strip():
        raise ApiError(44004)
    if kind == "template_card" and content.get("card_type") not in CARDS:
        raise ApiError(40058)
    if kind == "template_card" and content["card_type"] in CLICKABLE and not content.get("task_id"):
        raise ApiError(40058)
    if kind in ("image", "voice", "video", "file") and content.get("media_id") not in platform.media:
        raise ApiError(40007)


@endpoint("work", "/cgi-bin/message/send")
def send(platform: Platform, call: Call) -> dict[str, Any]:
    """Refused only when nobody can be reached; else the unreachable stand in `invaliduser` of a good answer."""
    fields = parsed(call, reads_escapes=True)
    if str(fields.get("agentid")) != platform.work.agent_id:
        raise ApiError(301002)
    kind = fields.get("msgtype")
    if kind not in ("text", "markdown", "image", "voice", "video", "file", "textcard", "news", "template_card"):
        raise ApiError(40008)
    content = part(fields, kind)
    _check(platform, kind, content)
    reached, invalid = _named(platform, str(fields.get("touser", "")))
    if not reached:
        raise ApiError(81013, invaliduser="|".join(invalid))
    number = f"msg_{platform.number()}"
    told: dict[str, Any] = {"msgid": number, **({"invaliduser": "|".join(invalid)} if invalid else {})}
    if _repeated(platform, fields, call.body):
        return told
    if kind == "template_card" and content["card_type"] in CLICKABLE:
        told["response_code"] = _new_card(platform, content, reached)
    for member in reached:
        if not _dropped(platform, member):
            member.arrivals.append(platform.now())
            platform.show(member, "work", kind, _text(kind, content), **content)
    return told


def _new_card(platform: Platform, content: dict[str, Any], members: list[Member]) -> str:
    code = secrets.token_urlsafe(24)
    platform.cards[code] = {"at": platform.now(), "content": content, "to": [m.id for m in members], "code": code}
    return code


@endpoint("work", "/cgi-bin/message/update_template_card")
def update_card(platform: Platform, call: Call) -> dict[str, Any]:
    """A response code is good once and for 72 hours."""
    fields = parsed(call, reads_escapes=True)
    card = platform.cards.pop(str(fields.get("response_code")), None)
    if card is None or platform.now() - card["at"] > CARD_LASTS:
        raise ApiError(72000)
    shown = fields.get("template_card") or {"main_title": {"title": part(fields, "button").get("replace_name", "")}}
    listed = fields.get("userids") or card["to"]
    for name in listed:
        platform.show(platform.staff[name], "work", "card_update", _text("template_card", shown), **shown)
    return {}


@endpoint("work", "/cgi-bin/webhook/send", open_to_all=True)
def robot(platform: Platform, call: Call) -> dict[str, Any]:
    """A group robot's message, seen by the whole group."""
    if call.query.get("key") != platform.work.robot_key:
        raise ApiError(40058)
    fields = parsed(call, reads_escapes=True)
    kind = str(fields.get("msgtype"))
    platform.robot.append(Shown(platform.now(), "robot", kind, _text(kind, part(fields, kind))))
    return {}
