"""What a handler may look at: the message, who sent it, what the talk remembers, and the moment."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from bot.message import Awaiting, Choice, Incoming, Kind, Reply, encode
from bot.sending import Standing

S = TypeVar("S")

# The rules' calendar, whatever zone the server or the pushes use.
SHANGHAI = ZoneInfo("Asia/Shanghai")
LIST_LASTS = timedelta(minutes=10)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes: a chat account, and the member it is bound to, if any."""

    binding_id: int
    member_id: int | None = None
    name: str = ""
    stage: str = ""
    branch_id: int | None = None
    branch: str = ""

    @property
    def bound(self) -> bool:
        """True for a chat account that is bound to a member."""
        return self.member_id is not None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the talk remembers between two messages. Never what was asked: only what we last showed.

    `heard`: when the account last did something of each scene (message, click, follow, scan; ISO moments) and how
    often we have written to it of our own accord since: the platform's windows for doing so.
    """

    choices: tuple[Choice, ...] = ()
    choices_until: str = ""
    awaiting: Awaiting | None = None
    awaiting_until: str = ""
    rest: str = ""
    entry: str = ""
    version: int = 0
    refusals: int = 0
    minute: str = ""
    messages: int = 0
    heard: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Compact JSON with only what differs from an empty memory."""
        fields: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(self, name))}
        if self.choices:
            fields["choices"] = [(choice.n, choice.id, choice.text) for choice in self.choices]
        if self.awaiting:
            fields["awaiting"] = (self.awaiting.what, self.awaiting.detail, self.awaiting.minutes)
        return encode(fields)

    @classmethod
    def from_json(cls, text: str) -> "Memory":
        """What `to_json` wrote; fields of other versions of the product are left out."""
        fields: dict[str, Any] = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
        if "choices" in fields:
            fields["choices"] = tuple(Choice(*choice) for choice in fields["choices"])
        if fields.get("awaiting"):
            fields["awaiting"] = Awaiting(*fields["awaiting"])
        return cls(**fields)

    def standing(self, following: bool, unreachable: bool) -> Standing:
        """What is known of the account's right to be written to, out of what was heard of it."""
        heard = {scene: (datetime.fromisoformat(at), sent) for scene, (at, sent) in self.heard.items()}
        nothing = (None, 0)
        message, click = heard.get("message", nothing), heard.get("click", nothing)
        follow, scan = heard.get("follow", nothing), heard.get("scan", nothing)
        return Standing(
            last_message_at=message[0], last_click_at=click[0], last_follow_at=follow[0], last_scan_at=scan[0],
            sent_since_message=message[1], sent_since_click=click[1],
            sent_since_follow=follow[1], sent_since_scan=scan[1],
            following=following or bool(heard), unreachable=unreachable,
        )  # fmt: skip


_FIELDS = frozenset(Memory.__dataclass_fields__)
# What opens a window for writing to an account of our own accord; everything else that comes in does not.
_SCENES: Mapping[Kind, str] = {
    **dict.fromkeys(("text", "voice", "image", "video", "location", "link", "file", "card"), "message"),
    "click": "click",
    "follow": "follow",
    "scan": "scan",
}


class Turn(Generic[S]):
    """One message being answered.

    `store()` is the database inside this message's one transaction, begun when first asked for: all effects happen,
    or none. `binding_id()` is the id of the writer's chat account, made with the first effect of a new one.
    `effects` run with both when the reply is written: an effect whose outcome the reply does not need goes there, so
    that the database is not held while the reply is being worded.
    """

    def __init__(
        self,
        incoming: Incoming,
        person: Person,
        memory: Memory,
        now: datetime,
        store: Callable[[], S],
        binding_id: Callable[[], int],
    ) -> None:
        self.incoming = incoming
        self.person = person
        self.memory = memory
        self.now = now
        # Today by the rules' calendar.
        self.day: date = now.astimezone(SHANGHAI).date()
        self.store = store
        self.binding_id = binding_id
        self.effects: list[Callable[[S, int], None]] = []
        # Half width and no margins: what codes and digits are compared with.
        self.said = unicodedata.normalize("NFKC", incoming.text).strip()
        # Without the punctuation around it, lower case: what commands are compared with.
        self.command = _EDGES.sub("", self.said).lower()
        moment = now.isoformat()
        # The list just shown, and what the last reply asked for, while they last.
        self.choices: tuple[Choice, ...] = memory.choices if memory.choices_until > moment else ()
        self.awaiting: Awaiting | None = memory.awaiting if memory.awaiting_until > moment else None


def remember(memory: Memory, reply: Reply, rest: str, now: datetime) -> Memory:
    """The memory after a reply: its list, what it waits for, the pages left, the answer that 原文 would mean."""
    changed: dict[str, Any] = {}
    if not reply.keeps_list:
        until = (now + LIST_LASTS).isoformat() if reply.choices else ""
        changed |= {"choices": reply.choices, "choices_until": until}
    if not (reply.recalls_answer or reply.keeps_list):
        changed |= {"entry": reply.entry or "", "version": reply.version or 0}
    return replace(
        memory,
        **changed,
        awaiting=reply.awaiting,
        awaiting_until=(now + timedelta(minutes=reply.awaiting.minutes)).isoformat() if reply.awaiting else "",
        rest=rest,
        refusals=memory.refusals + 1 if reply.decision == "refusal" else 0,
    )


def hear(memory: Memory, kind: Kind, now: datetime) -> Memory:
    """The memory with the window that a message of this kind opens; leaving us closes them all."""
    if kind == "unfollow":
        return replace(memory, heard={})
    scene = _SCENES.get(kind)
    return replace(memory, heard={**memory.heard, scene: (now.isoformat(), 0)}) if scene else memory


def show(memory: Memory, choices: tuple[Choice, ...], now: datetime) -> Memory:
    """The memory after something was sent of our own accord: its list counts now, and every window is one send less."""
    heard = {scene: (at, sent + 1) for scene, (at, sent) in memory.heard.items()}
    return replace(memory, heard=heard, choices=choices, choices_until=(now + LIST_LASTS).isoformat())
