"""The sentences around the answers: greeting, help, lists, other message types, a person, what went wrong."""

from collections.abc import Sequence

from bot.message import Awaiting, Note, Reply
from bot.pipeline import Sentences
from replies.study import TO_DO


def riding(notes: Sequence[Note]) -> list[str]:
    """What rides on a reply: late answers and notices word for word, then the things to do, a line each."""
    told = [f"{_LATE}\n{note.text}" if note.kind == "late" else note.text for note in notes if note.kind not in TO_DO]
    waiting = [TO_DO[note.kind] for note in notes if note.kind in TO_DO]
    if len(waiting) > 1:
        waiting = [f"您有 {len(waiting)} 项待办：", *(f"· {line}" for line in waiting)]
    return [*told, *(["📌 " + "\n".join(waiting)] if waiting else [])]


_LATE = "【您上一条消息的答复】"
PIPELINE = Sentences(
    sorry="抱歉，刚才出了一点问题，没有处理成功。请过一会儿再发一次。",
    late="这个问题要多查一会儿。请稍后发任意一句话，我把答复一并给您。",
    too_many="您发得太快了，请过一分钟再发。",
    more="……（未完，回复“继续”看下文）",
    riding=riding,
)
NOTE = "handover_note"


def welcome(*, bound: bool) -> Reply:
    """On follow."""
    lines = [
        "您好，我是支部助手。党务方面的问题可以直接问我，例如“预备期多长”。",
        "每个答案都写明依据的文件和条款；没有审核过的，我会直说不知道。",
        "您问什么，我不记名。",
    ]
    lines.append("回复“帮助”看我会做什么。" if bound else "回复“帮助”看我会做什么，回复“绑定”与您的支部连上。")
    return Reply("notice", "\n".join(lines))


def silence() -> Reply:
    """Nothing is said: for events that ask for no answer."""
    return Reply("notice", "", keeps_list=True, recalls_answer=True)


def help_page(lines: Sequence[tuple[str, str]]) -> Reply:
    """帮助: what a member can say, out of handlers/routes.py."""
    listed = [f"· {say}：{does}" for say, does in lines]
    return Reply("menu", "\n".join(["直接发问题就行，例如“党费交多少”。还可以回复：", *listed]))


def no_list() -> Reply:
    """A digit without a list to pick from."""
    return Reply("notice", "现在没有可选的列表（列表只在 10 分钟内有效）。请直接发您的问题。", recalls_answer=True)


def not_in_list(last: int) -> Reply:
    """A digit past the end of the list."""
    return Reply("notice", f"请回复 1 到 {last} 的数字，0 退出；也可以直接发新的问题。", keeps_list=True)


def list_left() -> Reply:
    """0: the list is left."""
    return Reply("notice", "已退出。请直接发您的问题，或回复“帮助”。", recalls_answer=True)


def choice_gone() -> Reply:
    """The picked entry is no longer in force."""
    return Reply("notice", "这一条刚刚有变动，请直接把问题再发一次。")


def next_part(text: str, rest: str) -> Reply:
    """继续: the next page of a long text."""
    return Reply("command", text, keeps_list=True, recalls_answer=True, rest=rest)


def nothing_more() -> Reply:
    """继续 without anything left."""
    return Reply("notice", "没有没看完的内容了。", keeps_list=True, recalls_answer=True)


def empty() -> Reply:
    """An empty message."""
    return Reply("notice", "没有收到文字。请用一句话写下您的问题，例如“预备期多长”。", keeps_list=True)


_UNREAD = {
    "image": "图片我看不懂，请把问题写成一句话发给我。",
    "video": "视频我看不懂，请把问题写成一句话发给我。",
    "voice": "这段语音没有识别出文字，请打字发给我，或再说一遍。",
    "location": "位置我用不上，请把问题写成一句话发给我。",
    "link": "链接我打不开，请把问题写成一句话发给我。",
    "file": "文件我打不开，请把问题写成一句话发给我。",
    "card": "小程序卡片我打不开，请把问题写成一句话发给我。",
}


def cannot_read(kind: str) -> Reply:
    """Another type of message than text."""
    return Reply("notice", _UNREAD[kind], keeps_list=True, recalls_answer=True)


def old_menu() -> Reply:
    """A menu item of the chat that this version does not know."""
    return Reply("notice", "这个菜单项已经改了。回复“菜单”看现在有什么。", keeps_list=True)


def a_person(contact: str | None, hours: str) -> Reply:
    """转人工: who, when, and how to leave a note."""
    lines = [f"答复时间：{hours}。"]
    lines.append(f"联系：{contact}。" if contact else "可以联系您所在党支部的书记或组织委员。")
    lines.append("也可以现在写下留言（写明问题和怎么找到您），下一条消息会原样交给支部；回复 0 不留言。")
    return Reply("handover", "\n".join(lines), awaiting=Awaiting(NOTE))


def note_taken(hours: str) -> Reply:
    """The note for the branch is kept."""
    return Reply("handover", f"留言已记下，负责同志会在{hours}看到。在“我的”里可以看到您留的话。")


def note_dropped() -> Reply:
    """0 instead of a note."""
    return Reply("notice", "好的，没有留言。")
