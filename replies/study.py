"""The sentences of learning: the card, questions, verdicts, what comes back, quiet and pace."""

from collections.abc import Sequence

from bot.message import Awaiting, Choice, Reply
from knowledge_base.entry import QuizItem
from knowledge_base.quizzes import LETTERS
from replies.answers import cited
from study.papers import Answered, Mistake, Paper, Question

# The routes that these replies lead to: an answer, and the digit on the card.
QUIZ, START = "quiz", "quiz_start"
# A question is answered in the course of the day, not of ten minutes.
_ALL_DAY = 16 * 60

# The line of a card or a reminder when it rides on another reply.
TO_DO = {
    "quiz": "今日答题等您来做（约 2 分钟），回复“答题”开始",
    "remind": "今天的题还没答（约 2 分钟），回复“答题”开始，不想做回复“不考了”",
}
TYPES = {"single": "单选", "multiple": "多选", "judge": "判断", "blank": "填空", "short": "简答"}
_HOW = {
    "single": "回复字母作答，如 A",
    "multiple": "回复全部正确项的字母，如 AC",
    "judge": "回复“对”或“错”",
    "blank": "直接回复要填的内容，几个空用空格隔开",
    "short": "用一句话作答",
}
MAX_MISTAKES = 10


def card(count: int) -> str:
    """What is pushed in the morning."""
    return f"【每日答题】今天 {count} 题，约 2 分钟。回复“答题”或 1 开始。\n不想收到，回复“退订”。"


def reminder() -> str:
    """What is pushed at the hour of the reminder."""
    return "【学习提醒】今天的题还没答，约 2 分钟。回复“答题”或 1 开始。\n不想收到，回复“退订”。"


def card_choices() -> tuple[Choice, ...]:
    """What a digit on the card just shown means."""
    return (Choice(1, START, "开始答题"),)


def question(asked: Question) -> Reply:
    """A question with its options and how to answer it."""
    return _asking(_stem(asked), asked)


def graded(answered: Answered) -> Reply:
    """The verdict at once, with the sentence and the article; then the next question, or how the day went."""
    verdict = _verdict(answered)
    if answered.following is None:
        return Reply("quiz", f"{verdict}\n\n{_summary(answered.paper, answered.streak)}")
    return _asking(f"{verdict}\n\n{_stem(answered.following)}", answered.following)


def done(paper: Paper) -> Reply:
    """答题 when the day's paper is done."""
    text = f"今天的 {paper.answered} 题已经答完，对 {paper.correct} 题。想再练，回复“再来一组”；回复“我的错题”复习。"
    return Reply("quiz", text)


def nothing_to_ask() -> Reply:
    """No question is left: all were asked within the last day, or there is no bank."""
    return Reply("quiz", "现在没有可答的题了：题目隔天才会再出现。明天再来，或回复“我的错题”复习。")


def only_members() -> Reply:
    """Learning is for members: the paper is kept for a person."""
    return Reply("notice", "答题是给支部党员的。请先回复“绑定”，与您的支部连上；提问不用绑定。")


def not_an_answer(item: QuizItem) -> Reply:
    """Letters that are no answer to the question that waits."""
    text = f"这题是{TYPES[item.type]}，{_HOW[item.type]}；“换一题”换一道，“不考了”退出。"
    return Reply("quiz", text, awaiting=Awaiting(QUIZ, minutes=_ALL_DAY), choices=_options(item))


def no_question() -> Reply:
    """A letter, 换一题 or 不考了 without a question that waits."""
    return Reply("notice", "现在没有等您作答的题。回复“答题”开始或继续今天的题。", recalls_answer=True)


def no_more_changes(asked: Question) -> Reply:
    """换一题 once too often."""
    return _asking(f"今天不能再换题了，请先答这一题。\n\n{_stem(asked)}", asked)


def left(paper: Paper | None) -> Reply:
    """不考了."""
    so_far = f"已答 {paper.answered} 题，对 {paper.correct} 题。" if paper and paper.answered else ""
    return Reply("quiz", f"好的，今天先到这里。{so_far}想接着做，回复“答题”；以后都不想收到，回复“退订”。")


def mistakes(found: Sequence[Mistake]) -> Reply:
    """我的错题: the latest first, with key and reason."""
    if not found:
        return Reply("quiz", "没有错题。答错的题会记在这里，过几天还会再出现；只有您自己能看到。")
    shown = [_mistake(n, each) for n, each in enumerate(found[:MAX_MISTAKES], 1)]
    more = f"（共 {len(found)} 题，先列最近的 {MAX_MISTAKES} 题）" if len(found) > MAX_MISTAKES else ""
    return Reply("quiz", "\n\n".join([f"我的错题（只有您自己能看到）{more}", *shown]))


def muted() -> Reply:
    """退订."""
    return Reply("command", "已退订：不再给您推送答题和提醒。想答题时随时回复“答题”；要恢复推送，回复“恢复”。")


def unmuted(day: str) -> Reply:
    """恢复. `day`: when the card comes, e.g. 工作日 07:35."""
    return Reply("command", f"已恢复：{day}给您推送当天的题。不想收到，回复“退订”。")


def _asking(text: str, asked: Question) -> Reply:
    how = f"（{_HOW[asked.item.type]}；“换一题”换一道，“不考了”退出）"
    return Reply("quiz", f"{text}\n{how}", choices=_options(asked.item), awaiting=Awaiting(QUIZ, minutes=_ALL_DAY))


def _options(item: QuizItem) -> tuple[Choice, ...]:
    """What one tap can answer. Several right options need to be typed together."""
    if item.type != "single":
        return ()
    return tuple(Choice(n, LETTERS[n - 1], option, LETTERS[n - 1]) for n, option in enumerate(item.options, 1))


def _stem(asked: Question) -> str:
    item = asked.item
    options = [f"{letter}. {option}" for letter, option in zip(LETTERS, item.options, strict=False)]
    return "\n".join([f"第 {asked.number}/{asked.count} 题（{TYPES[item.type]}）", item.question, *options])


def _verdict(answered: Answered) -> str:
    item, verdict = answered.item, answered.graded
    if verdict.correct:
        first = "✔ 答对了。"
    elif verdict.credit:
        first = f"◐ 选对了一部分。正确答案：{key(item)}"
    else:
        first = f"✘ 正确答案：{key(item)}"
    return "\n".join([first, *_why(item)])


def _why(item: QuizItem) -> list[str]:
    return [item.explanation, *(f"【依据】{line}" for line in cited(item.sources))]


def key(item: QuizItem) -> str:
    """The right answer in words: C 一次性补助; for a blank the first accepted way of filling it."""
    if item.options:
        return "、".join(f"{letter} {item.options[LETTERS.index(letter)]}" for letter in item.answer)
    if item.type == "blank":
        return "；".join(part.split("|")[0] for part in item.answer.split("；"))
    return item.answer


def _summary(paper: Paper, streak: int) -> str:
    days = f"已连续 {streak} 个答题日。" if streak > 1 else ""
    back = "答错的题过几天会再出现。" if paper.correct < paper.answered else ""
    result = f"今天的 {paper.answered} 题答完了，对 {paper.correct} 题。"
    return f"{result}{days}{back}\n回复“再来一组”继续练，“我的错题”复习。"


def _mistake(n: int, each: Mistake) -> str:
    chosen = f"您答的：{each.chosen}" if each.chosen else "您当时没有作答"
    return "\n".join([f"{n}. {each.item.question}", f"正确答案：{key(each.item)}（{chosen}）", *_why(each.item)])
