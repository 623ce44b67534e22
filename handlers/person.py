"""转人工: who can be reached when, and a note for the branch."""

from bot.message import Reply
from bot.routing import picked
from curation.answers import leave_note
from handlers.types import MemberTurn
from replies import talk

MAX_NOTE = 1_000
NO_NOTE = ("不留言", "取消", "退出", "算了")


class AskPerson:
    """转人工."""

    def __init__(self, contact: str | None, hours: str) -> None:
        self._contact, self._hours = contact, hours

    def __call__(self, turn: MemberTurn) -> Reply:
        """Names hours and contact and waits for a note."""
        return talk.a_person(self._contact, self._hours)


class TakeNote:
    """The message after 转人工."""

    def __init__(self, hours: str) -> None:
        self._hours = hours

    def __call__(self, turn: MemberTurn) -> Reply:
        """Keeps the note for the branch, word for word."""
        if picked(turn.said) == 0 or turn.said in NO_NOTE:
            return talk.note_dropped()
        leave_note(turn.store(), turn.binding_id(), turn.person.branch_id, turn.incoming.text[:MAX_NOTE], turn.now)
        return talk.note_taken(self._hours)
