"""A house with members who can be pushed to, and a sender that tests can watch, refuse with, or pull the plug of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from bot.sending import May, Outcome, Outgoing, Sender, Sent, Standing
from cli.services import Services
from members import people
from scheduler.clock import Clockwork
from scheduler.delivery import Delivery
from scheduler.pushes import Push
from storage.tables.members import binding, member
from storage.tables.push import outbox

CHANNEL = "testing"


class PowerCut(BaseException):
    """The process dies here: nothing below may catch it."""


@dataclass
class WatchedSender:
    """Keeps what it sent. `outcomes` are given first, one a call; a PowerCut among them ends the process."""

    repeats_for: timedelta = timedelta(0)
    allowed: Callable[[Standing, datetime], May] = lambda _standing, _now: May("local", "可以推送")
    outcomes: list[Outcome | PowerCut] = field(default_factory=list)
    inbox: list[tuple[str, str, str]] = field(default_factory=list)

    def may(self, standing: Standing, now: datetime) -> May:
        return self.allowed(standing, now)

    def prepare(self, message: Outgoing) -> bytes:
        return f"{message.client_id}|{message.to[0]}|{message.text}".encode()

    def send(self, body: bytes, how: str) -> Outcome:
        outcome = self.outcomes.pop(0) if self.outcomes else Sent()
        client, to, text = body.decode().split("|", 2)
        known = {each for each, _, _ in self.inbox}
        if isinstance(outcome, Sent | PowerCut) and not (self.repeats_for and client in known):
            self.inbox.append((client, to, text))
        if isinstance(outcome, PowerCut):
            raise outcome
        return outcome

    @property
    def got(self) -> list[str]:
        """Who got something, in order."""
        return [to for _, to, _ in self.inbox]


def add_members(engine: Engine, count: int, now: datetime) -> list[int]:
    """Members with one chat account each on the testing channel: m1, m2 …"""
    with engine.begin() as connection:
        ids = []
        for number in range(1, count + 1):
            member_id = people.add(connection, f"党员{number}", "测试支部", now, number=f"t-{number}")
            account = {"channel": CHANNEL, "account": CHANNEL, "platform_id": f"m{number}", "member_id": member_id}
            connection.execute(insert(binding).values(**account, created_at=now, bound_at=now))
            ids.append(member_id)
        return ids


def without_demo(engine: Engine) -> None:
    """Lets the seeded members leave, so that only the test's own members count."""
    with engine.begin() as connection:
        seeded = member.c.number.like("demo-%")
        connection.execute(update(member).where(seeded).values(left_at=member.c.created_at))


def clockwork(services: Services, sender: Sender, pushes: tuple[Push, ...] | None = None) -> Clockwork:
    """The product's clockwork with this sender instead of a platform's."""
    made = pushes or services.pushes()
    senders: Mapping[str, Sender] = {CHANNEL: sender}
    kinds = {push.schedule.name: push for push in made}
    delivery = Delivery(services.database(), senders, kinds, services.quiet_until, lambda: 1.0)
    return Clockwork(services.database(), made, delivery, lambda now: services.current(now).content.calendar)


def rows(engine: Engine, kind: str = "quiz") -> list[tuple[str, str, str]]:
    """(push, state, reason) of every row of a kind, in order."""
    with engine.connect() as connection:
        found = connection.execute(
            select(outbox.c.push, outbox.c.state, outbox.c.reason).where(outbox.c.kind == kind).order_by(outbox.c.id)
        )
        return [(row[0], row[1], row[2] or "") for row in found]
