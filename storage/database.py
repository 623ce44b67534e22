"""Engines and how they behave: SQLite by default, PostgreSQL with the same code."""

import os
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

MIGRATIONS = Path(__file__).parent / "migrations"
# The webhook may wait this long for another writer; the platform gives us five seconds in all.
BUSY_TIMEOUT_MS = 2_000
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 16}
# Every commit empties the page caches of all other connections, and there is one writer anyway: two connections
# a process, the last used first, answer a quarter more messages than one for each thread (benchmarks/webhook.py).
_SQLITE_POOL: dict[str, Any] = {"pool_size": 2, "max_overflow": 0, "pool_use_lifo": True}


class DatabaseOutdated(Exception):
    """数据库的结构不是这个版本的，请运行 ./run db upgrade"""


def connect(url: str, synchronous: str = "NORMAL") -> Engine:
    """An engine for the URL. On SQLite every transaction is BEGIN IMMEDIATE, but for those of `reading`: see
    docs/explanation/storage.md.
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        if parsed.database != ":memory:":
            # Readable by the owner alone, from the first moment on.
            path.touch(mode=0o600)
    # Parameters are hidden from error texts: they may hold a member's words.
    engine = create_engine(parsed, hide_parameters=True, **(_SQLITE_POOL if sqlite else _POOL))
    if sqlite:
        event.listen(engine, "connect", _sqlite_connect(synchronous))
        event.listen(engine, "begin", _begin_immediate)
    _close_before_fork(engine)
    return engine


def _close_before_fork(engine: Engine) -> None:
    """No open connection may live on in two processes: SQLite's locks and PostgreSQL's protocol both break."""
    still_there = weakref.ref(engine)

    def close() -> None:
        if known := still_there():
            known.dispose()

    os.register_at_fork(before=close)


def _sqlite_connect(synchronous: str) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return on_connect


def _begin_immediate(connection: Any) -> None:
    # A deferred transaction that turns into a writer fails at once when another one wrote meanwhile.
    # Straight to the driver: this runs for every message.
    only_reads = connection.get_execution_options().get("reading")
    try:
        connection.connection.cursor().execute("BEGIN" if only_reads else "BEGIN IMMEDIATE").close()
    except sqlite3.Error as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads: on SQLite it neither waits for a writer nor keeps one waiting."""
    with engine.connect().execution_options(reading=True) as connection:
        yield connection


def ping(engine: Engine) -> None:
    """Raises SQLAlchemyError unless the database answers. Takes no lock."""
    with engine.connect() as connection:
        connection.connection.cursor().execute("SELECT 1").close()


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Brings the schema to this version; creates it where there is none."""
    command.upgrade(_config(engine), "head")


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """(the database's revision, this version's revision)."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(_config(engine)).get_current_head()


def require_current(engine: Engine) -> None:
    """Raises DatabaseOutdated unless the schema is this version's."""
    current, head = revisions(engine)
    if current != head:
        raise DatabaseOutdated(DatabaseOutdated.__doc__)
