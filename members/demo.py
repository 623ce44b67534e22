"""A branch to try things with: seeded in demo mode, and only there."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

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
        values = {"channel": CHANNEL, "account": CHANNEL, "platform_id": account, "created_at": now}
        binding_id = connection.scalar(insert(binding).values(**values).returning(binding.c.id))
        assert binding_id is not None
        bindings.attach(connection, binding_id, member_id, now)
