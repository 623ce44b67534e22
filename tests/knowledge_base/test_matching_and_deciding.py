"""Scored entries and what is decided on them: exact wordings, vetoes, bounds, and caution that only ever grows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base import deciding
from knowledge_base.contrasts import Contrasts
from knowledge_base.deciding import MAX_CHOICES, MAX_NEAREST, Calibration, certainty, decide
from knowledge_base.engine import Answer, KnowledgeBase
from knowledge_base.entry import Entry, Lexicon, Place
from knowledge_base.features import Features, likeness
from knowledge_base.loading import load
from knowledge_base.matching import ENTRIES, Match, Matcher
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import shipped_tokenizer

TODAY = date(2026, 11, 22)
SHIPPED: Lexicon = load(CONTENT).lexicon
VIEWS = len(Features._fields)
NOTHING = Features(*[0.0] * VIEWS)
few_examples = settings(max_examples=60, deadline=None, database=None)
shares = st.floats(0, 1)
typed = st.text(st.sampled_from("预备正式党员转入转出期多长表决权警告严重处分，？吗的咋缴 1a🎉"), max_size=25)


def an_entry(question: str, *variants: str, id: str = "zz-0001") -> Entry:
    return Entry(
        id=id, status="published", version=1, question=question, variants=variants, answer="甲。", short="", sources=(),
        checked_on=TODAY, review_by=TODAY, grade="N", topic="", owner="", place=Place("f.yaml", 1),
    )  # fmt: skip


def a_match(score: float, *, id: str = "zz-0001", exact: bool = False, vetoed: bool = False) -> Match:
    veto = ("正式党员", "预备党员") if vetoed else None
    return Match(an_entry("问", id=id), score, NOTHING, "问", exact, veto)


def ranked(matches: Sequence[Match]) -> list[Match]:
    """Best first, each entry with its own id, as the matcher hands them over."""
    best_first = sorted(matches, key=lambda match: -match.score)
    return [match._replace(entry=an_entry("问", id=f"zz-{n}")) for n, match in enumerate(best_first)]


lists_of_matches = st.lists(
    st.builds(lambda score, vetoed: a_match(score, vetoed=vetoed), shares, st.booleans()), max_size=10
).map(ranked)


@pytest.fixture(scope="module")
def matcher_of(jieba_cache: Path) -> Callable[..., Matcher]:
    """A matcher over entries, with the shipped lexicon."""
    return lambda *entries: Matcher(entries, SHIPPED, shipped_tokenizer(jieba_cache))


def asked(matcher: Matcher, question: str) -> list[Match]:
    return matcher.rank(matcher.read(question))


SMALL = (
    an_entry("预备党员有没有表决权？", "没转正能投票吗", id="a"),
    an_entry("组织关系怎么转入？", "转进来找谁", id="b"),
    an_entry("警告处分的影响期多久？", "受了警告几年不能提拔", id="c"),
    an_entry("党费交多少？", "每月党费怎么算", id="d"),
)


# --- likeness


@pytest.mark.parametrize(
    "question",
    [
        "预备党员有没有表决权？",
        "預備黨員有沒有表決權",
        "预备党员 有没有表决权！！",
        "没转正能投票吗",
        "每月党费咋算",
        "🎉党费缴多少",
    ],
)
def test_a_wording_however_spelled_is_exact_and_scores_one(matcher_of: Callable[..., Matcher], question: str) -> None:
    best = asked(matcher_of(*SMALL), question)[0]
    assert (best.exact, best.score, best.veto) == (True, 1.0, None)


def test_every_wording_of_the_starter_content_scores_one_and_answers_with_its_entry(
    starter_base: KnowledgeBase,
) -> None:
    live = [each for each in starter_base.content.entries if each.in_force(TODAY)]
    wordings = [(each.id, wording) for each in live for wording in (each.question, each.variants[0])]
    for entry_id, wording in wordings:
        result = starter_base.ask(wording, TODAY, "cadre")
        assert isinstance(result, Answer), wording
        assert (result.entry.id, result.score) == (entry_id, 1.0), wording


def test_a_paraphrase_is_less_than_exact_and_ranks_its_entry_first(matcher_of: Callable[..., Matcher]) -> None:
    best = asked(matcher_of(*SMALL), "党费每个月要交多少钱")[0]
    assert (best.entry.id, best.exact) == ("d", False)
    assert 0 < best.score < 1


@few_examples
@given(question=typed)
def test_scores_and_features_stay_in_bounds_in_order_and_the_same(jieba_cache: Path, question: str) -> None:
    matcher = Matcher(SMALL, SHIPPED, shipped_tokenizer(jieba_cache))
    first = asked(matcher, question)
    assert first == asked(matcher, question)
    assert all(0 <= value <= 1 for match in first for value in (match.score, *match.features))
    assert [match.score for match in first] == sorted((match.score for match in first), reverse=True)
    assert len({match.entry.id for match in first}) == len(first)


@few_examples
@given(st.tuples(*[shares] * VIEWS), st.integers(0, VIEWS - 1), shares)
def test_being_more_alike_in_any_view_never_lowers_the_score(values: tuple[float, ...], view: int, more: float) -> None:
    raised = [*values]
    raised[view] = max(raised[view], more)
    assert 0 < likeness(Features(*values)) <= likeness(Features(*raised)) < 1


def test_entries_that_are_not_allowed_are_not_found(matcher_of: Callable[..., Matcher]) -> None:
    matcher = matcher_of(*SMALL)
    asked = matcher.read("党费交多少")
    only = np.arange(len(SMALL)) == 3
    assert [match.entry.id for match in matcher.rank(asked, only)] == ["d"]
    assert "d" not in [match.entry.id for match in matcher.rank(asked, ~only)]
    assert matcher.rank(asked, np.zeros(len(SMALL), bool)) == []


@pytest.mark.parametrize("question", ["", "   ", "？！", "🎉", "\u200b"])
def test_nothing_to_compare_finds_nothing(matcher_of: Callable[..., Matcher], question: str) -> None:
    assert asked(matcher_of(*SMALL), question) == []


def test_a_matcher_without_entries_finds_nothing(matcher_of: Callable[..., Matcher]) -> None:
    assert asked(matcher_of(), "党费交多少") == []


def test_there_are_never_more_candidates_than_promised(matcher_of: Callable[..., Matcher]) -> None:
    many = [an_entry(f"党费第{n}问交多少", id=f"{n:03}") for n in range(ENTRIES + 20)]
    assert len(asked(matcher_of(*many), "党费交多少")) == ENTRIES


def test_equal_scores_are_ordered_by_id(matcher_of: Callable[..., Matcher]) -> None:
    twins = [an_entry("党费交多少", id=id) for id in ("c", "a", "b")]
    assert [match.entry.id for match in asked(matcher_of(*twins), "党费要交多少呢")] == ["a", "b", "c"]


# --- the contrast veto


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("预备党员有没有表决权？", "正式党员有没有表决权"),
        ("正式党员有没有表决权？", "预备党员有没有表决权"),
        ("正式党员能不能投票？", "还没转正的党员能不能投票"),
        ("组织关系怎么转入？", "组织关系怎么转出"),
        ("组织关系怎么转出？", "组织关系怎么转入"),
        ("组织关系怎么转走？", "组织关系怎么转进来"),
        ("警告处分的影响期多久？", "严重警告处分的影响期多久"),
        ("严重警告处分的影响期多久？", "警告处分的影响期多久"),
        ("警告处分的影响期多久？", "严警的影响期多久"),
        ("在职的党员党费怎么交？", "离退休的党员党费怎么交"),
        ("党员大会多久开一次？", "支委会多久开一次"),
    ],
)
def test_the_other_side_of_a_contrast_is_vetoed_and_never_shown(
    matcher_of: Callable[..., Matcher], written: str, said: str
) -> None:
    matches = asked(matcher_of(an_entry(written)), said)
    assert [match.veto is not None for match in matches] == [True]
    decision = decide(matches)
    assert (decision.band, decision.matches, decision.score) == ("refusal", (), 0.0)
    assert "互斥" in decision.reason


def test_between_two_sides_the_one_that_was_asked_for_answers(matcher_of: Callable[..., Matcher]) -> None:
    matcher = matcher_of(
        an_entry("警告处分的影响期是多久？", id="light"), an_entry("严重警告处分的影响期是多久？", id="severe")
    )
    for question, right in (("警告处分影响期要多久", "light"), ("严重警告处分影响期要多久", "severe")):
        decision = decide(asked(matcher, question))
        assert [match.entry.id for match in decision.matches] == [right], question


def test_a_question_or_an_entry_about_both_sides_is_not_vetoed(matcher_of: Callable[..., Matcher]) -> None:
    matcher = matcher_of(an_entry("预备党员和正式党员有什么不同？"))
    assert asked(matcher, "正式党员有什么不同")[0].veto is None
    assert asked(matcher_of(an_entry("正式党员有什么权利？")), "预备党员和正式党员有什么权利")[0].veto is None


def test_the_very_wording_is_never_vetoed(matcher_of: Callable[..., Matcher]) -> None:
    best = asked(matcher_of(an_entry("组织关系怎么转入？", "不是转出怎么办")), "不是转出怎么办")[0]
    assert (best.exact, best.veto) == (True, None)


def test_a_contrast_names_what_was_said_and_what_is_written() -> None:
    contrasts = Contrasts(Lexicon(contrasts=((("转入", "转来"), ("转出",)),), synonyms={"转走": "转出"}))
    assert contrasts.clash(contrasts.terms_in("转来的党员"), contrasts.terms_in("转出的党员")) == ("转来", "转出")
    assert contrasts.clash(contrasts.terms_in("转来"), contrasts.terms_in("转入")) is None
    assert contrasts.clash(contrasts.terms_in("党费"), contrasts.terms_in("转出")) is None


def test_the_longer_of_two_overlapping_terms_counts() -> None:
    contrasts = Contrasts(Lexicon(contrasts=((("警告",), ("严重警告",)),)))
    assert contrasts.terms_in("严重警告处分") == {0: {"严重警告"}}
    assert contrasts.terms_in("警告和严重警告") == {0: {"警告", "严重警告"}}


def test_the_longer_term_counts_whatever_other_sets_say() -> None:
    contrasts = Contrasts(Lexicon(contrasts=((("警告",), ("严重警告",)), (("警告",), ("记过",)))))
    assert contrasts.clash(contrasts.terms_in("严重警告处分"), contrasts.terms_in("警告处分")) is not None


# --- deciding


def limits(patch: pytest.MonkeyPatch, answer_at: float, offer_at: float) -> None:
    """The tests below hold for any calibration, so they set the two limits around the score they look at."""
    patch.setattr(deciding, "ANSWER_AT", answer_at)
    patch.setattr(deciding, "OFFER_AT", offer_at)


def test_nothing_found_is_a_refusal_without_anything_near() -> None:
    decision = decide([])
    assert (decision.band, decision.matches, decision.score, decision.margin) == ("refusal", (), 0.0, 0.0)


def test_the_shipped_limits_are_in_order() -> None:
    assert 0 < deciding.NEAREST_AT < deciding.OFFER_AT < deciding.ANSWER_AT < 1


def test_the_limits_part_answers_from_choices_from_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = [a_match(0.9, id="a"), a_match(0.8, id="b")]
    score = decide(pair).score
    assert 0 < score < 1
    limits(monkeypatch, answer_at=score, offer_at=score / 2)
    assert [match.entry.id for match in decide(pair).matches] == ["a"]
    assert decide(pair).band == "answer"
    limits(monkeypatch, answer_at=score + 1e-9, offer_at=score)
    assert [match.entry.id for match in decide(pair).matches] == ["a", "b"]
    assert decide(pair).band == "choices"
    limits(monkeypatch, answer_at=1.0, offer_at=score + 1e-9)
    assert decide(pair).band == "refusal"
    assert {match.entry.id for match in decide(pair).matches} <= {"a", "b"}


def test_a_clear_lead_is_surer_than_a_tie() -> None:
    assert decide([a_match(0.9, id="a"), a_match(0.1, id="b")]).score > decide([a_match(0.9), a_match(0.9)]).score


def test_equally_likely_entries_are_all_offered_up_to_five(monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, answer_at=1.0, offer_at=0.0)
    decision = decide([a_match(0.6, id=str(n)) for n in range(9)])
    assert [match.entry.id for match in decision.matches] == ["0", "1", "2", "3", "4"]


def test_the_very_wording_answers_whatever_stands_beside_it() -> None:
    decision = decide([a_match(1.0, id="a", exact=True), a_match(0.99, id="b"), a_match(0.98, id="c", vetoed=True)])
    assert (decision.band, decision.score, decision.matches[0].entry.id) == ("answer", 1.0, "a")


def test_where_a_vetoed_entry_is_more_alike_the_best_free_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, answer_at=0.01, offer_at=0.0)
    decision = decide([a_match(0.97, id="a", vetoed=True), a_match(0.95, id="b")])
    assert (decision.band, [match.entry.id for match in decision.matches]) == ("choices", ["b"])
    assert decide([a_match(0.95, id="b"), a_match(0.94, id="a", vetoed=True)]).band == "answer"


@few_examples
@given(lists_of_matches)
def test_every_decision_keeps_its_bounds(matches: list[Match]) -> None:
    decision = decide(matches)
    limit = {"answer": 1, "choices": MAX_CHOICES, "refusal": MAX_NEAREST}[decision.band]
    assert len(decision.matches) <= limit
    assert decision.band == "refusal" or decision.matches
    assert all(match.veto is None for match in decision.matches)
    assert [*decision.matches] == [match for match in matches if match in decision.matches]
    assert 0 <= decision.score <= 1
    assert decision.margin >= 0
    assert decision.reason
    assert decision == decide(matches)


@few_examples
@given(lists_of_matches, shares, shares)
def test_raising_the_limit_never_adds_an_answer(matches: list[Match], one: float, other: float) -> None:
    low, high = sorted((one, other))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding, "ANSWER_AT", low)
        loose = decide(matches)
        patch.setattr(deciding, "ANSWER_AT", high)
        strict = decide(matches)
    assert strict.score == loose.score
    assert strict.band != "answer" or strict == replace(loose, reason=strict.reason)


def test_raising_the_limit_only_ever_takes_answers_away_from_the_starter_base(
    starter_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [expected.ask for each in starter_base.content.entries for expected in each.tests][::4]
    answered: list[set[tuple[str, str]]] = []
    for limit in (0.5, 0.8, 0.95, 0.999, 1.01):
        monkeypatch.setattr(deciding, "ANSWER_AT", limit)
        results = [(question, starter_base.ask(question, TODAY)) for question in questions]
        answered.append({(question, r.entry.id) for question, r in results if isinstance(r, Answer)})
    assert all(stricter <= looser for looser, stricter in pairwise(answered))
    assert answered[0]
    assert not answered[-1]


@few_examples
@given(shares, shares, shares)
def test_a_higher_score_or_a_wider_margin_is_never_less_sure(one: float, other: float, third: float) -> None:
    def sure(score: float, lead: float) -> float:
        return certainty(a_match(score), lead, 0.0, Calibration())

    low, high = sorted((one, other))
    assert 0 <= sure(low, third) <= sure(high, third) <= 1
    assert sure(third, low) <= sure(third, high)


def test_with_the_right_entry_missing_its_contrast_does_not_step_in(matcher_of: Callable[..., Matcher]) -> None:
    decision = decide(asked(matcher_of(*SMALL), "转正以后的正式党员有没有表决权"))
    assert decision.band != "answer"
    assert "a" not in [match.entry.id for match in decision.matches]


@pytest.mark.parametrize("score", [0.02, 0.05, 0.1])
def test_what_is_hardly_alike_is_not_answered_for_lack_of_a_rival(score: float) -> None:
    assert decide([a_match(score)]).band != "answer"


@pytest.mark.parametrize("question", ["车", "宝", "跨", "怎么退票"])
def test_one_rare_sign_is_not_enough_for_an_answer(starter_base: KnowledgeBase, question: str) -> None:
    assert not isinstance(starter_base.ask(question, TODAY), Answer)
