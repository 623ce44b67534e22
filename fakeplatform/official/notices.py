"""Subscription notices (订阅通知), one-time subscription messages (一次性订阅) and template messages (模板消息)."""

from datetime import timedelta
from typing import Any

from fakeplatform.errors import ApiError
from fakeplatform.official.messages import part, recipient
from fakeplatform.platform import Platform, endpoint, parsed
from fakeplatform.state import Call

# The longest value of a field by the letters of its name; thing1 is at most 20 characters.
FIELD_LIMITS = {"thing": 20, "character_string": 32, "time": 32, "date": 32, "number": 32, "phrase": 5, "name": 10}
CLIENT_ID_LASTS = timedelta(minutes=10)
ONETIME_TITLE, ONETIME_TEXT = 15, 200


def _filled(platform: Platform, fields: dict[str, Any]) -> dict[str, str]:
    """The template's values. Raises ApiError 40037 or 47003."""
    names = platform.official.templates.get(fields.get("template_id", ""))
    if names is None:
        raise ApiError(40037)
    values = {}
    for name, given in part(fields, "data").items():
        value = given.get("value") if isinstance(given, dict) else None
        limit = FIELD_LIMITS.get(name.rstrip("0123456789"))
        if name not in names or not isinstance(value, str) or not value or (limit and len(value) > limit):
            raise ApiError(47003)
        values[name] = value
    if set(values) != set(names):
        raise ApiError(47003)
    return values


@endpoint("official", "/cgi-bin/message/subscribe/bizsend")
def bizsend(platform: Platform, call: Call) -> dict[str, Any]:
    """One consent, one notice. Order: 48001, 40003, 43004, 40037, 47003, 43101."""
    fields = parsed(call)
    if not platform.official.full_service:
        raise ApiError(48001)
    member = recipient(platform, fields.get("touser"))
    values = _filled(platform, fields)
    template = fields["template_id"]
    if template not in member.long_term:
        if member.consents.get(template, 0) < 1:
            raise ApiError(43101)
        member.consents[template] -= 1
    platform.show(member, "notice", "notice", "\n".join(values.values()), page=fields.get("page", ""), **values)
    return {"msgid": platform.number()}


@endpoint("official", "/cgi-bin/message/template/subscribe")
def one_time(platform: Platform, call: Call) -> dict[str, Any]:
    """One consent per scene 0..10000; consents of one scene do not add up."""
    fields = parsed(call)
    if not platform.official.verified:
        raise ApiError(48001)
    member = recipient(platform, fields.get("touser"))
    value = part(part(fields, "data"), "content").get("value")
    title, scene = fields.get("title"), fields.get("scene")
    if not isinstance(title, str) or not isinstance(value, str) or not str(scene).isdigit():
        raise ApiError(47003)
    if len(title) > ONETIME_TITLE or len(value) > ONETIME_TEXT or int(str(scene)) > 10_000:
        raise ApiError(47003)
    if int(str(scene)) not in member.scenes:
        raise ApiError(43101)
    member.scenes.remove(int(str(scene)))
    platform.show(member, "onetime", "notice", f"{title}\n{value}", url=fields.get("url", ""))
    return {}


@endpoint("official", "/cgi-bin/message/template/send")
def template_send(platform: Platform, call: Call) -> dict[str, Any]:
    """The same client_msg_id for the same openid within ten minutes is sent once."""
    fields = parsed(call)
    if not platform.official.full_service:
        raise ApiError(48001)
    member = recipient(platform, fields.get("touser"))
    values = _filled(platform, fields)
    key = f"{member.id} {fields.get('client_msg_id')}"
    sent_at, number = platform.template_ids.get(key, (None, 0))
    if fields.get("client_msg_id") and sent_at and platform.now() - sent_at < CLIENT_ID_LASTS:
        return {"msgid": number}
    number = platform.number()
    platform.template_ids[key] = (platform.now(), number)
    platform.show(member, "template", "template", "\n".join(values.values()), url=fields.get("url", ""), **values)
    event = {"FromUserName": member.id, "Event": "TEMPLATESENDJOBFINISH", "MsgID": str(number), "Status": "success"}
    platform.owed.append(("official", event))
    return {"msgid": number}


@endpoint("official", "/cgi-bin/template/get_all_private_template")
def templates(platform: Platform, _call: Call) -> dict[str, Any]:
    """The templates that were set up."""
    return {
        "template_list": [
            {"template_id": name, "content": "\n".join(f"{{{{{field}.DATA}}}}" for field in fields)}
            for name, fields in platform.official.templates.items()
        ]
    }
