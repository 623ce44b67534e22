"""Canonical files: written and read they are the same values, read and written they are the same bytes."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.editing import comment_lines, formatted_sources, formatted_topic, parts, same_entries
from knowledge_base.entry import Citation, Edition, Entry, Expectation, Fact, HistoryLine, NotVariant, Place, Source
from knowledge_base.loading import parse_sources, parse_topic
from knowledge_base.strict_yaml import ContentError
from knowledge_base.text import normalise
from knowledge_base.writing import TopicFile, sources_text, topic_text
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import SOURCES, entry, topic

NASTY = (
    "no",
    "012371",
    "12:30",
    "2026-11-22",
    "0.5%",
    "1e3",
    "~",
    "null",
    "- a",
    "a: b",
    "a #b",
    "#x",
    "'",
    '"',
    "=1+1",
)
NASTY += (
    "@x",
    "`",
    "%x",
    "{a, b}",
    "[x]",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "?",
    "a:",
    "---",
    "...",
    "<<",
    "第七条，“引”",
    "0o7",
)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

_signs = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff")
_anything = st.text(_signs, max_size=12) | st.sampled_from(NASTY)
_texts = _anything.filter(lambda text: bool(text.strip()))
_lines = st.lists(_anything | st.sampled_from((" x", "\tx", "x ", "\u2028", "\x85")), min_size=1, max_size=4).map(
    lambda lines: "\n".join(lines).strip("\n")
)
_wordings = _anything.filter(lambda w: bool(normalise(w)) and w == w.strip() and "\u3000" not in w)
_days = st.dates(date(1900, 1, 1), date(2100, 1, 1))


def some(build: object, *parts: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.builds(build, *parts), max_size=2).map(tuple)  # type: ignore[arg-type]


_entries = st.builds(
    Entry,
    id=_texts,
    status=st.sampled_from(("published", "draft", "retired")),
    version=st.integers(1, 99),
    question=_wordings,
    variants=st.lists(_wordings, max_size=3).map(tuple),
    answer=_lines.filter(lambda text: bool(text.strip())),
    short=_anything.map(lambda text: text.strip("\n")),
    sources=some(Citation, _texts, _texts, _texts, _anything),
    checked_on=_days,
    review_by=_days,
    grade=st.sampled_from(("A", "P", "N")),
    topic=st.just("党费: 一"),
    owner=st.just("组织委员"),
    place=st.just(Place("qa/x.yaml", 1)),
    not_variants=some(NotVariant, _texts, _texts),
    facts=some(Fact, _texts, _texts),
    effective_from=st.none() | _days,
    effective_to=st.none() | _days,
    applies_to=st.lists(_texts, max_size=2).map(tuple),
    follow_up=st.lists(_texts, max_size=2).map(tuple),
    visibility=st.sampled_from(("all", "member")),
    tags=st.lists(_texts, max_size=2).map(tuple),
    steps=st.lists(_texts, max_size=2).map(tuple),
    author=_anything,
    history=some(HistoryLine, st.integers(1, 9), _days, _texts, _anything, _anything),
    tests=some(Expectation, _texts, _anything, _anything),
)


@few
@given(st.lists(_entries, min_size=1, max_size=3))
def test_what_is_written_is_read_back_and_written_again_the_same(entries: list[Entry]) -> None:
    text = topic_text(TopicFile("党费: 一", "组织委员", tuple(entries)))
    read = parse_topic(text, "qa/x.yaml")
    assert same_entries(read, entries)
    assert formatted_topic(text, "qa/x.yaml") == text


@few
@given(st.lists(_texts, min_size=1, max_size=8))
def test_other_readers_of_yaml_see_the_same_texts(texts: list[str]) -> None:
    (plain,) = parse_topic(topic(entry()), "x")
    text = topic_text(TopicFile("转正", "组织委员", (replace(plain, tags=tuple(texts), short=texts[0]),)))
    (seen,) = yaml.safe_load(text)["entries"]
    assert seen["tags"] == texts
    assert seen["short"] == texts[0]


@pytest.mark.parametrize("path", sorted((CONTENT / "qa").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_starter_files_are_in_canonical_form(path: Path) -> None:
    text = path.read_text("utf-8")
    assert formatted_topic(text, path.name) == text


def test_the_starter_version_table_is_in_canonical_form() -> None:
    text = (CONTENT / "sources.yaml").read_text("utf-8")
    assert formatted_sources(text, "sources.yaml") == text


def test_formatting_another_spelling_gives_one_form() -> None:
    loose = topic(entry(question="'预备期多长？'", variants="\n      - 预备期有几年\n      - 要等多少天才转正"))
    assert formatted_topic(loose, "x") == formatted_topic(topic(entry()), "x")
    assert formatted_topic(loose, "x").startswith(
        "schema: 1\ntopic: 转正\nowner: 组织委员\nentries:\n  - id: zz-0001\n"
    )


def test_the_fields_of_a_source_survive() -> None:
    edition = Edition("2022", date(2022, 1, 1), date(2022, 1, 2), "A", "2023", 5, "注: 1")
    source = Source("甲", "乙", "丙", "丁", (edition,), Place("sources.yaml", 3))
    assert parse_sources(sources_text([source]), "sources.yaml") == {"甲": source}


def test_comments_at_the_head_and_above_an_entry_stay() -> None:
    text = "# 头\n" + topic("  # 补交\n\n  # 另一行\n" + entry(answer='"# 不是注释"'), "# 低\n" + entry(id="zz-0002"))
    done = formatted_topic(text, "x")
    sharps = [line for line in done.splitlines() if line.lstrip().startswith("#")]
    assert sharps == ["# 头", "  # 补交", "  # 另一行", "      # 不是注释", "  # 低"]
    assert formatted_topic(done, "x") == done


@pytest.mark.parametrize(
    "place", ["owner: 组织委员 # 谁", "question: 预备期多长？ # 问", "answer: | # 答\n      一年。"]
)
def test_a_comment_that_would_be_lost_is_refused_with_its_line(place: str) -> None:
    key = place.partition(":")[0]
    old = next(line.strip() for line in topic(entry()).splitlines() if line.strip().startswith(f"{key}:"))
    text = topic(entry()).replace(old, place)
    with pytest.raises(ContentError) as caught:
        formatted_topic(text, "qa/x.yaml")
    (problem,) = caught.value.problems
    assert "注释" in problem.text
    assert "#" in text.splitlines()[problem.place.line - 1]


def test_a_sharp_inside_a_text_is_no_comment() -> None:
    text = 'a: "# 一"\nb: 二#三 # 四\nc: |\n  # 五\n# 六\nd: [x, # 七\n  y]\n'
    assert sorted(comment_lines(text)) == [2, 5, 6]


def test_parts_put_together_are_the_file() -> None:
    text = "# 头\n" + topic("  # 一\n" + entry(), "\n" + entry(id="zz-0002"), "# 尾\n")
    cut = parts(text, [each.place.line for each in parse_topic(text, "x")])
    assert cut.text == text
    assert [item.strip().split("\n")[0].strip() for item in cut.items] == ["# 一", "- id: zz-0002"]


def test_a_control_character_behind_a_backslash_is_refused() -> None:
    with pytest.raises(ContentError, match="E100"):
        parse_topic(topic(entry(answer='"一\\u0007年"')), "x")
    assert parse_sources(SOURCES, "sources.yaml")
