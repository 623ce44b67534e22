"""Text as seen -> text as heard: every character becomes the first one of those that sound like it.

So a wrong character of the right sound (预备挡员) costs nothing in this view. The table is sounds.txt, written by
benchmarks/write_sounds.py from the open pinyin data.
"""

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("sounds.txt")


@cache
def _first_of_sound() -> dict[int, str]:
    lines = _TABLE.read_text("utf-8").splitlines()
    groups = (line.split(" ")[1] for line in lines if not line.startswith("#"))
    return {ord(char): group[0] for group in groups for char in group}


def heard(text: str) -> str:
    """Compared text by its sound; as long as the text, so that edit distances mean the same.

    >>> heard("预备挡员") == heard("预备党员")
    True
    """
    return text.translate(_first_of_sound())
