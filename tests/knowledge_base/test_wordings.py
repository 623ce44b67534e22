"""What happens when curators add wordings, and words of nearly one meaning."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Entry, Lexicon
from knowledge_base.evaluating import foreign_entry
from knowledge_base.lexicon_files import load_lexicon
from knowledge_base.matching import Matcher
from knowledge_base.strict_yaml import Problem
from knowledge_base.tokens import Tokenizer
from tests.knowledge_base.test_matching_quality import rows


def top1(matcher: Matcher, asked: list[tuple[str, list[str]]]) -> float:
    firsts = [[m.entry.id for m in matcher.rank(matcher.read(text)) if m.veto is None][:1] for text, _ in asked]
    return float(np.mean([bool({*first} & {*accept}) for first, (_, accept) in zip(firsts, asked, strict=True)]))


def test_more_wordings_never_answer_fewer_questions(starter_base: KnowledgeBase) -> None:
    """The blind questions, asked of the starter base with one, two, four ... and all wordings of every entry."""
    asked = [(row["query"], row["accept"]) for row in rows("questions") if row["accept"]]
    live = [entry for entry in starter_base.content.entries if entry.status == "published"]

    def with_at_most(count: int) -> Matcher:
        kept: list[Entry] = [replace(each, variants=each.variants[: count - 1], not_variants=()) for each in live]
        return Matcher(kept, starter_base.content.lexicon, starter_base.tokenizer)

    found = [top1(with_at_most(count), asked) for count in (1, 2, 4, 8, 99)]
    assert found == sorted(found), found


def test_words_of_nearly_one_meaning_find_each_other() -> None:
    entries = [
        foreign_entry({"id": "a", "questions": ["务农的人交多少"]}, "f", 1),
        foreign_entry({"id": "b", "questions": ["上学的人交多少"]}, "f", 2),
    ]
    related = {"务农": "务农", "种庄稼": "务农"}
    plain = Matcher(entries, Lexicon(), Tokenizer((), frozenset()))
    knowing = Matcher(entries, Lexicon(related=related), Tokenizer((), frozenset(), related=related))
    asked = "种庄稼交几块"
    before, after = (
        next(m.features.word_cover for m in each.rank(each.read(asked)) if m.entry.id == "a")
        for each in (plain, knowing)
    )
    assert after > before
    first = knowing.rank(knowing.read(asked))[0]
    assert first.entry.id == "a"
    assert first.score < 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("种地", "只有一个词"), ("种地 务农\n种田 务农", "related.txt:1 已经有了"), ("种地 务农 # 农民", "")],
)
def test_groups_of_related_words_are_checked(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "related.txt").write_text(text, "utf-8")
    problems: list[Problem] = []
    lexicon = load_lexicon(tmp_path, problems)
    assert [problem.code for problem in problems] == (["E110"] if said else [])
    assert said in "".join(map(str, problems))
    assert lexicon.related["种地"] == "种地"
