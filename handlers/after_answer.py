"""What can be said about the answer just given: 原文, 有用, 没用, 继续."""

from bot.message import Reply
from bot.paging import next_page
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
    return _count(turn, useful=True)


def useless(turn: MemberTurn) -> Reply:
    """没用."""
    return _count(turn, useful=False)


def _count(turn: MemberTurn, *, useful: bool) -> Reply:
    memory = turn.memory
    if not memory.entry:
        return answers.no_answer_before()
    count_feedback(turn.store(), memory.entry, memory.version, "useful" if useful else "useless", turn.day)
    return answers.thanks(useful=useful)


def more(turn: MemberTurn) -> Reply:
    """继续: the next page."""
    if not turn.memory.rest:
        return talk.nothing_more()
    return talk.next_part(*next_page(turn.memory.rest, talk.PIPELINE.more))
