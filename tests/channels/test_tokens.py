"""The token manager: one fetch for each end of a token, over threads, processes and crashes."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.memory import MemoryTokens
from bot.sending import Sent, TokenStore
from channels.api import NeverLeft
from channels.policy import Rules
from channels.tokens import Tokens, TokenTrouble
from channels.wechat_mp.sender import make_sender
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from fakeplatform.state import OfficialAccount
from storage.database import connect
from storage.tokens import SqlTokens
from tests.channels.senders import no_sleep
from tests.clock import NOON, MovableClock

ACCOUNT = "wechat_mp:wx1"
EARLY = timedelta(seconds=280)


class Mint:
    """Hands out T1, T2, ...; counts, and remembers whether it was forced."""

    def __init__(self, lasts: int = 7200, slow: float = 0) -> None:
        self.lasts, self.slow = lasts, slow
        self.forced: list[bool] = []
        self.fails = False

    def __call__(self, force: bool) -> tuple[str, int]:
        self.forced.append(force)
        number = len(self.forced)
        time.sleep(self.slow)
        if self.fails:
            raise NeverLeft("连不上")
        return f"T{number}", self.lasts


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> TokenStore:
    """Either store behind the same port."""
    if request.param == "memory":
        return MemoryTokens()
    path = tmp_path / "tokens.sqlite3"
    path.write_bytes(migrated.read_bytes())
    return SqlTokens(connect(f"sqlite:///{path}"))


Make = Callable[[Mint], Tokens]


@pytest.fixture
def make(store: TokenStore, clock: MovableClock) -> Make:
    """A manager as one process has it, all over one store."""
    return lambda mint: Tokens(ACCOUNT, mint, store, clock, no_sleep, EARLY)


def test_a_token_is_fetched_once_and_renewed_ahead_of_its_end(make: Make, clock: MovableClock) -> None:
    mint = Mint()
    tokens, other = make(mint), make(mint)
    seen = [tokens.get(), other.get(), tokens.get()]
    clock.travel(seconds=7200 - 281)
    seen.append(other.get())
    clock.travel(seconds=1)
    seen += [tokens.get(), other.get()]
    clock.travel(seconds=300)
    seen.append(other.get())
    assert seen == ["T1"] * 4 + ["T2"] * 2 + ["T2"]
    assert mint.forced == [False, False]


def test_a_short_token_is_used_for_half_of_its_life(make: Make, clock: MovableClock) -> None:
    mint = Mint(lasts=300)
    tokens = make(mint)
    tokens.get()
    clock.travel(seconds=149)
    tokens.get()
    clock.travel(seconds=1)
    assert (tokens.get(), len(mint.forced)) == ("T2", 2)


@pytest.mark.parametrize("lasts", [0, -5])
def test_a_lifetime_that_cannot_be_is_not_believed(make: Make, clock: MovableClock, lasts: int) -> None:
    mint = Mint(lasts=lasts)
    tokens = make(mint)
    for _ in range(20):
        tokens.get()
        clock.travel(seconds=1)
    assert len(mint.forced) == 1


def test_the_same_token_given_again_is_used_to_its_end(make: Make, clock: MovableClock) -> None:
    class Stubborn(Mint):
        def __call__(self, force: bool) -> tuple[str, int]:
            super().__call__(force)
            return "SAME", int((NOON + timedelta(hours=2) - clock()).total_seconds())

    mint = Stubborn()
    tokens = make(mint)
    for _ in range(72):
        tokens.get()
        clock.travel(seconds=99)
    assert len(mint.forced) == 2


def test_a_refused_token_is_replaced_once_and_by_one(make: Make, clock: MovableClock) -> None:
    mint = Mint()
    tokens, other = make(mint), make(mint)
    assert tokens.get() == other.get() == "T1"
    assert tokens.after("T1") == other.after("T1") == "T2"
    assert mint.forced == [False, True]
    with pytest.raises(TokenTrouble):
        other.after("T2")
    with pytest.raises(TokenTrouble):
        tokens.after("T2")
    assert len(mint.forced) == 2
    clock.travel(minutes=1)
    assert tokens.after("T2") == "T3"


def test_twenty_threads_cold_are_one_fetch(make: Make) -> None:
    mint = Mint(slow=0.05)
    tokens = make(mint)
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: tokens.get(), range(20))) == {"T1"}
    assert len(mint.forced) == 1


def test_while_one_renews_the_others_use_the_old_one(make: Make, clock: MovableClock) -> None:
    mint = Mint()
    tokens, other = make(mint), make(mint)
    tokens.get()
    clock.travel(seconds=7000)
    release = threading.Event()
    started = threading.Event()

    class Slow(Mint):
        def __call__(self, force: bool) -> tuple[str, int]:
            started.set()
            release.wait(5)
            return "NEW", 7200

    renewing = make(Slow())
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(renewing.get)
        started.wait(5)
        assert (tokens.get(), other.get()) == ("T1", "T1")
        release.set()
        assert fetching.result() == "NEW"
    assert (tokens.get(), len(mint.forced)) == ("NEW", 1)


def test_a_fetch_that_fails_leaves_the_lease_to_the_next(make: Make) -> None:
    mint = Mint()
    mint.fails = True
    tokens, other = make(mint), make(mint)
    with pytest.raises(NeverLeft):
        tokens.get()
    mint.fails = False
    assert other.get() == "T2"


def test_who_dies_with_the_lease_holds_nobody_up_for_long(make: Make, store: TokenStore, clock: MovableClock) -> None:
    mint = Mint()
    assert store.claim(ACCOUNT, "", clock(), clock() + timedelta(seconds=30))
    with pytest.raises(TokenTrouble, match="太久"):
        make(mint).get()
    clock.travel(seconds=30)
    assert make(mint).get() == "T1"


def test_a_late_fetch_does_not_overwrite_a_newer_token(make: Make, store: TokenStore, clock: MovableClock) -> None:
    class Late(Mint):
        def __call__(self, force: bool) -> tuple[str, int]:
            clock.travel(seconds=31)
            assert make(Mint()).get() == "T1"
            return "LATE", 7200

    assert make(Late()).get() == "LATE"
    kept = store.read(ACCOUNT)
    assert kept is not None
    assert kept.value == "T1"


def test_a_token_of_512_characters_is_kept_whole(store: TokenStore, clock: MovableClock) -> None:
    long = "T" * 512
    tokens = Tokens(ACCOUNT, lambda _: (long, 7200), store, clock, no_sleep)
    assert tokens.get() == long
    kept = store.read(ACCOUNT)
    assert kept is not None
    assert kept.value == long


STEP = 240  # seconds: finer than the early renewal
DAY = 86_400


def _a_day(url: str, database: str, minutes: Any, barrier: Any, leads: bool) -> None:
    """One of eight processes: wants a token every few virtual minutes, in step with the others."""

    def now() -> datetime:
        return datetime.fromtimestamp(minutes.value, UTC)

    store, account = SqlTokens(connect(database)), OfficialAccount()
    arguments = (account.app_id, account.secret, url, Rules("service", True), store, now)
    sender = make_sender(*arguments, lambda _: time.sleep(0.002))
    for _ in range(0, DAY, STEP):
        barrier.wait(60)
        assert sender.reach() == Sent()
        barrier.wait(60)
        if leads:
            minutes.value += STEP


def test_eight_processes_fetch_at_most_thirteen_tokens_a_day(migrated: Path, tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite3"
    path.write_bytes(migrated.read_bytes())
    context = multiprocessing.get_context("fork")
    seconds, barrier = context.Value("d", NOON.timestamp()), context.Barrier(8)
    fake = Platform(clock=lambda: datetime.fromtimestamp(seconds.value, UTC))
    server = PlatformServer(fake)
    arguments = (server.url, f"sqlite:///{path}", seconds, barrier)
    workers = [context.Process(target=_a_day, args=(*arguments, number == 0)) for number in range(8)]
    for worker in workers:  # before the server's threads begin
        worker.start()
    with server:
        for worker in workers:
            worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 8
    assert len(fake.tokens.fetches) <= 13
    assert [c.errcode for c in fake.calls if c.errcode] == []
    assert sum(c.call.path == "/cgi-bin/get_api_domain_ip" for c in fake.calls) == 8 * DAY // STEP
