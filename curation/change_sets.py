"""A change on its way: draft -> review -> approved -> published, written by one person and let through by another."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from curation import trees
from curation.change_log import record, take_turn
from curation.curators import CurationProblem
from curation.trees import Tree
from storage.tables.publishing import SYSTEM, change_set, snapshot

STATES = {"draft": "草稿", "review": "待审", "approved": "已审", "published": "已发布", "dropped": "已作废"}
SAME_PERSON = "E501 第 {number} 号修改是“{who}”自己写的，要另一个人来{what}。请换一位审核员。"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change as it stands. `digest` is that of its files; `base` the snapshot it was written on."""

    id: int
    author: str
    digest: str
    base: int | None
    note: str
    state: str
    created_at: datetime
    approved_by: str | None
    may_drop: bool


def served(connection: Connection) -> int | None:
    """The number of the snapshot that is served now; None before the first."""
    number: int | None = connection.scalar(select(snapshot.c.number).order_by(snapshot.c.number.desc()).limit(1))
    return number


def listed(connection: Connection, *, everything: bool = False) -> list[ChangeSet]:
    """The changes under way, oldest first; with `everything` also those published or dropped."""
    query = select(change_set).order_by(change_set.c.id)
    if not everything:
        query = query.where(change_set.c.state.not_in(("published", "dropped")))
    return [ChangeSet(*row) for row in connection.execute(query)]


def get(connection: Connection, number: int) -> ChangeSet:
    """One change. Raises CurationProblem for an unknown number."""
    row = connection.execute(select(change_set).where(change_set.c.id == number)).one_or_none()
    if row is None:
        raise CurationProblem(f"没有第 {number} 号修改。用 ./run kb changes --all 看所有的。")
    return ChangeSet(*row)


def draft(
    connection: Connection, author: str, tree: Tree, note: str, now: datetime, *, may_drop: bool = False
) -> ChangeSet:
    """Keeps the files as a draft of the author's; the author's earlier changes that were under way give way to it."""
    take_turn(connection)
    for earlier in listed(connection):
        if earlier.author == author:
            _move(connection, earlier, "dropped", author, "change_drop", now)
    base, found = served(connection), trees.digest(tree)
    values = {"author": author, "digest": found, "base": base, "note": note, "created_at": now, "may_drop": may_drop}
    number = connection.execute(insert(change_set).values(**values).returning(change_set.c.id)).scalar_one()
    trees.store(connection, number, tree)
    told = {"change": number, "base": base, "files": found, "note": note, "may_drop": may_drop}
    record(connection, author, "change_draft", told, now)
    return get(connection, number)


def submit(connection: Connection, number: int, author: str, now: datetime) -> ChangeSet:
    """draft -> review, by its author."""
    change = _in_state(connection, number, "draft", "提交")
    if change.author != author:
        raise CurationProblem(f"第 {number} 号修改是“{change.author}”写的，请由本人提交。")
    return _move(connection, change, "review", author, "change_submit", now)


def approve(connection: Connection, number: int, reviewer: str, now: datetime) -> ChangeSet:
    """review -> approved, by another person than the author."""
    change = _in_state(connection, number, "review", "审核")
    if change.author == reviewer != SYSTEM:
        raise CurationProblem(SAME_PERSON.format(number=number, who=reviewer, what="审核"))
    return _move(connection, change, "approved", reviewer, "change_approve", now)


def reject(connection: Connection, number: int, reviewer: str, reason: str, now: datetime) -> ChangeSet:
    """review or approved -> draft: back to the author, with the reason in the log."""
    change = _in_state(connection, number, ("review", "approved"), "退回")
    return _move(connection, change, "draft", reviewer, "change_reject", now, reason=reason)


def mark_published(connection: Connection, change: ChangeSet) -> None:
    """approved -> published; whoever publishes writes the record of it."""
    _set(connection, change, state="published")


def _in_state(connection: Connection, number: int, wanted: str | tuple[str, ...], what: str) -> ChangeSet:
    take_turn(connection)
    change = get(connection, number)
    if change.state not in ((wanted,) if isinstance(wanted, str) else wanted):
        raise CurationProblem(f"第 {number} 号修改现在是“{STATES[change.state]}”，不能{what}。")
    return change


def _move(
    connection: Connection, change: ChangeSet, state: str, actor: str, action: str, now: datetime, **told: str
) -> ChangeSet:
    _set(connection, change, state=state, approved_by=actor if state == "approved" else None)
    record(connection, actor, action, {"change": change.id, "files": change.digest, **told}, now)
    return get(connection, change.id)


def _set(connection: Connection, change: ChangeSet, **values: str | None) -> None:
    connection.execute(update(change_set).where(change_set.c.id == change.id).values(**values))
