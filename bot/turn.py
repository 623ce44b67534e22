"""What a handler may look at: the message, who sent it, what the talk remembers, and the moment."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from bot.message import Awaiting, Choice, Incoming, Reply, encode

S = TypeVar("S")

# The rules' calendar, whatever zone the server or the pushes use.
SHANGHAI = ZoneInfo("Asia/Shanghai")
LIST_LASTS = timedelta(minutes=10)
AWAITING_LASTS = timedelta(minutes=10)
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
    """What the talk remembers between two messages. Never what was asked: only what we last showed."""

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

    def to_json(self) -> str:
        """Compact JSON with only what differs from an empty memory."""
        fields: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(self, name))}
        if self.choices:
            fields["choices"] = [(choice.n, choice.id, choice.text) for choice in self.choices]
        if self.awaiting:
            fields["awaiting"] = {"what": self.awaiting.what, "detail": self.awaiting.detail}
        return encode(fields)

    @classmethod
    def from_json(cls, text: str) -> "Memory":
        """What `to_json` wrote; fields of other versions of the product are left out."""
        fields: dict[str, Any] = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
        if "choices" in fields:
            fields["choices"] = tuple(Choice(*choice) for choice in fields["choices"])
        if fields.get("awaiting"):
            fields["awaiting"] = Awaiting(**fields["awaiting"])
        return cls(**fields)


_FIELDS = frozenset(Memory.__dataclass_fields__)


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
        awaiting_until=(now + AWAITING_LASTS).isoformat() if reply.awaiting else "",
        rest=rest,
        refusals=memory.refusals + 1 if reply.decision == "refusal" else 0,
    )
