"""A question in one's own words, or a digit from the list just shown."""

from datetime import date

from bot.message import Reply
from bot.routing import picked
from curation.answers import record_receipt
from curation.queue import record_miss
from handlers.types import CurrentBase, Effect, MemberTurn
from knowledge_base.engine import Answer, Audience, Unknown
from knowledge_base.text import normalise
from replies import answers, talk

# A longer message is a text pasted by mistake: what the matcher reads of it ends here.
MAX_LENGTH = 500


class Ask:
    """Answers a question out of the current base."""

    def __init__(self, current: CurrentBase) -> None:
        self._current = current

    def __call__(self, turn: MemberTurn) -> Reply:
        """The answer, the choices or the refusal; a refusal is queued without a name."""
        text = turn.incoming.text[:MAX_LENGTH]
        result = self._current(turn.now).ask(text, turn.day, audience(turn))
        match result:
            case Answer():
                turn.effects.append(_receipt(result, turn.day))
            case Unknown():
                turn.effects.append(_miss(result, text, turn.day))
        return answers.reply_to(result, turn.memory.refusals)


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
        turn.effects.append(_receipt(answer, turn.day))
        return answers.answer(answer)


def audience(turn: MemberTurn) -> Audience:
    """Bound members may see what is for members; everybody else what is for all."""
    return "all" if turn.person.member_id is None else "member"


def _receipt(answer: Answer, day: date) -> Effect:
    entry = answer.entry
    return lambda store, binding_id: record_receipt(store, binding_id, entry.id, entry.version, day)


def _miss(result: Unknown, text: str, day: date) -> Effect:
    compared, nearest = normalise(text), [entry.id for entry in result.nearest]
    return lambda store, _binding_id: record_miss(store, text, compared, nearest, day)
