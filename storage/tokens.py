"""The port bot.sending.TokenStore over SQL: one row per account, a lease by conditional UPDATE."""

from datetime import datetime

from sqlalchemy import Connection, Engine, or_, select, update

from bot.sending import Token
from storage.tables.platform import access_token as row
from storage.upserts import NEW_ROW


class SqlTokens:
    """All accounts' tokens in one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, account: str) -> Token | None:
        with self._engine.connect() as connection:
            found = connection.execute(select(row).where(row.c.account == account)).one_or_none()
        return Token(found.token, found.ends_at, found.renew_at, found.forced_at) if found and found.token else None

    def claim(self, account: str, seen: str, now: datetime, until: datetime) -> bool:
        with self._engine.begin() as connection:
            _ensure(connection, account)
            free = or_(row.c.lease_until.is_(None), row.c.lease_until <= now)
            claimed = connection.execute(
                update(row)
                .where(row.c.account == account, row.c.token == seen, free)
                .values(lease_until=until)
                .returning(row.c.account)
            )
            return claimed.one_or_none() is not None

    def write(self, account: str, token: Token, until: datetime) -> None:
        values = {"token": token.value, "ends_at": token.ends_at, "renew_at": token.renew_at}
        self._end_lease(account, until, **values, forced_at=token.forced_at)

    def release(self, account: str, until: datetime) -> None:
        self._end_lease(account, until)

    def _end_lease(self, account: str, until: datetime, **values: object) -> None:
        mine = (row.c.account == account) & (row.c.lease_until == until)
        with self._engine.begin() as connection:
            connection.execute(update(row).where(mine).values(lease_until=None, **values))


def _ensure(connection: Connection, account: str) -> None:
    connection.execute(NEW_ROW[connection.dialect.name](row).values(account=account, token="").on_conflict_do_nothing())
