"""What tests share: a product in a temporary folder with a clock that tests move, and the starter content."""

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import structlog

from app import make_services
from bot.message import Replied
from channels.console import to_incoming
from channels.wechat_mp.webhook import Mode
from cli.services import Services
from config import settings as config
from config.settings import Settings
from fakeplatform.state import OfficialAccount, WorkAccount
from knowledge_base.engine import KnowledgeBase
from knowledge_base.library import build
from knowledge_base.loading import load
from storage.database import connect, upgrade
from tests.clock import NOON, MovableClock
from tests.platform import AES_KEY, APP_ID, TOKEN, Platform

__all__ = ["NOON", "MovableClock", "Talk"]

CONTENT = Path(__file__).resolve().parent.parent / "knowledge_base" / "content"


@pytest.fixture(autouse=True)
def _no_zhibu_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not reach the tests."""
    import os

    own = {"ZHIBU_CONFORMANCE_DIR", "ZHIBU_REFERENCE_DIR", "ZHIBU_QUIZ_BANKS_DIR", "ZHIBU_MATCHING_DIR"}
    for name in [name for name in os.environ if name.startswith("ZHIBU_") and name not in own]:
        monkeypatch.delenv(name)


_SECRETS = (
    *(OfficialAccount.secret, OfficialAccount.aes_key, WorkAccount.secret, WorkAccount.aes_key),
    *("access_token=stable_", "access_token=work_", "access_token=token_", AES_KEY),
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """No test of the whole suite may leave a secret or a token in a log: what it logged is searched."""
    report = yield
    for name, text in report.sections:
        if ("log" in name or "stderr" in name) and any(secret in text for secret in _SECRETS):
            report.outcome = "failed"
            report.longrepr = f"a secret stands in the {name}:\n{text}"
    return report


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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of this version, made once: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("database") / "zhibu.sqlite3"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def make_product(
    make_settings: Callable[..., Settings], clock: MovableClock, starter_base: KnowledgeBase, migrated: Path
) -> Iterator[Callable[..., Services]]:
    """The wired product over a fresh database, the starter content and the movable clock."""
    made: list[Services] = []

    def make(**overrides: object) -> Services:
        settings = make_settings(**({"log_level": "ERROR"} | overrides))
        if settings.database_url is None and not settings.instance_dir.exists():
            settings.instance_dir.mkdir(parents=True)
            shutil.copy(migrated, settings.instance_dir)
        services = make_services(settings, clock, lambda now: starter_base)
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


@pytest.fixture
def make_platform(make_product: Callable[..., Services], clock: MovableClock) -> Callable[..., Platform]:
    def make(mode: Mode = "plain", **settings: object) -> Platform:
        keys = {} if mode == "plain" else {"wechat_mp_aes_key": AES_KEY, "wechat_mp_app_id": APP_ID}
        services = make_product(wechat_mp_token=TOKEN, wechat_mp_mode=mode, **(keys | settings))
        return Platform(services, clock, mode)

    return make
