"""Files -> Content, strictly. Everything wrong is said at once, with file, line, reason and remedy."""

import hashlib
import re
from collections.abc import Callable
from os import fsencode
from pathlib import Path
from typing import Literal, TypeVar, cast

from knowledge_base.entry import (
    Content,
    Edition,
    Entry,
    Expectation,
    Fact,
    Golden,
    Grade,
    NotVariant,
    Place,
    QuizItem,
    Source,
)
from knowledge_base.lexicon_files import load_lexicon
from knowledge_base.menu import Button, buttons
from knowledge_base.quizzes import citation, history_line, topic_items
from knowledge_base.reading import Reader, read_text
from knowledge_base.strict_yaml import ContentError, Problem, Record, parse
from knowledge_base.text import normalise
from knowledge_base.workdays import Calendar

T = TypeVar("T")
STATUSES = ("published", "draft", "review", "approved", "retired")
VISIBILITIES = ("all", "member", "cadre")
SCHEMA = "1"
# Most wordings have one of these, and need no normalising to know that something is left to compare.
_COMPARABLE = re.compile(r"[0-9a-z\u4e00-\u9fff]")
GOLDEN, CALENDAR = "golden.yaml", "calendar.yaml"


def content_files(folder: Path) -> list[Path]:
    """The files that content is made of: those that are there, and sources.yaml, which must be."""
    optional = [path for path in (folder / GOLDEN, folder / CALENDAR) if path.exists()]
    topics = [*_yaml_files(folder, "qa"), *_yaml_files(folder, "quizzes")]
    return [folder / "sources.yaml", *optional, *topics, *_below(folder / "lexicon", "*.txt")]


def fingerprint(folder: Path) -> str:
    """A hash over names, sizes, times and permissions of the content files; it changes whenever any of them does.

    Cheap (no file is read), so that it may be polled.
    """
    digest = hashlib.sha256()
    for path in content_files(folder):
        try:
            stat = path.stat()
        except OSError:
            # An editor replaced the file between the listing and this look, or it may not be looked at: a later poll
            # sees it.
            continue
        state = f"\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_mode}\0"
        digest.update(fsencode(path.relative_to(folder)) + state.encode())
    return digest.hexdigest()


def load(folder: Path) -> Content:
    """The whole content of a folder with qa/*.yaml, sources.yaml, lexicon/*.txt and, where wanted, quizzes/*.yaml,
    golden.yaml and calendar.yaml.

    Raises ContentError with all problems of all files, and nothing else whatever is in them.
    """
    problems: list[Problem] = []
    sources = _load_sources(folder, problems)
    entries: list[Entry] = []
    quizzes: list[QuizItem] = []
    for path in _yaml_files(folder, "qa"):
        entries += _load_file(path, folder, "qa", _topic_entries, problems)
    for path in _yaml_files(folder, "quizzes"):
        quizzes += _load_file(path, folder, "quizzes", topic_items, problems)
    if not entries and not problems:
        remedy = "请放入 qa/<主题>.yaml，或改正 ZHIBU_CONTENT_DIR。"
        problems.append(Problem(Place("qa", 1), "E110", "这里没有任何问答文件。", remedy))
    golden, calendar = _load_golden(folder, problems), _load_calendar(folder, problems)
    lexicon = load_lexicon(folder / "lexicon", problems)
    if problems:
        raise ContentError(problems)
    return Content(tuple(entries), sources, lexicon, tuple(quizzes), calendar, golden)


def load_menu(folder: Path) -> tuple[Button, ...]:
    """The menu of menu.yaml; none where there is no such file. Raises ContentError."""
    problems: list[Problem] = []
    path = folder / "menu.yaml"
    reader = _read_record(path, folder, problems) if path.exists() else None
    found = buttons(reader) if reader else ()
    if reader:
        reader.finish("menu.yaml")
    if problems:
        raise ContentError(problems)
    return found


