"""A month of simulated days with each kind of account: the whole product between people, clock and a bad platform.

Nobody sees a fault or a card twice a day, nothing foreseeable is refused, no secret is logged, and everybody who
may be written to gets the card.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert, select

from app import create_app
from cli.services import Services
from fakeplatform import invariants
from fakeplatform.clock import SHANGHAI
from fakeplatform.phones import Message
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from fakeplatform.state import OfficialAccount, Shown, Side, WorkAccount
from fakeplatform.webhook import Posted, Webhook
from members import people
from storage.tables.members import binding
from storage.tables.push import outbox
from tests.clock import MovableClock
from tests.scheduler.house import without_demo

pytestmark = pytest.mark.slow

START = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)  # 06:00 in Shanghai, the first of December
DAYS = 31
CARD = "【每日答题】"
SENDS = {"official": "/cgi-bin/message/custom/send", "work": "/cgi-bin/message/send"}
FAULTS: tuple[tuple[Any, float], ...] = (
    ("errcode", -1), ("http", 502), ("html", 0), ("apply_then_drop", 0), ("reset", 0), ("truncated", 0),
    ("token_killed", 0), ("errcode_string", 0), ("errcode", 45011), ("slow", 0.01),
)  # fmt: skip


class Month:
    """One house, one account, six people."""

    def __init__(self, services: Services, clock: MovableClock, server: PlatformServer, side: Side) -> None:
        self.services, self.clock, self.side = services, clock, side
        self.platform, self.random = server.platform, random.Random(7)
        app = create_app(services.settings, services)
        path = {"official": "/wechat/mp", "work": "/wechat/wecom"}[side]

        def bot(posted: Posted, _seconds: float) -> tuple[int, bytes]:
            url = f"{path}?{urlencode(posted.query)}"
            response = app.test_client().open(url, method=posted.method, data=posted.body)
            return response.status_code, response.data

        self.webhook = Webhook(self.platform, {side: bot})
        self.names = [f"{'o' if side == 'official' else 'm'}{number}" for number in range(6)]
        without_demo(services.database())
        clock.now = START
        self._bind()

    def _bind(self) -> None:
        ours = {
            "official": ("wechat_mp", self.platform.official.original_id),
            "work": ("wecom", self.platform.work.corp_id),
        }
        channel, account = ours[self.side]
        with self.services.database().begin() as connection:
            for name in self.names:
                member_id = people.add(connection, f"党员{name}", "测试支部", START, number=name)
                whose = {"channel": channel, "account": account, "platform_id": name, "member_id": member_id}
                connection.execute(insert(binding).values(**whose, created_at=START, bound_at=START))
                (self.platform.member if self.side == "official" else self.platform.colleague)(name)

    def run(self) -> None:
        """Every other waking hour perhaps somebody's message, and a tick; on some days a fault."""
        work = self.services.clockwork()
        for day in range(DAYS):
            if day % 3 == 1:
                kind, value = FAULTS[day // 3 % len(FAULTS)]
                self.platform.faults.add(SENDS[self.side], kind, value, times=2)
            for _ in range(9):
                for name in self.names:
                    self._live(name)
                self.clock.travel(minutes=35)
                work.tick(self.clock)
                self.clock.travel(minutes=85)
            self.clock.travel(hours=6)

    def _live(self, name: str) -> None:
        """The first hardly ever writes, the last several times a day."""
        if self.random.random() > 0.04 + 0.06 * self.names.index(name):
            return
        message = self._said(name, self.random.choice(["答题", "预备期多长", "A", "1", "B", "不考了", "好的"]))
        match self.random.randrange(4):
            case 0:
                self.webhook.duplicate(message)
            case 1:
                self.webhook.parallel([message] * 2)
            case _:
                self.webhook.send(message)

    def _said(self, name: str, text: str) -> Message:
        if self.side == "work":
            return self.webhook.phones.work_text(name, text)
        if self.random.random() < 0.2:
            return self.webhook.phones.click(name, "QUIZ")
        return self.webhook.phones.text(name, text)

    def cards(self) -> Counter[str]:
        """How many cards each person saw of our own accord."""
        people = self.platform.staff if self.side == "work" else self.platform.members
        pushed = ("custom", "work")
        return Counter({name: sum(CARD in text for text in person.texts(*pushed)) for name, person in people.items()})

    def states(self) -> Counter[str]:
        with self.services.database().connect() as connection:
            return Counter(connection.scalars(select(outbox.c.state).where(outbox.c.kind == "quiz")))


def card_of_a_day(shown: Shown) -> str | None:
    """Which day's card this is, if it is one."""
    return f"{shown.at.astimezone(SHANGHAI):%m-%d}" if shown.text.startswith(CARD) else None


OFFICIAL, WORK = OfficialAccount(), WorkAccount()
ACCOUNTS: dict[str, tuple[Side, dict[str, object]]] = {
    "service": ("official", {"wechat_mp_kind": "service", "wechat_mp_verified": True}),
    "subscription": ("official", {"wechat_mp_kind": "subscription", "wechat_mp_verified": True}),
    "unverified": ("official", {"wechat_mp_kind": "service", "wechat_mp_verified": False}),
    "work": ("work", {}),
}


@pytest.fixture
def server(clock: MovableClock) -> Iterator[PlatformServer]:
    with PlatformServer(Platform(clock=clock)) as running:
        yield running


@pytest.fixture(params=ACCOUNTS)
def month(
    request: pytest.FixtureRequest, make_product: Callable[..., Services], clock: MovableClock, server: PlatformServer
) -> Month:
    side, settings = ACCOUNTS[request.param]
    server.platform.official.kind = settings.get("wechat_mp_kind", "service")  # type: ignore[assignment]
    server.platform.official.verified = bool(settings.get("wechat_mp_verified", True))
    keys = {
        "official": {
            "wechat_mp_token": OFFICIAL.token, "wechat_mp_aes_key": OFFICIAL.aes_key,
            "wechat_mp_app_id": OFFICIAL.app_id, "wechat_mp_app_secret": OFFICIAL.secret,
            "wechat_api_base_url": server.url,
        },
        "work": {
            "wecom_token": WORK.token, "wecom_aes_key": WORK.aes_key, "wecom_corp_id": WORK.corp_id,
            "wecom_agent_id": WORK.agent_id, "wecom_secret": WORK.secret, "wecom_api_base_url": server.url,
        },
    }  # fmt: skip
    services = make_product(**keys[side], **settings, log_level="DEBUG", demo=False, rate_limit=0)
    month = Month(services, clock, server, side)
    month.run()
    return month


def test_a_month_goes_by_as_it_should(month: Month) -> None:
    platform, states, cards = month.platform, month.states(), month.cards()
    invariants.all_of_them(month.webhook, platform)
    invariants.each_push_once(platform, card_of_a_day)
    invariants.token_fetches_are_few(platform, 13 * DAYS)
    may_push = platform.official.verified
    assert bool(sum(cards.values())) == may_push
    # Whatever became of a card is written down, and none is still on its way.
    assert set(states) <= {"sent", "expired", "dropped", "unknown", "waiting"}
    assert states["sent"] >= sum(cards.values()) - states["unknown"] > 0 or not may_push
    # Only customer-service messages cannot be repeated: a dropped connection leaves their outcome open.
    assert (states["unknown"] > 0) == (month.side == "official" and may_push)
