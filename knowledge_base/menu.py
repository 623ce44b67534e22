"""The official account's menu as curators write it: at most three buttons, each with up to five items.

Limits: the platform's page on 自定义菜单.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from knowledge_base.entry import Place
from knowledge_base.reading import Reader

MOST_BUTTONS, MOST_ITEMS = 3, 5
BUTTON_BYTES, ITEM_BYTES = 16, 60
_CODE = "E701"


@dataclass(frozen=True, slots=True)
class Button:
    """One button: it says something to us (`key`), opens a page (`url`), or holds `items`."""

    name: str
    key: str
    url: str
    items: "tuple[Button, ...]"
    place: Place


def buttons(reader: Reader) -> tuple[Button, ...]:
    """The buttons of a menu file."""
    found = reader.records("buttons", _button, required=True)
    _at_most(reader, "buttons", len(found), MOST_BUTTONS)
    return found


def _button(reader: Reader) -> Button:
    items = reader.records("items", _item)
    _at_most(reader, "items", len(items), MOST_ITEMS)
    return _checked(reader, BUTTON_BYTES, items)


def _item(reader: Reader) -> Button:
    return _checked(reader, ITEM_BYTES, ())


def _checked(reader: Reader, limit: int, items: tuple[Button, ...]) -> Button:
    name, key, url = reader.text("name"), reader.text("key", ""), reader.text("url", "")
    if len(name.encode()) > limit:
        reader.complain(
            reader.line_of("name"), _CODE, f"“{name}”太长。", f"这一层最多 {limit} 字节，约 {limit // 3} 个汉字。"
        )
    if sum(map(bool, (key, url, items))) != 1:
        text = f"“{name}”要有 key、url、items 中的一个，也只能有一个。"
        reader.complain(reader.place.line, _CODE, text, "说给助手听的写 key，打开网页的写 url，有下一层的写 items。")
    if url and not url.startswith(("https://", "http://")):
        reader.complain(reader.line_of("url"), _CODE, f"“{url}”不是网址。", "请以 https:// 开头。")
    return Button(name, key, url, items, reader.place)


def _at_most(reader: Reader, field: str, found: int, most: int) -> None:
    if found > most:
        reader.complain(reader.line_of(field), _CODE, f"“{field}”有 {found} 项。", f"平台最多允许 {most} 项，请合并。")


def platform_form(menu: Sequence[Button]) -> dict[str, Any]:
    """`{"button": [{"name", "type", "key" | "url"} | {"name", "sub_button": [...]}, ...]}`, as menu/create takes it."""
    return {"button": [_platform_button(button) for button in menu]}


def _platform_button(button: Button) -> dict[str, Any]:
    if button.items:
        return {"name": button.name, "sub_button": [_platform_button(item) for item in button.items]}
    if button.url:
        return {"type": "view", "name": button.name, "url": button.url}
    return {"type": "click", "name": button.name, "key": button.key}
