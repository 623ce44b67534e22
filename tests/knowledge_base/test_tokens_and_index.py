"""Compared text -> words and grams, and the index over them."""

from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.entry import Lexicon
from knowledge_base.index import Overlap, View
from knowledge_base.loading import load
from knowledge_base.text import normalise
from knowledge_base.tokens import Tokenizer
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import shipped_tokenizer

SHIPPED: Lexicon = load(CONTENT).lexicon
documents_of_terms = st.lists(st.integers(1, 9), max_size=6).map(tuple)
few_examples = settings(max_examples=60, deadline=None, database=None)


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


def view(*documents: tuple[int, ...], owners: list[int] | None = None) -> View:
    """A view over documents of terms, one entry each unless `owners` say otherwise."""
    keys = np.array([term for terms in documents for term in sorted(set(terms))], dtype=np.int64)
    counts = np.array([len(set(terms)) for terms in documents], dtype=np.int64)
    return View(keys, counts, np.array(owners or range(len(documents))), lambda found: np.ones(len(found)))


def beside(of: View, *asked: int) -> Overlap:
    """All documents of a view of four beside a question."""
    return of.compare(of.terms(np.array(asked), np.ones(len(asked))), np.arange(len(of)))


def test_a_wording_is_wholly_like_itself_and_unlike_what_shares_nothing() -> None:
    assert beside(view((1, 2), (3,)), 1, 2).cosine == pytest.approx([1.0, 0.0])


def test_unknown_terms_make_a_question_less_alike() -> None:
    of = view((1, 2), (3,))
    assert beside(of, 1, 9).cosine[0] < beside(of, 1).cosine[0]


def test_a_term_tells_more_the_fewer_entries_have_it() -> None:
    weights = view((1, 2), (1, 3), (1,)).terms(np.array([1, 3, 9]), np.ones(3)).weights
    assert list(weights) == sorted(weights)
    assert weights[0] == pytest.approx(log(1 + 3 / 3))


def test_many_wordings_of_one_entry_do_not_make_its_words_common() -> None:
    few, many = view((1,), (2,)), view(*[(1,)] * 20, (2,), owners=[0] * 20 + [1])
    assert few.terms(np.array([1]), np.ones(1)).weights == many.terms(np.array([1]), np.ones(1)).weights


def test_the_nearest_come_first_and_hidden_ones_never() -> None:
    of = view((1, 2), (1, 3), (4,))
    asked = of.terms(np.array([1, 2]), np.ones(2))
    assert of.nearest(asked, 5, None).tolist() == [0, 1]
    assert of.nearest(asked, 1, None).tolist() == [0]
    assert of.nearest(asked, 5, np.array([True, False, False])).tolist() == [1]
    assert of.nearest(of.terms(np.array([9]), np.ones(1)), 5, None).tolist() == []


@few_examples
@given(
    st.lists(st.lists(st.integers(1, 9), max_size=6).map(tuple), min_size=1, max_size=6), st.sets(st.integers(1, 12))
)
def test_shares_stay_between_nothing_and_all(documents: list[tuple[int, ...]], asked: set[int]) -> None:
    found = beside(view(*documents), *sorted(asked))
    for share in (found.cosine, found.back):
        assert ((share >= 0) & (share <= 1)).all()
    assert found.has.sum() == sum(len(set(terms) & asked) for terms in documents)
