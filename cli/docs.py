"""`./run docs`: writes the reference pages that come from the code."""

import json
import re
from pathlib import Path

import click

from cli.services import Services, pass_services, say
from knowledge_base.schema import sources_schema, topic_schema

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MENU = REFERENCE / "menu.md"
FORMAT = REFERENCE / "content-format.md"


def menu_page(services: Services) -> str:
    """docs/reference/menu.md: what a member can say, in the order of handlers/routes.py."""
    rows = [f"| {route.say} | {route.does} |" for route in services.routes() if route.say]
    head = [
        "# 党员可以说什么",
        "",
        "由 `./run docs` 从 handlers/routes.py 生成，请勿手改。直接发问题就是提问；此外：",
        "",
    ]
    return "\n".join([*head, "| 回复 | 会怎样 |", "|---|---|", *rows, ""])


def schema_pages() -> dict[Path, str]:
    """The JSON Schemas of the content files, described in the words of docs/reference/content-format.md."""
    entry, source, edition = (_told(part) for part in ("条目", "依据", "版次"))
    schemas = {"qa": topic_schema(entry), "sources": sources_schema(edition | source)}
    return {
        REFERENCE / f"{name}.schema.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for name, schema in schemas.items()
    }


def _told(part: str) -> dict[str, str]:
    """Field -> the first paragraph under its heading, in one part of the page."""
    section = re.search(rf"^## {part}\n(.*?)(?=^## |\Z)", FORMAT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert section
    found = re.findall(r"^### (\w+)\n\n(.+)$", section[1], re.MULTILINE)
    return {name: re.sub(r"[`*]|\]\([^)]*\)|\[", "", text) for name, text in found}


@click.command("docs")
@pass_services
def docs(services: Services) -> None:
    """重新生成由代码得出的参考页。"""
    for path, text in {MENU: menu_page(services), **schema_pages()}.items():
        path.write_text(text, "utf-8")
        say(f"已写入 {path.relative_to(ROOT)}")
