"""Lexicon lines that change nothing, or stand in the way of the content's own tests, are told with their place."""

from dataclasses import replace
from pathlib import Path

from knowledge_base import lexicon_linting
from knowledge_base.entry import Content, Expectation
from knowledge_base.evaluating import ANY_DAY, foreign_entry
from knowledge_base.lexicon_files import load_lexicon
from knowledge_base.library import build
from tests.knowledge_base.foreign import ENTRIES


def content(folder: Path, **files: str) -> Content:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    first, *rest = (foreign_entry(row, "entries.jsonl", n) for n, row in enumerate(ENTRIES, 1))
    asked = (Expectation("图书馆几点开门呢", expect="a"), Expectation("图书馆早上什么时候开门", expect="a"))
    return Content((replace(first, tests=asked), *rest), {}, load_lexicon(folder, []))


def harms(folder: Path, given: Content) -> list[str]:
    right = lexicon_linting.passing(build(given, None), given, ANY_DAY)
    lines = lexicon_linting.suspects(folder, given, lambda each: build(each, None), ANY_DAY)
    found = (lexicon_linting.harm(line, given, lambda each: build(each, None), ANY_DAY, right) for line in lines)
    return [f"{problem.place} {problem.code}" for problem in found if problem]


def test_a_line_that_turns_a_question_away_is_told(tmp_path: Path) -> None:
    given = content(tmp_path, synonyms="# 写反了\n关门 = 开门呢 开门\n怎么 = 怎样\n")
    assert harms(tmp_path, given) == ["lexicon/synonyms.txt:2 W702"]


def test_a_line_that_does_no_harm_is_not_told(tmp_path: Path) -> None:
    assert harms(tmp_path, content(tmp_path, synonyms="怎么 = 怎样\n", stop_words="呢\n")) == []


def test_lines_that_nothing_can_meet_are_told(tmp_path: Path) -> None:
    given = content(tmp_path, synonyms="开门 = 营业\n", words="营业\n图书馆\n", contrasts="火车 | 飞机\n开门 | 关门\n")
    found = [f"{problem.place} {problem.code}" for problem in lexicon_linting.idle(tmp_path, given)]
    assert found == ["lexicon/words.txt:1 W701", "lexicon/contrasts.txt:1 W701"]
