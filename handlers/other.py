"""Follow and unfollow, other message types, help, and messages with nothing in them."""

from collections.abc import Sequence

from bot.message import Reply
from bot.routing import Route
from handlers.types import MemberTurn
from members.binding import set_following
from replies import talk


def follow(turn: MemberTurn) -> Reply:
    """A new follower, or one who scanned our code."""
    set_following(turn.store(), turn.binding_id(), following=True)
    return talk.welcome(bound=turn.person.bound)


def unfollow(turn: MemberTurn) -> Reply:
    """Nobody reads an answer to this; it is only noted."""
    set_following(turn.store(), turn.binding_id(), following=False)
    return talk.silence()


def silent(turn: MemberTurn) -> Reply:
    """Events that ask for no answer."""
    return talk.silence()


def old_menu(turn: MemberTurn) -> Reply:
    """A tap on a menu item that no route knows."""
    return talk.old_menu()


def cannot_read(turn: MemberTurn) -> Reply:
    """A picture, a video, a voice without text ..."""
    return talk.cannot_read(turn.incoming.kind)


def empty(turn: MemberTurn) -> Reply:
    """A text without text."""
    return talk.empty()


def left(turn: MemberTurn) -> Reply:
    """0 where a binding code was asked for."""
    return talk.list_left()


class Help:
    """帮助 and 菜单: the page of contents, as members read it."""

    def __init__(self) -> None:
        self._lines: tuple[tuple[str, str], ...] = ()

    def show(self, routes: Sequence[Route]) -> None:
        """Takes the routes whose lines it lists."""
        self._lines = tuple((route.say, route.does) for route in routes if route.say)

    def __call__(self, turn: MemberTurn) -> Reply:
        """The list."""
        return talk.help_page(self._lines)
