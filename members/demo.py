"""A branch to try things with: seeded in demo mode, and only there."""

from datetime import datetime

from sqlalchemy import Connection, Row, insert, select

from members import binding as bindings
from members import people
from storage.tables.members import binding, member

BRANCH = "演示党委/演示党支部"
CHANNEL = "console"
# (number, name, stage, console name)
PEOPLE = (("demo-1", "演示党员", "正式党员", "demo"), ("demo-2", "演示预备党员", "预备党员", "demo2"))


def seed(connection: Connection, now: datetime) -> None:
    """The demo branch with members bound to console accounts; does nothing where they already are."""
    for number, name, stage, account in PEOPLE:
        if connection.scalar(select(member.c.id).where(member.c.number == number)) is not None:
            continue
        member_id = people.add(connection, name, BRANCH, now, stage=stage, number=number)
        row = _console(connection, account, now)
        if row.member_id is None:
            bindings.attach(connection, row.id, member_id, now)


def _console(connection: Connection, account: str, now: datetime) -> Row[int, int | None]:
    """The console account's id and member; the account may have talked before it became a demo."""
    values = {"channel": CHANNEL, "account": CHANNEL, "platform_id": account}
    known = connection.execute(select(binding.c.id, binding.c.member_id).filter_by(**values)).one_or_none()
    if known is not None:
        return known
    new = insert(binding).values(**values, created_at=now).returning(binding.c.id, binding.c.member_id)
    return connection.execute(new).one()
