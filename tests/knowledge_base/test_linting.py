"""Every finding of the linter, each from the smallest content that has it, and content that has none."""

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.linting import LONGEST_ANSWER, lint
from knowledge_base.loading import load
from knowledge_base.strict_yaml import Problem
from tests.conftest import CONTENT
from tests.knowledge_base.test_loading import SOURCES, entry, line_of, topic, write_content

TODAY = date(2026, 11, 22)
OTHER = {"id": "zz-0002", "question": "转正要开什么会？", "variants": "[转正开不开支部大会, 转正上什么会讨论]"}
CITED = '[{{doc: 中国共产党章程, article: {article}, edition: "{edition}"}}]'


def cited(article: str = "第七条", edition: str = "2022") -> str:
    return CITED.format(article=article, edition=edition)


def findings(folder: Path, *topics: str, sources: str = SOURCES, today: date = TODAY, **lexicon: str) -> list[Problem]:
    return lint(load(write_content(folder, *topics, sources=sources, **lexicon)), today)


def the_finding(problems: list[Problem]) -> Problem:
    """The only one; a finding is an error exactly when its code says so, and has a place and a Chinese remedy."""
    (problem,) = problems
    assert problem.severity == {"E": "error", "W": "warning"}[problem.code[0]]
    assert problem.remedy.startswith(("请", "目录里有"))
    return problem


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def test_clean_content_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, topic(entry(follow_up="[zz-0002]"), entry(**OTHER))) == []


def test_the_shipped_content_has_no_errors_on_the_day_it_was_checked() -> None:
    assert [str(problem) for problem in lint(load(CONTENT), TODAY) if problem.severity == "error"] == []


def test_e201_one_question_with_two_answers(tmp_path: Path) -> None:
    text = topic(entry(variants="[预备期有几年]"), entry(id="zz-0002", variants="[要等几天]", answer="两年。"))
    problem = the_finding(findings(tmp_path, text))
    assert (str(problem.place), problem.code) == (f"qa/1.yaml:{line_of(text, 'zz-0002')}", "E201")
    assert "qa/1.yaml:5（zz-0001）已经有一个答案" in problem.text
    assert "不重叠的生效日期" in problem.remedy


def test_e201_looks_at_compared_text_over_all_files(tmp_path: Path) -> None:
    first, second = topic(entry()), topic(entry(**OTHER | {"question": "預備期，多長"}))
    assert codes(findings(tmp_path, first, second)) == ["E201"]


def test_e203_one_wording_in_two_entries(tmp_path: Path) -> None:
    text = topic(entry(), entry(**OTHER | {"variants": "[转正开什么会, 预备期有几年？]"}))
    problem = the_finding(findings(tmp_path, text))
    assert (str(problem.place), problem.code) == (f"qa/1.yaml:{line_of(text, 'zz-0002')}", "E203")
    assert "zz-0002 的问法“预备期有几年”" in problem.text


@pytest.mark.parametrize("code", ["E201", "E202"])
def test_what_is_never_in_force_together_does_not_conflict(tmp_path: Path, code: str) -> None:
    old = entry(effective_to='"2025-12-31"', facts="[{key: 预备期.时长, value: 1年}]")
    new = {"version": "2", "facts": "[{key: 预备期.时长, value: 2年}]"}
    assert findings(tmp_path / "apart", topic(old, entry(**new, effective_from='"2026-01-01"'))) == []
    assert code in codes(findings(tmp_path / "overlapping", topic(old, entry(**new, effective_from='"2025-12-31"'))))


@pytest.mark.parametrize("status", ["draft", "review", "approved", "retired"])
def test_only_published_entries_conflict(tmp_path: Path, status: str) -> None:
    assert findings(tmp_path, topic(entry(), entry(id="zz-0002", status=status))) == []


def test_e202_one_fact_with_two_values(tmp_path: Path) -> None:
    text = topic(
        entry(facts="[{key: 预备期.时长, value: 1年}]"), entry(**OTHER, facts="[{key: 预备期.时长, value: 2年}]")
    )
    problem = the_finding(findings(tmp_path, text))
    assert (str(problem.place), problem.code) == (f"qa/1.yaml:{line_of(text, 'zz-0002')}", "E202")
    assert "“预备期.时长”在 zz-0002 是“2年”，在 qa/1.yaml:5（zz-0001）是“1年”" in problem.text


def test_the_same_fact_twice_is_no_conflict(tmp_path: Path) -> None:
    facts = "[{key: 预备期.时长, value: 1年}]"
    assert findings(tmp_path, topic(entry(facts=facts), entry(**OTHER, facts=facts))) == []


