"""The documentation says what the code does: names are documented, examples replayed, links lead on."""

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
import structlog
import yaml
from structlog.testing import capture_logs

from app import create_app
from bot.memory import MemoryFloor
from bot.message import Replied, Reply
from bot.pipeline import Pipeline
from bot.routing import Route, always
from channels.console import to_incoming
from cli.main import commands
from cli.objects import reply_object
from cli.services import Services
from config import settings as config
from config.settings import PREFIX, ROOT, Settings
from curation.spreadsheets.columns import COLUMNS
from knowledge_base import quiz_linting
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import (
    Citation,
    Content,
    Edition,
    Entry,
    Expectation,
    Fact,
    Golden,
    HistoryLine,
    NotVariant,
    Source,
)
from knowledge_base.features import Features
from knowledge_base.library import build
from knowledge_base.linting import lint
from knowledge_base.loading import load
from members.people import Member
from replies import answers, talk
from storage.tables import metadata
from tests.conftest import CONTENT, NOON, MovableClock
from tests.platform import AES_KEY

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
TUTORIAL = DOCS / "tutorial" / "上手.md"
CURATING = DOCS / "how-to" / "管理问答.md"
WECHAT = DOCS / "how-to" / "接入公众号.md"
MATCHING = DOCS / "explanation" / "how-matching-decides.md"
PUSHES = DOCS / "explanation" / "pushes.md"
RUNNING = DOCS / "how-to" / "运行与备份.md"
PRODUCT = (
    "bot",
    "channels",
    "cli",
    "config",
    "curation",
    "handlers",
    "knowledge_base",
    "members",
    "replies",
    "scheduler",
    "storage",
    "study",
)
TODAY = NOON.date()


def read(path: Path) -> str:
    return path.read_text("utf-8")


def sections(text: str, level: int) -> dict[str, str]:
    """The body under each heading of the level, up to the next heading of the same or a higher one."""
    found: dict[str, str] = {}
    heading = ""
    for line in re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL).splitlines():
        marks = re.match(r"(#+) (.+)", line)
        if marks and len(marks[1]) <= level:
            heading = marks[2] if len(marks[1]) == level else ""
            assert heading not in found, f"two headings “{heading}”"
        if heading:
            found[heading] = f"{found.get(heading, '')}\n{line}"
    return found


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def product_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "versions" not in path.parts)


