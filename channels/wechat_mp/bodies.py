"""The request bodies of the official account's ways to send. Pure: the same message gives the same bytes."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.sending import Outgoing
from channels.bodies import checked_text, encoded

ONETIME_TITLE, ONETIME_TEXT, ONETIME_SCENES = 15, 200, 10_000


def body(message: Outgoing) -> bytes:
    """The body for the message's way. Raises ValueError, in Chinese, for what the way cannot carry."""
    how = message.how or "custom_send"
    build = _WAYS.get(how)
    if build is None:
        raise ValueError(f"公众号没有这种发送方式：{how}")
    return encoded(build(message))


def _one(message: Outgoing) -> str:
    if len(message.to) != 1:
        raise ValueError("这种消息一次只能发给一个人")
    return message.to[0]


def _custom(message: Outgoing) -> dict[str, Any]:
    return {"touser": _one(message), **_content(message)}


def _content(message: Outgoing) -> dict[str, Any]:
    match message.kind:
        case "card":
            article = {"title": message.title, "description": message.text, "url": message.url, "picurl": ""}
            return {"msgtype": "news", "news": {"articles": [article]}}
        case "choices":
            listed = [{"id": choice.id, "content": choice.text} for choice in message.choices]
            menu = {"head_content": checked_text(message.text), "list": listed, "tail_content": message.footer}
            return {"msgtype": "msgmenu", "msgmenu": menu}
        case "image":
            return {"msgtype": "image", "image": {"media_id": message.media_id}}
        case _:
            return {"msgtype": "text", "text": {"content": checked_text(message.text)}}


def _values(fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value} for name, value in fields.items()}


def _notice(message: Outgoing) -> dict[str, Any]:
    told = {"touser": _one(message), "template_id": message.template, "data": _values(message.fields)}
    return {**told, "page": message.url} if message.url else told


def _template(message: Outgoing) -> dict[str, Any]:
    told = {"touser": _one(message), "template_id": message.template, "client_msg_id": message.client_id}
    return {**told, **({"url": message.url} if message.url else {}), "data": _values(message.fields)}


def _one_time(message: Outgoing) -> dict[str, Any]:
    if len(message.title) > ONETIME_TITLE or len(message.text) > ONETIME_TEXT:
        raise ValueError(f"一次性订阅消息的标题不能超过 {ONETIME_TITLE} 个字，正文不能超过 {ONETIME_TEXT} 个字")
    if not 0 <= message.scene <= ONETIME_SCENES:
        raise ValueError(f"一次性订阅消息的场景在 0 到 {ONETIME_SCENES} 之间")
    told = {"touser": _one(message), "template_id": message.template, "url": message.url}
    data = {"content": {"value": checked_text(message.text)}}
    return {**told, "scene": str(message.scene), "title": message.title, "data": data}


def _mass(message: Outgoing) -> dict[str, Any]:
    """To everybody where nobody is named."""
    to: dict[str, Any] = {"touser": list(message.to)} if message.to else {"filter": {"is_to_all": True}}
    return {**to, "msgtype": "text", "text": {"content": checked_text(message.text)}, "clientmsgid": message.client_id}


_WAYS: Mapping[str, Callable[[Outgoing], dict[str, Any]]] = {
    "custom_send": _custom,
    "subscribe_bizsend": _notice,
    "subscribe_onetime": _one_time,
    "template_send": _template,
    "mass_sendall": _mass,
}
