"""The floor in memory: the same port as storage, for tests of the engine and its handlers without a database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from types import TracebackType
from typing import Any, Self

from bot.message import Address, Note, Replied
from bot.ports import Known, Stale, Twin
from bot.turn import Memory, Person


@dataclass
class MemoryFloor:
    """All chat accounts of one process. Call it as `Transactions`."""

    persons: dict[Address, Person] = field(default_factory=dict)
    memories: dict[Address, tuple[int, Memory]] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    notes: dict[Address, list[Note]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def __call__(self, address: Address, key: str, now: datetime) -> "MemoryTransaction":
        """Opens the transaction of one message."""
        return MemoryTransaction(self, address, key)


class MemoryTransaction:
    """One message's transaction over a MemoryFloor; its store is None."""

    def __init__(self, floor: MemoryFloor, address: Address, key: str) -> None:
        self._floor, self._address, self._key = floor, address, key
        self._began = False
        self._late: list[Note] = []
        self._took: list[Note] = []
        self._revision = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._began:
            self._floor.lock.release()

    def look(self) -> Replied | Known:
        if stored := self._floor.replies.get(self._key):
            return Replied.from_json(stored)
        person = self._floor.persons.setdefault(self._address, Person(len(self._floor.persons) + 1))
        self._revision, memory = self._floor.memories.get(self._address, (0, Memory()))
        return Known(person, memory, bool(self._floor.notes.get(self._address)))

    def begin(self) -> None:
        if not self._began:
            self._floor.lock.acquire()
            self._began = True
            if self._key in self._floor.replies:
                raise Twin

    def binding_id(self) -> int:
        return self._floor.persons[self._address].binding_id

    def take_notes(self, now: datetime) -> tuple[Note, ...]:
        self._took = list(self._floor.notes.get(self._address, ()))
        return tuple(self._took)

    def keep_late(self, text: str, now: datetime) -> None:
        self._late.append(Note("late", text))

    def commit(self, replied: Replied, memory: Memory, effects: Sequence[Callable[[Any, int], None]] = ()) -> None:
        self.begin()
        for effect in effects:
            effect(None, self.binding_id())
        if self._floor.memories.get(self._address, (0, None))[0] != self._revision:
            raise Stale
        waiting = [note for note in self._floor.notes.get(self._address, ()) if note not in self._took]
        self._floor.notes[self._address] = [*waiting, *self._late]
        self._floor.memories[self._address] = (self._revision + 1, memory)
        self._floor.replies[self._key] = replied.to_json()
