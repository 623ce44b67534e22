"""The change log: who did what to the knowledge base, each record chained to the one before by its hash."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from curation.verify_log import CLOSING, FIRST, canonical, digest
from storage.tables.base import to_stored
from storage.tables.publishing import SYSTEM, change_log, curator


def take_turn(connection: Connection) -> None:
    """Lets one curating transaction in at a time: they number versions and chain the log.

    SQLite's write lock does that already; PostgreSQL gets a row to wait for.
    """
    connection.execute(update(curator).where(curator.c.name == SYSTEM).values(role=SYSTEM))


def record(connection: Connection, actor: str, action: str, payload: dict[str, Any], now: datetime) -> str:
    """Adds a record inside the transaction of what it tells, after `take_turn`. Returns its hash."""
    last = connection.execute(
        select(change_log.c.seq, change_log.c.hash).order_by(change_log.c.seq.desc()).limit(1)
    ).one_or_none()
    row: dict[str, Any] = {
        "seq": last.seq + 1 if last else 1,
        "at": to_stored(now),
        "actor": actor,
        "action": action,
        "payload": payload,
        "prev": last.hash if last else FIRST,
    }
    row["hash"] = digest(row)
    connection.execute(insert(change_log).values(row | {"payload": canonical(payload)}))
    return str(row["hash"])


def close(connection: Connection, actor: str, now: datetime) -> str:
    """Writes down that the log is being exported: the export ends with this record. Returns its hash."""
    return record(connection, actor, CLOSING, {}, now)


def lines(connection: Connection) -> Iterator[str]:
    """The log as exported: one canonical JSON object a line, without the line's end."""
    for row in connection.execute(select(change_log).order_by(change_log.c.seq)).mappings():
        yield canonical(dict(row) | {"payload": json.loads(row["payload"])})
