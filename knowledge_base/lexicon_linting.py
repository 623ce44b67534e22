"""Lines of lexicon/*.txt that change nothing, or without which more of the content's own tests come out right.

Slow, since every suspected line is tried: its own option of `kb lint`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from knowledge_base.engine import Answer, Choices, KnowledgeBase, Unknown
from knowledge_base.entry import Content, Entry, Expectation, Lexicon, Place
from knowledge_base.lexicon_files import lines
from knowledge_base.strict_yaml import Problem
from knowledge_base.text import Rewriter, normalise

Build = Callable[[Content], KnowledgeBase]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a lexicon file, and the lexicon without it. `terms`: what of it may stand in a question."""

    place: Place
    text: str
    terms: tuple[str, ...]
    without: Lexicon


def idle(folder: Path, content: Content) -> Iterator[Problem]:
    """Lines that no question and no entry of this content can ever meet."""
    rewrite = Rewriter(content.lexicon.synonyms, content.lexicon.fillers)
    told = "\n".join(rewrite(normalise(text)) for entry in content.entries for text in (*entry.wordings, entry.answer))
    for line, place in lines(folder, "words"):
        if rewrite(normalise(line)) != normalise(line):
            yield _idle(place, f"“{line}”在切词之前就按 synonyms.txt 换成了“{rewrite(normalise(line))}”")
    for line, place in lines(folder, "contrasts"):
        terms = [rewrite(normalise(term)) for group in line.split("|") for term in group.split()]
        if not any(term in told for term in terms):
            yield _idle(place, f"“{line}”里的说法在问答里一个也没有，没有条目会被它排除")
    for line, place in lines(folder, "stop_words"):
        if rewrite(normalise(line)) != normalise(line):
            yield _idle(place, f"“{line}”在切词之前就换成了“{rewrite(normalise(line))}”")


def _idle(place: Place, text: str) -> Problem:
    return Problem(place, "W701", f"{text}，这一行不起作用。", "请删去，或改成实际会出现的写法。", "warning")


def suspects(folder: Path, content: Content, build: Build, day: date) -> list[Line]:
    """Lines that touch a test question which does not come out as expected."""
    base = build(content)
    asked = [normalise(test.ask) for _, test in _tests(content) if not _passes(base, test, day)]
    asked += [base.explain(text, day)["normalised"] for text in asked]
    found = _every_line(folder, content.lexicon)
    return [line for line in found if any(term in text for term in line.terms for text in asked)]


def harm(line: Line, content: Content, build: Build, day: date, right: int) -> Problem | None:
    """The finding, when more than `right` tests come out as expected without the line."""
    better = passing(build(replace(content, lexicon=line.without)), content, day)
    if better <= right:
        return None
    text = f"去掉“{line.text}”，条目自带的测试多通过 {better - right} 个。"
    return Problem(line.place, "W702", text, "请核对这一行；确实要留的，给条目补上问法。", "warning")


def passing(base: KnowledgeBase, content: Content, day: date) -> int:
    """How many of the content's tests come out as expected."""
    return sum(_passes(base, test, day) for _, test in _tests(content))


def _tests(content: Content) -> Iterator[tuple[Entry, Expectation]]:
    live = (entry for entry in content.entries if entry.status == "published")
    return ((entry, test) for entry in live for test in entry.tests)


def _passes(base: KnowledgeBase, test: Expectation, day: date) -> bool:
    match base.ask(test.ask, day):
        case Answer(entry=entry):
            return entry.id == test.expect if test.expect else entry.id != test.expect_not
        case Choices(options=options):
            return test.expect in ("", *(option.id for option in options))
        case Unknown():
            return test.expect in ("", "refuse")


def _every_line(folder: Path, lexicon: Lexicon) -> Iterator[Line]:
    for text, place in lines(folder, "synonyms"):
        forms = text.partition("=")[2].split()
        yield Line(place, text, _compared(forms), replace(lexicon, synonyms=_but(lexicon.synonyms, forms)))
    for text, place in lines(folder, "related"):
        yield Line(place, text, _compared(text.split()), replace(lexicon, related=_but(lexicon.related, text.split())))
    for number, (text, place) in enumerate(lines(folder, "contrasts")):
        sets = (*lexicon.contrasts[:number], *lexicon.contrasts[number + 1 :])
        yield Line(place, text, _compared(text.replace("|", " ").split()), replace(lexicon, contrasts=sets))
    for text, place in lines(folder, "stop_words"):
        yield Line(place, text, _compared([text]), replace(lexicon, stop_words=lexicon.stop_words - {text}))
    for text, place in lines(folder, "words"):
        words = tuple(word for word in lexicon.words if word != text)
        yield Line(place, text, _compared([text]), replace(lexicon, words=words))


def _compared(terms: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(normalise, terms)))


def _but(mapping: Mapping[str, str], gone: Sequence[str]) -> dict[str, str]:
    return {word: head for word, head in mapping.items() if word not in gone}
