"""答题 and all around it: an answer, 换一题, 不考了, 再来一组, 我的错题, 退订, 恢复."""

from collections.abc import Callable

from bot.message import Reply
from handlers.types import CurrentBase, MemberTurn
from replies import study as said
from study import learners, papers
from study.papers import Bank
from study.rules import grading


class Quiz:
    """The day's paper, over the bank of the current content. Every method is a handler for bound members."""

    def __init__(self, current: CurrentBase, count: int) -> None:
        self._current, self._count = current, count

    def start(self, turn: MemberTurn) -> Reply:
        """答题, or 1 on the card: begins the paper or goes on with it."""
        question = papers.start(turn.store(), self._bank(turn), member(turn), turn.day, self._count, turn.now)
        if question:
            return said.question(question)
        paper = papers.find(turn.store(), member(turn), turn.day)
        return said.done(paper) if paper and paper.state == "done" else said.nothing_to_ask()

    def more(self, turn: MemberTurn) -> Reply:
        """再来一组."""
        question = papers.extend(turn.store(), self._bank(turn), member(turn), turn.day, self._count, turn.now)
        return said.question(question) if question else said.nothing_to_ask()

    def answer(self, turn: MemberTurn) -> Reply:
        """What was typed after a question."""
        bank = self._bank(turn)
        question = papers.current(turn.store(), bank, member(turn), turn.day)
        if question is None:
            return said.no_question()
        chosen = grading.read(question.item, turn.said)
        if chosen is None:
            return said.not_an_answer(question.item)
        return said.graded(papers.answer(turn.store(), bank, member(turn), turn.day, chosen, turn.now))

    def stray(self, turn: MemberTurn) -> Reply:
        """A bare letter when no question was just shown: shows the one that waits again, and grades nothing."""
        question = papers.current(turn.store(), self._bank(turn), member(turn), turn.day)
        return said.question(question) if question else said.no_question()

    def change(self, turn: MemberTurn) -> Reply:
        """换一题."""
        bank = self._bank(turn)
        before = papers.current(turn.store(), bank, member(turn), turn.day)
        if before is None:
            return said.no_question()
        after = papers.change(turn.store(), bank, member(turn), turn.day, turn.now)
        return said.question(after) if after else said.no_more_changes(before)

    def mistakes(self, turn: MemberTurn) -> Reply:
        """我的错题."""
        return said.mistakes(papers.mistakes(turn.store(), self._bank(turn), member(turn)))

    def is_answer(self, turn: MemberTurn) -> bool:
        """What was typed answers the question just shown, or tries to."""
        if turn.person.member_id is None:
            return False
        question = papers.current(turn.store(), self._bank(turn), turn.person.member_id, turn.day)
        answers = question is not None and grading.read(question.item, turn.said) is not None
        return answers or grading.is_like_an_answer(turn.said)

    def is_stray(self, turn: MemberTurn) -> bool:
        """Letters are an answer even without the question before them; 对 or 错 on a day on which a paper was begun."""
        if turn.person.member_id is None or turn.awaiting:
            return False
        letters = turn.said.isascii()
        return letters or has_paper(turn)

    def _bank(self, turn: MemberTurn) -> Bank:
        return papers.bank_of(self._current(turn.now).content)


def has_paper(turn: MemberTurn) -> bool:
    """The member began a paper today."""
    member_id = turn.person.member_id
    return member_id is not None and papers.find(turn.store(), member_id, turn.day) is not None


def leave(turn: MemberTurn) -> Reply:
    """不考了."""
    return said.left(papers.leave(turn.store(), member(turn), turn.day, turn.now))


def mute(turn: MemberTurn) -> Reply:
    """退订."""
    learners.mute(turn.store(), member(turn), turn.now)
    return said.muted()


class Unmute:
    """恢复."""

    def __init__(self, when: str) -> None:
        self._when = when

    def __call__(self, turn: MemberTurn) -> Reply:
        """Pushes again, from the next time on."""
        learners.unmute(turn.store(), member(turn))
        return said.unmuted(self._when)


def for_members(handler: Callable[[MemberTurn], Reply]) -> Callable[[MemberTurn], Reply]:
    """The handler for bound members; a sentence for everybody else."""
    return lambda turn: handler(turn) if turn.person.bound else said.only_members()


def member(turn: MemberTurn) -> int:
    """The member of a turn that `for_members` let in."""
    assert turn.person.member_id is not None
    return turn.person.member_id
