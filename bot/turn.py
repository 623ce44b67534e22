"""What a handler may look at: the message, who sent it, what the talk remembers, and the moment."""

import json
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from bot.message import Awaiting, Choice, Incoming, Reply

S = TypeVar("S")

# The rules' calendar, whatever zone the server or the pushes use.
SHANGHAI = ZoneInfo("Asia/Shanghai")
LIST_LASTS = timedelta(minutes=10)
AWAITING_LASTS = timedelta(minutes=10)


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
        empty = asdict(Memory())
        return json.dumps({k: v for k, v in asdict(self).items() if v != empty[k]}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Memory":
        """What `to_json` wrote; fields of other versions of the product are left out."""
        fields: dict[str, Any] = {k: v for k, v in json.loads(text).items() if k in cls.__dataclass_fields__}
        if "choices" in fields:
            fields["choices"] = tuple(Choice(**choice) for choice in fields["choices"])
        if fields.get("awaiting"):
            fields["awaiting"] = Awaiting(**fields["awaiting"])
        return cls(**fields)


class Turn(Generic[S]):
    """One message being answered. `store()` is the message's transaction, opened when first asked for."""

    def __init__(self, incoming: Incoming, person: Person, memory: Memory, now: datetime, transaction: Any) -> None:
        self.incoming = incoming
        self.person = person
        self.memory = memory
        self.now = now
        self._transaction = transaction
        # Half width and no margins: what commands and digits are compared with.
        self.said = unicodedata.normalize("NFKC", incoming.text).strip()

    @property
    def day(self) -> date:
        """Today by the rules' calendar (Asia/Shanghai)."""
        return self.now.astimezone(SHANGHAI).date()

    def store(self) -> S:
        """The database inside this message's one transaction: all effects happen, or none."""
        store: S = self._transaction.begin()
        return store

    def binding_id(self) -> int:
        """The id of the writer's chat account, made with the first effect of a new one."""
        return int(self._transaction.binding_id())

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The list just shown, while it lasts."""
        return self.memory.choices if self.memory.choices_until > self.now.isoformat() else ()

    @property
    def awaiting(self) -> Awaiting | None:
        """What the last reply asked for, while it lasts."""
        return self.memory.awaiting if self.memory.awaiting_until > self.now.isoformat() else None


def remember(memory: Memory, reply: Reply, rest: str, now: datetime) -> Memory:
    """The memory after a reply: its list, what it waits for, the pages left, the answer that 原文 would mean."""
    if not reply.keeps_list:
        memory = replace(
            memory,
            choices=reply.choices,
            choices_until=(now + LIST_LASTS).isoformat() if reply.choices else "",
        )
    if not (reply.recalls_answer or reply.keeps_list):
        memory = replace(memory, entry=reply.entry or "", version=reply.version or 0)
    return replace(
        memory,
        awaiting=reply.awaiting,
        awaiting_until=(now + AWAITING_LASTS).isoformat() if reply.awaiting else "",
        rest=rest,
        refusals=memory.refusals + 1 if reply.decision == "refusal" else 0,
    )
