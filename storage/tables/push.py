"""What fell due, and what each member is to get of it: the truth about pushes, whoever ticks or delivers."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import Moment, metadata

occurrence = Table(
    "occurrence",
    metadata,
    Column("id", Integer, primary_key=True),
    # quiz, remind; one row for each local date, whoever saw first that it was due.
    Column("schedule", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    # open: rows are still being written; done; skipped (with the reason).
    Column("state", Text, nullable=False),
    # The last member whose row was written: a killed fan-out goes on from here.
    Column("cursor", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("schedule", "zone", "day", "slot"),
    Index("ix_occurrence_state", "state"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    # What it belongs to, e.g. late:<inbox key> or quiz:2026-11-23.
    Column("push", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # For a member (the chat account is picked when it is sent), or for one chat account.
    Column("member_id", ForeignKey("member.id")),
    Column("binding_id", ForeignKey("binding.id")),
    # waiting, claimed, sent, unknown, expired, dropped.
    Column("state", Text, nullable=False),
    # push: sent of our own accord, or with the next reply where that comes first. ride: with the next reply only.
    Column("how", Text, nullable=False, server_default="ride"),
    Column("payload", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment),
    Column("expires_at", Moment),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("done_at", Moment),
    Column("reason", Text),
    UniqueConstraint("push", "member_id", "kind"),
    Index("ix_outbox_binding_id_state", "binding_id", "state"),
    Index("ix_outbox_member_id_state", "member_id", "state"),
    # What the delivery looks for.
    Index("ix_outbox_state_how_not_before", "state", "how", "not_before"),
)
