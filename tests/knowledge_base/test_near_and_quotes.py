"""Wordings that nearly are one, quotes that must stand in the text, drafts on an old edition, four eyes."""

import random
from datetime import date
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from knowledge_base.linting import lint
from knowledge_base.loading import load, load_source_texts
from knowledge_base.near import near_pairs
from knowledge_base.strict_yaml import ContentError
from tests.knowledge_base.test_linting import CITED, OTHER, TODAY, codes, findings, the_finding
from tests.knowledge_base.test_loading import entry, topic, write_content

NEAR = {"question": "组织关系怎么转？", "variants": "[转关系去哪里办理]"}
ALIKE = {"id": "zz-0002", "question": "组织关系怎样转？", "variants": "[介绍信在哪开]", "answer": "另一个答案。"}
QUOTE = '[{{doc: 中国共产党章程, article: 第七条, edition: "2022", quote: {quote}}}]'


def test_near_pairs_are_those_that_every_comparison_finds() -> None:
    rng = random.Random(1)
    texts = ["".join(rng.choices("党费交多少怎么算", k=rng.randrange(1, 14))) for _ in range(700)]
    expected = {(i, j) for i in range(700) for j in range(i + 1, 700) if fuzz.ratio(texts[i], texts[j]) >= 90}
    assert {(min(pair), max(pair)) for pair in near_pairs(texts, 90)} == expected
    assert len(expected) > 10


def test_w204_two_wordings_that_nearly_are_one(tmp_path: Path) -> None:
    long = {"question": "组织关系转到外省要怎样办理？"}
    text = topic(entry(**NEAR | {"question": "组织关系转到外省要怎么办理？"}), entry(**ALIKE | long))
    problem = the_finding(findings(tmp_path, text))
    assert problem.code == "W204"
    assert "组织关系转到外省要怎样办理？”和 qa/1.yaml:5（zz-0001）的“组织关系转到外省要怎么办理？”很像" in problem.text


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "一年。"},
        {"not_variants": "[{text: 组织关系怎么转出省, goes_to: zz-0001}]"},
        {"effective_from": '"2022-10-01"', "effective_to": '"2022-10-21"'},
        {"status": "draft"},
    ],
)
def test_near_wordings_that_somebody_has_thought_about_are_right(tmp_path: Path, change: dict[str, str]) -> None:
    long = {"question": "组织关系转到外省要怎样办理？"}
    text = topic(entry(**NEAR | {"question": "组织关系转到外省要怎么办理？"}), entry(**ALIKE | long | change))
    assert findings(tmp_path, text) == []


def test_contrasted_wordings_are_no_near_ones(tmp_path: Path) -> None:
    one, other = (f"{who}党员在支部召开的党员大会上能不能投票表决？" for who in ("预备", "正式"))
    text = topic(entry(**NEAR | {"question": one}), entry(**ALIKE | {"question": other}))
    assert codes(findings(tmp_path / "without", text)) == ["W204"]
    assert findings(tmp_path / "with", text, contrasts="预备 | 正式\n") == []


def quoted(folder: Path, quote: str, name: str = "中国共产党章程-2022") -> list[str]:
    write_content(folder, topic(entry(sources=QUOTE.format(quote=quote))))
    (folder / "sources").mkdir()
    (folder / "sources" / f"{name}.txt").write_text("第七条　预备党员的\n预备期为一年。\n", "utf-8")
    return codes(lint(load(folder), TODAY, load_source_texts(folder)))


def test_e301_a_quote_must_stand_in_the_text_that_was_supplied(tmp_path: Path) -> None:
    assert quoted(tmp_path / "right", "预备党员的预备期为一年。") == []
    assert quoted(tmp_path / "wrong", "预备党员的预备期为两年。") == ["E301"]


def test_a_source_text_of_no_known_edition_is_said(tmp_path: Path) -> None:
    assert quoted(tmp_path, "预备期为两年", name="党章-2022") == ["E303"]


def test_a_source_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()))
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "中国共产党章程-2022.txt").write_bytes("预备期".encode("gb18030"))
    with pytest.raises(ContentError, match="不是 UTF-8"):
        load_source_texts(tmp_path)


OLD = {"sources": CITED.format(article="第七条", edition="2017"), "effective_from": '"2017-10-24"'}


@pytest.mark.parametrize(("status", "severity"), [("published", "warning"), ("draft", "error"), ("approved", "error")])
def test_w303_is_an_error_for_what_is_still_to_be_published(tmp_path: Path, status: str, severity: str) -> None:
    (problem,) = findings(tmp_path, topic(entry(**OLD, status=status)))
    assert (problem.code, problem.severity) == ("W303", severity)


def test_a_draft_for_a_time_gone_by_may_cite_the_edition_of_that_time(tmp_path: Path) -> None:
    assert findings(tmp_path, topic(entry(**OLD, status="draft", effective_to='"2022-10-21"'))) == []


def test_w303_depends_on_the_day(tmp_path: Path) -> None:
    assert findings(tmp_path, topic(entry(**OLD)), today=date(2022, 10, 21)) == []


@pytest.mark.parametrize("author", ["组织委员", ""])
def test_e501_nobody_checks_what_they_wrote(tmp_path: Path, author: str) -> None:
    line = '[{version: 1, on: "2026-11-22", by: 组织委员, checked_by: 组织委员}]'
    problem = the_finding(findings(tmp_path, topic(entry(history=line, author=author))))
    assert problem.code == "E501"
    assert "组织委员" in problem.text


def test_another_may_check_and_so_may_the_author_of_an_older_version(tmp_path: Path) -> None:
    lines = [
        f'{{version: {n}, on: "2026-11-22", by: {by}, checked_by: 支部书记}}'
        for n, by in ((1, "干事"), (2, "支部书记"))
    ]
    assert findings(tmp_path, topic(entry(history=f"[{', '.join(lines)}]", author="组织委员"), entry(**OTHER))) == []
