"""lexicon/*.txt -> Lexicon, strictly: words, synonyms, related, contrasts, stop_words, fillers."""

from collections.abc import Iterator
from pathlib import Path

from knowledge_base.entry import Lexicon, Place
from knowledge_base.reading import read_text
from knowledge_base.strict_yaml import Problem
from knowledge_base.text import normalise

_ONE_HEAD = "一个说法只能换成一个代表词，请只留一处。"
_HEAD_AS_FORM = "请把这一行的说法直接写到那个代表词后面，或删去那里的这个说法。"


def load_lexicon(folder: Path, problems: list[Problem]) -> Lexicon:
    """The files of the folder, all optional; a missing one is empty. `#` starts a comment."""
    return Lexicon(
        words=tuple(line for line, _ in _lines(folder, "words", problems)),
        synonyms=_Synonyms(problems).read(_lines(folder, "synonyms", problems)),
        contrasts=tuple(_contrasts(folder, problems)),
        stop_words=frozenset(line for line, _ in _lines(folder, "stop_words", problems)),
        fillers=tuple(line for line, _ in _lines(folder, "fillers", problems)),
        related=_related(folder, problems),
    )


def lines(folder: Path, name: str) -> list[tuple[str, Place]]:
    """The lines of one file of a lexicon that has been loaded, without comments, each with its place."""
    return list(_lines(folder, name, []))


def _lines(folder: Path, name: str, problems: list[Problem]) -> Iterator[tuple[str, Place]]:
    shown = f"lexicon/{name}.txt"
    text = read_text(folder / f"{name}.txt", shown, problems, optional=True)
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if line:
            yield line, Place(shown, number)


def _contrasts(folder: Path, problems: list[Problem]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Each line: groups of terms that exclude each other, 转入 转来 | 转出 转走."""
    for line, place in _lines(folder, "contrasts", problems):
        groups = tuple(tuple(group.split()) for group in line.split("|") if group.strip())
        if len(groups) < 2 or not all(normalise(term) for group in groups for term in group):
            problems.append(Problem(place, "E110", f"“{line}”里不到两个互斥词。", "请写成：转入 转来 | 转出 转走"))
        yield groups


def _related(folder: Path, problems: list[Problem]) -> dict[str, str]:
    """Each line: words of nearly one meaning, the first stands for all. A word belongs to one line."""
    groups: dict[str, str] = {}
    where: dict[str, Place] = {}
    for line, place in _lines(folder, "related", problems):
        head, *others = line.split()
        if not others:
            problems.append(Problem(place, "E110", f"“{line}”只有一个词。", "请写上两个以上的近义词，用空格隔开。"))
        for word in (head, *others):
            if word in where and groups[word] != head:
                text = f"“{word}”在 {where[word]} 已经有了。"
                problems.append(Problem(place, "E110", text, "一个词只能在一组里，请只留一处。"))
            groups.setdefault(word, head)
            where.setdefault(word, place)
    return groups


class _Synonyms:
    """代表词 = 同义词 同义词, with one head for every form, and no head that is itself a form of another.

    Forms are replaced in one pass, so a second head would silently lose, and a head that is a form would stay.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._heads: dict[str, Place] = {}
        self._forms: dict[str, tuple[str, Place]] = {}

    def read(self, lines: Iterator[tuple[str, Place]]) -> dict[str, str]:
        """form -> head, as written."""
        synonyms: dict[str, str] = {}
        for line, place in lines:
            head, _, rest = (part.strip() for part in line.partition("="))
            if self._is_whole(line, place):
                self._heads.setdefault(normalise(head), place)
                for form in rest.split():
                    self._add(form, head, place)
                    synonyms[form] = head
        for head, place in self._heads.items():
            if head in self._forms:
                target, where = self._forms[head]
                self._complain(place, f"代表词“{head}”在 {where} 又要换成“{target}”。", _HEAD_AS_FORM)
        return synonyms

    def _is_whole(self, line: str, place: Place) -> bool:
        head, equals, rest = line.partition("=")
        if not equals:
            self._complain(place, f"“{line}”里没有等号。", "请写成：代表词 = 同义词 同义词")
        elif not normalise(head) or not rest.split() or not all(map(normalise, rest.split())):
            self._complain(place, f"“{line}”的等号两边没有都写上词，或夹着别的符号。", "请写成：代表词 = 同义词 同义词")
        else:
            return True
        return False

    def _add(self, form: str, head: str, place: Place) -> None:
        before, where = self._forms.setdefault(normalise(form), (head, place))
        if normalise(before) != normalise(head):
            self._complain(place, f"“{form}”在 {where} 已经换成“{before}”。", _ONE_HEAD)

    def _complain(self, place: Place, text: str, remedy: str) -> None:
        self._problems.append(Problem(place, "E110", text, remedy))
