"""What curators work from: missed questions and complaints (without a name), notes, receipts, counts."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

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
    # open, answering (a curator has written an answer that is not published yet), done or closed
    Column("state", Text, nullable=False, server_default="open"),
    # Days, not moments: a moment would lead back to who wrote then.
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    # The office that sees to it (the nearest entry's owner) and until when.
    Column("owner", Text, nullable=False, server_default=""),
    Column("due_day", Text, nullable=False, server_default=""),
    # The entry that answers it now, once it is done.
    Column("answered_by", Text, nullable=False, server_default=""),
)

answer_wish = Table(
    "answer_wish",
    metadata,
    # Only for those who said 等答复: without it nobody knows whom to tell. Deleted when told.
    Column("missed_id", ForeignKey("missed_question.id"), primary_key=True),
    Column("binding_id", ForeignKey("binding.id"), primary_key=True, index=True),
    Column("since", Text, nullable=False),
)

complaint = Table(
    "complaint",
    metadata,
    # 没用 for a version of an entry, with the reason where one was given; no binding, no question.
    Column("id", Integer, primary_key=True),
    Column("entry_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("first_day", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_day", Text, nullable=False),
    UniqueConstraint("entry_id", "version", "reason"),
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
    # The version whose 更正通知 the account got for this receipt; -1: that the answer was withdrawn.
    Column("told", Integer, nullable=False, server_default="0"),
    Index("ix_receipt_entry_id_version_told", "entry_id", "version", "told"),
)

hit = Table(
    "hit",
    metadata,
    # How often a day: answered and chosen by entry; offered, refused and outside with an empty entry_id.
    Column("entry_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("times", Integer, nullable=False),
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