def marked(text: str) -> set[str]:
    """Every `name` between single backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


# Settings


def example_lines() -> dict[str, str]:
    """Name -> value of every setting in .env.example, commented out as they are."""
    return dict(re.findall(rf"^# ({PREFIX}\w+)=(.*)$", read(ROOT / ".env.example"), re.MULTILINE))


def setting_names() -> list[str]:
    return [PREFIX + name.upper() for name in Settings.model_fields]


def test_every_setting_has_its_heading_and_no_other_has() -> None:
    assert sorted(sections(read(REFERENCE / "settings.md"), 3)) == sorted(setting_names())


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_a_setting_is_documented_with_its_meaning_form_and_default(field: str) -> None:
    name, info = PREFIX + field.upper(), Settings.model_fields[field]
    extra = info.json_schema_extra
    assert isinstance(extra, dict)
    section = sections(read(REFERENCE / "settings.md"), 3)[name]
    default = example_lines()[name]
    assert f"\n{info.description}。" in section
    assert f"- 写法：{extra['form']}\n" in section
    assert f"- 默认：{f'`{default}`' if default else '不填'}" in section.splitlines()
    assert re.search(rf"^# {re.escape(str(info.description))}.*\n# {name}=", read(ROOT / ".env.example"), re.MULTILINE)


def test_the_example_file_names_every_setting_and_no_other() -> None:
    assert sorted(example_lines()) == sorted(setting_names())


def test_the_example_file_changes_nothing_as_it_stands() -> None:
    assert all(not line or line.startswith("#") for line in read(ROOT / ".env.example").splitlines())


def test_the_example_file_shows_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file = tmp_path / "env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in example_lines().items()), "utf-8")
    monkeypatch.chdir(ROOT)
    shown, default = config.load(env_file=env_file).model_dump(), config.load(env_file=None).model_dump()
    for folder in ("instance_dir", "content_dir"):
        shown[folder], default[folder] = shown[folder].resolve(), default[folder].resolve()
    assert shown == default


# Commands


def leaves(command: click.Command, path: str = "./run") -> Iterator[tuple[str, click.Command]]:
    """Every command that can be run, by how it is typed."""
    if isinstance(command, click.Group):
        if command.invoke_without_command:
            yield path, command
        for name, each in command.commands.items():
            yield from leaves(each, f"{path} {name}")
    else:
        yield path, command


def test_every_command_has_its_heading_and_no_other_has() -> None:
    # ./run and ./run test are the shell script's own.
    expected = {path for path, _ in leaves(commands)} | {"./run test"}
    assert set(sections(read(REFERENCE / "commands.md"), 3)) == expected


@pytest.mark.parametrize(("path", "command"), list(leaves(commands)))
def test_a_command_is_documented_with_exactly_its_options(path: str, command: click.Command) -> None:
    section = sections(read(REFERENCE / "commands.md"), 3)[path]
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    told = set(re.findall(r"^\| `(--[\w-]+)` \|", section, re.MULTILINE))
    inherited = options if "选项同 `kb ask`" in section else set()
    assert told | inherited == options


def test_every_json_field_is_documented(starter_base: KnowledgeBase) -> None:
    reply = reply_object(Replied("notice", "好", NOON))
    explained = starter_base.explain("预备期多长", TODAY)
    told = marked(read(REFERENCE / "commands.md"))
    assert {"in", *reply, *explained, *explained["features"][0]} <= told
    assert {"n", "id", "text", "type", "file", "line", "code", "severity", "message", "remedy"} <= told


def typed_commands() -> Iterator[tuple[str, str]]:
    """(page, command) for every ./run line in a console or cron block, and in `./run …`."""
    for page in sorted(DOCS.rglob("*.md")):
        text = read(page)
        lines = [line for kind in ("console", "cron") for block in fences(text, kind) for line in block.splitlines()]
        lines += [f"$ {name}" for name in marked(text) if name.startswith("./run ")]
        for line in lines:
            if (line.startswith("$ ") or " && " in line) and "./run" in line and "命令" not in line:
                yield page.name, line[line.index("./run") :].partition(" 2>")[0]


@pytest.mark.parametrize(("page", "typed"), sorted(set(typed_commands())))
def test_a_command_typed_in_the_docs_exists(page: str, typed: str) -> None:
    words = shlex.split(typed)[1:]
    command: click.Command = commands
    while words and isinstance(command, click.Group) and words[0] != "test" and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{page}: {typed}"
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known, f"{page}: {typed}"


# Content


def field_names(kind: type, *without: str) -> set[str]:
    return {field.name for field in fields(kind)} - set(without)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("问答文件", {"schema", "topic", "owner", "entries"}),
        ("条目", field_names(Entry, "topic", "owner", "place")),
        ("依据", field_names(Source, "place")),
        ("版次", field_names(Edition)),
        ("必答问题", field_names(Golden, "expected", "place") | field_names(Expectation)),
    ],
)
def test_every_content_field_has_its_heading_and_no_other_has(part: str, expected: set[str]) -> None:
    assert set(sections(sections(read(REFERENCE / "content-format.md"), 2)[part], 3)) == expected


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("sources", Citation),
        ("not_variants", NotVariant),
        ("facts", Fact),
        ("tests", Expectation),
        ("history", HistoryLine),
    ],
)
def test_the_parts_of_a_content_field_are_documented(field: str, kind: type) -> None:
    section = sections(sections(read(REFERENCE / "content-format.md"), 2)["条目"], 3)[field]
    assert set(re.findall(r"^- `(\w+)`：", section, re.MULTILINE)) == field_names(kind)


@pytest.fixture(scope="module")
def example_content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The starter content with every example of the tutorial and of the curators' guide put in as they are told to."""
    folder = tmp_path_factory.mktemp("examples") / "content"
    shutil.copytree(CONTENT, folder)
    for number, block in enumerate(fences(read(TUTORIAL), "yaml") + fences(read(CURATING), "yaml")):
        if block.startswith("schema:"):
            (folder / _place_of(block, number)).write_text(block, "utf-8")
        else:
            with (folder / "sources.yaml").open("a", encoding="utf-8") as file:
                file.write(block)
    return load(folder)


