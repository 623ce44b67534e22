"""One Incoming in, one Reply out: once, who, limits, route, deadline, memory, record.

The order of a turn:
1. The same message again gets the stored reply, byte for byte.
2. Who writes, and what the talk remembers, is read without a lock.
3. Too many messages a minute get one sentence and no handler.
4. The first matching route's handler makes the reply; its effects stand in the message's transaction.
5. Past the deadline the answer is kept for the next message, and the member is told so.
6. What waited for this account rides along; long texts are cut into pages.
7. Reply, memory and effects become lasting in one commit; a parallel twin's commit wins over ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.message import Incoming, Note, Replied, Reply
from bot.paging import first_page, size, with_notes
from bot.ports import Known, Stale, Transaction, Transactions, Twin
from bot.routing import Route, first_match
from bot.turn import Memory, Turn, hear, remember

DEADLINE = timedelta(seconds=4)
PAGE_BYTES = 1_800
# Optimistic first; after a collision with another message of the same account, under the lock.
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Sentences:
    """The pipeline's own few sentences; written in replies/, handed in. `riding` words what rides on a reply."""

    sorry: str
    late: str
    too_many: str
    more: str
    riding: Callable[[Sequence[Note]], Sequence[str]]


class Pipeline:
    """Answers messages. Immutable and safe to use from many threads."""

    def __init__(
        self,
        routes: Sequence[Route],
        transactions: Transactions[Any],
        clock: Callable[[], datetime],
        sentences: Sentences,
        rate_limit: int = 0,
    ) -> None:
        self._routes = tuple(routes)
        self._transactions = transactions
        self._clock = clock
        self._sentences = sentences
        self._rate_limit = rate_limit
        # Bound once: the lazy proxy would set itself up anew for every line.
        self._log = structlog.get_logger("message").bind()

    def reply_to(self, incoming: Incoming) -> Replied:
        """The reply to a message. Never raises: what goes wrong becomes a sentence and a log line."""
        started = self._clock()
        route = "-"
        try:
            replied, route = self._answer(incoming, started)
        except Exception as error:  # noqa: BLE001 - the one catch-all of the inbound side
            replied = Replied("error", self._sentences.sorry, started)
            self._log.error("message_failed", error=type(error).__name__, exc_info=True)
        self._record(incoming, replied, route, started)
        return replied

    def _answer(self, incoming: Incoming, started: datetime) -> tuple[Replied, str]:
        locked = False
        for _ in range(ATTEMPTS):
            with self._transactions(incoming.address, incoming.key, started) as transaction:
                try:
                    if locked:
                        transaction.begin()
                    known = transaction.look()
                    if isinstance(known, Replied):
                        return known, "repeat"
                    return self._turn(incoming, known, transaction, started)
                except Twin:
                    locked = False  # the twin's reply is there to be found
                except Stale:
                    locked = True  # computed on a memory that has moved on: once more, alone
        raise TimeoutError("the same account's other messages kept changing its memory")

    def _turn(
        self, incoming: Incoming, known: Known, transaction: Transaction[Any], started: datetime
    ) -> tuple[Replied, str]:
        memory = hear(_counted(known.memory, started), incoming.kind, started)
        turn: Turn[Any] = Turn(incoming, known.person, memory, started, transaction.begin, transaction.binding_id)
        if self._rate_limit and memory.messages > self._rate_limit:
            name, reply = "limits", Reply("notice", self._sentences.too_many, keeps_list=True)
        else:
            route = first_match(self._routes, turn)
            name, reply = route.name, route.handler(turn)
        replied, after = self._finish(reply, known, memory, transaction, started)
        transaction.commit(replied, after, turn.effects)
        return replied, name

    def _finish(
        self, reply: Reply, known: Known, memory: Memory, transaction: Transaction[Any], started: datetime
    ) -> tuple[Replied, Memory]:
        now = self._clock()
        notes: Sequence[str] = ()
        more = self._sentences.more
        if now - started > DEADLINE and reply.text:
            transaction.keep_late(reply.whole, now)
            reply = Reply("notice", self._sentences.late, keeps_list=True)
        elif known.waiting and reply.text:
            notes = self._sentences.riding(transaction.take_notes(now))
        text, rest = first_page(reply.text, reply.footer, PAGE_BYTES - (size(more) + 1 if notes else 0), more)
        text, rest = with_notes(text, rest or reply.rest, notes, PAGE_BYTES, more)
        replied = Replied(reply.decision, text, now, reply.entry, reply.version, reply.score, reply.choices)
        return replied, remember(memory, reply, rest, now)

    def _record(self, incoming: Incoming, replied: Replied, route: str, started: datetime) -> None:
        """The one canonical line of a message: no text of the member, no name, no id of the platform."""
        self._log.info(
            "message",
            channel=incoming.address.channel,
            kind=incoming.kind,
            route=route,
            decision=replied.decision,
            entry=replied.entry,
            score=replied.score and round(replied.score, 3),
            repeated=replied.repeated,
            ms=round((self._clock() - started).total_seconds() * 1000, 1),
        )


def _counted(memory: Memory, now: datetime) -> Memory:
    minute = now.strftime("%Y-%m-%dT%H:%M")
    count = memory.messages + 1 if memory.minute == minute else 1
    return replace(memory, minute=minute, messages=count)
