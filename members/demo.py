"""A branch to try things with: seeded in demo mode, and only there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from bot.turn import SHANGHAI
from members import binding as bindings
from members import people
from members.binding import Codes
from members.people import MemberProblem
from members.rules.codes import shown
from storage import demo_inbox
from storage.tables import metadata
from storage.tables.chat import inbox
from storage.tables.members import binding, branch, member
from storage.tables.push import occurrence, outbox

BRANCH = "演示党委/演示党支部"
AWAY = "演示党委/流动党员党支部"
# Channel and account. The demo page's people follow an official account that exists on this machine only.
CONSOLE = ("console", "console")
PAGE = ("wechat_mp", "gh_demo")
_ON_PAGE = and_(binding.c.channel == PAGE[0], binding.c.account == PAGE[1])
VISITOR = "demo-fangke"


@dataclass(frozen=True, slots=True)
class Person:
    """An invented member and the chat account they write from. `role` is how the demo page introduces the account."""

    number: str
    name: str
    stage: str
    platform_id: str
    branch: str = BRANCH
    role: str = ""
    bound: bool = True


CONSOLE_PEOPLE = (
    Person("demo-1", "演示党员", "正式党员", "demo"),
    Person("demo-2", "演示预备党员", "预备党员", "demo2"),
)
PAGE_PEOPLE = (
    Person("demo-3", "演示党员甲", "正式党员", "demo-zhengshi", role="正式党员"),
    Person("demo-4", "演示党员乙", "预备党员", "demo-yubei", role="预备党员"),
    Person("demo-5", "演示党员丙", "正式党员", "demo-shuji", role="支部书记"),
    Person("demo-6", "演示党员丁", "正式党员", "demo-liudong", AWAY, role="流动党员"),
    Person("demo-7", "演示党员戊", "正式党员", VISITOR, role="访客", bound=False),
)


@dataclass(frozen=True, slots=True)
class PageAccount:
    """An account of the demo page as it stands: `name` and `branch` are "" while it is not bound."""

    platform_id: str
    role: str
    name: str
    branch: str
    following: bool


def seed(connection: Connection, now: datetime) -> None:
    """The demo branch with members bound to console accounts and to the demo page's accounts.

    Who already is there stays as they are.
    """
    for persons, home in ((CONSOLE_PEOPLE, CONSOLE), (PAGE_PEOPLE, PAGE)):
        for person in persons:
            if _member_id(connection, person) is None:
                people.add(connection, person.name, person.branch, now, stage=person.stage, number=person.number)
                _bind(connection, person, home, now)


def _member_id(connection: Connection, person: Person) -> int | None:
    return connection.scalar(select(member.c.id).where(member.c.number == person.number))


def _bind(connection: Connection, person: Person, home: tuple[str, str], now: datetime) -> None:
    member_id = _member_id(connection, person)
    if not person.bound or member_id is None:
        return
    row = _account(connection, home, person.platform_id, now)
    if row.member_id is None:
        bindings.attach(connection, row.id, member_id, now)
    if home == PAGE:
        bindings.set_following(connection, row.id, following=True)


def _account(connection: Connection, home: tuple[str, str], platform_id: str, now: datetime) -> Row[int, int | None]:
    """The chat account's id and member; the account may have talked before it became a demo."""
    values = {"channel": home[0], "account": home[1], "platform_id": platform_id}
    known = connection.execute(select(binding.c.id, binding.c.member_id).filter_by(**values)).one_or_none()
    if known is not None:
        return known
    new = insert(binding).values(**values, created_at=now).returning(binding.c.id, binding.c.member_id)
    return connection.execute(new).one()


def page_accounts(connection: Connection) -> list[PageAccount]:
    """The demo page's accounts in their fixed order."""
    columns = (binding.c.platform_id, member.c.name, branch.c.path, binding.c.following)
    joined = binding.outerjoin(member, member.c.id == binding.c.member_id).outerjoin(branch)
    known = {row[0]: row for row in connection.execute(select(*columns).select_from(joined).where(_ON_PAGE))}
    accounts = []
    for person in PAGE_PEOPLE:
        _, name, path, following = known.get(person.platform_id, (None, None, None, False))
        accounts.append(PageAccount(person.platform_id, person.role, name or "", path or "", following))
    return accounts


def code_for(connection: Connection, codes: Codes, platform_id: str, now: datetime) -> str:
    """A fresh binding code for the member that an account of the demo page belongs to. Raises MemberProblem."""
    for person in PAGE_PEOPLE:
        if person.platform_id == platform_id:
            return shown(codes.issue(connection, people.find(connection, person.number).id, now))
    raise MemberProblem(f"演示页没有账号“{platform_id}”。")


def restart(connection: Connection, now: datetime) -> None:
    """The demo page's accounts and members as at the first start, and for everybody, no card of today or later yet."""
    accounts = connection.scalars(select(binding.c.id).where(_ON_PAGE)).all()
    numbers = [person.number for person in PAGE_PEOPLE]
    _forget(connection, accounts, connection.scalars(select(member.c.id).where(member.c.number.in_(numbers))).all())
    connection.execute(delete(inbox).where(inbox.c.key.startswith(f"{':'.join(PAGE)}:", autoescape=True)))
    demo_inbox.clear(connection)
    # What fell due today, or on days that have not come yet, would never fall due again, for nobody.
    today = now.astimezone(SHANGHAI).date().isoformat()
    connection.execute(delete(occurrence).where(occurrence.c.day >= today))
    of_these_days = or_(outbox.c.created_at > now, outbox.c.push.endswith(f":{today}", autoescape=True))
    connection.execute(delete(outbox).where(outbox.c.kind.in_(("quiz", "remind")), of_these_days))
    connection.execute(
        update(binding)
        .where(binding.c.id.in_(accounts))
        .values(member_id=None, bound_at=None, following=False, memory="{}", revision=binding.c.revision + 1)
    )
    for person in PAGE_PEOPLE:
        _bind(connection, person, PAGE, now)


def _forget(connection: Connection, binding_ids: Iterable[int], member_ids: Iterable[int]) -> None:
    """Deletes what any table holds of these accounts and members, but not themselves."""
    owners = {"binding_id": list(binding_ids), "member_id": list(member_ids)}
    for table in reversed(metadata.sorted_tables):
        theirs = [table.c[name].in_(ids) for name, ids in owners.items() if name in table.c]
        if theirs and table is not binding:
            connection.execute(delete(table).where(or_(*theirs)))
