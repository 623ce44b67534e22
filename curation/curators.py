"""Who may change the knowledge base, and what each role may do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from curation.change_log import record, take_turn
from storage.tables.publishing import SYSTEM, curator

WRITER, REVIEWER = "整理员", "审核员"
# A reviewer may write too: four eyes are two persons, not two roles.
ROLES = {WRITER: "可以写修改、提交、处理没答上的问题", REVIEWER: "还可以审核、发布、退回别人的修改，回到旧版"}
_RIGHTS = {WRITER: {WRITER}, REVIEWER: {WRITER, REVIEWER}, SYSTEM: {WRITER, REVIEWER}}
LONGEST_NAME = 40


class CurationProblem(Exception):
    """这一步做不了"""


class UnknownCurator(CurationProblem):
    """没有这个整理人"""


@dataclass(frozen=True, slots=True)
class Curator:
    """A person with a role; `active` until removed."""

    name: str
    role: str
    active: bool


def add(connection: Connection, name: str, role: str, now: datetime, actor: str = SYSTEM) -> None:
    """Enters a curator, or gives one another role. Raises CurationProblem for a name that cannot be one."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name == SYSTEM:
        raise CurationProblem(f"“{name}”不能作为整理人的名字。请写 1 到 {LONGEST_NAME} 个字的姓名或代号。")
    take_turn(connection)
    known = update(curator).where(curator.c.name == name).values(role=role, ended_at=None).returning(curator.c.name)
    if connection.execute(known).one_or_none() is None:
        connection.execute(insert(curator).values(name=name, role=role, added_at=now))
    record(connection, actor, "curator_add", {"name": name, "role": role}, now)


def remove(connection: Connection, name: str, now: datetime, actor: str = SYSTEM) -> None:
    """Ends a curator's rights; what was done under the name stays. Raises CurationProblem for an unknown name."""
    find(connection, name)
    take_turn(connection)
    connection.execute(update(curator).where(curator.c.name == name).values(ended_at=now))
    record(connection, actor, "curator_remove", {"name": name}, now)


def everyone(connection: Connection) -> list[Curator]:
    """All persons ever entered, by name; not the system."""
    rows = connection.execute(select(curator).where(curator.c.name != SYSTEM).order_by(curator.c.name))
    return [Curator(row.name, row.role, row.ended_at is None) for row in rows]


def find(connection: Connection, name: str, right: str = WRITER) -> Curator:
    """The active curator of that name who has the right. Raises UnknownCurator or CurationProblem."""
    found = next((each for each in everyone(connection) if each.name == name and each.active), None)
    if found is None:
        remedy = f"先登记：./run kb curator add {name} --role {right}"
        raise UnknownCurator(f"没有叫“{name}”的整理人。{remedy}，或用 ./run kb curator list 看已登记的。")
    if right not in _RIGHTS[found.role]:
        raise CurationProblem(f"“{name}”的角色是{found.role}，这一步要{right}来做。请换一位审核员。")
    return found
