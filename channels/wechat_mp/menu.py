"""The menu bar of the official account: menu.json, in the format of the platform's menu/create."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "menu.json"


def menu() -> dict[str, Any]:
    """`{"button": [{"name", "type", "key"} | {"name", "sub_button": [...]}, ...]}`."""
    loaded: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return loaded