def _place_of(block: str, number: int) -> str:
    """Where in the content folder an example of a whole file belongs, by what it holds."""
    held = yaml.safe_load(block)
    if "entries" in held:
        return f"qa/例{number}.yaml"
    return f"quizzes/例{number}.yaml" if "items" in held else "calendar.yaml"


@pytest.fixture(scope="module")
def example_base(example_content: Content, jieba_cache: Path) -> KnowledgeBase:
    return build(example_content, jieba_cache)


def test_the_examples_load_and_pass_the_lint(example_content: Content) -> None:
    own = {entry.id for entry in example_content.entries if entry.place.file.startswith("qa/例")}
    assert own == {"bzb-0001", "bzb-0002"}
    assert {quiz.id for quiz in example_content.quizzes if "/例" in quiz.place.file} == {"bzb-q001", "bzb-q002"}
    found = [*lint(example_content, TODAY), *quiz_linting.lint(example_content, TODAY)]
    assert [problem for problem in found if "/例" in problem.place.file] == []


def test_the_example_of_a_calendar_makes_its_days(example_content: Content) -> None:
    is_workday = example_content.calendar.is_workday
    assert (is_workday(date(2027, 2, 20)), is_workday(date(2027, 2, 11))) == (True, False)


def test_the_annotated_example_shows_every_field_of_an_entry_but_its_end() -> None:
    first = yaml.safe_load(fences(read(CURATING), "yaml")[0])["entries"]
    assert set(first[0]) == field_names(Entry, "topic", "owner", "place", "effective_to")
    assert "effective_to" in first[1]


def test_the_dated_versions_of_the_example_take_over_on_their_day(example_base: KnowledgeBase) -> None:
    versions = []
    for day in (date(2026, 6, 30), date(2026, 7, 1)):
        reply = answers.reply_to(example_base.ask("主题党日是几号", day, "member"))
        versions.append((reply.entry, reply.version))
    assert versions == [("bzb-0002", 1), ("bzb-0002", 2)]


def asked() -> Iterator[tuple[str, list[str]]]:
    """(question, the lines printed) for every `kb ask` of the tutorial that shows an answer."""
    for block in fences(read(TUTORIAL), "console"):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *printed = typed.splitlines()
            if question := re.fullmatch(r'\./run kb ask "(.+)"', command):
                yield question[1], printed


@pytest.mark.parametrize(("question", "printed"), list(asked()))
def test_the_tutorial_shows_the_real_answers(question: str, printed: list[str], example_base: KnowledgeBase) -> None:
    reply = answers.reply_to(example_base.ask(question, TODAY, "member"))
    assert printed
    assert reply.whole.splitlines() == printed


def test_every_lint_code_is_explained_and_no_other_is() -> None:
    code = r"\b[EW]\d{3}\b"
    files = product_files("knowledge_base", "curation")
    raised = {found for path in files for found in re.findall(rf'"({code})"', read(path))}
    told = set(re.findall(rf"^\| ({code}) \|", read(CURATING), re.MULTILINE))
    assert raised
    assert told == raised


def test_every_feature_of_likeness_is_explained_and_no_other_is() -> None:
    told = re.findall(r"^\| `(\w+)` \|", sections(read(MATCHING), 2)["4. 比有多像：`matching.py`"], re.MULTILINE)
    assert told == list(Features._fields)


@pytest.mark.parametrize("page", [MATCHING, PUSHES, DOCS / "explanation" / "storage.md"], ids=lambda page: page.stem)
def test_a_constant_named_in_an_explanation_exists(page: Path) -> None:
    named = {name for name in marked(read(page)) if re.fullmatch(r"[A-Z]+_[A-Z_]+", name) and PREFIX not in name}
    source = "\n".join(map(read, product_files(*PRODUCT)))
    assert named
    assert {name for name in named if not re.search(rf"^{name}\b.* = ", source, re.MULTILINE)} == set()


def test_every_column_of_the_sheet_is_explained_and_no_other_is() -> None:
    told = re.findall(r"^\| (\S+) \|", sections(read(REFERENCE / "content-format.md"), 2)["表格的列"], re.MULTILINE)
    assert told[1:] == [column.name for column in COLUMNS]


# Tables, routes, channels, logs


