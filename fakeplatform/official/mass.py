"""Mass messages (群发): a subscription account once a day, a service account four times a month and member."""

from datetime import timedelta
from typing import Any

from fakeplatform.clock import local_day, local_month
from fakeplatform.errors import ApiError
from fakeplatform.official.messages import check_content, part, recipient, text_of
from fakeplatform.platform import Platform, endpoint, parsed
from fakeplatform.state import Call, Mass, Member

CLIENT_ID_LASTS = timedelta(hours=24)
PER_MONTH = 4


def _allowed(platform: Platform, members: list[Member]) -> list[Member]:
    """Who may still get one. Raises ApiError 45028 when nobody may."""
    month = local_month(platform.now())
    if platform.official.kind == "subscription":
        if any(mass.day == local_day(platform.now()) for mass in platform.mass):
            raise ApiError(45028)
        return members
    allowed = [member for member in members if member.mass_months.count(month) < PER_MONTH]
    if members and not allowed:
        raise ApiError(45028)
    return allowed


def _send(platform: Platform, fields: dict[str, Any], members: list[Member]) -> dict[str, Any]:
    kind = fields.get("msgtype")
    if kind not in ("text", "mpnews", "image", "voice", "mpvideo"):
        raise ApiError(40008)
    content = part(fields, kind)
    check_content(platform, kind, content)
    client_id = str(fields.get("clientmsgid", ""))
    for mass in platform.mass:
        if client_id and mass.client_id == client_id and platform.now() - mass.at < CLIENT_ID_LASTS:
            raise ApiError(45065, msg_id=mass.id)
    reached = _allowed(platform, [m for m in members if m.following and not m.blocked])
    sent = Mass(platform.number(), client_id, platform.now(), local_day(platform.now()), tuple(m.id for m in reached))
    platform.mass.append(sent)
    for member in reached:
        member.mass_months.append(local_month(platform.now()))
        platform.show(member, "mass", kind, text_of(kind, content), **content)
    counts = {"TotalCount": str(len(members)), "FilterCount": str(len(reached)), "SentCount": str(len(reached))}
    event = {"FromUserName": "mphelper", "Event": "MASSSENDJOBFINISH", "MsgID": str(sent.id), "Status": "send success"}
    platform.owed.append(("official", event | counts | {"ErrorCount": "0"}))
    return {"msg_id": sent.id, "msg_data_id": sent.id}


@endpoint("official", "/cgi-bin/message/mass/sendall")
def sendall(platform: Platform, call: Call) -> dict[str, Any]:
    """To everybody, or to one tag."""
    fields = parsed(call)
    if not platform.official.verified:
        raise ApiError(48001)
    chosen = part(fields, "filter")
    members = list(platform.members.values())
    if not chosen.get("is_to_all"):
        members = [member for member in members if chosen.get("tag_id") in member.tags]
    return _send(platform, fields, members)


@endpoint("official", "/cgi-bin/message/mass/send")
def send(platform: Platform, call: Call) -> dict[str, Any]:
    """To a list of openids, two at least."""
    fields = parsed(call)
    if not platform.official.full_service:
        raise ApiError(48001)
    listed = fields.get("touser")
    if not isinstance(listed, list) or not 2 <= len(listed) <= 10_000:
        raise ApiError(40003)
    return _send(platform, fields, [m for name in listed if (m := platform.members.get(name))])


@endpoint("official", "/cgi-bin/message/mass/preview")
def preview(platform: Platform, call: Call) -> dict[str, Any]:
    """One openid sees it; no quota."""
    fields = parsed(call)
    member = recipient(platform, fields.get("touser"))
    kind = str(fields.get("msgtype"))
    content = part(fields, kind)
    check_content(platform, kind, content)
    platform.show(member, "preview", kind, text_of(kind, content), **content)
    return {"msg_id": platform.number()}


@endpoint("official", "/cgi-bin/message/mass/get")
def status(platform: Platform, call: Call) -> dict[str, Any]:
    """What became of a mass message."""
    number = parsed(call).get("msg_id")
    found = any(str(mass.id) == str(number) for mass in platform.mass)
    return {"msg_id": number, "msg_status": "SEND_SUCCESS" if found else "SEND_FAIL"}


@endpoint("official", "/cgi-bin/message/mass/delete")
def delete(platform: Platform, call: Call) -> dict[str, Any]:
    """Takes a mass message back; what was read was read."""
    number = parsed(call).get("msg_id")
    platform.mass = [mass for mass in platform.mass if mass.id != number]
    return {}
