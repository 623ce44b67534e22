"""How content becomes what is served: curators, files, change sets, snapshots, and the log of all of it.

Migration 0005 adds triggers to these tables on both databases: published content, the log and who wrote what can be
added to, never changed.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from storage.tables.base import Moment, metadata

# The actor of what no person did: the first snapshot, and the demo's. Migration 0005 enters it as a curator.
SYSTEM = "系统"

curator = Table(
    "curator",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    # Kept after the person has left: the log and the versions name who did what.
    Column("ended_at", Moment),
)

content_file = Table(
    "content_file",
    metadata,
    # SHA-256 of the bytes: the same file in a hundred versions is kept once.
    Column("digest", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

change_set = Table(
    "change_set",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("author", ForeignKey("curator.name"), nullable=False),
    # Over paths and digests of all its files.
    Column("digest", Text, nullable=False),
    # The snapshot that was served when it was written; None before the first.
    Column("base", Integer),
    Column("note", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("created_at", Moment, nullable=False),
    Column("approved_by", ForeignKey("curator.name")),
    # The author wants published entries gone that the files no longer have.
    Column("may_drop", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("id", "author"),
    UniqueConstraint("id", "digest"),
    CheckConstraint("state IN ('draft', 'review', 'approved', 'published', 'dropped')", name="state"),
    CheckConstraint(f"approved_by <> author OR author = '{SYSTEM}'", name="approved_by_another"),
    CheckConstraint("state NOT IN ('approved', 'published') OR approved_by IS NOT NULL", name="approved_by_somebody"),
)

change_file = Table(
    "change_file",
    metadata,
    Column("change_set_id", ForeignKey("change_set.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("digest", ForeignKey("content_file.digest"), nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    # 1, 2, 3 ...; the highest is served.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("change_set_id", Integer, nullable=False),
    # The change set's own author, by foreign key: the check below compares with the truth.
    Column("author", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("published_by", ForeignKey("curator.name"), nullable=False),
    Column("published_at", Moment, nullable=False),
    # Set by a rollback: an earlier snapshot with the very same files.
    Column("restores", Integer),
    UniqueConstraint("number", "digest"),
    ForeignKeyConstraint(["change_set_id", "author"], ["change_set.id", "change_set.author"]),
    ForeignKeyConstraint(
        ["change_set_id", "digest"], ["change_set.id", "change_set.digest"], name="fk_snapshot_digest_change_set"
    ),
    ForeignKeyConstraint(["restores", "digest"], ["snapshot.number", "snapshot.digest"]),
    CheckConstraint(
        f"published_by <> author OR author = '{SYSTEM}' OR restores IS NOT NULL", name="published_by_another"
    ),
)

entry_change = Table(
    "entry_change",
    metadata,
    Column("snapshot", ForeignKey("snapshot.number"), primary_key=True),
    Column("entry_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    # added, changed or removed
    Column("what", Text, nullable=False),
    # Names of the fields that differ, with spaces between.
    Column("fields", Text, nullable=False),
    Index("ix_entry_change_entry_id", "entry_id"),
)

answer_version = Table(
    "answer_version",
    metadata,
    # What (id, version) has ever said to members: answer, short form and sources. It may not say another thing later.
    Column("entry_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
)

change_log = Table(
    "change_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    # All as text and as hashed: see docs/reference/tables.md.
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
