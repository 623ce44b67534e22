"""What a typed answer means, and whether it is right.

Answers are written as in the quiz files: letters in order (B, ACD), 正确 / 错误, fillings joined by “；”, or a text.
"""

import re
import unicodedata
from dataclasses import dataclass

from knowledge_base.entry import QuizItem
from knowledge_base.quizzes import LETTERS
from knowledge_base.text import normalise

_AROUND = re.compile(r"^(?:我?选择?|我的?答案[是为]?|答案?[是为:]*|应该?选?是?|第)|(?:个|项|吧|呢|了|对吗)?[。.!！~]*$")
_SEPARATORS = re.compile(r"[\s,，、;；/+&和与及.。]+")
_RIGHT = frozenset(re.split(" ", "对 正确 是 是的 对的 √ ✓ ✔ ✅ ☑ t true y yes a 1 一 甲"))
_WRONG = frozenset(re.split(" ", "错 错误 不对 不正确 否 不是 错的 × ✗ ✘ ❌ x f false n no b 2 二 乙"))
_PLACES = ("12345678", "一二三四五六七八", "甲乙丙丁戊己庚辛")
_ALL = frozenset({"全选", "全部", "全对", "都选", "都对", "全都对"})
_GIVEN_UP = frozenset({"不知道", "不会", "不懂", "不清楚", "看答案", "不晓得"})
# A question of their own instead of what is to be filled in.
_QUESTION = re.compile(r"[?]|怎么|如何|什么|多少|多久|哪|[吗呢]$")
_LONGEST_FILLING = 40
# Typed all alone, this is an answer to some question: letters of options, or a judgement.
STRAY = re.compile(r"[A-Ha-h](?:[\s,，、]*[A-Ha-h]){0,7}|对|错|正确|错误|√|×")


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer with its verdict. `credit`: 0 to 1; a subset of several right options earns its share."""

    chosen: str
    correct: bool
    credit: float


def read(item: QuizItem, said: str) -> str | None:
    """The answer that was typed, as it is written in quiz files; "" for 不知道; None for what is no answer to this."""
    text = unicodedata.normalize("NFKC", said).strip()
    plain = _plain(said)
    if text in _GIVEN_UP:
        return ""
    match item.type:
        case "judge":
            return _judged(plain) or _judged(text)
        case "single" | "multiple":
            letters = _own_words(item, text) or _letters(plain, item)
            return letters if letters and (item.type == "multiple" or len(letters) == 1) else None
        case "blank":
            asks = len(text) > _LONGEST_FILLING or _QUESTION.search(text)
            return None if asks else "；".join(part for part in _SEPARATORS.split(text) if part) or None
        case "short":
            return text or None


def is_like_an_answer(said: str) -> bool:
    """Letters, digits, 对 or 错: an answer, though perhaps not to what was asked."""
    plain = _plain(said)
    return plain.isdigit() or plain in _RIGHT | _WRONG or bool(STRAY.fullmatch(plain))


def grade(item: QuizItem, chosen: str) -> Graded:
    """The verdict: in a multiple choice any wrong option earns nothing, some of the right ones earn their share."""
    if item.type == "blank":
        return _grade_blanks(item, chosen)
    if chosen == item.answer:
        return Graded(chosen, True, 1.0)
    picked, right = set(chosen), set(item.answer)
    partial = item.type == "multiple" and picked and picked < right
    return Graded(chosen, False, len(picked) / len(right) if partial else 0.0)


def _plain(said: str) -> str:
    """Half width, lower case, without 我选 before and 吧 after."""
    return _AROUND.sub("", unicodedata.normalize("NFKC", said).strip().lower()).strip()


def _judged(said: str) -> str | None:
    return "正确" if said in _RIGHT else "错误" if said in _WRONG else None


def _own_words(item: QuizItem, text: str) -> str:
    """The letter of the option whose text was typed; "" for none."""
    said = normalise(text)
    return next((LETTERS[i] for i, option in enumerate(item.options) if said and normalise(option) == said), "")


def _letters(plain: str, item: QuizItem) -> str:
    joined = _SEPARATORS.sub("", plain)
    if joined in _ALL:
        return LETTERS[: len(item.options)]
    found = [_letter(char) for char in joined]
    known = all(found) and all(letter in LETTERS[: len(item.options)] for letter in found)
    return "".join(sorted(set(found))) if known else ""


def _letter(char: str) -> str:
    """A, 1, 一 or 甲 as the letter of an option; "" for anything else."""
    if char.upper() in LETTERS:
        return char.upper()
    return next((LETTERS[row.index(char)] for row in _PLACES if char in row), "")


def _grade_blanks(item: QuizItem, chosen: str) -> Graded:
    keys = [{normalise(way) for way in part.split("|")} for part in item.answer.split("；")]
    given = [normalise(part) for part in chosen.split("；")]
    right = sum(part in key for part, key in zip(given, keys, strict=False))
    correct = right == len(keys) == len(given)
    return Graded(chosen, correct, right / len(keys) if len(given) == len(keys) else 0.0)