def test_e302_an_entry_that_ends_before_it_begins(tmp_path: Path) -> None:
    problem = the_finding(findings(tmp_path, topic(entry(effective_to='"2022-10-21"'))))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "E302")
    assert "失效日期早于生效日期" in problem.text


def test_an_entry_of_one_day_is_right(tmp_path: Path) -> None:
    assert findings(tmp_path, topic(entry(effective_to='"2022-10-22"'))) == []


def test_e302_an_edition_effective_before_it_was_issued(tmp_path: Path) -> None:
    sources = SOURCES.replace('effective: "2018-10-28"', 'effective: "2018-10-27"')
    problem = the_finding(findings(tmp_path, topic(entry()), sources=sources))
    assert (str(problem.place), problem.code) == (f"sources.yaml:{line_of(SOURCES, '支部工作条例')}", "E302")
    assert "生效日期早于发布日期" in problem.text


def test_e303_a_successor_that_is_not_registered(tmp_path: Path) -> None:
    sources = SOURCES.replace("superseded_by: 2022", "superseded_by: 2021")
    problem = the_finding(findings(tmp_path, topic(entry()), sources=sources))
    assert (str(problem.place), problem.code) == (f"sources.yaml:{line_of(SOURCES, '中国共产党章程')}", "E303")
    assert "“2021”" in problem.text


@pytest.mark.parametrize(
    ("change", "reason", "remedy"),
    [
        ({"sources": None}, "没有依据", "把 grade 写成 N"),
        ({"sources": "[{doc: 党章, article: 第七条, edition: 2022}]"}, "《党章》不在依据目录里", "请写文件全名"),
        ({"sources": cited(edition="2023")}, "没有“2023”这一版", "2017、2022"),
        ({"sources": cited("总纲")}, "“总纲”里没有“第…条”", "如 第七条"),
        ({"sources": cited("第五十六条")}, "超出了目录里的 55 条", "请核对条款"),
        ({"sources": cited("第七条、第一百条")}, "超出了目录里的 55 条", "请核对条款"),
        (
            {"sources": "[{doc: 中国共产党支部工作条例（试行）, article: 第五条, edition: 2018}]"},
            "只见过要点",
            "把 grade 改成 P",
        ),
    ],
)
def test_e303_a_source_that_does_not_hold(
    tmp_path: Path, change: dict[str, str | None], reason: str, remedy: str
) -> None:
    problem = the_finding(findings(tmp_path, topic(entry(**change))))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "E303")
    assert reason in problem.text
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    "change",
    [
        {"sources": None, "grade": "N"},
        {"sources": cited("第五十五条")},
        {"sources": cited("第七条、第八条")},
        {"sources": "[{doc: 中国共产党支部工作条例（试行）, article: 要点, edition: 2018}]", "grade": "P"},
    ],
)
def test_a_source_that_holds_is_no_finding(tmp_path: Path, change: dict[str, str | None]) -> None:
    assert findings(tmp_path, topic(entry(**change))) == []


@pytest.mark.parametrize(
    "field",
    [
        {"follow_up": "[zz-9999]"},
        {"not_variants": "[{text: 考察期多长, goes_to: zz-9999}]"},
        {"tests": "[{ask: 预备期到底多久, expect: zz-9999}]"},
        {"tests": "[{ask: 考察期多长, expect_not: zz-9999}]"},
    ],
)
def test_e304_an_id_that_nobody_has(tmp_path: Path, field: dict[str, str | None]) -> None:
    problem = the_finding(findings(tmp_path, topic(entry(**field))))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "E304")
    assert "“zz-9999”不存在" in problem.text


def test_refusing_is_a_place_to_go(tmp_path: Path) -> None:
    fields = {"not_variants": "[{text: 考察期多长, goes_to: refuse}]", "tests": "[{ask: 天气, expect: refuse}]"}
    assert findings(tmp_path, topic(entry(**fields))) == []


def test_e305_one_version_twice(tmp_path: Path) -> None:
    second = topic(entry(**OTHER | {"id": "zz-0001"}))
    problem = the_finding(findings(tmp_path, topic(entry()), second))
    assert (str(problem.place), problem.code) == ("qa/2.yaml:5", "E305")
    assert "编号“zz-0001”第 1 版在 qa/1.yaml:5 已经有了" in problem.text


def test_w110_an_answer_too_long_for_a_message(tmp_path: Path) -> None:
    fits = "长" * (LONGEST_ANSWER // 3)
    assert findings(tmp_path / "fits", topic(entry(answer=fits))) == []
    problem = the_finding(findings(tmp_path / "long", topic(entry(answer=fits + "长"))))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "W110")


def test_w303_an_edition_that_was_superseded(tmp_path: Path) -> None:
    text = topic(entry(sources=cited(edition="2017"), effective_from='"2017-10-24"'))
    problem = the_finding(findings(tmp_path, text))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "W303")
    assert "2017 年版已被 2022 年版取代" in problem.text


