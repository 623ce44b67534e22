"""The engine's one door: which version answers on which day, for whom, how surely, and what it says of itself."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base import deciding
from knowledge_base.engine import MAX_RELATED, Answer, Audience, Choices, KnowledgeBase, Result, Unknown
from knowledge_base.entry import Lexicon
from knowledge_base.loading import load
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import SOURCES, entry, shipped_tokenizer, topic, write_content

TODAY = date(2026, 11, 22)
SHIPPED: Lexicon = load(CONTENT).lexicon
DUES = {"id": "df-0001", "question": "党费交多少？", "variants": "[每月党费怎么算]", "answer": "看收入。"}
MakeBase = Callable[..., KnowledgeBase]


@pytest.fixture
def base_of(tmp_path: Path, jieba_cache: Path) -> MakeBase:
    """A base over entries written as YAML, with the shipped lexicon."""

    def make(*entries: str, sources: str = SOURCES) -> KnowledgeBase:
        content = load(write_content(tmp_path, topic(*entries), sources=sources))
        return KnowledgeBase(replace(content, lexicon=SHIPPED), shipped_tokenizer(jieba_cache), "v")

    return make


def answer(result: Result) -> Answer:
    assert isinstance(result, Answer), result
    return result


def shown(result: Result) -> tuple[str, ...]:
    """The ids of every entry that a result shows, in whatever way."""
    match result:
        case Answer():
            return (result.entry.id, *(each.id for each in result.related))
        case Choices():
            return tuple(each.id for each in result.options)
        case Unknown():
            return tuple(each.id for each in result.nearest)


# --- the day


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2022, 10, 22), 1),
        (date(2026, 5, 10), 1),
        (date(2026, 5, 11), 2),
        (date(2026, 12, 31), 2),
        (date(2027, 1, 1), 3),
        (date(2099, 1, 1), 3),
    ],
)
def test_the_version_in_force_on_the_day_answers(base_of: MakeBase, day: date, version: int) -> None:
    base = base_of(
        entry(version="1", answer="第一版。", effective_to='"2026-05-10"'),
        entry(version="3", answer="第三版。", effective_from='"2027-01-01"'),
        entry(version="2", answer="第二版。", effective_from='"2026-05-11"', effective_to='"2026-12-31"'),
    )
    found = answer(base.ask("预备期多长", day))
    assert (found.entry.version, found.score) == (version, 1.0)
    assert found.entry.answer == f"第{'一二三'[version - 1]}版。"
    in_force = base.entry("zz-0001", day)
    assert in_force == found.entry


@pytest.mark.parametrize("day", [date(2022, 10, 21), date(2024, 1, 1)])
def test_outside_its_days_an_entry_is_neither_answered_nor_named(base_of: MakeBase, day: date) -> None:
    base = base_of(entry(effective_to='"2023-12-31"'), entry(**DUES))
    assert "zz-0001" not in shown(base.ask("预备期多长", day))
    assert "zz-0001" not in shown(base.ask("预备期一般要多长时间呢", day))
    assert base.entry("zz-0001", day) is None


def test_without_dates_an_entry_always_holds(base_of: MakeBase) -> None:
    base = base_of(entry(effective_from=None))
    assert [answer(base.ask("预备期多长", day)).score for day in (date.min, TODAY, date.max)] == [1.0] * 3


@pytest.mark.parametrize("status", ["draft", "review", "approved", "retired"])
def test_only_what_is_published_answers(base_of: MakeBase, status: str) -> None:
    base = base_of(entry(status=status), entry(**DUES))
    assert "zz-0001" not in shown(base.ask("预备期多长", TODAY))
    assert base.entry("zz-0001", TODAY) is None


def test_a_base_with_nothing_published_refuses(base_of: MakeBase) -> None:
    result = base_of(entry(status="draft")).ask("预备期多长", TODAY)
    assert isinstance(result, Unknown)
    assert (result.nearest, result.score) == ((), 0.0)


def test_asking_and_looking_up_agree_on_the_version(base_of: MakeBase) -> None:
    base = base_of(entry(), entry(version="2", effective_from='"2026-05-11"', answer="第二版。"))
    found = answer(base.ask("预备期多长", TODAY))
    assert found.entry == base.entry("zz-0001", TODAY)


def test_one_entry_is_never_offered_twice(base_of: MakeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "ANSWER_AT", 1.0)
    monkeypatch.setattr(deciding, "OFFER_AT", 0.0)
    base = base_of(entry(), entry(version="2", effective_from='"2026-05-11"', answer="第二版。"))
    found = shown(base.ask("预备期到底有多长呢", TODAY))
    assert len(found) == len(set(found))


# --- the audience


@pytest.mark.parametrize(
    ("visibility", "audiences"),
    [("all", {"all", "member", "cadre"}), ("member", {"member", "cadre"}), ("cadre", {"cadre"})],
)
def test_an_entry_is_shown_to_its_audience_only(base_of: MakeBase, visibility: str, audiences: set[Audience]) -> None:
    base = base_of(entry(visibility=visibility), entry(**DUES))
    for question in ("预备期多长", "预备期一般要多长时间呢"):
        everyone: tuple[Audience, ...] = ("all", "member", "cadre")
        allowed = {audience for audience in everyone if "zz-0001" in shown(base.ask(question, TODAY, audience))}
        assert allowed == audiences, question


def test_who_does_not_say_who_asks_sees_what_is_for_all(base_of: MakeBase) -> None:
    base = base_of(entry(visibility="member"), entry(**DUES))
    assert "zz-0001" not in shown(base.ask("预备期多长", TODAY))


def test_what_is_hidden_does_not_change_what_is_answered(base_of: MakeBase) -> None:
    base = base_of(entry(), entry(id="zz-0002", visibility="cadre", answer="内部掌握。"))
    found = answer(base.ask("预备期多长", TODAY, "member"))
    assert (found.entry.id, found.entry.answer) == ("zz-0001", "一年。")


def test_explaining_keeps_to_the_audience_too(base_of: MakeBase) -> None:
    base = base_of(entry(visibility="cadre"), entry(**DUES))
    assert "zz-0001" not in json.dumps(base.explain("预备期多长", TODAY, "member"), ensure_ascii=False)
    assert "zz-0001" in json.dumps(base.explain("预备期多长", TODAY, "cadre"), ensure_ascii=False)


def test_a_follow_up_keeps_to_the_audience_too(base_of: MakeBase) -> None:
    base = base_of(entry(follow_up="[df-0001]"), entry(**DUES, visibility="cadre"))
    assert shown(base.ask("预备期多长", TODAY, "all")) == ("zz-0001",)


# --- what an answer says of itself


def test_an_answer_brings_its_follow_ups_in_their_order(base_of: MakeBase) -> None:
    others = [entry(id=f"x-{n}", question=f"第{n}个别的问题", variants=None) for n in range(1, 6)]
    base = base_of(entry(follow_up="[x-3, x-9, x-1, x-5, x-2]"), *others)
    assert [each.id for each in answer(base.ask("预备期多长", TODAY)).related] == ["x-3", "x-1", "x-5"]
    assert MAX_RELATED == 3


def test_a_follow_up_that_is_not_in_force_is_left_out(base_of: MakeBase) -> None:
    base = base_of(entry(follow_up="[df-0001]"), entry(**DUES, effective_to='"2026-11-21"'))
    assert answer(base.ask("预备期多长", TODAY)).related == ()
    assert [each.id for each in answer(base.ask("预备期多长", date(2026, 11, 21))).related] == ["df-0001"]


def test_an_answer_is_outdated_from_the_day_after_its_review_was_due(base_of: MakeBase) -> None:
    base = base_of(entry(review_by='"2026-11-21"'))
    assert not answer(base.ask("预备期多长", date(2026, 11, 21))).outdated
    assert answer(base.ask("预备期多长", date(2026, 11, 22))).outdated


def test_an_answer_is_outdated_from_the_day_a_new_edition_holds(base_of: MakeBase) -> None:
    cited = '[{doc: 中国共产党章程, article: 第七条, edition: "2017"}]'
    base = base_of(entry(sources=cited, effective_from='"2017-10-24"'))
    assert not answer(base.ask("预备期多长", date(2022, 10, 21))).outdated
    assert answer(base.ask("预备期多长", date(2022, 10, 22))).outdated


def test_an_answer_without_a_national_rule_is_outdated_by_its_review_only(base_of: MakeBase) -> None:
    base = base_of(entry(sources=None, grade="N"))
    assert not answer(base.ask("预备期多长", date(2027, 11, 22))).outdated
    assert answer(base.ask("预备期多长", date(2027, 11, 23))).outdated


def test_an_answer_ahead_of_its_edition_is_not_outdated(base_of: MakeBase) -> None:
    added = '\n      - {edition: 2027, issued: "2026-11-01", effective: "2027-01-01", articles: 55, grade: A}'
    sources = SOURCES.replace("articles: 55, grade: A}", "articles: 55, grade: A}" + added)
    cited = '[{doc: 中国共产党章程, article: 第七条, edition: "2027"}]'
    assert not answer(base_of(entry(sources=cited), sources=sources).ask("预备期多长", TODAY)).outdated


def test_a_picked_entry_is_answered_with_like_any_other(base_of: MakeBase) -> None:
    base = base_of(entry(follow_up="[df-0001]"), entry(**DUES))
    picked = base.entry("zz-0001", TODAY)
    assert picked is not None
    assert base.answer_with(picked, 1.0, TODAY) == base.ask("预备期多长", TODAY)


def test_texts_are_handed_on_sign_by_sign(base_of: MakeBase) -> None:
    text = "“一年”；自 支部大会 通过之日起：12 个月。"
    found = answer(base_of(entry(answer=f'"{text}"')).ask("预备期多长", TODAY))
    assert found.entry.answer == text


def test_sources_are_looked_up_in_the_version_table(base_of: MakeBase) -> None:
    base = base_of(entry())
    source = base.source("中国共产党章程")
    assert source is not None
    assert source.short == "党章"
    assert base.source("党章") is None


# --- questions of every kind


@pytest.mark.parametrize("question", ["", " \n\t", "？！。", "🎉", "😀😀😀", "\u200b\ufeff", "\0", "Ж"])
def test_a_question_of_nothing_is_refused_as_out_of_scope(starter_base: KnowledgeBase, question: str) -> None:
    assert starter_base.ask(question, TODAY) == Unknown((), 0.0, in_scope=False)


def test_emoji_around_a_question_change_nothing(starter_base: KnowledgeBase) -> None:
    assert starter_base.ask("🎉预备期🙏多长😀", TODAY) == starter_base.ask("预备期多长", TODAY)


@pytest.mark.parametrize("piece", ["党", "天气", "a", "🎉", "预备期多长", "一百零", "没", "<script>", "1."])
def test_a_question_of_two_thousand_signs_is_read_in_time(starter_base: KnowledgeBase, piece: str) -> None:
    result = starter_base.ask((piece * 2000)[:2000], TODAY)
    assert 0 <= result.score <= 1
    assert len(shown(result)) <= 5


def test_our_matters_are_told_from_others(base_of: MakeBase) -> None:
    base = base_of(entry())
    assert base.ask("函调", TODAY) == Unknown((), 0.0, in_scope=True)
    assert base.ask("红烧肉", TODAY) == Unknown((), 0.0, in_scope=False)


@settings(max_examples=60, deadline=None, database=None)
@given(st.one_of(st.text(max_size=30), st.text(st.sampled_from("预备期多长党费转正支部大会吗？,1 "), max_size=30)))
def test_any_question_gets_the_same_sound_result_each_time(starter_base: KnowledgeBase, question: str) -> None:
    result = starter_base.ask(question, TODAY)
    assert result == starter_base.ask(question, TODAY)
    assert 0 <= result.score <= 1
    assert len(shown(result)) == len(set(shown(result))) <= 5
    if isinstance(result, Answer):
        assert result.entry.in_force(TODAY)


# --- explaining


def test_an_explanation_can_be_written_as_json_and_agrees_with_the_answer(starter_base: KnowledgeBase) -> None:
    for question in ("预备期多长", "预备期到底要过多久", "今天天气", ""):
        told = starter_base.explain(question, TODAY)
        result = starter_base.ask(question, TODAY)
        assert json.loads(json.dumps(told)) == told
        assert told["band"] == {Answer: "answer", Choices: "choices", Unknown: "refusal"}[type(result)]
        assert told["score"] == pytest.approx(result.score, abs=1e-4)
        assert {"normalised", "tokens", "features", "veto", "margin", "threshold", "why"} <= told.keys()


def test_an_explanation_names_the_veto(base_of: MakeBase) -> None:
    base = base_of(entry(question="组织关系怎么转入？", variants=None))
    told = base.explain("组织关系怎么转出", TODAY)
    assert told["veto"] == [{"entry": "zz-0001", "said": "转出", "written": "转入"}]
    assert told["band"] == "refusal"
