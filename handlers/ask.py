"""A question in one's own words, or a digit from the list just shown."""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from bot.message import Awaiting, Reply
from bot.routing import picked
from curation import hits, queue
from curation.answers import record_answer
from handlers.types import CurrentBase, Effect, MemberTurn, Seal
from knowledge_base.engine import Answer, Audience, Choices, Unknown
from knowledge_base.text import normalise
from replies import answers, talk

# A longer message is a text pasted by mistake: what the matcher reads of it ends here.
MAX_LENGTH = 500


class Ask:
    """Answers a question out of the current base."""

    def __init__(self, current: CurrentBase, seal: Seal) -> None:
        """`seal` hides a question so that 等答复 can find it again and the database alone cannot."""
        self._current = current
        self._seal = seal

    def __call__(self, turn: MemberTurn) -> Reply:
        """The answer, the choices or the refusal; a refusal is queued without a name."""
        text = turn.incoming.text[:MAX_LENGTH]
        result = self._current(turn.now).ask(text, turn.day, audience(turn))
        reply = answers.reply_to(result, turn.memory.refusals)
        match result:
            case Answer():
                entry, day = result.entry, turn.day
                turn.effects.append(lambda store, account: record_answer(store, account, entry.id, entry.version, day))
            case Choices():
                turn.effects.append(_counted("offered", turn.day))
            case Unknown():
                compared = normalise(text)[: queue.MAX_LENGTH]
                turn.effects.append(_miss(result, text, compared, turn.day))
                if result.in_scope:
                    return replace(reply, awaiting=Awaiting(answers.WISH, self._seal(compared)))
        return reply


class AwaitAnswer:
    """等答复: who asked is kept from here on, with the question, until the answer has been told."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def __call__(self, turn: MemberTurn) -> Reply:
        """Finds the question that was just refused."""
        awaiting = turn.awaiting
        if awaiting is None or awaiting.what != answers.WISH:
            return answers.nothing_to_wait_for()
        found = queue.wish(turn.store(), lambda text: self._seal(text) == awaiting.detail, turn.binding_id(), turn.day)
        return answers.wish_taken() if found else answers.nothing_to_wait_for()


class Choose:
    """Takes a digit for the list just shown, and for nothing else."""

    def __init__(self, current: CurrentBase) -> None:
        self._current = current

    def __call__(self, turn: MemberTurn) -> Reply:
        """The picked entry; a digit without a list does nothing but say so."""
        number, listed = picked(turn.said), turn.choices
        if not listed:
            return talk.no_list()
        if number == 0:
            return talk.list_left()
        chosen = next((choice for choice in listed if choice.n == number), None)
        if chosen is None:
            return talk.not_in_list(len(listed))
        base = self._current(turn.now)
        entry = base.entry(chosen.id, turn.day, audience(turn))
        if entry is None:
            return talk.choice_gone()
        answer = base.answer_with(entry, 1.0, turn.day, audience(turn))
        day = turn.day
        turn.effects.append(
            lambda store, account: record_answer(store, account, entry.id, entry.version, day, "chosen")
        )
        return answers.answer(answer)


def audience(turn: MemberTurn) -> Audience:
    """Bound members may see what is for members; everybody else what is for all."""
    return "all" if turn.person.member_id is None else "member"


def _counted(kind: hits.Kind, day: date) -> Effect:
    return lambda store, _binding_id: hits.count(store, kind, day)


def _miss(result: Unknown, text: str, compared: str, day: date) -> Effect:
    nearest = [entry.id for entry in result.nearest]
    owner = result.nearest[0].owner if result.nearest else queue.ANYBODY

    def effect(store: Connection, _binding_id: int) -> None:
        queue.record_miss(store, text, compared, nearest, day, owner)
        hits.count(store, "refused" if result.in_scope else "outside", day)

    return effect
