"""Who has to be told: corrections of answers that were given, and answers to who said 等答复. Each once."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, Engine, delete, or_, select, update
from sqlalchemy.exc import OperationalError

from bot.turn import SHANGHAI
from curation import queue
from curation.answers import record_receipt
from curation.differences import answer_digest
from knowledge_base.engine import Answer, KnowledgeBase
from knowledge_base.entry import Entry
from storage import outbox
from storage.database import reading
from storage.tables.curation import answer_wish, receipt
from storage.tables.members import binding
from storage.tables.publishing import answer_version

# Accounts told in one transaction: the write lock stays short.
AT_ONCE = 5_000
# `receipt.told` where the answer was withdrawn and nothing took its place.
WITHDRAWN = -1

# Who has not written for so long is not told any more.
NOTES_LAST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Correction:
    """An answer that was given on a day, and what holds now (None: nothing)."""

    entry_id: str
    version: int
    day: date
    now: Entry | None


@dataclass(frozen=True, slots=True)
class Wording:
    """How the notes read: handed in by who knows replies/."""

    correction: Callable[[Correction], str]
    # (question, entry, whether the account may see the entry)
    answered: Callable[[str, Entry, bool], str]


class Teller:
    """Tells what a version of the base, or a new day, makes necessary; of each, once a process."""

    def __init__(self, database: Callable[[], Engine], wording: Wording) -> None:
        self._database = database
        self._wording = wording
        self._told: tuple[str, date] | None = None
        self._lock = Lock()

    def tell(self, base: KnowledgeBase, now: datetime) -> None:
        """Leaves the notes for `base` on the day of `now`, unless this process has done so."""
        state = (base.version, now.astimezone(SHANGHAI).date())
        if self._told != state and self._lock.acquire(blocking=False):
            try:
                # Busy for a moment: the next message tries again, and this one is answered.
                with suppress(OperationalError):
                    self.tell_now(base, now, at_most=queue.SOME)
                    self._told = state
            finally:
                self._lock.release()

    def tell_now(self, base: KnowledgeBase, now: datetime, at_most: int | None = None) -> tuple[int, int]:
        """(corrections, answers to who waited) left as notes. `at_most`: so many open questions are looked at."""
        day = now.astimezone(SHANGHAI).date()
        with reading(self._database()) as connection:
            stale = _stale(connection, base, day)
            waiting = queue.waiting(connection, at_most)
        corrected = sum(self._correct(each, now) for each in stale)
        # Asked before the database is held: this takes a millisecond a question.
        found = ((number, text, base.ask(text, day, "member")) for number, text in waiting)
        answered = [(number, text, result.entry) for number, text, result in found if isinstance(result, Answer)]
        return corrected, sum(self._answer(*each, now) for each in answered)

    def _correct(self, stale: "Stale", now: datetime) -> int:
        told = 0
        while True:
            with self._database().begin() as connection:
                accounts, given = _take(connection, stale)
                texts = ((account, self._wording.correction(each)) for account, each in given.items())
                push = f"correction:{stale.entry_id}:{stale.to}"
                outbox.leave(connection, push, "correction", texts, now, NOTES_LAST)
            told += len(given)
            if accounts < AT_ONCE:
                return told

    def _answer(self, number: int, text: str, entry: Entry, now: datetime) -> int:
        """Tells those who wait, and forgets that they asked."""
        wishes = (
            select(answer_wish.c.binding_id, binding.c.member_id)
            .join(binding, binding.c.id == answer_wish.c.binding_id)
            .where(answer_wish.c.missed_id == number)
        )
        is_open = entry.visibility == "all"
        with self._database().begin() as connection:
            if not queue.mark_done(connection, number, entry.id):
                return 0
            may_see = {row.binding_id: is_open or row.member_id is not None for row in connection.execute(wishes)}
            told = [(account, self._wording.answered(text, entry, visible)) for account, visible in may_see.items()]
            # Named by the entry: a note that was sent must not tell whose question it was.
            outbox.leave(connection, f"answer:{entry.id}", "answer", told, now, NOTES_LAST)
            for account in (account for account, visible in may_see.items() if visible):
                record_receipt(connection, account, entry.id, entry.version, now.astimezone(SHANGHAI).date())
            connection.execute(delete(answer_wish).where(answer_wish.c.missed_id == number))
        return len(told)


@dataclass(frozen=True, slots=True)
class Stale:
    """An entry with what accounts know of it and no longer holds, as (given version, told version) of receipts; `now`
    is what holds.
    """

    entry_id: str
    known: frozenset[tuple[int, int]]
    now: Entry | None

    @property
    def to(self) -> int:
        """What `receipt.told` says of those who know."""
        return self.now.version if self.now else WITHDRAWN


def _stale(connection: Connection, base: KnowledgeBase, day: date) -> list[Stale]:
    """What accounts know and has another answer now; versions that say the same need no notice."""
    digests = {(row.entry_id, row.version): row.digest for row in connection.execute(select(answer_version))}
    given: dict[str, set[tuple[int, int]]] = {}
    receipts = select(receipt.c.entry_id, receipt.c.version, receipt.c.told).distinct()
    for row in connection.execute(receipts):
        live = base.entry(row.entry_id, day, "cadre")
        if not _says_the_same(row.told or row.version, live, digests, row.entry_id):
            given.setdefault(row.entry_id, set()).add((row.version, row.told))
    return [Stale(key, frozenset(known), base.entry(key, day, "cadre")) for key, known in sorted(given.items())]


def _says_the_same(known: int, live: Entry | None, digests: Mapping[tuple[str, int], str], entry_id: str) -> bool:
    if live is None or known == live.version:
        return known == (live.version if live else WITHDRAWN)
    return digests.get((entry_id, known)) == answer_digest(live)


def _take(connection: Connection, stale: Stale) -> tuple[int, dict[int, Correction]]:
    """(accounts marked as told, those of them to be told with what they were given last), AT_ONCE of them at most.

    Who has been given the new version already knows.
    """
    pairs = ((receipt.c.version == version) & (receipt.c.told == told) for version, told in sorted(stale.known))
    untold = (receipt.c.entry_id == stale.entry_id) & or_(*pairs)
    some = select(receipt.c.binding_id).where(untold).distinct().limit(AT_ONCE)
    marked = connection.execute(
        update(receipt)
        .where(untold, receipt.c.binding_id.in_(some))
        .values(told=stale.to)
        .returning(receipt.c.binding_id, receipt.c.version, receipt.c.day)
    ).all()
    known = _who_knows(connection, stale)
    given: dict[int, Correction] = {}
    for row in sorted(marked, key=lambda row: row.day):
        if row.binding_id not in known:
            day = date.fromisoformat(row.day)
            given[row.binding_id] = Correction(stale.entry_id, row.version, day, stale.now)
    return len({row.binding_id for row in marked}), given


def _who_knows(connection: Connection, stale: Stale) -> set[int]:
    """Accounts with a receipt of what holds now, and never told otherwise since."""
    given = select(receipt.c.binding_id).where(
        receipt.c.entry_id == stale.entry_id, receipt.c.version == stale.to, receipt.c.told == 0
    )
    return set(connection.scalars(given.distinct()))
