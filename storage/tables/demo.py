"""The demo's own table: what was pushed to the invented chat accounts, so that the demo page can show it."""

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from storage.tables.base import Moment, metadata

demo_inbox = Table(
    "demo_inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform_id", Text, nullable=False),
    # The push's own number, the same on every retry: a push is shown once.
    Column("client_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("platform_id", "client_id"),
    # A number is never given twice, also after a restart of the demo: pages ask for what is newer than a number.
    sqlite_autoincrement=True,
)
