"""A base tries itself when it is built; what it learns shifts all scores alike."""

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.calibrating import calibrate, everyday_talk
from knowledge_base.deciding import Calibration, decide
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Lexicon
from knowledge_base.evaluating import foreign_entry
from knowledge_base.matching import Matcher
from knowledge_base.text import normalise
from knowledge_base.tokens import Tokenizer
from tests.knowledge_base.foreign import ENTRIES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    entries = [foreign_entry(row, "entries.jsonl", n) for n, row in enumerate(ENTRIES, 1)]
    return Matcher(entries, Lexicon(), Tokenizer((), frozenset()))


def test_the_same_base_calibrates_to_the_same_shift(matcher: Matcher) -> None:
    assert calibrate(matcher) == calibrate(matcher)


def test_a_base_without_second_wordings_keeps_the_shipped_calibration() -> None:
    single = [foreign_entry({"id": "x", "questions": ["图书馆几点开门"]}, "f", 1)]
    assert calibrate(Matcher(single, Lexicon(), Tokenizer((), frozenset()))).shift == 0.0


def test_an_empty_base_calibrates_and_refuses() -> None:
    empty = Matcher([], Lexicon(), Tokenizer((), frozenset()))
    assert calibrate(empty).shift == 0.0
    assert empty.rank(empty.read("党费")) == []


def test_a_shift_moves_the_score_and_not_the_order(matcher: Matcher) -> None:
    ranked = matcher.rank(matcher.read("图书馆早上什么时候开"))
    scores = [decide(ranked, "", Calibration(shift)).score for shift in (-1.0, 0.0, 1.0)]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


def test_everyday_talk_is_refused_unless_the_base_has_those_very_words(matcher: Matcher) -> None:
    ranked = matcher.rank(matcher.read("图书馆几点"))
    told = Calibration(9.0, ("图书馆几点",))
    assert decide(ranked, "图书馆几点", told).band == "refusal"
    exact = [ranked[0]._replace(exact=True, score=1.0), *ranked[1:]]
    assert decide(exact, "图书馆几点", told).band == "answer"


def test_a_hidden_wording_is_not_found_again(matcher: Matcher) -> None:
    import numpy as np

    without = np.zeros(len(matcher.wordings), bool)
    without[0] = True
    best = matcher.rank(matcher.read(matcher.wordings[0]), None, without)[0]
    assert best.wording != matcher.wordings[0]
    assert best.score < 1.0


def test_the_shipped_talk_has_no_line_twice_and_none_of_the_blind_questions(starter_base: KnowledgeBase) -> None:
    lines, talk = everyday_talk(), calibrate(starter_base._matcher).talk
    assert len(lines) == len(set(lines))
    blind = (ROOT / "tests" / "content" / "nulls.jsonl").read_text("utf-8")
    assert not [line for line in talk if len(line) > 4 and f'"{line}"' in blind]
    assert normalise("收到👌") in talk


def test_every_line_of_talk_is_refused_however_it_is_rewritten(starter_base: KnowledgeBase) -> None:
    """收到谢谢 is compared as 收到: what is refused is what is compared."""
    refused = [line for line in everyday_talk() if starter_base.consider(line, date(2026, 11, 22))[0].band == "refusal"]
    assert set(everyday_talk()) == set(refused)
