"""A small page that shows what each member sees, to try a bot by hand: speak, tap, follow, break things."""

import re
from html import escape, unescape

from fakeplatform.clock import SHANGHAI
from fakeplatform.platform import Platform
from fakeplatform.state import Member, Shown, Side
from fakeplatform.webhook import Webhook

_TAP = re.compile(
    r"&lt;a href=&quot;weixin://bizmsgmenu\?msgmenucontent=(.*?)&amp;msgmenuid=(.*?)&quot;&gt;(.*?)&lt;/a&gt;"
)
_STYLE = """
body{font:16px/1.5 sans-serif;margin:0;background:#ededed;color:#191919}
header,main{max-width:70rem;margin:auto;padding:1rem}main{display:flex;flex-wrap:wrap;gap:1rem}
section{background:#fff;border-radius:8px;padding:1rem;flex:1 1 20rem;min-width:0}
h1{font-size:1.25rem}h2{font-size:1rem;margin:0 0 .5rem}form{display:inline}
ol{list-style:none;padding:0;max-height:28rem;overflow:auto}
li{margin:.5rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
li.theirs{background:#f0f0f0;border-radius:8px;padding:.5rem}li.own{background:#c8f0b0;border-radius:8px;padding:.5rem}
li.fault{color:#a00}small{color:#555}button,input,select{font:inherit;padding:.25rem .5rem}
"""
_FAULTS = {
    "custom/send 断开但已生效": ("/cgi-bin/message/custom/send", "apply_then_drop", 0),
    "custom/send 返回网页": ("/cgi-bin/message/custom/send", "html", 0),
    "message/send 断开但已生效": ("/cgi-bin/message/send", "apply_then_drop", 0),
    "令牌全部失效": ("*", "token_killed", 0),
    "任何接口 502": ("*", "http", 502),
    "任何接口系统繁忙": ("*", "errcode", -1),
}
_SOURCES = {
    "reply": "回复",
    "custom": "客服消息",
    "notice": "订阅通知",
    "onetime": "一次性订阅",
    "template": "模板消息",
    "mass": "群发",
    "work": "应用消息",
    "fault": "平台",
}


