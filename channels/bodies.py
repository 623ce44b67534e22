"""What the request bodies of both platforms share. Pure."""

import json
from typing import Any

# Longer ones are refused by the official account, and cut in silence by WeCom.
MAX_TEXT_BYTES = 2048


def checked_text(text: str) -> str:
    """The text. Raises ValueError, in Chinese, when it is empty, too long or no text at all."""
    if not text.strip():
        raise ValueError("正文是空的")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("正文里有不成字的编码") from None
    if size > MAX_TEXT_BYTES:
        raise ValueError(f"正文超过 {MAX_TEXT_BYTES} 字节")
    return text


def encoded(told: dict[str, Any]) -> bytes:
    """JSON in UTF-8. Not as \\uXXXX: members of an official account would see the escapes themselves."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
