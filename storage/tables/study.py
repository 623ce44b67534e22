"""How a member learns: papers of the day, single answers, what the selection remembers, and the wish for quiet."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, false

from storage.tables.base import Moment, metadata

learner = Table(
    "learner",
    metadata,
    Column("member_id", ForeignKey("member.id"), primary_key=True),
    # 退订: nothing is pushed until 恢复.
    Column("muted", Boolean, nullable=False, server_default=false()),
    # Cards sent since the last answer, and the day before which no other is sent.
    Column("unanswered", Integer, nullable=False, server_default="0"),
    Column("next_day", Text),
    # Private: days in a row with a finished paper, and the last of them.
    Column("streak", Integer, nullable=False, server_default="0"),
    Column("last_day", Text),
    # What the selection knows of this member (study.rules.selection.Selector.state as JSON).
    Column("memory", Text, nullable=False, server_default=""),
)

paper = Table(
    "paper",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False),
    Column("day", Text, nullable=False),
    # The questions of the day as JSON: [[item id, version], …]; a changed question takes its place.
    Column("items", Text, nullable=False),
    Column("answered", Integer, nullable=False, server_default="0"),
    Column("correct", Integer, nullable=False, server_default="0"),
    # Those that were exchanged, so that none comes back the same day; as JSON: [item id, …].
    Column("changed", Text, nullable=False, server_default="[]"),
    # open, stopped, done.
    Column("state", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    UniqueConstraint("member_id", "day"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False),
    Column("item_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # Letters of the options, 正确 / 错误, or what was filled in.
    Column("chosen", Text, nullable=False),
    Column("correct", Boolean, nullable=False),
    # The member's first answer to this question: only these tell something about the question.
    Column("first", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_attempt_member_id_item_id", "member_id", "item_id"),
)
