"""The page of contents: everything a member can say, in the order of priority.

帮助 and docs/reference/menu.md are made from this table.
"""

from bot.routing import Route, always, awaits, both, clicks, either, is_kind, nothing_said, picks, says
from handlers import after_answer, membership, other, person
from handlers.ask import Ask, AwaitAnswer, Choose
from handlers.types import CurrentBase
from members.binding import Codes
from replies.answers import OWN_REASON, REASON
from replies.members import CODE, CONSENT, UNBIND
from replies.talk import NOTE

HELP = ("帮助", "help", "?", "菜单", "功能", "你会什么", "怎么用")
MORE = ("继续", "下一页", "更多", "接着说")
SOURCE = ("原文", "看原文", "出处", "依据")
USEFUL = ("有用", "有帮助", "解决了")
USELESS = ("没用", "没有用", "没帮助", "不对", "答非所问")
WISH = ("等答复", "等答案", "有答案告诉我")
PERSON = ("转人工", "人工", "找人", "人工服务", "转人工服务")
MINE = ("我的", "我的信息", "我的资料")
EXPORT = ("导出我的数据", "导出数据", "导出我的资料")
UNBINDING = ("解除绑定", "解绑", "取消绑定", "删除我的数据")
BINDING = ("绑定", "我要绑定", "绑定支部")


def routes(current: CurrentBase, codes: Codes, contact: str | None, hours: str) -> tuple[Route, ...]:
    """The table, wired to the content, the binding codes and the hours of the people behind it."""
    help_page = other.Help()
    bind = membership.Bind(codes)
    useless = after_answer.Useless(current)

    def seal(question: str) -> str:
        return codes.digest(f"question:{question}")

    table = (
        Route("follow", is_kind("follow", "scan"), other.follow),
        Route("unfollow", is_kind("unfollow"), other.unfollow),
        Route("help", either(says(*HELP), clicks("HELP", "MENU")), help_page, "帮助", "看这份清单（“菜单”也行）"),
        Route("mine", either(says(*MINE), clicks("MINE")), membership.mine, "我的", "看保存了您的什么"),
        Route(
            "person",
            either(says(*PERSON), clicks("PERSON")),
            person.AskPerson(contact, hours),
            "转人工",
            "找负责同志，可以留言",
        ),
        Route("old_menu", is_kind("click"), other.old_menu),
        Route("event", is_kind("event", "unknown"), other.silent),
        Route("unheard_voice", both(is_kind("voice"), nothing_said), other.cannot_read),
        Route("other_types", is_kind("image", "video", "location", "link", "file", "card"), other.cannot_read),
        Route("empty", nothing_said, other.empty),
        Route("consent", both(awaits(CONSENT), membership.answers_consent), membership.consent),
        Route("unbind", both(awaits(UNBIND), membership.answers_unbind), membership.unbind),
        Route("note", awaits(NOTE), person.TakeNote(hours)),
        Route("reason", both(awaits(REASON), after_answer.is_reason), useless.reason),
        Route("own_reason", awaits(OWN_REASON), useless.own_reason),
        Route("more", says(*MORE), after_answer.more, "继续", "看没看完的下文"),
        Route("source", says(*SOURCE), after_answer.WhereToRead(current), "原文", "刚才的答案在哪里能看到原文"),
        Route("useful", says(*USEFUL), after_answer.useful, "有用 / 没用", "评价刚才的答案（不记名）"),
        Route("useless", says(*USELESS), useless.said),
        Route("wish", says(*WISH), AwaitAnswer(seal), "等答复", "没答上来的问题，有了答案告诉您一次"),
        Route(
            "bind",
            either(says(*BINDING), membership.is_code),
            bind,
            "绑定",
            "与您的支部连上（需要支部给的绑定码）",
        ),
        Route("bind_left", both(awaits(CODE), picks), other.left),
        Route("export", says(*EXPORT), membership.export, "导出我的数据", "看保存的全部内容"),
        Route("ask_unbind", says(*UNBINDING), membership.ask_unbind, "解除绑定", "解除并删除"),
        Route("choose", picks, Choose(current), "1 2 3 …", "选刚刚列出的某一项，0 退出"),
        Route("ask", always, Ask(current, seal)),
    )
    help_page.show(table)
    return table