def test_every_table_has_its_heading_and_no_other_has() -> None:
    assert sorted(sections(read(REFERENCE / "tables.md"), 3)) == sorted(metadata.tables)


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_a_table_is_documented_with_its_columns_privacy_and_time(name: str) -> None:
    section = sections(read(REFERENCE / "tables.md"), 3)[name]
    assert {column.name for column in metadata.tables[name].columns} <= marked(section)
    assert re.search(r"^- 个人信息：\S", section, re.MULTILINE)
    assert re.search(r"^- 保存：\S", section, re.MULTILINE)


def test_every_route_has_its_heading_and_no_other_has(make_product: Callable[..., Services]) -> None:
    wecom = {"wecom_token": "zhibutest", "wecom_aes_key": AES_KEY, "wecom_corp_id": "ww1"}
    services = make_product(wechat_mp_token="zhibutest", demo=True, **wecom)
    rules = create_app(services.settings, services).url_map.iter_rules()
    served = {
        f"{method} {rule}" for rule in rules for method in (rule.methods or set()) if method not in ("HEAD", "OPTIONS")
    }
    assert set(sections(read(REFERENCE / "routes.md"), 3)) == served


def test_every_refusal_in_the_log_is_explained_and_no_other_is() -> None:
    source = "\n".join(map(read, product_files("channels")))
    refused = set(re.findall(r'(?:Refused\(|refuse\(\d+, )"(\w+)"\)', source))
    refused |= {f"xml_{name}" for name in re.findall(r'BadXml\("(\w+)"\)', source)}
    assert refused
    assert set(re.findall(r"^\| `(\w+)` \|", sections(read(WECHAT), 2)["收不到回复：看日志"], re.MULTILINE)) == refused


def test_every_field_of_the_canonical_log_line_is_documented(clock: MovableClock) -> None:
    structlog.reset_defaults()
    route = Route("hello", always, lambda _: Reply("notice", "好"))
    with capture_logs() as captured:
        Pipeline((route,), MemoryFloor(), clock, talk.PIPELINE).reply_to(to_incoming("您好", "who", clock(), "1"))
    (line,) = captured
    told = set(re.findall(r"^\| `(\w+)` \|", sections(read(RUNNING), 2)["日志"], re.MULTILINE))
    assert set(line) - {"event", "log_level"} <= told
    assert set(line) - {"log_level"} <= set(yaml.safe_load(fences(read(RUNNING), "json")[0]))


def test_every_event_in_the_log_is_documented() -> None:
    source = "\n".join(map(read, [*product_files(*PRODUCT), ROOT / "app.py"]))
    logged = set(re.findall(r'log\.(?:debug|info|warning|error)\(\s*"(\w+)"', source))
    told = set(re.findall(r"^\| `(\w+)` \|", sections(read(RUNNING), 2)["日志"], re.MULTILINE)) | {"message"}
    assert logged
    assert logged <= told


# Words and links


def test_every_identifier_of_the_glossary_occurs_in_the_code() -> None:
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+`) \|", read(REFERENCE / "glossary.md"), re.MULTILINE)
    identifiers = {name for row in rows for name in marked(row)}
    words = {word for path in product_files(*PRODUCT) for word in re.findall(r"\w+", read(path))}
    assert {"Entry", "handover", Member.__name__} <= identifiers
    assert identifiers - words == set()


def pages() -> list[Path]:
    """Every Markdown file of the repository; what tools keep in hidden folders and in instance/ is not of it."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    own = [path for folder in folders if folder.name != "instance" for path in folder.rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *own])


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = [unquote(link).partition("#")[0] for link in links(page) if not re.match(r"[a-z]+:", link)]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def test_the_index_leads_to_every_page_of_the_docs() -> None:
    reached = {(DOCS / link).resolve() for link in links(DOCS / "README.md")}
    kinds = ("tutorial", "how-to", "reference", "explanation")
    written = {page for kind in kinds for page in (DOCS / kind).glob("*.md")}
    assert written - reached == set()


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_a_named_folder_or_file_of_the_project_exists(page: Path) -> None:
    """`knowledge_base/…`, `docs/…` and the like between backticks."""
    tops = "|".join((*PRODUCT, "benchmarks", "docs", "tests", "web"))
    named = [name for name in marked(read(page)) if re.match(rf"(?:{tops})/[\w./-]+$", name)]
    assert [name for name in named if not (ROOT / name).exists()] == []
