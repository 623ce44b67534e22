"""WeCom's messages <-> ours. Pure. The XML is the official account's; what WeCom alone has stands here."""

from dataclasses import replace
from typing import Any

from bot.message import Address, Incoming, Replied
from channels.wechat_mp import codec
from channels.wechat_mp.xml import cdata, legal, passive

CHANNEL = "wecom"
_CARD = "template_card_event"
# Marks the id of a card's click in `Incoming.subject`: the card is then updated instead of a text sent.
_CARD_SUBJECT = "card:"
_ANSWERED = "已作答"


def to_incoming(fields: dict[str, Any], body: bytes, channel: str = CHANNEL) -> Incoming:
    """A message as the conversation takes it. Raises OddMessage.

    An interactive card's click says what was picked, as if it were typed; its subject is `card:<task>`.
    """
    incoming = codec.to_incoming(fields, body, channel)
    if codec.event_name(fields) != _CARD:
        return incoming
    task = fields.get("TaskId")
    if not isinstance(task, str) or not task.strip():
        raise codec.OddMessage("TaskId")
    picked = _picked(fields) or codec.event_key(fields)
    return replace(incoming, kind="text", subject=f"{_CARD_SUBJECT}{task.strip()}", text=picked)


def _picked(fields: dict[str, Any]) -> str:
    """The ids of the picked options, one after the other; "" for a card of buttons. Raises OddMessage."""
    try:
        items = _listed(_listed(fields["SelectedItems"])[0]["SelectedItem"]) if fields.get("SelectedItems") else []
        return "".join(option for item in items for option in _listed(item["OptionIds"]["OptionId"]))
    except (KeyError, TypeError, IndexError):
        raise codec.OddMessage("SelectedItems") from None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def to_xml(replied: Replied, incoming: Incoming) -> str:
    """The passive reply: text, or the clicked card with the reply on it; `success` where nothing is to be said."""
    if not legal(replied.text):
        return codec.NOTHING
    if incoming.subject.startswith(_CARD_SUBJECT):
        return _updated_card(replied, incoming.address)
    to, content = incoming.address, f"<Content>{cdata(replied.text)}</Content>"
    return passive("text", to.platform_id, to.account, replied.at, content)


def _updated_card(replied: Replied, to: Address) -> str:
    """The card shows the reply and a grey button: nobody answers twice."""
    title, _, rest = replied.text.partition("\n")
    card = (
        "<TemplateCard><CardType><![CDATA[button_interaction]]></CardType>"
        f"<MainTitle><Title>{cdata(title)}</Title></MainTitle><SubTitleText>{cdata(rest)}</SubTitleText>"
        f"<ButtonList><Text>{cdata(_ANSWERED)}</Text><Style>1</Style><Key><![CDATA[answered]]></Key></ButtonList>"
        f"<ReplaceText>{cdata(_ANSWERED)}</ReplaceText></TemplateCard>"
    )
    return passive("update_template_card", to.platform_id, to.account, replied.at, card)
