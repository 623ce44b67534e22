"""Text as seen -> text as heard: every character becomes the first one of those that sound like it.

So a wrong character of the right sound (预备挡员) costs nothing in this view. The table is sounds.txt, written by
benchmarks/write_sounds.py from the open pinyin data.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("sounds.txt")
_SHORTEST, _LONGEST = 2, 8


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


class Repairer:
    """Puts a word of the field where a question has another spelling of its sound (停指党级 -> 停止党籍)."""

    def __init__(self, words: Iterable[str], is_usual: Callable[[str], bool]) -> None:
        """`words`: the field's own words that the base uses. `is_usual`: an everyday word, which is left alone when
        it is short: 公司 may well be meant, though 公示 is a word of the field.
        """
        kept = [word for word in words if _SHORTEST <= len(word) <= _LONGEST]
        self._word_of = {heard(word): word for word in kept}
        self._known = frozenset(kept)
        self._is_usual = is_usual

    def __call__(self, text: str) -> str:
        """Compared text with misspelt words put right, the longest first."""
        sound, place, parts = heard(text), 0, []
        while place < len(text):
            word = self._word_at(text, sound, place)
            parts.append(word or text[place])
            place += len(word) or 1
        return "".join(parts)

    def _word_at(self, text: str, sound: str, place: int) -> str:
        for end in range(min(place + _LONGEST, len(text)), place + _SHORTEST - 1, -1):
            word = self._word_of.get(sound[place:end], "")
            written = text[place:end]
            if word and (word == written or self._may_replace(written, word)):
                return word
        return ""

    def _may_replace(self, written: str, word: str) -> bool:
        if written in self._known or (len(written) == _SHORTEST and self._is_usual(written)):
            return False
        # Half of the characters must stand as they are: 只不过 is no misspelt 支部.
        return 2 * sum(ours == theirs for ours, theirs in zip(written, word, strict=True)) >= len(word)
