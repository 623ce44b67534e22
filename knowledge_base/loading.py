"""Files -> Content, strictly. Everything wrong is said at once, with file, line, reason and remedy."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from knowledge_base.entry import (
    Citation,
    Content,
    Edition,
    Entry,
    Expectation,
    Fact,
    Grade,
    HistoryLine,
    Lexicon,
    NotVariant,
    Place,
    Source,
)
from knowledge_base.reading import Reader
from knowledge_base.strict_yaml import ContentError, Problem, Record, parse

STATUSES = ("published", "draft", "review", "approved", "retired")
VISIBILITIES = ("all", "member", "cadre")
SCHEMA = "1"


def fingerprint(folder: Path) -> str:
    """A hash over names, sizes and times of the content files; it changes whenever any of them does.

    Cheap (no file is read), so that it may be polled.
    """
    digest = hashlib.sha256()
    for path in _content_files(folder):
        try:
            stat = path.stat()
        except FileNotFoundError:
            # An editor replaced the file between the listing and this look: the next poll sees it.
            continue
        digest.update(f"{path.relative_to(folder)}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def load(folder: Path) -> Content:
    """The whole content of a folder with qa/*.yaml, sources.yaml and lexicon/*.txt.

    Raises ContentError with all problems of all files.
    """
    problems: list[Problem] = []
    sources = _load_sources(folder, problems)
    entries: list[Entry] = []
    for path in sorted((folder / "qa").glob("*.yaml")):
        entries += _load_topic(path, folder, problems)
    if not entries and not problems:
        place = Place(str(folder / "qa"), 1)
        problems.append(
            Problem(place, "E110", "这里没有任何问答文件。", "请放入 qa/<主题>.yaml，或改正 ZHIBU_CONTENT_DIR。")
        )
    lexicon = _load_lexicon(folder / "lexicon", problems)
    if problems:
        raise ContentError(problems)
    return Content(tuple(entries), sources, lexicon)


def _content_files(folder: Path) -> list[Path]:
    return sorted([folder / "sources.yaml", *(folder / "qa").glob("*.yaml"), *(folder / "lexicon").glob("*.txt")])


def _read_text(path: Path, name: str, problems: list[Problem]) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(Place(name, 1), "E100", "文件不是 UTF-8 编码。", "请在编辑器里另存为 UTF-8。"))
    except OSError:
        problems.append(Problem(Place(name, 1), "E100", "文件读不出来。", "请检查文件是否存在、有没有读取权限。"))
    return ""


def _read_record(path: Path, folder: Path, problems: list[Problem]) -> Reader | None:
    """A reader for the file's top mapping; None where there is none (then a problem says so)."""
    name = path.relative_to(folder).as_posix()
    before = len(problems)
    try:
        root = parse(_read_text(path, name, problems), name)
    except ContentError as error:
        problems += error.problems
        return None
    if not isinstance(root, Record):
        if len(problems) == before:
            problems.append(
                Problem(
                    Place(name, 1),
                    "E110",
                    "文件是空的，或开头不是“键: 值”。",
                    "请参照 docs/how-to/管理问答.md 的样例。",
                )
            )
        return None
    reader = Reader(root, name, problems)
    if reader.text("schema") not in (SCHEMA, ""):
        reader.complain(reader.line_of("schema"), "E110", "schema 的版本不认识。", f"本程序读 schema: {SCHEMA}。")
    return reader


def _load_sources(folder: Path, problems: list[Problem]) -> dict[str, Source]:
    reader = _read_record(folder / "sources.yaml", folder, problems)
    if reader is None:
        return {}
    sources = reader.records("sources", _source, required=True)
    reader.finish("sources.yaml")
    return {source.doc: source for source in sources}


def _source(reader: Reader) -> Source:
    return Source(
        doc=reader.text("doc"),
        short=reader.text("short"),
        issuer=reader.text("issuer"),
        read_at=reader.text("read_at"),
        editions=reader.records("editions", _edition, required=True),
        place=reader.place,
    )


def _edition(reader: Reader) -> Edition:
    return Edition(
        edition=reader.text("edition"),
        issued=reader.day("issued"),
        effective=reader.day("effective"),
        grade=reader.choice("grade", ("A", "P", "O")),
        superseded_by=reader.text("superseded_by", ""),
        articles=reader.optional_number("articles"),
        note=reader.text("note", ""),
    )


def _load_topic(path: Path, folder: Path, problems: list[Problem]) -> tuple[Entry, ...]:
    reader = _read_record(path, folder, problems)
    if reader is None:
        return ()
    topic, owner = reader.text("topic"), reader.text("owner")
    entries = reader.records("entries", lambda each: _entry(each, topic, owner), required=True)
    reader.finish(path.name)
    return entries


def _entry(reader: Reader, topic: str, owner: str) -> Entry:
    variants = reader.text_nodes("variants")
    for variant in variants:
        if variant.value != variant.value.strip() or "\n" in variant.value or "\u3000" in variant.value:
            reader.complain(
                variant.line, "E109", f"问法“{variant.value}”里有换行、全角空格或首尾空格。", "请删去它们。"
            )
    return Entry(
        id=_required(reader, "id", "E110", "请写一个不会再变的编号，如 fzdy-0012。"),
        status=reader.choice("status", STATUSES),
        version=reader.number("version"),
        question=_required(reader, "question", "E101", "请写出标准问题。"),
        variants=tuple(variant.value for variant in variants),
        not_variants=reader.records("not_variants", lambda r: NotVariant(r.text("text"), r.text("goes_to"))),
        answer=_required(reader, "answer", "E103", "请写出答案。"),
        short=reader.text("short", ""),
        sources=reader.records("sources", _citation),
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
        history=reader.records("history", _history_line),
        tests=reader.records(
            "tests", lambda r: Expectation(r.text("ask"), r.text("expect", ""), r.text("expect_not", ""))
        ),
        topic=topic,
        owner=owner,
        place=reader.place,
    )


def _required(reader: Reader, field: str, code: str, remedy: str) -> str:
    value = reader.text(field)
    if not value.strip():
        reader.complain(reader.line_of(field), code, f"“{field}”是空的。", remedy)
    return value


def _citation(reader: Reader) -> Citation:
    return Citation(reader.text("doc"), reader.text("article"), reader.text("edition"), reader.text("quote", ""))


def _history_line(reader: Reader) -> HistoryLine:
    return HistoryLine(
        version=reader.number("version"),
        on=reader.day("on"),
        by=reader.text("by"),
        checked_by=reader.text("checked_by", ""),
        note=reader.text("note", ""),
    )


def _load_lexicon(folder: Path, problems: list[Problem]) -> Lexicon:
    """words.txt, synonyms.txt (代表词 = 同义词), contrasts.txt (转入 转来 | 转出 转走), stop_words.txt and fillers.txt.

    `#` starts a comment.
    """
    synonyms: dict[str, str] = {}

    def add_synonyms(line: str, place: Place) -> None:
        head, equals, rest = line.partition("=")
        if not equals:
            problems.append(Problem(place, "E110", f"“{line}”里没有等号。", "请写成：代表词 = 同义词 同义词"))
        for word in rest.split():
            synonyms[word] = head.strip()

    words = tuple(line for line, _ in _lexicon_lines(folder, "words", problems))
    _each_line(folder, "synonyms", problems, add_synonyms)
    contrasts: list[tuple[tuple[str, ...], ...]] = []

    def add_contrast(line: str, place: Place) -> None:
        groups = tuple(tuple(group.split()) for group in line.split("|") if group.strip())
        if len(groups) < 2:
            problems.append(Problem(place, "E110", f"“{line}”里不到两个互斥词。", "请写成：转入 转来 | 转出 转走"))
        contrasts.append(groups)

    _each_line(folder, "contrasts", problems, add_contrast)
    stop_words = frozenset(line for line, _ in _lexicon_lines(folder, "stop_words", problems))
    fillers = tuple(line for line, _ in _lexicon_lines(folder, "fillers", problems))
    return Lexicon(words, synonyms, tuple(contrasts), stop_words, fillers)


def _each_line(folder: Path, name: str, problems: list[Problem], take: Callable[[str, Place], None]) -> None:
    for line, place in _lexicon_lines(folder, name, problems):
        take(line, place)


def _lexicon_lines(folder: Path, name: str, problems: list[Problem]) -> Iterator[tuple[str, Place]]:
    path = folder / f"{name}.txt"
    if not path.exists():
        return
    shown = f"lexicon/{name}.txt"
    for number, raw in enumerate(_read_text(path, shown, problems).splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if line:
            yield line, Place(shown, number)
