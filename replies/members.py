"""The sentences of binding and of a member's own data."""

from datetime import datetime

from bot.message import Awaiting, Reply
from bot.turn import SHANGHAI, Person
from members.binding import Offer
from members.privacy import Kept
from study.learners import Learning

CODE, CONSENT, UNBIND = "binding_code", "binding_consent", "unbinding"

STATED_USE = (
    "绑定后会保存：您的姓名、支部、身份（如预备党员）与这个微信账号的对应关系，"
    "您收到过哪条答案的哪一版（用来通知更正，到期自动删除），您答题的情况（只有您自己能看到，用来安排复习），"
    "以及您主动写给支部的留言。工作日会推送一张答题卡片，随时可以回复“退订”。"
    "不保存您问了什么（您回复“等答复”的问题除外，答复后删去）。"
    "随时可以回复“我的”查看、“导出我的数据”带走、“解除绑定”删除。"
)


def ask_code() -> Reply:
    """绑定 without a code."""
    text = "请发送支部给您的 8 位绑定码，例如 绑定 ABCD-2345。没有绑定码，请向支部书记或组织委员索取。回复 0 退出。"
    return Reply("command", text, awaiting=Awaiting(CODE))


def bad_code() -> Reply:
    """A code that is wrong, used, or too old."""
    text = "这个绑定码不对，或者已经用过、过期了（有效 7 天，只能用一次）。请核对后再发，或向支部重新索取。"
    return Reply("notice", text, awaiting=Awaiting(CODE))


def ask_consent(offer: Offer) -> Reply:
    """Who will be bound and to what use; nothing is bound yet."""
    lines = [
        f"将绑定为：{masked(offer.name)}（{offer.branch}）。",
        STATED_USE,
        "同意请回复“同意”，不同意请回复“不同意”。",
    ]
    return Reply("command", "\n".join(lines), awaiting=Awaiting(CONSENT, offer.digest))


def bound(offer: Offer) -> Reply:
    """Bound."""
    return Reply("command", f"绑定好了：{offer.name}（{offer.branch}）。回复“我的”可以看到保存了什么。")


def not_bound() -> Reply:
    """The consent was refused."""
    return Reply("command", "好的，没有绑定，也没有保存您的资料。不绑定也可以照常提问。")


def already_bound(person: Person) -> Reply:
    """绑定 by someone who already is."""
    return Reply("notice", f"您已经绑定为{person.name}（{person.branch}）。要换人，请先回复“解除绑定”。")


def masked(name: str) -> str:
    """王小明 -> 王*明: enough to recognise oneself, too little to find out who has a code."""
    return name[:1] + "*" * max(1, len(name) - 2) + (name[-1:] if len(name) > 2 else "")


def mine(kept: Kept, learning: Learning | None) -> Reply:
    """我的: what is kept, in short."""
    if kept.bound_at is None:
        lines = ["您还没有绑定支部。保存的只有：这个账号的编号、刚才的列表、答案回执和您的留言，不含您问了什么。"]
        lines.append(_counts(kept))
        lines.append("回复“绑定”与支部连上，回复“导出我的数据”看全部。")
        return Reply("command", "\n".join(lines))
    lines = [
        f"姓名：{kept.name}",
        f"支部：{kept.branch}",
        f"身份：{kept.stage}",
        f"绑定时间：{_day(kept.bound_at)}",
        _counts(kept),
        *_learnt(learning),
        "不保存您问了什么。回复“导出我的数据”看全部，“解除绑定”删除。以上为工作副本，以组织部门原件为准。",
    ]
    return Reply("command", "\n".join(lines))


def exported(kept: Kept, learning: Learning | None) -> Reply:
    """导出我的数据: everything, as text."""
    lines = [
        "【我的数据】",
        f"渠道：{kept.channel}",
        f"账号最早记录：{_day(kept.known_since)}",
        f"姓名：{kept.name or '未绑定'}",
        f"编号：{kept.number or '无'}",
        f"支部：{kept.branch or '未绑定'}",
        f"身份：{kept.stage or '未绑定'}",
        "同意记录：" + ("；".join(_consent(*consent) for consent in kept.consents) or "无"),
        "收到过的答案（日期 编号 版本）：" + ("无" if not kept.receipts else ""),
        *(f"{day} {entry} 第{version}版" for day, entry, version in kept.receipts),
        "写给支部的留言：" + ("无" if not kept.notes else ""),
        *(f"{_day(at)} {note}" for at, note in kept.notes),
        *_learnt(learning),
        *(_attempt(*each) for each in (learning.attempts if learning else ())),
        "在等答复的问题：" + ("无" if not kept.wishes else ""),
        *(f"{day} {question}" for day, question in kept.wishes),
    ]
    return Reply("command", "\n".join(lines))


def ask_unbind() -> Reply:
    """解除绑定: to be confirmed."""
    gone = "绑定关系、答题记录、答案回执、还没送达的和在等的答复、您写给支部的留言"
    text = f"解除后会删除{gone}。确定请回复“确认解除”，回复 0 保留。"
    return Reply("command", text, awaiting=Awaiting(UNBIND))


def unbound() -> Reply:
    """Unbound."""
    return Reply("command", "已解除绑定，相关资料已删除；刚才这几条回复的副本最迟 24 小时内清除。仍然可以照常提问。")


def ask_forget() -> Reply:
    """解除绑定 by someone who is not bound: what is kept of the account can go all the same."""
    text = "您还没有绑定。要删除这个账号的答案回执和您写的留言，请回复“确认解除”，回复 0 保留。"
    return Reply("command", text, awaiting=Awaiting(UNBIND))


def kept_binding() -> Reply:
    """0 instead of 确认解除."""
    return Reply("notice", "好的，绑定保持不变。")


def _learnt(learning: Learning | None) -> list[str]:
    if learning is None:
        return []
    push = "已退订推送" if learning.muted else "接收推送"
    return [f"答题：{len(learning.attempts)} 次作答，连续 {learning.streak} 个答题日，{push}（只有您自己能看到）"]


def _attempt(at: datetime, item_id: str, version: int, chosen: str, correct: bool) -> str:
    return f"{_day(at)} {item_id} 第{version}版 答“{chosen}” {'对' if correct else '错'}"


def _counts(kept: Kept) -> str:
    waiting = f"；在等答复：{len(kept.wishes)} 个问题" if kept.wishes else ""
    return f"答案回执：{len(kept.receipts)} 条；留言：{len(kept.notes)} 条{waiting}"


def _consent(given: datetime, withdrawn: datetime | None) -> str:
    return f"{_day(given)} 同意绑定" + (f"，{_day(withdrawn)} 撤回" if withdrawn else "")


def _day(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d")
