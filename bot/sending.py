"""What speaking first needs from a channel: what may be sent, the exact request, what came of it. Values and ports.

A sender knows one account of one platform. Whoever delivers asks it in this order: `may` (before anything is
promised), `prepare` (kept in the database), `send` (no transaction open). The same prepared bytes go out on a retry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.message import Choice

# Why a platform refuses, and so what to do next:
#   transient back off · token a fresh token did not help · recipient mark the binding, queue · window queue
#   consent set the balance to 0, queue · quota nothing until the next day or month · rate wait a little
#   idempotent it is there already (never given: a sender makes it `Sent`) · content, bug ours to repair
#   config, capability the administrator must act; the whole channel stops
RefusedKind = Literal[
    "transient",
    "token",
    "config",
    "recipient",
    "window",
    "consent",
    "content",
    "quota",
    "rate",
    "idempotent",
    "capability",
    "bug",
]


@dataclass(frozen=True, slots=True)
class Standing:
    """What we know of one binding's right to be written to. Moments are UTC; counters are our own.

    `last_click_at`: a menu item that comes as an event; one that opens a page does not count. `following` is False
    from an unsubscribe on until the account follows or writes again. `unreachable`: the platform refused this
    recipient. `consents`: notices the member still agreed to. `mass_sent_*`: mass messages this account got.
    """

    last_message_at: datetime | None
    last_click_at: datetime | None
    last_follow_at: datetime | None
    last_scan_at: datetime | None
    sent_since_message: int
    sent_since_click: int
    sent_since_follow: int
    sent_since_scan: int
    following: bool
    unreachable: bool
    consents: int = 0
    long_term_consent: bool = False
    mass_sent_today: int = 0
    mass_sent_month: int = 0


@dataclass(frozen=True, slots=True)
class May:
    """The product knows before it sends.

    `how`: the way to send: custom_send, subscribe_bizsend, subscribe_onetime, template_send, mass_sendall,
    work_message_send, work_kf_send, local; or no call to a platform: `queue` wait for the member's next message,
    `defer` look again at `until`, `none` not at all. `why` and `warning` are Chinese, for the administrator.
    """

    how: str
    why: str
    until: datetime | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text to some accounts of one channel account. `client_id` is the same on every retry.

    `how`: the way `may` allowed; "" is the channel's usual one. `kind`: how it looks; `card` is `title`, `text` and
    `url`; `choices` asks for one of `choices` and carries `task`, which comes back with the click; `footer` stands
    under them. `fields` fill the places of the template `template`; `scene` is the one-time message's.
    """

    to: tuple[str, ...]
    text: str
    client_id: str
    how: str = ""
    kind: Literal["text", "markdown", "card", "choices", "image"] = "text"
    title: str = ""
    url: str = ""
    media_id: str = ""
    choices: tuple[Choice, ...] = ()
    footer: str = ""
    task: str = ""
    scene: int = 0
    template: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has it. `message_id` is its own number for it, where it gives one."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform said no, and nobody got it. `why` is Chinese: the reason and the remedy.

    `code` is the platform's number; `retry_after` is there where waiting helps.
    """

    kind: RefusedKind
    code: int
    why: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """The platform has it for some; `refused` holds the others by their platform id."""

    refused: Mapping[str, Refused]


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left us: trying again is safe."""

    why: str
    retry_after: timedelta


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left, and its outcome is not known: sending again might be the second time."""

    why: str


Outcome = Sent | Partial | Refused | NotSent | Unknown


class Sender(Protocol):
    """One account of a channel, outward.

    `repeats_for`: how long the platform recognises the very bytes it already carried out; zero where it never does.
    Only so long may a request whose outcome is not known go out again.
    """

    repeats_for: timedelta

    def may(self, standing: Standing, now: datetime) -> May:
        """How this binding may be written to at `now`. Pure."""

    def prepare(self, message: Outgoing) -> bytes:
        """The exact request body, kept before the call. Pure. Raises ValueError for what the way cannot carry."""

    def send(self, body: bytes, how: str) -> Outcome:
        """One call of the platform, with a body that `prepare` made. No transaction may be open."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it ends. `renew_at`: from then on one process fetches the next, ahead of time.

    `forced_at`: when it was fetched because the one before was refused.
    """

    value: str
    ends_at: datetime
    renew_at: datetime
    forced_at: datetime | None = None


class TokenStore(Protocol):
    """The tokens that all processes share, one for each account. Whoever holds the lease fetches the next one."""

    def read(self, account: str) -> Token | None:
        """The last token written, ended or not."""

    def claim(self, account: str, seen: str, now: datetime, until: datetime) -> bool:
        """Takes the lease until `until`, unless somebody has it or the token is no longer `seen` ("" for none)."""

    def write(self, account: str, token: Token, until: datetime) -> None:
        """Keeps a new token and ends the lease that was taken until `until`; nothing when that one is lost."""

    def release(self, account: str, until: datetime) -> None:
        """Ends the lease without a new token."""
