"""Who is who: branches as a tree, members, the chat accounts bound to them, codes and consents."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint, false

from storage.tables.base import Moment, metadata

branch = Table(
    "branch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("parent_id", ForeignKey("branch.id"), index=True),
    Column("name", Text, nullable=False),
    # 机关党委/第一党支部: the names from the root down, so that a branch can be named in a file.
    Column("path", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

member = Table(
    "member",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("branch_id", ForeignKey("branch.id"), nullable=False, index=True),
    # The organisation's own number of the person, text; lets an import recognise who is already there.
    Column("number", Text, unique=True),
    Column("name", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("left_at", Moment),
)

binding = Table(
    "binding",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("platform_id", Text, nullable=False),
    Column("member_id", ForeignKey("member.id"), index=True),
    Column("following", Boolean, nullable=False, server_default=false()),
    # Why the platform will not take anything for this account any more; empty as long as it does.
    Column("unreachable", Text),
    Column("created_at", Moment, nullable=False),
    Column("bound_at", Moment),
    # What the talk needs to remember (bot.turn.Memory as JSON), never what was asked.
    Column("memory", Text, nullable=False, server_default="{}"),
    # Counts the writes of this row: a reply computed on an older state is computed again.
    Column("revision", Integer, nullable=False, server_default="0"),
    UniqueConstraint("channel", "account", "platform_id"),
)

binding_code = Table(
    "binding_code",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False, index=True),
    # HMAC of the code: a stolen database lets nobody bind.
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False, index=True),
    Column("binding_id", ForeignKey("binding.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    # Which wording of the stated use was agreed to.
    Column("wording", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
)
