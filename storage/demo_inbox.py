"""What was pushed to the demo's chat accounts: kept by channels.local, read by the demo page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.tables.demo import demo_inbox
from storage.upserts import NEW_ROW


@dataclass(frozen=True, slots=True)
class Pushed:
    """One message that came without being asked for. `id` grows."""

    id: int
    platform_id: str
    at: datetime
    text: str


def keep(connection: Connection, platform_id: str, client_id: str, at: datetime, text: str) -> None:
    """Puts a message into an account's inbox; the same `client_id` again changes nothing."""
    values = {"platform_id": platform_id, "client_id": client_id, "at": at, "text": text}
    connection.execute(NEW_ROW[connection.dialect.name](demo_inbox).values(**values).on_conflict_do_nothing())


def received(connection: Connection, after: int) -> list[Pushed]:
    """What came after the message with that id, for all accounts, oldest first."""
    columns = (demo_inbox.c.id, demo_inbox.c.platform_id, demo_inbox.c.at, demo_inbox.c.text)
    query = select(*columns).where(demo_inbox.c.id > after).order_by(demo_inbox.c.id)
    return [Pushed(*row) for row in connection.execute(query)]


def clear(connection: Connection) -> None:
    """Empties all inboxes."""
    connection.execute(delete(demo_inbox))
