"""An office: a small content folder, its database, two curators, and commands as they are typed."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import Result

from app import make_services
from channels.console import to_incoming
from cli.services import Services
from config.settings import Settings
from tests.cli.conftest import invoke
from tests.clock import MovableClock
from tests.knowledge_base.test_loading import entry, topic, write_content

WRITER, REVIEWER = "王芳", "李军"
LONG = entry(tests="[{ask: 预备期是多少年, expect: zz-0001}]", short="一年。")
DUES = entry(id="df-0001", question="党费交多少？", variants="[每月党费怎么算]", answer="按比例交。")


@dataclass
class Office:
    """Everything one organisation has. `services` is one process; `process()` makes another over the same database."""

    folder: Path
    clock: MovableClock
    make: Callable[[], Services]
    services: Services = field(init=False)
    said: int = 0

    def __post_init__(self) -> None:
        self.services = self.make()

    def write(self, *entries: str) -> None:
        """Replaces the topic file."""
        write_content(self.folder, topic(*entries))

    def run(self, *arguments: object) -> Result:
        """`./run kb …`."""
        return invoke(self.services, "kb", *arguments)

    def done(self, *arguments: object) -> str:
        """The output of a command that must succeed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: object) -> dict[str, Any]:
        """The object a command prints."""
        found: dict[str, Any] = json.loads(self.done(*arguments, "--json"))
        return found

    def staff(self) -> None:
        """Enters the two curators; the files as they are have been published before."""
        self.services.current(self.clock())
        self.done("curator", "add", WRITER, "--role", "整理员")
        self.done("curator", "add", REVIEWER, "--role", "审核员")

    def publish(self, *entries: str) -> dict[str, Any]:
        """Writes the files, hands them in and publishes them, by two persons."""
        self.write(*entries)
        self.done("submit", "--as", WRITER)
        return self.json("publish", "--as", REVIEWER)

    def answer(self, question: str, services: Services | None = None, who: str = "visitor") -> str:
        """What an account of the console gets from a process."""
        self.said += 1
        pipeline = (services or self.services).pipeline(self.clock, 0)
        return pipeline.reply_to(to_incoming(question, who, self.clock(), str(self.said))).text


@pytest.fixture(scope="session")
def instance_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: loading jieba takes longer than most of them."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def make_office(
    make_settings: Callable[..., Settings], clock: MovableClock, instance_dir: Path, migrated: Path, tmp_path: Path
) -> Iterator[Callable[..., Office]]:
    made: list[Services] = []
    database = tmp_path / "office.sqlite3"
    shutil.copy(migrated, database)
    write_content(tmp_path / "content", topic(LONG, DUES))
    # A question with one of our words is about our matters.
    (tmp_path / "content" / "lexicon" / "words.txt").write_text("电费\n", "utf-8")

    def make(*, demo: bool = False) -> Office:
        def process() -> Services:
            settings = make_settings(
                instance_dir=instance_dir, database_url=f"sqlite:///{database}", content_dir=tmp_path / "content",
                demo=demo, log_level="ERROR",
            )  # fmt: skip
            made.append(make_services(settings, clock))
            return made[-1]

        return Office(tmp_path / "content", clock, process)

    yield make
    for services in made:
        services.database().dispose()
    structlog.reset_defaults()


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """Outside the demo, with the starter files published and two curators entered."""
    office = make_office()
    office.staff()
    return office
