"""The conversation's own table: what came in, only its key and our reply."""

from sqlalchemy import Column, Table, Text

from storage.tables.base import Moment, metadata

inbox = Table(
    "inbox",
    metadata,
    # channel:account:msgid:… or …:event:…:digest; the message's text is not kept.
    Column("key", Text, primary_key=True),
    Column("received_at", Moment, nullable=False),
    # The reply as JSON (bot.message.Reply), repeated when the platform delivers the message again.
    Column("reply", Text, nullable=False),
    # Every message writes here: one page instead of three. Purging may scan, it holds one day.
    sqlite_with_rowid=False,
)
