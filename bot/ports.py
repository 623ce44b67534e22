"""What the pipeline needs from a floor under it. Two floors exist: storage (SQL) and bot.memory (for tests)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from bot.message import Address, Note, Replied
from bot.turn import Memory, Person

S_co = TypeVar("S_co", covariant=True)


class Twin(Exception):
    """The same message is already answered, by an earlier or a parallel delivery."""


class Stale(Exception):
    """Another message of the same chat account was answered meanwhile: compute this one again."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a message is answered. `waiting`: notes wait to ride on the next reply."""

    person: Person
    memory: Memory
    waiting: bool


class Transaction(Protocol[S_co]):
    """Everything one message reads and changes: one database transaction, opened as late as possible.

    Reading needs no lock, so most of the work runs side by side; `begin` (a handler's first effect, or the end)
    takes the write lock and claims the message's key.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def look(self) -> Replied | Known:
        """The reply this very message was given before; else who writes and what the talk remembers."""

    def begin(self) -> S_co:
        """Opens the transaction (once) and claims the message. Raises Twin."""

    def binding_id(self) -> int:
        """The id of the chat account's binding; begins the transaction where the account is new."""

    def take_notes(self, now: datetime) -> tuple[Note, ...]:
        """What waits for this chat account and its member, marked as sent."""

    def keep_late(self, text: str, now: datetime) -> None:
        """Keeps an answer that came too late; it rides on the account's next reply."""

    def commit(self, replied: Replied, memory: Memory, effects: Sequence[Callable[[Any, int], None]] = ()) -> None:
        """Runs the effects with (store, binding id), writes reply and memory, and makes all of it lasting.

        Raises Twin or Stale.
        """


class Transactions(Protocol[S_co]):
    """Opens the transaction of one message."""

    def __call__(self, address: Address, key: str, now: datetime) -> Transaction[S_co]: ...