def _below(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder and its subfolders, in order; hidden ones are editors' own."""
    try:
        found = sorted(folder.rglob(pattern))
    except OSError:
        return []
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _yaml_files(folder: Path, part: str) -> list[Path]:
    """All YAML files in and below qa/ or quizzes/, also those in a place or with an ending that will be refused."""
    return [path for path in _below(folder / part, "*") if path.suffix.lower() in (".yaml", ".yml")]


def _name(path: Path, folder: Path) -> str:
    """A file's name for messages, also where it is not UTF-8."""
    return path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()


def _read_record(path: Path, folder: Path, problems: list[Problem]) -> Reader | None:
    name = _name(path, folder)
    before = len(problems)
    text = read_text(path, name, problems)
    return _reader(text, name, problems) if len(problems) == before else None


def _reader(text: str, name: str, problems: list[Problem]) -> Reader | None:
    """A reader for the text's top mapping; None where there is none (then a problem says so)."""
    try:
        root = parse(text, name)
    except ContentError as error:
        problems += error.problems
        return None
    if not isinstance(root, Record):
        remedy = "请参照 docs/how-to/管理问答.md 的样例。"
        problems.append(Problem(Place(name, 1), "E110", "文件是空的，或开头不是“键: 值”。", remedy))
        return None
    reader = Reader(root, name, problems)
    if reader.text("schema") not in (SCHEMA, ""):
        reader.complain(reader.line_of("schema"), "E110", "schema 的版本不认识。", f"本程序读 schema: {SCHEMA}。")
    return reader


def _load_sources(folder: Path, problems: list[Problem]) -> dict[str, Source]:
    reader = _read_record(folder / "sources.yaml", folder, problems)
    return _sources(reader) if reader else {}


def _sources(reader: Reader) -> dict[str, Source]:
    docs: dict[str, int] = {}
    sources = reader.records("sources", lambda each: _source(each, docs), required=True)
    reader.finish("sources.yaml")
    return {source.doc: source for source in sources}


def _registered(reader: Reader, field: str, what: str, seen: dict[str, int]) -> str:
    """A name that may be registered once; `seen` keeps the lines."""
    name, line = reader.text(field), reader.line_of(field)
    if name in seen:
        text = f"{what}“{name}”在第 {seen[name]} 行已经登记过。"
        reader.complain(line, "E110", text, "请合并成一项，或改正名称。")
    if name:
        seen[name] = line
    return name


def _source(reader: Reader, docs: dict[str, int]) -> Source:
    editions: dict[str, int] = {}
    return Source(
        doc=_registered(reader, "doc", "文件", docs),
        short=reader.text("short"),
        issuer=reader.text("issuer"),
        read_at=reader.text("read_at"),
        editions=reader.records("editions", lambda each: _edition(each, editions), required=True),
        place=reader.place,
    )


def _edition(reader: Reader, editions: dict[str, int]) -> Edition:
    return Edition(
        edition=_registered(reader, "edition", "版次", editions),
        issued=reader.day("issued"),
        effective=reader.day("effective"),
        grade=reader.choice("grade", ("A", "P", "O")),
        superseded_by=reader.text("superseded_by", ""),
        articles=reader.optional_number("articles"),
        note=reader.text("note", ""),
    )


def _load_golden(folder: Path, problems: list[Problem]) -> tuple[Golden, ...]:
    reader = _read_record(folder / GOLDEN, folder, problems) if (folder / GOLDEN).exists() else None
    if reader is None:
        return ()
    golden = reader.records("questions", _golden, required=True)
    reader.finish(GOLDEN)
    return golden


def _golden(reader: Reader) -> Golden:
    expected = Expectation(reader.text("ask"), reader.text("expect", ""), reader.text("expect_not", ""))
    if not (expected.expect or expected.expect_not):
        reader.complain(reader.place.line, "E110", "没有写 expect 或 expect_not。", "请写应由哪一条回答，或写 refuse。")
    return Golden(expected, reader.optional_day("as_of"), reader.text("note", ""), reader.place)


def _load_calendar(folder: Path, problems: list[Problem]) -> Calendar:
    reader = _read_record(folder / CALENDAR, folder, problems) if (folder / CALENDAR).exists() else None
    if reader is None:
        return Calendar()
    found = Calendar(frozenset(reader.days("workdays")), frozenset(reader.days("rest_days")))
    reader.finish(CALENDAR)
    return found


def _load_file(
    path: Path, folder: Path, part: str, build: Callable[[Reader], tuple[T, ...]], problems: list[Problem]
) -> tuple[T, ...]:
    if path.parent != folder / part or path.suffix != ".yaml":
        text, remedy = f"这个文件不会被读到：只读 {part}/*.yaml。", f"请移到 {part}/ 里，以 .yaml 结尾。"
        problems.append(Problem(Place(_name(path, folder), 1), "E100", text, remedy))
        return ()
    reader = _read_record(path, folder, problems)
    return _built(reader, path.name, build) if reader else ()


def _built(reader: Reader, name: str, build: Callable[[Reader], tuple[T, ...]]) -> tuple[T, ...]:
    built = build(reader)
    reader.finish(name)
    return built


def _topic_entries(reader: Reader) -> tuple[Entry, ...]:
    topic, owner = reader.text("topic"), reader.text("owner")
    return reader.records("entries", lambda each: _entry(each, topic, owner), required=True)


def parse_topic(text: str, name: str) -> tuple[Entry, ...]:
    """The entries of one topic file's text; `name` is for the places, like `qa/党费.yaml`. Raises ContentError."""
    problems: list[Problem] = []
    reader = _reader(text, name, problems)
    entries = _built(reader, name.rpartition("/")[2], _topic_entries) if reader else ()
    if problems:
        raise ContentError(problems)
    return entries


def parse_sources(text: str, name: str) -> dict[str, Source]:
    """The version table out of its text. Raises ContentError."""
    problems: list[Problem] = []
    reader = _reader(text, name, problems)
    sources = _sources(reader) if reader else {}
    if problems:
        raise ContentError(problems)
    return sources


def load_source_texts(folder: Path) -> dict[str, str]:
    """The source texts that the organisation supplies, by name: sources/文件全名-版次.txt. Raises ContentError."""
    problems: list[Problem] = []
    paths = _below(folder / "sources", "*.txt")
    texts = {path.stem: read_text(path, _name(path, folder), problems) for path in paths}
    if problems:
        raise ContentError(problems)
    return texts


def _entry(reader: Reader, topic: str, owner: str) -> Entry:
    question = reader.text("question", code="E101", remedy="请写出标准问题。")
    _check_wording(reader, reader.line_of("question"), question, "E101")
    variants = reader.text_nodes("variants")
    for variant in variants:
        _check_wording(reader, variant.line, variant.value, "E110")
    return Entry(
        id=reader.text("id", remedy="请写一个不会再变的编号，如 fzdy-0012。"),
        status=reader.choice("status", STATUSES),
        version=reader.number("version"),
        question=question,
        variants=tuple(variant.value for variant in variants),
        not_variants=reader.records("not_variants", lambda r: NotVariant(r.text("text"), r.text("goes_to"))),
        answer=reader.text("answer", code="E103", remedy="请写出答案。"),
        short=reader.text("short", ""),
        sources=reader.records("sources", citation),
        facts=reader.records("facts", lambda r: Fact(r.text("key"), r.text("value"))),
        effective_from=reader.optional_day("effective_from"),
        effective_to=reader.optional_day("effective_to"),
        checked_on=reader.day("checked_on"),
        review_by=reader.day("review_by"),
        applies_to=reader.texts("applies_to"),
        follow_up=reader.texts("follow_up"),
        visibility=reader.choice("visibility", VISIBILITIES, "all"),
        tags=reader.texts("tags"),
        grade=cast(Grade, reader.choice("grade", ("A", "P", "N"))),
        steps=reader.texts("steps"),
        author=reader.text("author", ""),
        history=reader.records("history", history_line),
        tests=reader.records(
            "tests", lambda r: Expectation(r.text("ask"), r.text("expect", ""), r.text("expect_not", ""))
        ),
        topic=topic,
        owner=owner,
        place=reader.place,
    )


def _check_wording(reader: Reader, line: int, wording: str, code: str) -> None:
    """E109 for what would break a list; `code` where nothing is left to compare."""
    match wording_fault(wording):
        case "space":
            reader.complain(line, "E109", f"问法“{wording}”里有换行、全角空格或首尾空格。", "请删去它们。")
        case "blank" if wording:
            reader.complain(line, code, f"问法“{wording}”里没有可以比较的字。", "请写成一句话。")


def wording_fault(wording: str) -> Literal["space", "blank"] | None:
    """What is wrong with a wording: spaces that would break a list, or nothing left to compare."""
    if wording != wording.strip() or "\n" in wording or "\u3000" in wording:
        return "space"
    return None if _COMPARABLE.search(wording) or normalise(wording) else "blank"
