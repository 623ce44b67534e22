"""Text as typed -> text as compared: one width, one script, one spelling of numbers, no punctuation. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from opencc import OpenCC

_TO_SIMPLIFIED = OpenCC("t2s")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
# Only a numeral before one of these is a number: 三会一课 and 一般 must stay words.
_COUNTED = re.compile(
    r"([零〇一二两三四五六七八九十百千万]+)(?=个?(?:月|年|天|日|周|岁|名|次|人|条|章|款|小时|学时|工作日|票|元|块|级))"
)
_PER_CENT = re.compile(r"百分之([零〇一二两三四五六七八九十百]+)(?:点([零〇一二三四五六七八九]+))?")
_PAIR = re.compile("俩(?=月|人|星期|礼拜|党员|介绍人)")
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NOT_COMPARED = re.compile(r"[^0-9a-z\u3007\u3400-\u9fff\U00020000-\U0003ffff%.]+")
_YEAR_LENGTH = 4
_SURROGATE = re.compile("[\ud800-\udfff]")
_LOOSE_DOT = re.compile(r"(?<!\d)\.|\.(?!\d)")


def number_of(numeral: str) -> int:
    """The value of a Chinese numeral below 10**8: 二十四 -> 24, 一百五十 -> 150, 三千 -> 3000, 一万二千 -> 12000."""
    total = section = current = 0
    for char in numeral:
        if char in _UNITS:
            section, current = section + (current or 1) * _UNITS[char], 0
        elif char == "万":
            total, section, current = total + (section + current or 1) * 10_000, 0, 0
        else:
            current = _DIGITS[char]
    return total + section + current


def _per_cent(match: re.Match[str]) -> str:
    decimals = "".join(str(_DIGITS[char]) for char in match[2] or "")
    return f"{number_of(match[1])}.{decimals}%" if decimals else f"{number_of(match[1])}%"


def _counted(numeral: str) -> str:
    """A numeral in digits. 二〇二六 is spelled digit by digit; 三四 (个月) is no number but two."""
    if len(numeral) == 1 or not all(char in _DIGITS for char in numeral):
        return str(number_of(numeral))
    return "".join(str(_DIGITS[char]) for char in numeral) if len(numeral) >= _YEAR_LENGTH else numeral


def normalise(text: str) -> str:
    """Folds what does not change the meaning: width, case, 繁/简, zero-width signs, punctuation, 第十二条 = 第12条.

    >>> normalise("預備期是 一年 嗎？")
    '预备期是1年吗'
    >>> normalise("工资三千块，按百分之零点五交")
    '工资3000块按0.5%交'
    """
    folded = unicodedata.normalize("NFKC", _SURROGATE.sub("", text)).lower()
    simplified = str(_TO_SIMPLIFIED.convert(folded))
    compared = _LOOSE_DOT.sub("", _NOT_COMPARED.sub("", simplified))
    compared = _PAIR.sub("两个", _PER_CENT.sub(_per_cent, compared))
    return _COUNTED.sub(lambda match: _counted(match[1]), compared)


class Rewriter:
    """Takes off fillers at both ends, then puts our forms for colloquial and short ones, longest first, in one pass."""

    def __init__(self, synonyms: Mapping[str, str], fillers: Iterable[str] = ()) -> None:
        phrases = sorted({normalise(phrase) for phrase in fillers}, key=len, reverse=True)
        either = "|".join(map(re.escape, phrases))
        self._filler = re.compile(f"^(?:{either})+|(?:{either})+$") if phrases else None
        self._target = {normalise(word): normalise(head) for word, head in synonyms.items()}
        # A form that already stands inside its own target (书记 in 支部书记) must not be expanded twice.
        heads = sorted({head for head in self._target.values() if any(w in head for w in self._target)})
        words = sorted({*self._target, *heads}, key=len, reverse=True)
        self._pattern = re.compile(_any_of(words)) if words else None

    def __call__(self, normalised: str) -> str:
        """The text with fillers around it gone (unless it is nothing but fillers) and every known form replaced."""
        if self._filler is not None:
            normalised = self._filler.sub("", normalised) or normalised
        if self._pattern is None:
            return normalised
        return self._pattern.sub(lambda match: self._target.get(match[0], match[0]), normalised)


def _any_of(words: Sequence[str]) -> str:
    """A pattern for any of many words, in their order where they begin alike; asking for first characters is fast."""
    branches: dict[str, list[str]] = {}
    for word in words:
        branches.setdefault(word[0], []).append(re.escape(word[1:]))
    first = "".join(map(re.escape, branches))
    return f"(?=[{first}])(?:" + "|".join(f"{re.escape(c)}(?:{'|'.join(rest)})" for c, rest in branches.items()) + ")"