class Page:
    """Call it as the server's `Pages`."""

    def __init__(self, platform: Platform, webhook: Webhook, side: Side) -> None:
        self._platform = platform
        self._webhook = webhook
        self._side = side

    def __call__(self, method: str, path: str, form: dict[str, str]) -> str | None:
        """The page at /, and the actions at /do."""
        if method == "POST" and path == "/do":
            self._do(form)
            return self._html()
        return self._html() if path == "/" else None

    def _do(self, form: dict[str, str]) -> None:
        who, what, text = form.get("who", ""), form.get("do", ""), form.get("text", "")
        phones = self._webhook.phones
        if what == "fault" and text in _FAULTS:
            path, kind, value = _FAULTS[text]
            self._platform.faults.add(path, kind, value)  # type: ignore[arg-type]  # the keys of a fixed table
        elif what == "join" and who:
            if self._side == "official":
                self._webhook.send(phones.follow(who))
            else:
                self._webhook.send(phones.work_enter(self._platform.colleague(who).id))
        elif what == "say" and self._side == "work":
            self._said(who, text)
            self._webhook.send(phones.work_text(who, text))
        elif what == "say":
            self._said(who, text)
            more = {"bizmsgmenuid": form["menu"]} if "menu" in form else {}
            self._webhook.send(phones.text(who, text, **more))
        elif what == "click":
            self._webhook.send(phones.click(who, text))
        elif what == "scan":
            self._webhook.send(phones.scan(who, text))
        elif what == "leave":
            self._webhook.send(phones.unfollow(who))
        elif what == "card":
            self._webhook.send(phones.work_click_card(who, form["code"], text))

    def _said(self, who: str, text: str) -> None:
        self._platform.show(self._people()[who], "own", "text", text)

    def _people(self) -> dict[str, Member]:
        return self._platform.staff if self._side == "work" else self._platform.members

    def _html(self) -> str:
        now = self._platform.now().astimezone(SHANGHAI)
        faults = "".join(f"<option>{escape(name)}</option>" for name in _FAULTS)
        people = "".join(self._section(member) for member in self._people().values())
        calls = "".join(
            f"<li>{c.at.astimezone(SHANGHAI):%H:%M:%S} {escape(c.call.path)} → {c.errcode} {escape(c.fault)}</li>"
            for c in self._platform.calls[-30:]
        )
        return (
            '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>测试平台</title>'
            f"<style>{_STYLE}</style><header><h1>测试平台：每个成员看到什么</h1>"
            f'<p>平台时间 {now:%Y-%m-%d %H:%M:%S}（北京） <a href="/">刷新</a></p>'
            '<form method="post" action="/do"><input type="hidden" name="do" value="join">'
            '<label>新成员 <input name="who" required pattern="[A-Za-z0-9_]+" placeholder="oMEMBER2"></label> '
            "<button>加入</button></form> "
            '<form method="post" action="/do"><input type="hidden" name="do" value="fault">'
            f'<label>下一次调用出故障 <select name="text">{faults}</select></label> '
            "<button>安排</button></form></header>"
            f"<main>{people}<section><h2>接口调用</h2><ol>{calls}</ol></section></main></html>"
        )

    def _section(self, member: Member) -> str:
        name = escape(member.id)
        state = "" if member.following else "（已取消关注）"
        shown = "".join(self._line(member, each) for each in member.inbox[-40:])
        speak = (
            f'<form method="post" action="/do"><input type="hidden" name="do" value="say">'
            f'<input type="hidden" name="who" value="{name}">'
            f'<label>说 <input name="text" aria-label="{name} 说"></label> <button>发送</button></form> '
        )
        more = [_button("leave", "取消关注", who=member.id)] if self._side == "official" else []
        for entry in (self._platform.official.menu or {}).get("button", []) if self._side == "official" else []:
            below = entry.get("sub_button") or [entry]
            more += [_button("click", escape(b["name"]), who=member.id, text=b["key"]) for b in below if b.get("key")]
        return f"<section><h2>{name}{state}</h2><ol>{shown}</ol>{speak}{' '.join(more)}</section>"

    def _line(self, member: Member, shown: Shown) -> str:
        at = f"{shown.at.astimezone(SHANGHAI):%m-%d %H:%M}"
        if shown.source == "own":
            return f'<li class="own">{escape(shown.text)}</li>'
        text = _TAP.sub(
            lambda m: _button("say", m[3], who=member.id, text=unescape(m[1]), menu=unescape(m[2])), escape(shown.text)
        )
        kind = "theirs fault" if shown.source == "fault" else "theirs"
        source = _SOURCES.get(shown.source, shown.source)
        return f'<li class="{kind}"><small>{at} {source}</small>\n{text}{self._options(member, shown)}</li>'

    def _options(self, member: Member, shown: Shown) -> str:
        """The options of an interactive card, while it can be answered."""
        for code, card in self._platform.cards.items():
            if shown.kind == "template_card" and card["content"].get("task_id") == shown.content.get("task_id"):
                listed = [*card["content"].get("checkbox", {}).get("option_list", [])]
                listed += card["content"].get("button_list", [])
                picks = [(str(o.get("id") or o.get("key")), str(o.get("text"))) for o in listed]
                return "\n" + " ".join(_button("card", escape(t), who=member.id, text=i, code=code) for i, t in picks)
        return ""


def _button(do: str, label: str, **fields: str) -> str:
    """A one-button form; the label is HTML."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">' for name, value in fields.items()
    )
    what = f'<input type="hidden" name="do" value="{do}">'
    return f'<form method="post" action="/do">{what}{hidden}<button>{label}</button></form>'
