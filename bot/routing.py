"""Which handler a message belongs to: the first route whose condition holds."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.message import Reply
from bot.turn import Turn

Handler = Callable[[Turn[Any]], Reply]
Condition = Callable[[Turn[Any]], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """A thing a member can say. `say` and `does` are its line in 帮助 and docs/reference/menu.md; "" hides it."""

    name: str
    when: Condition
    handler: Handler
    say: str = ""
    does: str = ""


def first_match(routes: Sequence[Route], turn: Turn[Any]) -> Route:
    """The route that answers this turn. The last route of a table must always hold (else LookupError)."""
    for route in routes:
        if route.when(turn):
            return route
    raise LookupError("the last route must always hold")


def says(*words: str) -> Condition:
    """The message is one of these words; punctuation around it, case and width do not matter."""
    wanted = frozenset(words)
    return lambda turn: turn.command in wanted and _typed(turn)


def clicks(*keys: str) -> Condition:
    """A menu item of the chat was tapped."""
    return lambda turn: turn.incoming.kind == "click" and turn.incoming.subject in keys


def is_kind(*kinds: str) -> Condition:
    """The message is of one of these kinds."""
    return lambda turn: turn.incoming.kind in kinds


def awaits(what: str) -> Condition:
    """The last reply asked for this, and something was typed."""
    return lambda turn: _typed(turn) and turn.awaiting is not None and turn.awaiting.what == what


def either(*conditions: Condition) -> Condition:
    """Any of the conditions holds."""
    return lambda turn: any(condition(turn) for condition in conditions)


def both(*conditions: Condition) -> Condition:
    """All of the conditions hold."""
    return lambda turn: all(condition(turn) for condition in conditions)


def matches(pattern: "re.Pattern[str]") -> Condition:
    """All of what was typed is of this form."""
    return lambda turn: _typed(turn) and pattern.fullmatch(turn.said) is not None


def chose(what: str) -> Condition:
    """The digit picks the item of the list just shown that means `what`."""
    return lambda turn: picks(turn) and (what, picked(turn.said)) in {(each.id, each.n) for each in turn.choices}


def nothing_said(turn: Turn[Any]) -> bool:
    """There is no text in the message."""
    return not turn.said


def always(turn: Turn[Any]) -> bool:
    """Holds for every message."""
    return True


_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "十": 10}
_PICK = re.compile(
    r"(?:选|第|我选|选第|回复)?\s*(\d{1,2}|[零〇一二两三四五六七八九十])\s*(?:个|项|条|号|题)?\s*[.。、!！]*"
)


def picked(text: str) -> int | None:
    """The number a member picks from a list: 2, ２, ②, 二, 第二个, 选2; None for anything else."""
    match = _PICK.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not match:
        return None
    return int(match[1]) if match[1].isdigit() else _NUMERALS[match[1]]


def picks(turn: Turn[Any]) -> bool:
    """The message is nothing but a choice from a list."""
    return _typed(turn) and picked(turn.said) is not None


def _typed(turn: Turn[Any]) -> bool:
    return turn.incoming.kind in ("text", "voice")
