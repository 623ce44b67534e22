"""Compared text -> words and grams, and the index over them."""

from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.entry import Lexicon
from knowledge_base.index import Index
from knowledge_base.loading import load
from knowledge_base.text import normalise
from knowledge_base.tokens import Tokenizer, grams
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import shipped_tokenizer

SHIPPED: Lexicon = load(CONTENT).lexicon
few_examples = settings(max_examples=60, deadline=None, database=None)
terms = st.lists(st.sampled_from("预备期转正党费章程"), max_size=6)
corpora = st.lists(st.tuples(terms, st.integers(0, 3)), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def tokenizer(jieba_cache: Path) -> Tokenizer:
    return shipped_tokenizer(jieba_cache)


def test_own_words_are_never_cut_apart(tokenizer: Tokenizer) -> None:
    text = "三会一课和党支部党员大会还有入党积极分子"
    assert [word for word in tokenizer.words(text) if len(word) > 2] == ["三会一课", "党支部党员大会", "入党积极分子"]


def test_every_shipped_word_is_one_word(tokenizer: Tokenizer) -> None:
    assert [tokenizer.words(normalise(word)) for word in SHIPPED.words] == [(normalise(w),) for w in SHIPPED.words]


def test_words_and_cache_of_one_base_do_not_reach_another(tmp_path: Path, tokenizer: Tokenizer) -> None:
    other = Tokenizer(["预备期多"], frozenset(), tmp_path / "new" / "cache")
    assert "三会一课" not in other.words("三会一课")
    assert "三会一课" in tokenizer.words("三会一课")
    assert "预备期多" in other.words("预备期多长")
    assert "预备期多" not in tokenizer.words("预备期多长")
    assert [path.name for path in (tmp_path / "new" / "cache").iterdir()] == ["jieba.cache"]


def test_stop_words_are_left_out(tokenizer: Tokenizer) -> None:
    assert tokenizer.words("请问我的预备期是多久呢") == tokenizer.words("预备期多久")


@few_examples
@given(text=st.text(st.sampled_from("预备期多长转正吗的三会一课党费abc12"), max_size=30))
def test_words_stand_in_the_order_of_the_text(jieba_cache: Path, text: str) -> None:
    words = shipped_tokenizer(jieba_cache).words(text)
    rest = text
    for word in words:
        before, found, rest = rest.partition(word)
        assert found
        assert all(sign in SHIPPED.stop_words for sign in before)
    assert all(sign in SHIPPED.stop_words for sign in rest)


def test_grams_are_the_characters_then_the_pairs() -> None:
    assert grams("预备期") == ("预", "备", "期", "预备", "备期")
    assert grams("党") == ("党",)
    assert grams("") == ()


def test_a_wording_is_wholly_like_itself_and_unlike_what_shares_nothing() -> None:
    index = Index([("预备期", "多久"), ("党费",)], [0, 1], 2)
    assert index.cosines(("预备期", "多久")) == pytest.approx([1.0, 0.0])
    assert index.cosines(("党费",)) == pytest.approx([0.0, 1.0])


def test_unknown_terms_make_a_question_less_alike() -> None:
    index = Index([("预备期", "多久"), ("党费",)], [0, 1], 2)
    known, with_unknown = index.cosines(("预备期",))[0], index.cosines(("预备期", "天气"))[0]
    assert 0 < with_unknown < known < 1


@pytest.mark.parametrize("question", [(), ("天气",), ("天气", "今天")])
def test_a_question_of_nothing_known_is_like_nothing(question: tuple[str, ...]) -> None:
    assert Index([("预备期",), ("党费",)], [0, 1], 2).cosines(question).tolist() == [0.0, 0.0]


def test_an_index_without_wordings_finds_nothing() -> None:
    assert Index([], [], 0).cosines(("预备期",)).tolist() == []


def test_a_wording_without_terms_is_like_nothing() -> None:
    assert Index([(), ("党费",)], [0, 1], 2).cosines(("党费",)).tolist() == pytest.approx([0.0, 1.0])


def test_a_term_tells_more_the_fewer_entries_have_it() -> None:
    index = Index([("党员", "预备期"), ("党员", "党费"), ("党员",)], [0, 1, 2], 3)
    assert index.idf("党员") == pytest.approx(log(1 + 3 / 3))
    assert index.idf("党费") == pytest.approx(log(1 + 3 / 1))
    assert index.idf("天气") >= index.idf("党费")


def test_many_wordings_of_one_entry_do_not_make_its_words_common() -> None:
    few = Index([("预备期",), ("党费",)], [0, 1], 2)
    many = Index([("预备期",)] * 20 + [("党费",)], [0] * 20 + [1], 2)
    assert many.idf("预备期") == few.idf("预备期")


@few_examples
@given(corpora, terms)
def test_cosines_stay_between_nothing_and_the_very_same(
    corpus: list[tuple[list[str], int]], question: list[str]
) -> None:
    index = Index([words for words, _ in corpus], [owner for _, owner in corpus], 4)
    cosines = index.cosines(question)
    assert cosines.shape == (len(corpus),)
    assert np.all(cosines >= 0)
    assert np.all(cosines <= 1 + 1e-9)
    assert cosines.tolist() == index.cosines(question).tolist()
    for (words, _), cosine in zip(corpus, cosines, strict=True):
        assert (cosine > 0) == bool(set(words) & set(question))
        if words and sorted(words) == sorted(question):
            assert cosine == pytest.approx(1)
