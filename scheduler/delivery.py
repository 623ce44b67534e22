"""One row of the outbox to one member: claim, look again, choose what the channel allows, send, write down.

1. One short transaction claims the row, looks at everything again and notes by which account it goes out.
2. The call of the platform runs with no transaction open.
3. A second short transaction writes down what came of it.

Between 1 and 3 the process may die. The lease then ends, and the row goes out again only where the platform
recognises a repetition; elsewhere it becomes `unknown`, visible, and is never sent blindly.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Connection, Engine

from bot.sending import May, NotSent, Outcome, Outgoing, Partial, Refused, Sender, Sent, Unknown
from bot.turn import show
from members import reach
from members.reach import Account
from scheduler.pushes import Push
from storage import outbox
from storage.outbox import Claimed

# Tries that ended before anything was sent; then the row waits for the member's next message.
MAX_ATTEMPTS = 6
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)
# How long a channel rests that only the administrator can put right.
CHANNEL_PAUSE = timedelta(hours=1)
NO_WAY = "没有可以主动推送的账号，随下一条消息送达"
UNKNOWN = "发送途中程序中断，不知道是否送达"

log = structlog.get_logger("delivery")


@dataclass(frozen=True, slots=True)
class Way:
    """By which account a row may go out, or (None) why it has to wait."""

    account: Account | None
    may: May


class Delivery:
    """Delivers what the outbox holds. Any number of processes may do so at once."""

    def __init__(
        self,
        engine: Engine,
        senders: Mapping[str, Sender],
        pushes: Mapping[str, Push],
        quiet_until: Callable[[datetime], datetime | None],
        jitter: Callable[[], float],
    ) -> None:
        """`senders` by channel, or channel/account for one of its; `pushes` by kind; `jitter` is a factor around 1."""
        self._engine, self._senders, self._pushes = engine, senders, pushes
        self._quiet_until, self._jitter = quiet_until, jitter
        self._paused: dict[str, tuple[datetime, str]] = {}

    def run(self, clock: Callable[[], datetime]) -> Counter[str]:
        """Delivers all that is due; how many rows came to which end."""
        self._recover(clock())
        ends: Counter[str] = Counter()
        while self._quiet_until(now := clock()) is None and (end := self.deliver_one(now)):
            ends[end] += 1
        return ends

    def deliver_one(self, now: datetime) -> str:
        """One row, and the state it came to; "" when nothing is due."""
        with self._engine.begin() as connection:
            row = outbox.claim(connection, now)
            if row is None:
                return ""
            way = self._ready(connection, row, now)
            if way.account is None:
                return "held"
            outbox.assign(connection, row.id, way.account.binding_id)
        outcome = self._send(row, way.account, way.may)
        with self._engine.begin() as connection:
            return self._settle(connection, row, way.account, outcome, now)

    def way_to(self, connection: Connection, member_id: int, now: datetime) -> Way:
        """By which of a member's chat accounts something may be sent at `now`."""
        return self._way(reach.accounts(connection, member_id), now)

    def _way(self, accounts: Sequence[Account], now: datetime) -> Way:
        waits = May("queue", NO_WAY)
        for account in accounts:
            sender = self._sender(account.channel, account.account)
            if sender is None:
                continue
            until, why = self._paused.get(account.channel, (now, ""))
            may = May("defer", why, until) if until > now else sender.may(account.standing, now)
            if may.how not in ("queue", "defer", "none"):
                return Way(account, may)
            waits = may
        return Way(None, waits)

    def _sender(self, channel: str, account: str) -> Sender | None:
        return self._senders.get(f"{channel}/{account}") or self._senders.get(channel)

    def _ready(self, connection: Connection, row: Claimed, now: datetime) -> Way:
        """The way for a claimed row. One that has to wait is put back, one that is not to go out any more ended."""
        push, member_id = self._pushes.get(row.kind), row.member_id
        if push is None or member_id is None:
            return self._drop(connection, row, "这一版程序不认识这种推送", now)
        accounts = reach.accounts(connection, member_id)
        gone = push.recheck(connection, member_id, row.day) if accounts else "已不在支部，或没有绑定的账号"
        if gone:
            return self._drop(connection, row, gone, now)
        way = self._way(accounts, now)
        if way.account is None:
            outbox.put_back(connection, row.id, way.may.why, way.may.until, ride=way.may.until is None)
        return way

    def _drop(self, connection: Connection, row: Claimed, why: str, now: datetime) -> Way:
        outbox.end(connection, row.id, "dropped", why, now)
        return Way(None, May("none", why))

    def _send(self, row: Claimed, account: Account, may: May) -> Outcome:
        sender = self._sender(account.channel, account.account)
        assert sender
        message = Outgoing((account.platform_id,), row.payload, client_id(row), may.how)
        try:
            return sender.send(sender.prepare(message), may.how)
        except Exception as error:
            log.error("send_failed", kind=row.kind, channel=account.channel, error=type(error).__name__, exc_info=True)
            return Unknown(f"程序出错（{type(error).__name__}），不知道是否送达")

    def _settle(self, connection: Connection, row: Claimed, account: Account, outcome: Outcome, now: datetime) -> str:
        match outcome:
            case Sent():
                self._sent(connection, row, account, now)
                return "sent"
            case Partial(refused):
                return self._settle(connection, row, account, refused.get(account.platform_id, Sent()), now)
            case NotSent(why, pause):
                return self._later(connection, row, why, now + max(pause, self._pause(row.attempts)))
            case Unknown(why):
                sender = self._sender(account.channel, account.account)
                if sender and sender.repeats_for and row.attempts + 1 < MAX_ATTEMPTS:
                    # Stays claimed, so that it rides on nothing; when the lease ends, the same bytes go out again.
                    return "held"
                outbox.end(connection, row.id, "unknown", why, now)
                return "unknown"
            case Refused():
                return self._refused(connection, row, account, outcome, now)

    def _sent(self, connection: Connection, row: Claimed, account: Account, now: datetime) -> None:
        """The row is over; what was shown, what it counts for, and what the subject wants to know."""
        push = self._pushes[row.kind]
        outbox.end(connection, row.id, "sent", "", now)
        reach.remember(connection, account.binding_id, lambda memory: show(memory, push.choices, now))
        assert row.member_id is not None
        push.sent(connection, row.member_id, row.day)

    def _refused(self, connection: Connection, row: Claimed, account: Account, refused: Refused, now: datetime) -> str:
        log.warning("refused_by_platform", channel=account.channel, kind=refused.kind, code=refused.code)
        match refused.kind:
            case "transient" | "token":
                return self._later(connection, row, refused.why, now + self._pause(row.attempts))
            case "rate" | "quota" | "config" | "capability":
                until = now + (refused.retry_after or CHANNEL_PAUSE)
                self._paused[account.channel] = (until, refused.why)
                outbox.put_back(connection, row.id, refused.why, until)
            case "content" | "bug":
                outbox.end(connection, row.id, "dropped", refused.why, now)
                return "dropped"
            case "recipient":
                reach.mark_unreachable(connection, account.binding_id, refused.why)
                outbox.put_back(connection, row.id, refused.why)
            case _:
                outbox.put_back(connection, row.id, refused.why, ride=True)
        return "held"

    def _later(self, connection: Connection, row: Claimed, why: str, when: datetime) -> str:
        tired = row.attempts + 1 >= MAX_ATTEMPTS
        outbox.put_back(connection, row.id, why, None if tired else when, ride=tired)
        return "held"

    def _pause(self, attempts: int) -> timedelta:
        pause: timedelta = FIRST_PAUSE * 2.0**attempts
        return min(pause, LONGEST_PAUSE) * self._jitter()

    def _recover(self, now: datetime) -> None:
        """Rows whose process died: again where the platform knows a repetition, or where nothing had left yet."""
        with self._engine.begin() as connection:
            for row_id, lease_ended, home in outbox.overdue(connection, now):
                sender = self._sender(*home) if home else None
                if home is None or (sender and now - lease_ended < sender.repeats_for - outbox.LEASE):
                    outbox.put_back(connection, row_id, "不知道是否送达，原样重发，平台会认出来")
                else:
                    outbox.end(connection, row_id, "unknown", UNKNOWN, now)


def client_id(row: Claimed) -> str:
    """The same for every try of a push to a member, on every machine: platforms recognise a repetition by it."""
    return sha256(f"{row.push}/{row.member_id}/{row.kind}".encode()).hexdigest()[:32]
