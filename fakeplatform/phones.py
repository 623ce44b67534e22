"""What people do with their phones, as the XML that the platform makes of it."""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from fakeplatform.platform import Platform
from fakeplatform.state import Side, Window


@dataclass(frozen=True)
class Message:
    """One message or event as composed: the same in every delivery. `key` is its MsgId, or what stands for it."""

    side: Side
    sender: str
    key: str
    xml: str
    kind: str


def cdata(text: str) -> str:
    """Text that nothing in it can leave, as the platform writes it."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def element(name: str, value: Any) -> str:
    """One element: text as CDATA, numbers bare, dicts and lists nested (a list repeats the element)."""
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(element(key, each) for key, each in value.items())}</{name}>"
    return f"<{name}>{escape(str(value)) if isinstance(value, int) else cdata(str(value))}</{name}>"


class Phones:
    """Composes messages and events, and opens the windows that they open. Nothing is posted here."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    # The official account

    def text(self, openid: str, text: str, **more: Any) -> Message:
        """A typed message; `bizmsgmenuid=` when it was tapped from a menu message."""
        return self._message(openid, "text", Content=text, **more)

    def image(self, openid: str) -> Message:
        """A picture."""
        return self._message(openid, "image", PicUrl="http://mmbiz.qpic.cn/1/0", MediaId="MEDIA_OF_MEMBER")

    def voice(self, openid: str, recognition: str = "") -> Message:
        """A voice; `recognition` when the account has it switched on."""
        return self._message(openid, "voice", MediaId="MEDIA_OF_MEMBER", Format="amr", Recognition=recognition)

    def follow(self, openid: str, scene: str = "") -> Message:
        """Follows, by a QR code's scene where one is given."""
        member = self._platform.member(openid)
        member.following, member.followed_at = True, self._platform.now()
        self._open(openid, "follow")
        key = {"EventKey": f"qrscene_{scene}", "Ticket": self._ticket(scene)} if scene else {"EventKey": ""}
        return self._event(openid, "subscribe", **key)

    def unfollow(self, openid: str) -> Message:
        """Stops following: windows and consents go."""
        member = self._platform.member(openid)
        member.following = False
        member.windows.clear()
        member.consents.clear()
        return self._event(openid, "unsubscribe", EventKey="")

    def scan(self, openid: str, scene: str) -> Message:
        """A follower scans a QR code."""
        self._open(openid, "scan")
        return self._event(openid, "SCAN", EventKey=scene, Ticket=self._ticket(scene))

    def click(self, openid: str, key: str) -> Message:
        """A menu item that sends an event."""
        self._open(openid, "click")
        return self._event(openid, "CLICK", EventKey=key)

    def view(self, openid: str, url: str) -> Message:
        """A menu item that opens a page; opens no window."""
        return self._event(openid, "VIEW", EventKey=url)

    def agree(self, openid: str, template: str, *, times: int = 1, long_term: bool = False) -> Message:
        """Agrees to notices on the consent page; several agreements come as a list in one event."""
        member = self._platform.member(openid)
        if long_term:
            member.long_term.add(template)
        else:
            member.consents[template] = member.consents.get(template, 0) + times
        one = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": 2}
        return self._event(openid, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": [one] * times})

    def refuse(self, openid: str, template: str) -> Message:
        """Switches a notice off in the account's settings."""
        member = self._platform.member(openid)
        member.consents.pop(template, None)
        member.long_term.discard(template)
        one = {"TemplateId": template, "SubscribeStatusString": "reject"}
        return self._event(openid, "subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": one})

    def owed(self) -> list[Message]:
        """The events that the platform owes the bot: job finished, notice sent."""
        with self._platform.lock:
            waiting, self._platform.owed = self._platform.owed, []
        return [self._compose(side, {"MsgType": "event"} | fields) for side, fields in waiting]

    # WeCom

    def work_text(self, userid: str, text: str) -> Message:
        """A colleague writes to the app."""
        fields = {"MsgType": "text", "Content": text, "MsgId": self._msg_id()}
        return self._compose("work", {"FromUserName": userid} | fields)

    def work_enter(self, userid: str) -> Message:
        """A colleague opens the app."""
        return self._compose(
            "work", {"FromUserName": userid, "MsgType": "event", "Event": "enter_agent", "EventKey": ""}
        )

    def work_click_card(self, userid: str, response_code: str, picked: str) -> Message:
        """A colleague answers an interactive card; `picked` is an option's or button's id."""
        content = self._platform.cards[response_code]["content"]
        question = content.get("checkbox", {}).get("question_key", "")
        fields: dict[str, Any] = {"Event": "template_card_event", "EventKey": picked, "TaskId": content["task_id"]}
        fields |= {"CardType": content["card_type"], "ResponseCode": response_code}
        if content["card_type"] != "button_interaction":
            fields["EventKey"] = content.get("submit_button", {}).get("key", "")
            option = {"QuestionKey": question, "OptionIds": {"OptionId": picked}}
            fields["SelectedItems"] = {"SelectedItem": option}
        return self._compose("work", {"FromUserName": userid, "MsgType": "event"} | fields)

    # How all are made

    def _ticket(self, scene: str) -> str:
        known = {value: ticket for ticket, value in self._platform.tickets.items()}
        return known.get(scene, "TICKET")

    def _open(self, openid: str, scene: str) -> None:
        member = self._platform.member(openid)
        with self._platform.lock:
            member.windows[scene] = Window(self._platform.now())

    def _msg_id(self) -> int:
        return 24_000_000_000_000_000 + self._platform.number()

    def _message(self, openid: str, kind: str, **fields: Any) -> Message:
        self._open(openid, "message")
        self._platform.member(openid)
        return self._compose("official", {"FromUserName": openid, "MsgType": kind} | fields | {"MsgId": self._msg_id()})

    def _event(self, openid: str, event: str, **fields: Any) -> Message:
        return self._compose("official", {"FromUserName": openid, "MsgType": "event", "Event": event} | fields)

    def _compose(self, side: Side, fields: dict[str, Any]) -> Message:
        ours = self._platform.official.original_id if side == "official" else self._platform.work.corp_id
        head = {"ToUserName": ours, "FromUserName": fields.pop("FromUserName")}
        created = int(self._platform.now().timestamp())
        agent = {"AgentID": int(self._platform.work.agent_id)} if side == "work" else {}
        xml = element("xml", head | {"CreateTime": created} | fields | agent)
        key = str(fields.get("MsgId") or f"{head['FromUserName']}:{created}:{self._platform.number()}")
        return Message(side, head["FromUserName"], key, xml, str(fields["MsgType"]))
