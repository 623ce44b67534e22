"""Notes that ride on a chat account's next reply: the one way in which subjects put them into the outbox."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from storage.tables.push import outbox

# Who has not written for so long is not told any more.
NOTES_LAST = timedelta(days=90)


def leave_notes(
    connection: Connection, push: str, kind: str, notes: Iterable[tuple[int, str]], now: datetime, lasts: timedelta
) -> None:
    """Notes as (binding id, text), all of one `push` (what they belong to) and `kind`. The caller sees to it that
    nobody gets one twice.
    """
    row = {"push": push, "kind": kind, "state": "waiting", "created_at": now, "expires_at": now + lasts}
    rows = [row | {"binding_id": binding_id, "payload": text} for binding_id, text in notes]
    if rows:
        connection.execute(insert(outbox), rows)
