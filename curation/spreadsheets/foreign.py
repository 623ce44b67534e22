"""Questions and answers of other products, in and out: Dify (CSV), MaxKB (XLSX), Azure question answering (TSV), Rasa.

They know a question, other wordings, and an answer; nothing of sources, dates and versions. So what comes in is new and
a draft, and what goes out is what is answered on the day. Columns: https://docs.dify.ai (question, answer), MaxKB's
template for question-answer pairs, the export of Azure's question answering, Rasa's retrieval intents (faq/...).
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import yaml

from curation.spreadsheets.columns import BY_KEY, tidy
from curation.spreadsheets.opening import FileProblem, Sheet, decoded
from curation.spreadsheets.rows import Finding, Row, Table, letter, text_of
from curation.spreadsheets.workbook import table_bytes
from knowledge_base.entry import Entry
from knowledge_base.strict_yaml import ContentError, Listing, Node, Record, Text, parse

Kind = Literal["dify", "maxkb", "azure", "rasa"]
_MAXKB = (
    "分段标题（选填）",
    "分段内容（必填，问题对应的答案，最长不超过4096个字符）",
    "问题（选填，单元格内一行一个）",
)
_AZURE = ("Question", "Answer", "Source", "Metadata", "SuggestedQuestions", "IsContextOnly", "Prompts", "QnaId")
_AZURE_TOPIC = "分类"
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_UNESCAPES = {written: sign for sign, written in _ESCAPES.items()}
_RASA_FAQ = "faq"
_RASA_ENTITY = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


def kind_of(sheet: Sheet) -> Kind | None:
    """The product that a sheet's first row belongs to; None for our own or an unknown one."""
    header = [cell.strip() for cell in sheet.rows[0] if isinstance(cell, str)] if sheet.rows else []
    lowered = {cell.lower() for cell in header}
    if {"question", "answer"} <= lowered:
        return "azure" if {"source", "metadata", "qnaid"} & lowered else "dify"
    return "maxkb" if any(cell.startswith("分段内容") for cell in header) else None


# Dify: one wording a line; lines that follow each other with one answer are one entry.


def _dify_in(sheet: Sheet) -> Table:
    columns = _columns(sheet, {"question": "question", "answer": "answer"})
    return _grouped(sheet, columns, lambda cells: cells["answer"])


def _dify_out(entries: Sequence[Entry]) -> bytes:
    rows = [(wording, entry.answer) for entry in entries for wording in entry.wordings]
    return _csv_bytes([("question", "answer"), *rows], ",", "utf-8-sig")


# MaxKB: one entry a line; the wordings one below the other in a cell.


def _maxkb_in(sheet: Sheet) -> Table:
    columns = _columns(sheet, {"分段标题": "title", "分段内容": "answer", "问题": "wordings"})
    rows = []
    for row in _rows(sheet, columns):
        wordings = [line.strip() for line in tidy(row.cells.get("wordings", "")).split("\n") if line.strip()]
        question = row.cells.get("title", "").strip() or next(iter(wordings), "")
        variants = [wording for wording in wordings if wording != question]
        cells = {"question": question, "variants": "\n".join(variants), "answer": row.cells.get("answer", "")}
        rows.append(replace(row, cells=cells))
    return _table(rows, columns | {"question": columns.get("title", columns.get("wordings", 1))})


def _maxkb_out(entries: Sequence[Entry]) -> bytes:
    return table_bytes(_MAXKB, ((entry.question, entry.answer, "\n".join(entry.wordings)) for entry in entries))


# Azure: one wording a line, the lines of one entry with one QnaId; line breaks of an answer are written \n.


def _azure_in(sheet: Sheet) -> Table:
    columns = _columns(sheet, {"question": "question", "answer": "answer", "metadata": "metadata", "qnaid": "qna"})
    table = _grouped(sheet, columns, lambda cells: cells.get("qna") or cells["answer"])
    rows = []
    for row in table.rows:
        pairs = (pair.partition(":") for pair in row.cells.get("metadata", "").split("|"))
        topic = next((value.strip() for name, _, value in pairs if name.strip() == _AZURE_TOPIC), "")
        rows.append(replace(row, cells={**row.cells, "answer": _unescaped(row.cells["answer"]), "topic": topic}))
    return replace(table, rows=tuple(rows))


def _azure_out(entries: Sequence[Entry]) -> bytes:
    rows = [
        (wording, _escaped(entry.answer), entry.id, f"{_AZURE_TOPIC}:{entry.topic}", "[]", "False", "[]", str(number))
        for number, entry in enumerate(entries, 1)
        for wording in entry.wordings
    ]
    return _csv_bytes([_AZURE, *rows], "\t", "utf-8")


