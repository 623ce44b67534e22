"""`./run docs`: writes the reference pages that come from the code."""

from pathlib import Path

import click

from cli.services import Services, pass_services, say

ROOT = Path(__file__).resolve().parent.parent
MENU = ROOT / "docs" / "reference" / "menu.md"


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


@click.command("docs")
@pass_services
def docs(services: Services) -> None:
    """重新生成由代码得出的参考页。"""
    MENU.write_text(menu_page(services), "utf-8")
    say(f"已写入 {MENU.relative_to(ROOT)}")
