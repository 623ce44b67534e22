"""The format of the content files as JSON Schema, out of the values that the loader builds; for editors."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import date
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from knowledge_base.entry import Edition, Entry, Source
from knowledge_base.loading import SCHEMA, STATUSES, VISIBILITIES

Schema = dict[str, Any]
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
# An editor reads plain 2022 as a number; the loader takes every scalar for text.
_TEXT: Schema = {"type": ["string", "number"]}
_NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
_OF_THE_FILE = ("topic", "owner", "place")
# The value always has one, the file need not.
_MAY_BE_MISSING = ((Entry, "short"),)
_ENUMS: Mapping[tuple[type, str], tuple[str, ...]] = {
    (Entry, "status"): STATUSES,
    (Entry, "visibility"): VISIBILITIES,
    (Edition, "grade"): ("A", "P", "O"),
}


def topic_schema(told: Mapping[str, str]) -> Schema:
    """The schema of qa/*.yaml. `told`: field of an entry -> its description in Chinese."""
    entry = _record(Entry, told)
    top = {"topic": _described(_TEXT, "主题"), "owner": _described(_TEXT, "谁负责维护，写职务，不写姓名")}
    return _file("问答文件", {**top, "entries": {"type": "array", "items": entry}})


def sources_schema(told: Mapping[str, str]) -> Schema:
    """The schema of sources.yaml."""
    return _file("依据目录", {"sources": {"type": "array", "items": _record(Source, told)}})


def _file(title: str, properties: Schema) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": ["schema", *properties],
        "additionalProperties": False,
        "properties": {"schema": {"enum": [int(SCHEMA), SCHEMA]}, **properties},
    }


def _record(kind: type, told: Mapping[str, str]) -> Schema:
    hints = get_type_hints(kind)
    own = [field for field in fields(kind) if field.name not in _OF_THE_FILE]
    properties = {field.name: _described(_field(kind, field.name, hints), told.get(field.name, "")) for field in own}
    return {
        "type": "object",
        "required": [field.name for field in own if _is_required(kind, field)],
        "additionalProperties": False,
        "properties": properties,
    }


def _is_required(kind: type, field: "Field[Any]") -> bool:
    """A list may always be missing: it is then empty. The editions of a document may not."""
    is_list = get_origin(field.type) is tuple
    may_be_missing = (kind, field.name) in _MAY_BE_MISSING or (is_list and field.name != "editions")
    return field.default is MISSING and not may_be_missing


def _field(kind: type, name: str, hints: Mapping[str, Any]) -> Schema:
    if allowed := _ENUMS.get((kind, name)):
        return {"enum": list(allowed)}
    field = next(each for each in fields(kind) if each.name == name)
    return _of_type(hints[name], blank=not _is_required(kind, field))


def _of_type(hint: Any, *, blank: bool) -> Schema:
    if get_origin(hint) is UnionType:
        return _of_type(get_args(hint)[0], blank=blank)
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        (item, _) = get_args(hint)
        return {"type": "array", "items": _of_type(item, blank=False)}
    simple = {str: _TEXT if blank else _TEXT | {"minLength": 1}, int: _NUMBER, date: _DAY}
    return simple[hint] if hint in simple else _record(hint, {})


def _described(schema: Schema, text: str) -> Schema:
    return {"description": text, **schema} if text else schema
