"""The port bot.ports.Transaction over SQL: one message = one transaction, opened as late as possible.

Until the first effect, the two reads run outside any transaction, without a lock. `begin` takes the write lock and
claims the message's key; `commit` writes reply and memory. The binding row counts its writes (`revision`): when it
moved since the read, the turn is stale and is computed again under the lock.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from datetime import datetime, timedelta
from threading import Lock
from types import TracebackType
from typing import Any, Self

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    or_,
    select,
    update,
)

from bot.message import Address, Note, Replied
from bot.ports import Known, Stale, Twin
from bot.turn import Memory, Person
from storage import outbox
from storage.prepared import Prepared
from storage.tables.base import to_stored
from storage.tables.chat import inbox
from storage.tables.members import binding, branch, member

LATE_LASTS = timedelta(days=1)


LOOK = Prepared(lambda new: _look())
LOCK_BINDING = Prepared(lambda new: select(binding.c.id).where(_is_theirs()).with_for_update())
CLAIM = Prepared(
    lambda new: (
        new(inbox)
        .values(key=bindparam("key"), received_at=bindparam("received_at"), reply=bindparam("reply"))
        .on_conflict_do_nothing()
    )
)
WRITE_REPLY = Prepared(
    lambda new: update(inbox).where(inbox.c.key == bindparam("its_key")).values(reply=bindparam("new_reply"))
)
NEW_BINDING = Prepared(
    lambda new: (
        new(binding)
        .values(
            channel=bindparam("channel"),
            account=bindparam("account"),
            platform_id=bindparam("platform_id"),
            created_at=bindparam("created_at"),
        )
        .on_conflict_do_nothing()
        .returning(binding.c.id)
    )
)
REMEMBER = Prepared(
    lambda new: (
        update(binding)
        .where(binding.c.id == bindparam("its_id"), binding.c.revision == bindparam("old_revision"))
        .values(memory=bindparam("new_memory"), revision=binding.c.revision + 1)
    )
)


def _is_theirs() -> ColumnElement[bool]:
    return and_(
        binding.c.channel == bindparam("channel"),
        binding.c.account == bindparam("account"),
        binding.c.platform_id == bindparam("platform_id"),
    )


def _look() -> "Select[*tuple[Any, ...]]":
    """One row always: the stored reply of this message, the chat account, the member; NULL for what is not there."""
    stored = select(inbox.c.reply).where(inbox.c.key == bindparam("key")).scalar_subquery()
    now: BindParameter[datetime] = bindparam("now")
    # Two questions, each with its own index: one with OR inside would look through the whole table.
    waits = or_(
        exists().where(outbox.is_for_binding(binding.c.id), outbox.rides(now)),
        exists().where(outbox.is_for_member(binding.c.member_id), outbox.rides(now)),
    )
    always = select(literal(1).label("one")).subquery()
    return select(
        stored, binding.c.id, binding.c.memory, binding.c.revision, waits,
        member.c.id, member.c.name, member.c.stage, branch.c.id, branch.c.path,
    ).select_from(
        always.outerjoin(binding, _is_theirs())
        .outerjoin(member, member.c.id == binding.c.member_id)
        .outerjoin(branch, branch.c.id == member.c.branch_id)
    )  # fmt: skip


class SqlTransactions:
    """Opens message transactions on one engine. Call it as `bot.ports.Transactions`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite lets one writer in and makes the others sleep and try again; threads of one process queue up here
        # instead and are woken at once. Other processes, and PostgreSQL, need no such gate.
        self._gate: Lock | nullcontext[None] = Lock() if engine.dialect.name == "sqlite" else nullcontext()

    def __call__(self, address: Address, key: str, now: datetime) -> "SqlTransaction":
        """The transaction of the message `key`, received at `now`."""
        return SqlTransaction(self._engine, self._gate, address, key, now)


class SqlTransaction:
    """See the module's docstring."""

    def __init__(
        self, engine: Engine, gate: "Lock | nullcontext[None]", address: Address, key: str, now: datetime
    ) -> None:
        self._engine, self._gate = engine, gate
        self._opened = ExitStack()
        self._key, self._received = key, now
        self._stored_moment = ""
        # The three names of a chat account, as the statements take them.
        self._account = {"channel": address.channel, "account": address.account, "platform_id": address.platform_id}
        self._began = False
        self._binding_id: int | None = None
        self._revision = 0

    def __enter__(self) -> Self:
        self._connection = self._opened.enter_context(self._engine.connect())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def look(self) -> Replied | Known:
        if self._began:
            LOCK_BINDING.row(self._connection, **self._account)
        row = LOOK.row(self._connection, key=self._key, now=self._now(), **self._account)
        assert row
        reply, self._binding_id, memory, revision, waiting, member_id, name, stage, branch_id, path = row
        if reply:
            return Replied.from_json(reply)
        self._revision = revision or 0
        person = Person(self._binding_id or 0, member_id, name or "", stage or "", branch_id, path or "")
        return Known(person, Memory.from_json(memory) if memory else Memory(), bool(waiting))

    def _now(self) -> str:
        self._stored_moment = self._stored_moment or to_stored(self._received)
        return self._stored_moment

    def begin(self) -> Connection:
        """Takes the write lock and claims the message."""
        if not self._began:
            self._claim(reply="")
        return self._connection

    def _claim(self, reply: str) -> None:
        # Left in the opposite order: the gate opens before the connection goes back to the pool.
        self._opened.enter_context(self._gate)
        claim = {"key": self._key, "received_at": self._now(), "reply": reply}
        self._connection.begin()
        self._began = True
        if not CLAIM.changed(self._connection, **claim):
            raise Twin

    def binding_id(self) -> int:
        """The chat account's binding; made inside the transaction when the account is new. Raises Stale."""
        if self._binding_id is None:
            row = NEW_BINDING.row(self.begin(), created_at=self._now(), **self._account)
            if row is None:
                raise Stale
            self._binding_id = int(row[0])
        return self._binding_id

    def take_notes(self, now: datetime) -> tuple[Note, ...]:
        return outbox.take_riding(self.begin(), self.binding_id(), now)

    def keep_late(self, text: str, now: datetime) -> None:
        outbox.leave(self.begin(), f"late:{self._key}", "late", [(self.binding_id(), text)], now, LATE_LASTS)

    def commit(
        self, replied: Replied, memory: Memory, effects: Sequence[Callable[[Connection, int], None]] = ()
    ) -> None:
        reply, remembered = replied.to_json(), memory.to_json()
        if self._began:
            WRITE_REPLY.changed(self._connection, its_key=self._key, new_reply=reply)
        else:
            self._claim(reply)
        # Asked for only where the account is new: this is every message's way.
        binding_id = self._binding_id or self.binding_id()
        for effect in effects:
            effect(self._connection, binding_id)
        values = {"its_id": binding_id, "old_revision": self._revision, "new_memory": remembered}
        if not REMEMBER.changed(self._connection, **values):
            raise Stale
        self._connection.commit()