def _escaped(text: str) -> str:
    return re.sub(r"[\\\n\t]", lambda found: _ESCAPES[found[0]], text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\[\\nt]", lambda found: _UNESCAPES[found[0]], text)


# Rasa: retrieval intents faq/<name> with examples, and responses utter_faq/<name>.


def is_rasa(data: bytes) -> bool:
    """True for YAML with nlu or responses at its top."""
    return re.search(rb"^(nlu|responses):", data, re.MULTILINE) is not None


def rasa(data: bytes) -> tuple[Sheet, Table]:
    """The entries of a Rasa training file with nlu and responses in one. Raises FileProblem."""
    text, encoding = decoded(data)
    try:
        root = parse(text.removeprefix("\ufeff"), "文件")
    except ContentError as error:
        raise FileProblem("E100", "文件", f"不是能读的 YAML：{error.problems[0]}", "请检查后再导入。") from error
    answers = dict(_responses(_field(root, "responses")))
    rows = []
    for intent in _items(_field(root, "nlu")):
        name, examples = _text(_field(intent, "intent")), _text(_field(intent, "examples"))
        lines = [line.strip().removeprefix("-").strip() for line in examples.split("\n")]
        wordings = [_RASA_ENTITY.sub(r"\1", line) for line in lines if line]
        if name:
            cells = {"question": "", "variants": "\n".join(wordings[1:]), "answer": answers.get(f"utter_{name}", "")}
            rows.append(Row((intent.line,), cells | {"question": next(iter(wordings), "")}))
    sheet = Sheet(f"rasa（{encoding}）", "nlu", [[line] for line in text.splitlines()])
    return sheet, Table(1, tuple(rows), {key: f"（{BY_KEY[key].name}）" for key in ("question", "variants", "answer")})


def _responses(node: Node | None) -> Iterator[tuple[str, str]]:
    """Only the first text of a response is an answer: we never choose one at random."""
    for name, texts in node.fields.items() if isinstance(node, Record) else ():
        yield name, next((_text(_field(item, "text")) for item in _items(texts)), "")


def _field(node: Node | None, name: str) -> Node | None:
    return node.fields.get(name) if isinstance(node, Record) else None


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing) else ()


def _text(node: Node | None) -> str:
    return node.value.strip("\n") if isinstance(node, Text) else ""


def _rasa_out(entries: Sequence[Entry]) -> bytes:
    nlu = [
        {"intent": f"{_RASA_FAQ}/{entry.id}", "examples": "".join(f"- {wording}\n" for wording in entry.wordings)}
        for entry in entries
    ]
    responses = {f"utter_{_RASA_FAQ}/{entry.id}": [{"text": entry.answer}] for entry in entries}
    written = yaml.dump(
        {"version": "3.1", "nlu": nlu, "responses": responses}, Dumper=_Dumper, allow_unicode=True, sort_keys=False
    )
    return written.encode()


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, as Rasa's own files have them."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


# What the tables have in common


def _columns(sheet: Sheet, wanted: Mapping[str, str]) -> dict[str, int]:
    """Ours -> column, for headers that begin with theirs. Raises FileProblem where question or answer is missing."""
    found: dict[str, int] = {}
    for number, cell in enumerate(sheet.rows[0], 1):
        header = str(cell).strip().lower()
        for start, key in wanted.items():
            if header.startswith(start) and key not in found:
                found[key] = number
    if "answer" not in found:
        raise FileProblem("E110", "第 1 行", "没有找到答案那一列。", "请核对表头，或不要指定 --from。")
    return found


def _rows(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Row]:
    """The rows below the header as text, with what is wrong with their cells."""
    for number, raw in enumerate(sheet.rows[1:], 2):
        if not any(str(value).strip() for value in raw):
            continue
        cells: dict[str, str] = {}
        findings: list[Finding] = []
        for key, column in columns.items():
            place = f"{letter(column)} 列"
            found = text_of(raw[column - 1] if column <= len(raw) else "", key, number, place)
            if isinstance(found, Finding) and key in ("question", "answer", "title", "wordings"):
                findings.append(found)
            else:
                cells[key] = found if isinstance(found, str) else str(raw[column - 1])
        yield Row((number,), cells, tuple(findings))


def _grouped(sheet: Sheet, columns: Mapping[str, int], same: Callable[[Mapping[str, str]], str]) -> Table:
    """Rows that follow each other and belong together as one: the first wording is the question."""
    groups: list[list[Row]] = []
    for row in _rows(sheet, columns):
        is_whole = not row.findings and bool(groups) and not groups[-1][0].findings
        if is_whole and same(row.cells) and same(row.cells) == same(groups[-1][0].cells):
            groups[-1].append(row)
        else:
            groups.append([row])
    return _table([_joined(group) for group in groups], columns)


def _joined(group: Sequence[Row]) -> Row:
    first = group[0]
    wordings = [row.cells.get("question", "").strip() for row in group]
    cells = {**first.cells, "variants": "\n".join(wordings[1:])}
    return Row(tuple(row.number for row in group), cells, first.findings)


def _table(rows: Iterable[Row], columns: Mapping[str, int]) -> Table:
    places = {key: f"{letter(column)} 列（{BY_KEY[key].name}）" for key, column in columns.items() if key in BY_KEY}
    return Table(1, tuple(rows), {"variants": places.get("question", "")} | places)


def _csv_bytes(rows: Iterable[Sequence[str]], delimiter: str, encoding: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode(encoding)


READERS: Mapping[str, Callable[[Sheet], Table]] = {"dify": _dify_in, "maxkb": _maxkb_in, "azure": _azure_in}
WRITERS: Mapping[Kind, Callable[[Sequence[Entry]], bytes]] = {
    "dify": _dify_out,
    "maxkb": _maxkb_out,
    "azure": _azure_out,
    "rasa": _rasa_out,
}
