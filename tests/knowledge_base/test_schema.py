"""The published JSON Schemas are those of the code, take what the loader takes, and refuse slips as it does."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cli.docs import schema_pages
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import SOURCES, entry, topic


class _AsInEditors(yaml.SafeLoader):
    """YAML 1.2, as editors read it: `on` is a name, a date is text."""


_AsInEditors.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("int", "float", "null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PAGES = {path.name: path for path in schema_pages()}


def problems(page: str, text: str) -> list[str]:
    schema: dict[str, Any] = json.loads(PAGES[page].read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(yaml.load(text, Loader=_AsInEditors))]


def test_the_published_schemas_are_up_to_date() -> None:
    assert {path.name: path.read_text("utf-8") == text for path, text in schema_pages().items()} == {
        "qa.schema.json": True,
        "sources.schema.json": True,
    }, "run ./run docs"


def test_the_starter_files_satisfy_them() -> None:
    for path in sorted((CONTENT / "qa").glob("*.yaml")):
        assert problems("qa.schema.json", path.read_text("utf-8")) == []
    assert problems("sources.schema.json", (CONTENT / "sources.yaml").read_text("utf-8")) == []
    assert problems("qa.schema.json", topic(entry())) == []


@pytest.mark.parametrize(
    "change",
    [
        {"answer": None},
        {"status": "published2"},
        {"anwser": "一年"},
        {"variants": "一种"},
        {"review_by": "'2027年'"},
        {"question": "''"},
    ],
)
def test_they_refuse_what_the_loader_refuses(change: dict[str, str | None]) -> None:
    assert problems("qa.schema.json", topic(entry(**change)))


def test_a_document_without_editions_is_refused() -> None:
    assert problems("sources.schema.json", SOURCES.partition("    editions:")[0])


def test_every_field_of_an_entry_is_described() -> None:
    schema = json.loads(PAGES["qa.schema.json"].read_text("utf-8"))
    fields = schema["properties"]["entries"]["items"]["properties"]
    assert [name for name, each in fields.items() if "description" not in each] == []
