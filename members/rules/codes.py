"""One-time binding codes: their form, and how a member may type them."""

import re
import unicodedata

# No 0 O 1 I L: a code is read from paper and typed on a phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
_TYPED = re.compile(r"(?:绑定|绑定码|我的绑定码是)?\s*[:：]?\s*([0-9A-Za-z]{4}[-\s]?[0-9A-Za-z]{4})")


def shown(code: str) -> str:
    """ABCD2345 -> ABCD-2345, easier to read and to copy."""
    return f"{code[:4]}-{code[4:]}"


def typed_code(text: str) -> str | None:
    """The code in a message like `绑定 abcd-2345` or `ABCD2345`; None when the message is no code."""
    match = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not match:
        return None
    code = re.sub(r"[-\s]", "", match[1]).upper()
    return code if _CODE.fullmatch(code) else None
