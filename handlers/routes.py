"""The page of contents: everything a member can say, in the order of priority.

帮助 and docs/reference/menu.md are made from this table.
"""

from dataclasses import dataclass

from bot.routing import Route, always, awaits, both, chose, clicks, either, is_kind, matches, nothing_said, picks, says
from handlers import after_answer, membership, other, person, quiz
from handlers.ask import Ask, AwaitAnswer, Choose
from handlers.quiz import Quiz, Unmute, for_members
from handlers.types import CurrentBase
from members.binding import Codes
from replies.answers import OWN_REASON, REASON
from replies.members import CODE, CONSENT, UNBIND
from replies.study import QUIZ, START
from replies.talk import NOTE
from study.rules.grading import STRAY

HELP = ("帮助", "help", "?", "菜单", "功能", "你会什么", "怎么用")
MORE = ("继续", "下一页", "更多", "接着说")
SOURCE = ("原文", "看原文", "出处", "依据")
USEFUL = ("有用", "有帮助", "解决了")
USELESS = ("没用", "没有用", "没帮助", "不对", "答非所问")
WISH = ("等答复", "等答案", "有答案告诉我")
PERSON = ("转人工", "人工", "找人", "人工服务", "转人工服务")
MINE = ("我的", "我的信息", "我的资料")
EXPORT = ("导出我的数据", "导出数据", "导出我的资料")
QUIZZES = ("答题", "开始答题", "每日答题", "今日答题", "做题", "开始做题", "测验", "继续答题")
MORE_QUIZ = ("再来一组", "再来", "再答一组", "再练一组")
CHANGE = ("换一题", "换题", "换一道", "下一题", "跳过")
LEAVE_QUIZ = ("不考了", "不答了", "不做了", "退出答题", "结束答题")
MISTAKES = ("我的错题", "错题", "错题本", "看错题")
MUTE = ("退订", "取消推送", "不要推送", "别推了", "td")
UNMUTE = ("恢复", "恢复推送", "订阅", "取消退订")
UNBINDING = ("解除绑定", "解绑", "取消绑定", "删除我的数据")
BINDING = ("绑定", "我要绑定", "绑定支部")


@dataclass(frozen=True, slots=True)
class House:
    """What the sentences need to know of the house: who is behind it when, and how it asks."""

    contact: str | None
    office_hours: str
    quiz_count: int
    # When the card comes, in words: 每个工作日 07:35.
    quiz_when: str


def routes(current: CurrentBase, codes: Codes, house: House) -> tuple[Route, ...]:
    """The table, wired to the content, the binding codes and the house."""
    help_page = other.Help()
    paper = Quiz(current, house.quiz_count)
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
            person.AskPerson(house.contact, house.office_hours),
            "转人工",
            "找负责同志，可以留言",
        ),
        Route("unheard_voice", both(is_kind("voice"), nothing_said), other.cannot_read),
        Route("other_types", is_kind("image", "video", "location", "link", "file", "card"), other.cannot_read),
        Route("empty", both(is_kind("text"), nothing_said), other.empty),
        Route("consent", both(awaits(CONSENT), membership.answers_consent), membership.consent),
        Route("unbind", both(awaits(UNBIND), membership.answers_unbind), membership.unbind),
        Route("note", awaits(NOTE), person.TakeNote(house.office_hours)),
        Route("reason", both(awaits(REASON), after_answer.is_reason), useless.reason),
        Route("own_reason", awaits(OWN_REASON), useless.own_reason),
        Route("more", says(*MORE), after_answer.more, "继续", "看没看完的下文"),
        Route("source", says(*SOURCE), after_answer.WhereToRead(current), "原文", "刚才的答案在哪里能看到原文"),
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
        *_learning(paper, house),
        Route("old_menu", is_kind("click"), other.old_menu),
        Route("event", is_kind("event", "unknown"), other.silent),
        Route("useful", says(*USEFUL), after_answer.useful, "有用 / 没用", "评价刚才的答案（不记名）"),
        Route("useless", says(*USELESS), useless.said),
        Route("choose", picks, Choose(current), "1 2 3 …", "选刚刚列出的某一项，0 退出"),
        Route("ask", always, Ask(current, seal)),
    )
    help_page.show(table)
    return table


def _learning(paper: Quiz, house: House) -> tuple[Route, ...]:
    """The day's paper and all around it. What a question waits for comes after every command."""
    return (
        Route(
            "quiz",
            either(says(*QUIZZES), clicks("QUIZ"), chose(START)),
            for_members(paper.start),
            "答题",
            "做今天的题（每天几道，随时可停）",
        ),
        Route(
            "mistakes",
            either(says(*MISTAKES), clicks("MISTAKES")),
            for_members(paper.mistakes),
            "我的错题",
            "答错的题和讲解（只有您自己能看到）",
        ),
        Route("quiz_change", says(*CHANGE), for_members(paper.change), "换一题 / 不考了", "答题时换一道，或先到这里"),
        Route("quiz_leave", either(says(*LEAVE_QUIZ), both(says("退出"), quiz.has_paper)), for_members(quiz.leave)),
        Route("quiz_more", says(*MORE_QUIZ), for_members(paper.more)),
        Route("mute", says(*MUTE), for_members(quiz.mute), "退订 / 恢复", "停止或恢复每日答题和提醒的推送"),
        Route("unmute", says(*UNMUTE), for_members(Unmute(house.quiz_when))),
        Route("quiz_answer", both(awaits(QUIZ), paper.is_answer), for_members(paper.answer)),
        Route("quiz_stray", both(matches(STRAY), paper.is_stray), paper.stray),
    )
