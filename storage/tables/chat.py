"""The conversation's own tables: what came in (only its key and our reply) and what waits to go out."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

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

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    # What it belongs to, e.g. late:<inbox key> or quiz:2026-11-23.
    Column("push", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("member_id", ForeignKey("member.id")),
    Column("binding_id", ForeignKey("binding.id")),
    Column("state", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment),
    Column("expires_at", Moment),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    UniqueConstraint("push", "member_id", "kind"),
    Index("ix_outbox_binding_id_state", "binding_id", "state"),
)
