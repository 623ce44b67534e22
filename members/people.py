"""Members: adding, finding and importing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, Select, func, insert, or_, select, update

from members.branches import at_or_below, ensure_branch, tidy
from members.rules.stages import DEFAULT_STAGE, STAGES
from storage.tables.members import binding, branch, member


class MemberProblem(Exception):
    """党员资料有误"""


@dataclass(frozen=True, slots=True)
class Member:
    """A member with the branch and the number of chat accounts bound."""

    id: int
    name: str
    number: str | None
    stage: str
    branch_id: int
    branch: str
    bindings: int


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of an import that cannot be taken: its line (the heading is line 1), why, what to do."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.text}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do. The numbers add up to the rows."""

    rows: int
    added: int
    changed: int
    unchanged: int
    refused: tuple[RowProblem, ...]


def _query() -> Select[int, str, str | None, str, int, str, int]:
    bindings = select(func.count()).where(binding.c.member_id == member.c.id).scalar_subquery()
    columns = (
        member.c.id,
        member.c.name,
        member.c.number,
        member.c.stage,
        member.c.branch_id,
        branch.c.path,
        bindings,
    )
    return select(*columns).join(branch, branch.c.id == member.c.branch_id).where(member.c.left_at.is_(None))


def all_members(connection: Connection, under: str | None = None) -> list[Member]:
    """The members in the order of branch and name; `under` limits them to a branch and those below it."""
    query = _query().where(at_or_below(under)).order_by(branch.c.path, member.c.name, member.c.id)
    return [Member(*row) for row in connection.execute(query)]


def find(connection: Connection, who: str) -> Member:
    """The one member with that number or that name. Raises MemberProblem (Chinese) for none or several."""
    rows = connection.execute(_query().where(or_(member.c.number == who, member.c.name == who))).all()
    if not rows:
        raise MemberProblem(f"没有找到“{who}”。用 ./run members list 看名单，可以写姓名或编号。")
    if len(rows) > 1:
        places = "、".join(f"{row[5]} 编号 {row[2] or '无'}" for row in rows)
        raise MemberProblem(f"有 {len(rows)} 位“{who}”（{places}）。请改用编号。")
    return Member(*rows[0])


def add(
    connection: Connection,
    name: str,
    branch_path: str,
    now: datetime,
    *,
    stage: str = DEFAULT_STAGE,
    number: str | None = None,
) -> int:
    """A new member's id. Raises MemberProblem for an empty name, an unknown stage or a number already taken."""
    values = _checked({"姓名": name, "支部": branch_path, "身份": stage, "编号": number or ""})
    taken = values.number and connection.scalar(select(member.c.name).where(member.c.number == values.number))
    if taken:
        raise MemberProblem(f"编号“{values.number}”已经是“{taken}”的。请核对编号。")
    return _insert(connection, values, now)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    branch: str
    stage: str
    number: str | None


def _checked(fields: Mapping[str, str]) -> _Row:
    row = _Row(
        name=fields.get("姓名", "").strip(),
        branch=tidy(fields.get("支部", "")),
        stage=fields.get("身份", "").strip(),
        number=fields.get("编号", "").strip() or None,
    )
    if not row.name:
        raise MemberProblem("姓名是空的。请补上姓名。")
    if not row.branch:
        raise MemberProblem("支部是空的。请写支部名称，如“第一党支部”。")
    if row.stage and row.stage not in STAGES:
        raise MemberProblem(f"身份“{row.stage}”不认识。只能是：{'、'.join(STAGES)}。")
    return row


def _insert(connection: Connection, row: _Row, now: datetime) -> int:
    values = {
        "branch_id": ensure_branch(connection, row.branch, now),
        "name": row.name,
        "number": row.number,
        "stage": row.stage or DEFAULT_STAGE,
        "created_at": now,
    }
    new_id: int | None = connection.scalar(insert(member).values(**values).returning(member.c.id))
    assert new_id is not None
    return new_id


def import_rows(
    connection: Connection, rows: Sequence[Mapping[str, str]], now: datetime, lines: Sequence[int] | None = None
) -> ImportReport:
    """Adds or updates members from rows with 姓名, 支部, 身份, 编号; `lines` says where each row stands in its file.

    Someone is recognised by 编号, else by 姓名 and 支部: who is there without a 编号 is given it. Bad rows are told
    and left out; the caller decides whether to commit. Nobody is ever removed by an import.
    """
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    refused = []
    seen: dict[tuple[str, ...], int] = {}
    for line, fields in zip(lines or count(2), rows, strict=False):
        try:
            row = _checked(fields)
            _note(seen, row, line)
            counts[_merge(connection, row, now)] += 1
        except MemberProblem as problem:
            refused.append(RowProblem(line, str(problem)))
    return ImportReport(len(rows), **counts, refused=tuple(refused))


def _note(seen: dict[tuple[str, ...], int], row: _Row, line: int) -> None:
    """Notes at which line somebody stood. Namesakes in a branch may be two people only where both have a number."""
    anybody, unnumbered = (row.name, row.branch), (row.name, row.branch, "")
    twins: list[tuple[str, ...]] = [(row.number,), unnumbered] if row.number else [anybody]
    keys: list[tuple[str, ...]] = [(row.number,), anybody] if row.number else [anybody, unnumbered]
    for key in twins:
        if key in seen:
            raise MemberProblem(f"与第 {seen[key]} 行是同一个人。请删去一行，或给同名的人写上编号。")
    seen |= dict.fromkeys(keys, line)


def _merge(connection: Connection, row: _Row, now: datetime) -> str:
    found = _recognised(connection, row)
    if not found:
        _insert(connection, row, now)
        return "added"
    if len(found) > 1:
        raise MemberProblem(f"支部里已有 {len(found)} 位“{row.name}”。请写上编号。")
    known = found[0]
    # What the row leaves blank stays as it is.
    number, stage = row.number or known.number, row.stage or known.stage
    if (known.name, known.branch, known.stage, known.number) == (row.name, row.branch, stage, number):
        return "unchanged"
    branch_id = ensure_branch(connection, row.branch, now)
    values = {"name": row.name, "branch_id": branch_id, "stage": stage, "number": number}
    connection.execute(update(member).where(member.c.id == known.id).values(**values))
    return "changed"


def _recognised(connection: Connection, row: _Row) -> list[Member]:
    """By 编号; else by 姓名 and 支部, where a row with a 编号 means only somebody who has none yet, if there is one."""
    namesakes = _query().where(member.c.name == row.name, branch.c.path == row.branch)
    if row.number is None:
        return [Member(*each) for each in connection.execute(namesakes)]
    found = connection.execute(_query().where(member.c.number == row.number)).all()
    if not found:
        unnumbered = connection.execute(namesakes.where(member.c.number.is_(None))).all()
        found = unnumbered if len(unnumbered) == 1 else []
    return [Member(*each) for each in found]
