"""What the demo page can do, as app.py hands it in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

from members.demo import PageAccount
from storage.demo_inbox import Pushed


@dataclass(frozen=True, slots=True)
class Said:
    """What the visitor did: `kind` text, click, follow or unfollow; `text` is what was typed or the menu item's key.

    `mode` is the message mode of the door, `menu_id` the number of the tap link that typed the text.
    """

    person: str
    mode: str
    kind: str
    text: str
    menu_id: str


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo. Dicts are JSON-ready."""

    people: Callable[[], Sequence[PageAccount]]
    # Posts to our own webhook. {"message", "address", "sent", "status", "received", "opened", "text", "decision" …}
    say: Callable[[Said], dict[str, Any]]
    # (text, person) -> KnowledgeBase.explain
    explain: Callable[[str, str], dict[str, Any]]
    # What was pushed after the message with that id.
    received: Callable[[int], Sequence[Pushed]]
    # person -> a binding code
    code: Callable[[str], str]
    now: Callable[[], datetime]
    real_now: Callable[[], datetime]
    # Raises ValueError for the past.
    travel: Callable[[datetime], None]
    restart: Callable[[], None]
    may_push: Callable[[], bool]
    allow_push: Callable[[bool], None]
    menu: Mapping[str, Any]
    # When the next card of the daily quiz is due: days off have none.
    next_card: Callable[[], datetime]
    # When the daily quiz comes, and in which zone.
    quiz_at: time
    zone: tzinfo
