"""Branches as a tree. A branch is named by its path from the root: 机关党委/第一党支部."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, true

from storage.tables.members import branch, member


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with the number of its own members (not those of the branches below)."""

    id: int
    path: str
    members: int

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/")


def tidy(path: str) -> str:
    """A typed path as it is stored: no margins, no empty names; "" where no name is left."""
    return "/".join(name.strip() for name in path.split("/") if name.strip())


def at_or_below(path: str | None) -> ColumnElement[bool]:
    """The condition that a branch is the one at the path or below it; every branch for None."""
    if path is None:
        return true()
    return or_(branch.c.path == tidy(path), branch.c.path.startswith(f"{tidy(path)}/", autoescape=True))


def ensure_branch(connection: Connection, path: str, now: datetime) -> int:
    """The id of the branch at the path; makes it and what is above it where missing.

    Raises ValueError (Chinese) for an empty path.
    """
    if not tidy(path):
        raise ValueError("支部名称是空的。请写成“第一党支部”或“机关党委/第一党支部”。")
    names = tidy(path).split("/")
    parent: int | None = None
    for depth in range(len(names)):
        here = "/".join(names[: depth + 1])
        found = connection.scalar(select(branch.c.id).where(branch.c.path == here))
        if found is None:
            row = insert(branch).values(parent_id=parent, name=names[depth], path=here, created_at=now)
            found = connection.scalar(row.returning(branch.c.id))
        parent = found
    assert parent is not None
    return parent


def all_branches(connection: Connection, under: str | None = None) -> list[Branch]:
    """The branches in the order of the tree; `under` limits them to a branch and those below it."""
    count = select(func.count()).where(member.c.branch_id == branch.c.id, member.c.left_at.is_(None)).scalar_subquery()
    query = select(branch.c.id, branch.c.path, count).where(at_or_below(under)).order_by(branch.c.path)
    return [Branch(*row) for row in connection.execute(query)]
