"""What curators work from: missed questions (without a name), notes to the branch, receipts, feedback counts."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from storage.tables.base import Moment, metadata

missed_question = Table(
    "missed_question",
    metadata,
    Column("id", Integer, primary_key=True),
    # No binding, no member: who asked is not kept.
    Column("text", Text, nullable=False),
    # The compared text: the same question asked again raises `asked` instead of adding a row.
    Column("compared", Text, nullable=False, unique=True),
    Column("nearest", Text, nullable=False),
    Column("asked", Integer, nullable=False, server_default="1"),
    Column("state", Text, nullable=False, server_default="open"),
    # Days, not moments: a moment would lead back to who wrote then.
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
)

handover = Table(
    "handover",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("binding_id", ForeignKey("binding.id"), nullable=False, index=True),
    Column("branch_id", ForeignKey("branch.id")),
    # Written by the member on purpose, for the branch to read.
    Column("note", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("created_at", Moment, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    # Who was given which answer on which day; never the question. For correction notices.
    Column("binding_id", ForeignKey("binding.id"), primary_key=True),
    Column("entry_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("day", Text, primary_key=True),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("day", Text, nullable=False),
    # useful or useless; a count, not a person's verdict.
    Column("verdict", Text, nullable=False),
    Column("times", Integer, nullable=False),
    UniqueConstraint("entry_id", "version", "day", "verdict"),
)