def test_w303_comes_on_the_day_the_new_edition_takes_effect(tmp_path: Path) -> None:
    text = topic(entry(sources=cited(edition="2017"), effective_from='"2017-10-24"'))
    assert findings(tmp_path, text, today=date(2022, 10, 21)) == []
    assert codes(findings(tmp_path, text, today=date(2022, 10, 22))) == ["W303"]


def test_an_entry_that_has_ended_may_cite_the_edition_of_its_time(tmp_path: Path) -> None:
    fields = {"effective_from": '"2017-10-24"', "effective_to": '"2022-10-21"'}
    assert findings(tmp_path, topic(entry(sources=cited(edition="2017"), **fields))) == []


def test_w304_a_review_that_is_overdue(tmp_path: Path) -> None:
    assert findings(tmp_path, topic(entry()), today=date(2027, 11, 22)) == []
    problem = the_finding(findings(tmp_path, topic(entry()), today=date(2027, 11, 23)))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "W304")
    assert "2027-11-22" in problem.text


@pytest.mark.parametrize("variants", [None, "[]", "[“预备期”多长]"])
def test_w601_only_one_wording(tmp_path: Path, variants: str | None) -> None:
    problem = the_finding(findings(tmp_path, topic(entry(variants=variants))))
    assert (str(problem.place), problem.code) == ("qa/1.yaml:5", "W601")


def test_errors_come_first_then_files_in_order(tmp_path: Path) -> None:
    first = topic(entry(variants=None), entry(**OTHER, follow_up="[zz-9999]"))
    second = topic(
        entry(id="zz-0003", question="转正要写申请吗？", variants="[转正写什么]", follow_up="[zz-9999]"),
        entry(id="zz-0004", question="党员大会谁主持？", variants=None),
    )
    found = findings(tmp_path, first, second)
    assert codes(found) == ["E304", "E304", "W601", "W601"]
    assert [problem.place.file for problem in found] == ["qa/1.yaml", "qa/2.yaml", "qa/1.yaml", "qa/2.yaml"]


def test_many_kinds_in_one_entry_are_all_found(tmp_path: Path) -> None:
    bad = entry(
        variants=None, sources=None, effective_to='"2020-01-01"', review_by='"2026-01-01"', follow_up="[zz-9999]"
    )
    assert codes(findings(tmp_path, topic(bad))) == ["E302", "E303", "E304", "W304", "W601"]


@pytest.mark.xfail(strict=True, reason="bug: wordings are compared before synonyms, but matched after them")
def test_e203_sees_wordings_that_are_one_after_synonyms(tmp_path: Path) -> None:
    text = topic(entry(variants="[预备期多长时间]"), entry(**OTHER | {"variants": "[转正开什么会, 预备期多久]"}))
    assert codes(findings(tmp_path, text, synonyms="多久 = 多长时间\n")) == ["E203"]


@pytest.mark.xfail(strict=True, reason="bug: two versions of one id on a common day pass when they share no wording")
def test_two_versions_of_one_entry_on_a_common_day_are_an_error(tmp_path: Path) -> None:
    text = topic(entry(), entry(**OTHER | {"id": "zz-0001", "version": "2"}))
    assert [code[0] for code in codes(findings(tmp_path, text))] == ["E"]


@pytest.mark.xfail(strict=True, reason="bug: an edition not yet in force is said to be superseded by the one before it")
def test_an_edition_still_to_come_is_not_called_superseded(tmp_path: Path) -> None:
    added = '\n      - {edition: 2027, issued: "2026-11-01", effective: "2027-01-01", articles: 55, grade: A}'
    sources = SOURCES.replace("articles: 55, grade: A}", "articles: 55, grade: A}" + added)
    found = findings(tmp_path, topic(entry(sources=cited(edition="2027"))), sources=sources)
    assert [problem.text for problem in found if "已被 2022 年版取代" in problem.text] == []


@pytest.mark.xfail(
    strict=True, reason="bug: one shared question is reported once per shared wording, in the same words"
)
def test_no_finding_is_said_twice(tmp_path: Path) -> None:
    found = findings(tmp_path, topic(entry(), entry(id="zz-0002")))
    assert len(found) == len(set(found))


@pytest.mark.xfail(strict=True, reason="bug: 第7条 is refused as no article at all, and 第99条 is not counted")
def test_an_article_in_digits_is_an_article(tmp_path: Path) -> None:
    assert findings(tmp_path / "alone", topic(entry(sources=cited("第7条")))) == []
    assert codes(findings(tmp_path / "beyond", topic(entry(sources=cited("第七条、第99条"))))) == ["E303"]
