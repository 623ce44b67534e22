"""What goes in and what comes out. Frozen values that every channel and every handler share."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

# One encoder for all: json.dumps with these options would make a new one each time, on every message.
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Kind = Literal[
    "text",
    "voice",
    "image",
    "video",
    "location",
    "link",
    "file",
    "card",
    "unknown",
    "follow",
    "unfollow",
    "scan",
    "click",
    "event",
]
Decision = Literal["answer", "choices", "refusal", "handover", "quiz", "command", "menu", "notice", "error"]


@dataclass(frozen=True, slots=True)
class Address:
    """A chat account as the platform names it: channel, our account on it, the other side's id."""

    channel: str
    account: str
    platform_id: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message or event from a chat platform.

    `key` is the same whenever the platform delivers the same message again. `text` is what was typed, or what a
    voice was recognised as. `subject` is an event's key: the menu item clicked or the scene scanned.
    """

    address: Address
    key: str
    kind: Kind
    text: str
    sent_at: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list to pick from: what picking it means (`id`, e.g. an entry) and how it reads.

    `label` is what is typed for it where that is not its number: the letter of a quiz option.
    """

    n: int
    id: str
    text: str
    label: str = ""

    @property
    def typed(self) -> str:
        """What a member types, or taps, to pick it."""
        return self.label or str(self.n)

    @property
    def line(self) -> str:
        """Its line in a reply; channels that can make it a tap find it by this."""
        return f"{self.label}. {self.text}" if self.label else f"{self.n} {self.text}"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"n": self.n, "id": self.id, "text": self.text}


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What the next message may be, for some minutes: `what` names a route, `detail` is its own affair."""

    what: str
    detail: str = ""
    minutes: int = 10


@dataclass(frozen=True, slots=True)
class Note:
    """Something that waited for a chat account and rides on its next reply: a late answer, a card, a notice."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. `text` is the body; `footer` (source lines) is never cut through; empty text = say nothing.

    `keeps_list`: the list shown before stays valid. `recalls_answer`: 原文 and 有用 still mean the answer before.
    `rest`: pages that 继续 will bring.
    """

    decision: Decision
    text: str
    footer: str = ""
    entry: str | None = None
    version: int | None = None
    score: float | None = None
    choices: tuple[Choice, ...] = ()
    awaiting: Awaiting | None = None
    keeps_list: bool = False
    recalls_answer: bool = False
    rest: str = ""

    @property
    def whole(self) -> str:
        """Body and footer as sent when they fit into one message."""
        return f"{self.text}\n{self.footer}" if self.footer else self.text


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply as it was given at a moment; stored, and given again byte for byte for the same message."""

    decision: Decision
    text: str
    at: datetime
    entry: str | None = None
    version: int | None = None
    score: float | None = None
    choices: tuple[Choice, ...] = ()
    repeated: bool = False

    def picks(self) -> dict[str, str]:
        """What is typed for each line of the text that picks something: line -> typed."""
        return {choice.line: choice.typed for choice in self.choices}

    def to_json(self) -> str:
        """As stored in the inbox."""
        fields: dict[str, Any] = {"decision": self.decision, "text": self.text, "at": self.at.isoformat()}
        if self.entry:
            fields |= {"entry": self.entry, "version": self.version}
        if self.score is not None:
            fields["score"] = self.score
        if self.choices:
            fields["choices"] = [(each.n, each.id, each.text, each.label) for each in self.choices]
        return encode(fields)

    @classmethod
    def from_json(cls, text: str) -> "Replied":
        """What `to_json` wrote, marked as repeated."""
        fields = json.loads(text)
        fields["at"] = datetime.fromisoformat(fields["at"])
        fields["choices"] = tuple(Choice(*choice) for choice in fields.get("choices", ()))
        return cls(**fields, repeated=True)
