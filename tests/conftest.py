"""What tests share: a product in a temporary folder with a clock that tests move, and the starter content."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from app import make_services
from bot.message import Replied
from channels.console import to_incoming
from cli.services import Services
from config import settings as config
from config.settings import Settings
from knowledge_base.engine import KnowledgeBase
from knowledge_base.library import build
from knowledge_base.loading import load

CONTENT = Path(__file__).resolve().parent.parent / "knowledge_base" / "content"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def travel(self, **by: float) -> None:
        """Moves on by days=, hours=, minutes= or seconds=."""
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def _no_zhibu_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not reach the tests."""
    import os

    own = {"ZHIBU_CONFORMANCE_DIR", "ZHIBU_REFERENCE_DIR", "ZHIBU_QUIZ_BANKS_DIR", "ZHIBU_MATCHING_DIR"}
    for name in [name for name in os.environ if name.startswith("ZHIBU_") and name not in own]:
        monkeypatch.delenv(name)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def jieba_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests of a process: jieba's first load takes a second."""
    return tmp_path_factory.mktemp("jieba")


@pytest.fixture(scope="session")
def starter_base(jieba_cache: Path) -> KnowledgeBase:
    """The starter content, loaded once. A value: no test can change it."""
    return build(load(CONTENT), jieba_cache)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings in a temporary instance folder; keyword arguments override defaults."""

    def make(**overrides: object) -> Settings:
        return config.load(env_file=None, **({"instance_dir": tmp_path / "instance"} | overrides))

    return make


@pytest.fixture
def make_product(
    make_settings: Callable[..., Settings], clock: MovableClock, starter_base: KnowledgeBase
) -> Iterator[Callable[..., Services]]:
    """The wired product over a fresh database, the starter content and the movable clock."""
    made: list[Services] = []

    def make(**overrides: object) -> Services:
        services = make_services(make_settings(log_level="ERROR", **overrides), clock, lambda: starter_base)
        made.append(services)
        return services

    yield make
    for services in made:
        services.database().dispose()
    structlog.reset_defaults()


@pytest.fixture
def services(make_product: Callable[..., Services]) -> Services:
    return make_product()


class Talk:
    """Says things to the product from one console account and keeps the replies."""

    def __init__(self, services: Services, clock: MovableClock, who: str) -> None:
        self._pipeline = services.pipeline(clock, 0)
        self._clock = clock
        self._who = who
        self._count = 0

    def say(self, text: str) -> Replied:
        """The reply to a new message."""
        self._count += 1
        return self._pipeline.reply_to(to_incoming(text, self._who, self._clock(), str(self._count)))


@pytest.fixture
def talk(services: Services, clock: MovableClock) -> Callable[[str], Talk]:
    """`talk("demo")` is a bound member; any other name is an unbound visitor."""
    return lambda who="demo": Talk(services, clock, who)
