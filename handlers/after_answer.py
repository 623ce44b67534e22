"""What can be said about the answer just given: 原文, 有用, 没用 and why, 继续."""

from bot.message import Reply
from bot.paging import next_page
from bot.routing import picked
from curation import queue
from curation.answers import count_feedback
from handlers.ask import audience
from handlers.types import CurrentBase, MemberTurn
from replies import answers, talk


class WhereToRead:
    """原文: where the cited texts can be read."""

    def __init__(self, current: CurrentBase) -> None:
        self._current = current

    def __call__(self, turn: MemberTurn) -> Reply:
        """Names the places for the answer just given."""
        base = self._current(turn.now)
        entry = base.entry(turn.memory.entry, turn.day, audience(turn)) if turn.memory.entry else None
        if entry is None:
            return answers.no_answer_before()
        documents = dict.fromkeys(citation.doc for citation in entry.sources)
        return answers.where_to_read(entry, [source for doc in documents if (source := base.source(doc))])


def useful(turn: MemberTurn) -> Reply:
    """有用."""
    memory = turn.memory
    if not memory.entry:
        return answers.no_answer_before()
    count_feedback(turn.store(), memory.entry, memory.version, "useful", turn.day)
    return answers.thanks(useful=True)


class Useless:
    """没用, and the reason that is then asked for once; all of it without a name."""

    def __init__(self, current: CurrentBase) -> None:
        self._current = current

    def said(self, turn: MemberTurn) -> Reply:
        """没用: counted, and an item for the entry's owner."""
        memory = turn.memory
        if not memory.entry:
            return answers.no_answer_before()
        count_feedback(turn.store(), memory.entry, memory.version, "useless", turn.day)
        queue.complain(turn.store(), memory.entry, memory.version, "", self._owner(turn), turn.day)
        return answers.thanks(useful=False)

    def reason(self, turn: MemberTurn) -> Reply:
        """A digit from the reasons."""
        number = picked(turn.said) or 0
        if number == 0:
            return answers.reason_left()
        if number == len(answers.REASONS):
            return answers.ask_reason()
        return self._keep(turn, answers.REASONS[number - 1])

    def own_reason(self, turn: MemberTurn) -> Reply:
        """The sentence after “其他”."""
        return answers.reason_left() if picked(turn.said) == 0 else self._keep(turn, turn.incoming.text.strip())

    def _keep(self, turn: MemberTurn, reason: str) -> Reply:
        memory = turn.memory
        queue.give_reason(turn.store(), memory.entry, memory.version, reason, self._owner(turn), turn.day)
        return answers.reason_taken()

    def _owner(self, turn: MemberTurn) -> str:
        entry = self._current(turn.now).entry(turn.memory.entry, turn.day, "cadre")
        return entry.owner if entry else queue.ANYBODY


def is_reason(turn: MemberTurn) -> bool:
    """The message is one of the digits that the reasons were listed with, or 0."""
    number = picked(turn.said)
    return number is not None and number <= len(answers.REASONS)


def more(turn: MemberTurn) -> Reply:
    """继续: the next page."""
    if not turn.memory.rest:
        return talk.nothing_more()
    return talk.next_part(*next_page(turn.memory.rest, talk.PIPELINE.more))
