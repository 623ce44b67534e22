"""What all tables share: one MetaData with fixed constraint names, and how moments are stored."""

from datetime import UTC, datetime

from sqlalchemy import Dialect, MetaData, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def to_stored(moment: datetime) -> str:
    """An aware moment as fixed-width UTC text that sorts by time: 2026-11-22T14:13:33.123Z.

    Text, not a driver's type: the hot path talks to the driver itself, and both databases then store the same.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without zone cannot be stored")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_stored(text: str) -> datetime:
    """The aware moment that `to_stored` wrote."""
    return datetime.fromisoformat(text)


class Moment(TypeDecorator[datetime]):
    """A column of aware moments in UTC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else to_stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_stored(value)
