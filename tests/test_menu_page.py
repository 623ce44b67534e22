"""docs/reference/menu.md is what `./run docs` writes."""

from cli.docs import MENU, menu_page
from cli.services import Services


def test_the_menu_page_is_up_to_date(services: Services) -> None:
    assert MENU.read_text("utf-8") == menu_page(services), "run ./run docs"
