"""What we hold of the platforms: their access tokens."""

from sqlalchemy import Column, Table, Text

from storage.tables.base import Moment, metadata

access_token = Table(
    "access_token",
    metadata,
    # wechat_mp:<AppID> or wecom:<CorpID>:<AgentId>.
    Column("account", Text, primary_key=True),
    # "" until the first is fetched; up to 512 characters.
    Column("token", Text, nullable=False),
    Column("ends_at", Moment),
    Column("renew_at", Moment),
    # When it was fetched because the one before was refused.
    Column("forced_at", Moment),
    # Whoever wrote this fetches the next one, until then.
    Column("lease_until", Moment),
)
