"""Publishing: an approved change becomes an immutable snapshot that every process serves; and going back to one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from curation import change_sets, trees
from curation.change_log import record, take_turn
from curation.change_sets import SAME_PERSON, STATES, ChangeSet
from curation.curators import CurationProblem, everyone
from curation.differences import answer_digest, changes
from curation.trees import Tree
from knowledge_base.entry import Content
from storage.tables.publishing import SYSTEM, answer_version, entry_change, snapshot

# The payload of a record that no person stands behind says so.
AUTOMATIC = "程序自动发布，没有经过人审核"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published version. `restores` names the earlier one it brought back."""

    number: int
    change_set_id: int
    author: str
    digest: str
    published_by: str
    published_at: datetime
    restores: int | None


def versions(connection: Connection) -> list[Snapshot]:
    """All published versions, oldest first."""
    return [Snapshot(*row) for row in connection.execute(select(snapshot).order_by(snapshot.c.number))]


def get(connection: Connection, number: int) -> Snapshot:
    """One published version. Raises CurationProblem for an unknown number."""
    row = connection.execute(select(snapshot).where(snapshot.c.number == number)).one_or_none()
    if row is None:
        raise CurationProblem(f"没有发布过第 {number} 版。用 ./run kb versions 看发布过的。")
    return Snapshot(*row)


def current(connection: Connection) -> Snapshot | None:
    """What is served now; None before the first."""
    number = change_sets.served(connection)
    return get(connection, number) if number else None


def tree_of(connection: Connection, number: int) -> Tree:
    """The files of a published version."""
    return trees.fetch(connection, get(connection, number).change_set_id)


def publish(
    connection: Connection, change: ChangeSet, publisher: str, before: Content | None, after: Content, now: datetime
) -> Snapshot:
    """Makes an approved change the served version. `before` and `after` are what is served and what the change says.

    Raises CurationProblem: the author publishes, it is not approved, or something was published since it was written.
    """
    take_turn(connection)
    change = change_sets.get(connection, change.id)
    if publisher == change.author != SYSTEM:
        raise CurationProblem(SAME_PERSON.format(number=change.id, who=publisher, what="发布"))
    if change.state != "approved":
        raise CurationProblem(f"第 {change.id} 号修改现在是“{STATES[change.state]}”，要先审核。")
    if change.base != change_sets.served(connection):
        text = f"第 {change.id} 号修改是在第 {change.base} 版上写的，之后又发布了新版，照发会盖掉别人的修改。"
        raise CurationProblem(f"{text}请作者用 kb diff 核对后重新提交。")
    made = _add(connection, change, publisher, None, now)
    change_sets.mark_published(connection, change)
    _keep_history(connection, made.number, before, after)
    told = {"snapshot": made.number, "change": change.id, "author": change.author, "files": change.digest}
    reason = {"reason": AUTOMATIC} if publisher == SYSTEM else {"approved_by": change.approved_by}
    record(connection, publisher, "publish", told | reason, now)
    return made


def roll_back(
    connection: Connection, number: int, publisher: str, before: Content, after: Content, now: datetime
) -> Snapshot:
    """Publishes an earlier version once more, as a new one. One person may: two have let it through before."""
    take_turn(connection)
    earlier = get(connection, number)
    latest = current(connection)
    if latest and latest.digest == earlier.digest:
        raise CurationProblem(f"现在用的就是第 {number} 版的内容（第 {latest.number} 版）。")
    made = _add(connection, change_sets.get(connection, earlier.change_set_id), publisher, number, now)
    _keep_history(connection, made.number, before, after)
    record(connection, publisher, "rollback", {"snapshot": made.number, "restores": number, "files": made.digest}, now)
    return made


def publish_by_itself(
    connection: Connection, tree: Tree, content: Content, before: Content | None, now: datetime
) -> None:
    """Publishes files as the system, without a person: for the first version, and for the demo."""
    change = change_sets.draft(connection, SYSTEM, tree, AUTOMATIC, now)
    change_sets.submit(connection, change.id, SYSTEM, now)
    change = change_sets.approve(connection, change.id, SYSTEM, now)
    publish(connection, change, SYSTEM, before, content, now)


def is_curated(connection: Connection) -> bool:
    """True once a person is entered as curator: from then on nothing is published by itself."""
    return any(each.active for each in everyone(connection))


def _add(connection: Connection, change: ChangeSet, publisher: str, restores: int | None, now: datetime) -> Snapshot:
    number = (change_sets.served(connection) or 0) + 1
    made = Snapshot(number, change.id, change.author, change.digest, publisher, now, restores)
    connection.execute(insert(snapshot).values({name: getattr(made, name) for name in Snapshot.__dataclass_fields__}))
    return made


def _keep_history(connection: Connection, number: int, before: Content | None, after: Content) -> None:
    for change in changes(before, after):
        key = {"entry_id": change.entry.id, "version": change.entry.version}
        values = {"snapshot": number, "what": change.what, "fields": " ".join(change.fields)}
        connection.execute(insert(entry_change).values(**key, **values))
        if change.after:
            connection.execute(delete(answer_version).filter_by(**key))
            connection.execute(insert(answer_version).values(**key, digest=answer_digest(change.after)))


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What one published version did to one version of an entry."""

    snapshot: Snapshot
    version: int
    what: str
    fields: tuple[str, ...]
    approved_by: str | None


def history(connection: Connection, entry_id: str) -> list[HistoryRow]:
    """Everything published about an entry, oldest first."""
    rows = connection.execute(
        select(entry_change)
        .where(entry_change.c.entry_id == entry_id)
        .order_by(entry_change.c.snapshot, entry_change.c.version)
    )
    found = []
    for row in rows.all():
        made = get(connection, row.snapshot)
        approved_by = change_sets.get(connection, made.change_set_id).approved_by
        found.append(HistoryRow(made, row.version, row.what, tuple(row.fields.split()), approved_by))
    return found
