"""Curators' files -> content, strictly: every scalar stays text, and every slip is said with its place and remedy.

Also holds what the other tests of this folder write such files with.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from os import utime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.entry import Citation, Expectation, Fact, HistoryLine, NotVariant, Place
from knowledge_base.loading import fingerprint, load
from knowledge_base.strict_yaml import ContentError, Listing, Node, Problem, Record, Text, parse
from knowledge_base.tokens import Tokenizer
from tests.conftest import CONTENT

SOURCES = """schema: 1
sources:
  - doc: 中国共产党章程
    short: 党章
    issuer: 中国共产党全国代表大会
    read_at: 共产党员网
    editions:
      - {edition: 2017, issued: "2017-10-24", effective: "2017-10-24", superseded_by: 2022, grade: O}
      - {edition: 2022, issued: "2022-10-22", effective: "2022-10-22", articles: 55, grade: A}
  - doc: 中国共产党支部工作条例（试行）
    short: 支部工作条例
    issuer: 中共中央
    read_at: 共产党员网
    editions:
      - {edition: 2018, issued: "2018-10-28", effective: "2018-10-28", grade: P}
"""
FIELDS: dict[str, str | None] = {
    "id": "zz-0001",
    "status": "published",
    "version": "1",
    "question": "预备期多长？",
    "variants": "[预备期有几年, 要等多少天才转正]",
    "answer": "一年。",
    "sources": '[{doc: 中国共产党章程, article: 第七条, edition: "2022"}]',
    "effective_from": '"2022-10-22"',
    "checked_on": '"2026-11-22"',
    "review_by": '"2027-11-22"',
    "grade": "A",
}


def entry(**changes: str | None) -> str:
    """One correct entry as YAML; keyword arguments replace a field's YAML, add a field, or (None) leave it out."""
    fields = FIELDS | changes
    return "  - " + "\n    ".join(f"{name}: {value}" for name, value in fields.items() if value is not None) + "\n"


def topic(*entries: str) -> str:
    """A topic file around entries."""
    return "schema: 1\ntopic: 转正\nowner: 组织委员\nentries:\n" + "".join(entries)


def write_content(folder: Path, *topics: str, sources: str = SOURCES, **lexicon: str) -> Path:
    """A content folder with qa/1.yaml, qa/2.yaml …, sources.yaml and lexicon/<name>.txt."""
    for name in ("qa", "lexicon"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.yaml").write_text(sources, "utf-8")
    for number, text in enumerate(topics, 1):
        (folder / "qa" / f"{number}.yaml").write_text(text, "utf-8")
    for name, text in lexicon.items():
        (folder / "lexicon" / f"{name}.txt").write_text(text, "utf-8")
    return folder


def line_of(text: str, part: str) -> int:
    """The number of the first line with `part`."""
    return text[: text.index(part)].count("\n") + 1


@cache
def shipped_tokenizer(cache_dir: Path) -> Tokenizer:
    """A tokenizer with the shipped words, made once per process: making one takes most of a second."""
    lexicon = load(CONTENT).lexicon
    return Tokenizer(lexicon.words, lexicon.stop_words, cache_dir)


def problems_of(read: Callable[[], object]) -> tuple[Problem, ...]:
    """What the loader complains of."""
    with pytest.raises(ContentError) as caught:
        read()
    return caught.value.problems


def refused(folder: Path, *topics: str, sources: str = SOURCES, **lexicon: str) -> tuple[Problem, ...]:
    """What the loader complains of in this content."""
    write_content(folder, *topics, sources=sources, **lexicon)
    return problems_of(lambda: load(folder))


# --- strict YAML


@pytest.mark.parametrize(
    "scalar",
    [
        "12:30",
        "no",
        "yes",
        "on",
        "012371",
        "1e3",
        "0x1F",
        "1.50",
        "2026-11-22",
        "~",
        "null",
        "true",
        "1_000",
        "=",
        ".5",
    ],
)
def test_what_plain_yaml_would_turn_into_something_else_stays_text(scalar: str) -> None:
    assert parse(f"answer: {scalar}\n", "f.yaml") == Record({"answer": Text(scalar, 1)}, 1)


@settings(max_examples=60, deadline=None, database=None)
@given(st.from_regex(r"[0-9a-zA-Z.+][0-9a-zA-Z.:_+-]{0,9}[0-9a-zA-Z]", fullmatch=True))
def test_no_plain_scalar_is_ever_changed(scalar: str) -> None:
    assert parse(f"- {scalar}\n", "f.yaml") == Listing((Text(scalar, 1),), 1)


def plain(node: Node | None) -> object:
    """A tree without its lines."""
    match node:
        case Record():
            return {name: plain(value) for name, value in node.fields.items()}
        case Listing():
            return [plain(item) for item in node.items]
        case Text():
            return node.value
    return None


chinese = st.text(st.sampled_from("预备期：，。“”#-: 'no12|>\n%&*!{}[]@`"), max_size=12)
trees = st.dictionaries(
    chinese, st.recursive(chinese, lambda inner: st.lists(inner, max_size=3), max_leaves=4), max_size=4
)


@settings(max_examples=40, deadline=None, database=None)
@given(trees.filter(bool))
def test_whatever_a_yaml_writer_writes_is_read_back_as_it_was(tree: dict[str, object]) -> None:
    assert plain(parse(yaml.safe_dump(tree, allow_unicode=True), "f.yaml")) == tree


def test_every_value_knows_its_line() -> None:
    root = parse("schema: 1\nentries:\n  - id: zz-0001\n\n    variants:\n      - 一\n      - 二\n", "f.yaml")
    assert isinstance(root, Record)
    listing = root.fields["entries"]
    assert isinstance(listing, Listing)
    first = listing.items[0]
    assert isinstance(first, Record)
    assert first.fields["variants"] == Listing((Text("一", 6), Text("二", 7)), 6)
    assert (root.line, first.line, first.fields["id"].line) == (1, 3, 3)


@pytest.mark.parametrize("text", ["", "# 只有注释\n", "\n\n"])
def test_an_empty_document_is_nothing(text: str) -> None:
    assert parse(text, "f.yaml") is None


def test_every_repeated_key_is_named_with_both_lines() -> None:
    problems = problems_of(lambda: parse("a: 1\nb:\n  x: 1\n  x: 2\n  x: 3\na: 2\n", "f.yaml"))
    assert [(p.place, p.code) for p in problems] == [(Place("f.yaml", n), "E108") for n in (4, 5, 6)]
    assert "第 1 行" in problems[2].text
    assert problems[2].remedy == "请只留一处。"


@pytest.mark.parametrize(
    ("text", "line", "reason", "remedy"),
    [
        ("a: 1\n\tb: 2\n", 2, "制表符（Tab）", "把 Tab 换成空格"),
        ("a:\n\t- b\n", 2, "制表符（Tab）", "把 Tab 换成空格"),
        ("a: 1\nquestion：预备期\n", 3, "全角冒号“：”", "半角冒号加一个空格"),
        ("question: 党费: 怎么交\n", 1, "不符合 YAML", "请加引号"),
        ("a: x\n---\nb: y\n", 2, "不符合 YAML", "请检查"),
        ("a: *b\n", 1, "不符合 YAML", "请检查"),
    ],
)
def test_a_slip_of_spelling_is_said_with_its_line_and_remedy(text: str, line: int, reason: str, remedy: str) -> None:
    (problem,) = problems_of(lambda: parse(text, "qa/转正.yaml"))
    assert (problem.place, problem.code) == (Place("qa/转正.yaml", line), "E100")
    assert reason in problem.text
    assert remedy in problem.remedy


@pytest.mark.xfail(strict=True, reason="bug: named only where no half-width colon follows, i.e. on a file's last line")
@pytest.mark.parametrize("field", ["topic", "id", "question", "status"])
def test_a_full_width_colon_is_named_wherever_it_stands(field: str) -> None:
    text = topic(entry()).replace(f"{field}: ", f"{field}：", 1)
    (problem,) = problems_of(lambda: parse(text, "f.yaml"))
    assert "全角冒号" in problem.text


@pytest.mark.xfail(strict=True, reason="bug: a control character is always reported on line 1")
def test_a_control_character_is_reported_where_it_stands() -> None:
    (problem,) = problems_of(lambda: parse("a: 1\nb: x\x07y\n", "f.yaml"))
    assert problem.place.line == 2


@pytest.mark.xfail(strict=True, raises=RecursionError, reason="bug: an alias inside its own anchor never ends")
def test_an_alias_inside_its_own_anchor_is_a_problem_not_a_crash() -> None:
    assert problems_of(lambda: parse("a: &x [*x]\n", "f.yaml"))


# --- content that loads


def test_a_full_entry_is_read_field_by_field(tmp_path: Path) -> None:
    text = topic(
        entry(
            not_variants="[{text: 考察期多长, goes_to: refuse}]",
            facts="[{key: 预备期.时长, value: 1年}]",
            effective_to='"2030-12-31"',
            applies_to="[预备党员]",
            follow_up="[zz-0002]",
            visibility="member",
            tags="[转正]",
            steps="[develop_member/15]",
            short="一年",
            author="组织委员",
            history='[{version: 1, on: "2026-11-22", by: 组织委员, checked_by: 支部书记, note: 首次整理}]',
            tests="[{ask: 预备期到底多久, expect: zz-0001}, {ask: 考察多久, expect_not: zz-0001}]",
        )
    )
    (read,) = load(write_content(tmp_path, text)).entries
    assert (read.id, read.status, read.version, read.grade, read.visibility) == (
        "zz-0001",
        "published",
        1,
        "A",
        "member",
    )
    assert read.wordings == ("预备期多长？", "预备期有几年", "要等多少天才转正")
    assert (read.answer, read.short, read.topic, read.owner, read.author) == (
        "一年。",
        "一年",
        "转正",
        "组织委员",
        "组织委员",
    )
    assert read.sources == (Citation("中国共产党章程", "第七条", "2022"),)
    assert (read.effective_from, read.effective_to) == (date(2022, 10, 22), date(2030, 12, 31))
    assert (read.checked_on, read.review_by) == (date(2026, 11, 22), date(2027, 11, 22))
    assert read.not_variants == (NotVariant("考察期多长", "refuse"),)
    assert read.facts == (Fact("预备期.时长", "1年"),)
    assert (read.applies_to, read.follow_up, read.tags, read.steps) == (
        ("预备党员",), ("zz-0002",), ("转正",), ("develop_member/15",),
    )  # fmt: skip
    assert read.history == (HistoryLine(1, date(2026, 11, 22), "组织委员", "支部书记", "首次整理"),)
    assert read.tests == (Expectation("预备期到底多久", "zz-0001"), Expectation("考察多久", "", "zz-0001"))
    assert read.place == Place("qa/1.yaml", 5)


def test_answers_keep_what_looks_like_numbers_times_and_truth_values(tmp_path: Path) -> None:
    text = topic(entry(question="no", answer="12:30", variants="[012371, on, 1.50]", tags="[~]"))
    (read,) = load(write_content(tmp_path, text)).entries
    assert (read.wordings, read.answer, read.tags) == (("no", "012371", "on", "1.50"), "12:30", ("~",))


def test_an_answer_of_several_lines_keeps_its_inner_lines(tmp_path: Path) -> None:
    (read,) = load(write_content(tmp_path, topic(entry(answer="|\n      一、\n\n        1. 甲\n      二、")))).entries
    assert read.answer == "一、\n\n  1. 甲\n二、"


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    write_content(tmp_path)
    (tmp_path / "qa" / "1.yaml").write_text(topic(entry()), "utf-8-sig")
    (tmp_path / "lexicon" / "words.txt").write_text("预备期\n", "utf-8-sig")
    content = load(tmp_path)
    assert [read.id for read in content.entries] == ["zz-0001"]
    assert content.lexicon.words == ("预备期",)


def test_topics_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry(id="b")), topic(entry(id="a"), entry(id="c")))
    assert [read.id for read in load(tmp_path).entries] == ["b", "a", "c"]


def test_the_lexicon_is_read_without_comments(tmp_path: Path) -> None:
    write_content(
        tmp_path,
        topic(entry()),
        words="# 词\n预备期\n\n 三会一课 # 不可切开\n",
        synonyms="怎么 = 咋 咋样\n多久=多长\n",
        contrasts="转入 转来 | 转出\n",
        stop_words="的\n吗\n",
    )
    lexicon = load(tmp_path).lexicon
    assert lexicon.words == ("预备期", "三会一课")
    assert lexicon.synonyms == {"咋": "怎么", "咋样": "怎么", "多长": "多久"}
    assert lexicon.contrasts == ((("转入", "转来"), ("转出",)),)
    assert lexicon.stop_words == {"的", "吗"}


def test_a_base_without_a_lexicon_loads(tmp_path: Path) -> None:
    (write_content(tmp_path, topic(entry())) / "lexicon").rmdir()
    assert load(tmp_path).lexicon.words == ()


def test_the_version_table_is_read(tmp_path: Path) -> None:
    source = load(write_content(tmp_path, topic(entry()))).sources["中国共产党章程"]
    assert [edition.edition for edition in source.editions] == ["2017", "2022"]
    assert source.editions[1].articles == 55
    assert source.editions[0].articles is None
    in_force = [source.in_force(date(*day)) for day in ((2017, 10, 23), (2022, 10, 21), (2022, 10, 22))]
    assert [edition and edition.edition for edition in in_force] == [None, "2017", "2022"]


# --- content that is refused


@pytest.mark.parametrize(
    ("change", "at", "code", "reason", "remedy"),
    [
        ({"question": None}, "- id", "E110", "缺少“question”", "请补上"),
        ({"checked_on": None}, "- id", "E110", "缺少“checked_on”", "请补上"),
        ({"status": None}, "- id", "E110", "缺少“status”", "请补上"),
        ({"question": '""'}, "question:", "E101", "“question”是空的", "请写出标准问题"),
        ({"question": '"  "'}, "question:", "E101", "“question”是空的", "请写出标准问题"),
        ({"answer": None}, "- id", "E110", "缺少“answer”", "请补上"),
        ({"answer": ""}, "answer:", "E103", "“answer”是空的", "请写出答案"),
        ({"id": '""'}, "- id", "E110", "“id”是空的", "不会再变的编号"),
        ({"colour": "红"}, "colour:", "E110", "没有“colour”这个字段", "请核对拼写"),
        ({"checked_on": '"2026年11月22日"'}, "checked_on:", "E110", "不是日期", "2026-11-22"),
        ({"checked_on": '"2026-02-30"'}, "checked_on:", "E110", "不是日期", "2026-11-22"),
        ({"review_by": "2026-1-2"}, "review_by:", "E110", "不是日期", "2026-11-22"),
        ({"effective_to": "以后再说"}, "effective_to:", "E110", "不是日期", "2026-11-22"),
        ({"version": "一"}, "version:", "E110", "应是正整数", "1、2、3"),
        ({"version": "0"}, "version:", "E110", "应是正整数", "1、2、3"),
        ({"status": "publish"}, "status:", "E110", "写的是“publish”", "只能是：published"),
        ({"grade": "B"}, "grade:", "E110", "写的是“B”", "只能是：A、P、N"),
        ({"visibility": "everyone"}, "visibility:", "E110", "写的是“everyone”", "只能是：all"),
        ({"variants": "预备期几年"}, "variants:", "E110", "应是列表", "以“- ”开头"),
        ({"variants": "[{问: 答}]"}, "variants:", "E110", "应是一段文字", "请加引号"),
        ({"variants": '["预备期　几年"]'}, "variants:", "E109", "全角空格", "请删去"),
        ({"variants": '["预备期\\n几年"]'}, "variants:", "E109", "换行", "请删去"),
        ({"variants": '[" 预备期几年"]'}, "variants:", "E109", "首尾空格", "请删去"),
        ({"answer": "[一年]"}, "answer:", "E110", "应是一段文字", "不要列表"),
        ({"sources": "[中国共产党章程]"}, "sources:", "E110", "应是“键: 值”", "请参照"),
        ({"sources": "[{doc: 中国共产党章程, edition: 2022}]"}, "sources:", "E110", "缺少“article”", "请补上"),
        ({"tests": "[{ask: 问, except: zz-0001}]"}, "tests:", "E110", "没有“except”这个字段", "请核对拼写"),
        ({"history": "[{version: 1, on: 昨天, by: 组织委员}]"}, "history:", "E110", "不是日期", "2026-11-22"),
    ],
)
def test_a_slip_in_an_entry_is_said_with_file_line_reason_and_remedy(
    tmp_path: Path, change: dict[str, str | None], at: str, code: str, reason: str, remedy: str
) -> None:
    text = topic(entry(**change))
    problem = refused(tmp_path, text)[0]
    assert (str(problem.place), problem.code) == (f"qa/1.yaml:{line_of(text, at)}", code)
    assert reason in problem.text
    assert remedy in problem.remedy
    assert str(problem) == f"{problem.place} {code} {problem.text} {problem.remedy}"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "文件是空的"),
        ("# 以后再写\n", 1, "文件是空的"),
        ("- id: zz-0001\n", 1, "开头不是“键: 值”"),
        ("预备期多长\n", 1, "开头不是“键: 值”"),
        (topic(entry()).replace("schema: 1", "schema: 2"), 1, "schema 的版本不认识"),
        (topic(entry()).replace("schema: 1\n", ""), 1, "缺少“schema”"),
        (topic(entry()).replace("topic: 转正\n", ""), 1, "缺少“topic”"),
        (topic(entry()).replace("owner:", "owners:"), 3, "没有“owners”这个字段"),
        ("schema: 1\ntopic: 转正\nowner: 组织委员\n", 1, "缺少“entries”"),
    ],
)
def test_a_slip_in_the_head_of_a_file_is_said(tmp_path: Path, text: str, line: int, reason: str) -> None:
    problems = refused(tmp_path, text)
    (found,) = [problem for problem in problems if reason in problem.text]
    assert str(found.place) == f"qa/1.yaml:{line}"
    assert found.remedy.startswith(("请", "本程序读 schema: 1"))


def test_a_file_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()))
    (tmp_path / "qa" / "2.yaml").write_bytes(topic(entry()).encode("gbk"))
    (problem,) = problems_of(lambda: load(tmp_path))
    assert str(problem) == "qa/2.yaml:1 E100 文件不是 UTF-8 编码。 请在编辑器里另存为 UTF-8。"


def test_a_lexicon_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()))
    (tmp_path / "lexicon" / "words.txt").write_bytes("预备期".encode("gbk"))
    (problem,) = problems_of(lambda: load(tmp_path))
    assert (str(problem.place), problem.code) == ("lexicon/words.txt:1", "E100")


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()))
    (tmp_path / "qa" / "2.yaml").mkdir()
    (problem,) = problems_of(lambda: load(tmp_path))
    assert (str(problem.place), problem.code) == ("qa/2.yaml:1", "E100")
    assert "读不出来" in problem.text


def test_a_missing_version_table_is_said(tmp_path: Path) -> None:
    (write_content(tmp_path, topic(entry())) / "sources.yaml").unlink()
    (problem,) = problems_of(lambda: load(tmp_path))
    assert (str(problem.place), problem.code) == ("sources.yaml:1", "E100")


def test_a_folder_without_questions_is_said(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path)
    assert "没有任何问答文件" in problem.text
    assert "ZHIBU_CONTENT_DIR" in problem.remedy


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    issuer: 中共中央\n", "", "缺少“issuer”"),
        ("articles: 55", "articles: 五十五", "应是正整数"),
        ("grade: P", "grade: Z", "写的是“Z”"),
        ('issued: "2018-10-28"', "issued: 2018", "不是日期"),
        ("short: 支部工作条例", "shrot: 支部工作条例", "没有“shrot”这个字段"),
    ],
)
def test_a_slip_in_the_version_table_is_said(tmp_path: Path, old: str, new: str, reason: str) -> None:
    problems = refused(tmp_path, topic(entry()), sources=SOURCES.replace(old, new))
    assert any(problem.place.file == "sources.yaml" and reason in problem.text for problem in problems)


@pytest.mark.parametrize(
    ("name", "line", "reason", "remedy"),
    [
        ("synonyms", "怎么 咋", "没有等号", "代表词 = 同义词"),
        ("contrasts", "转入 转出", "不到两个互斥词", "转入 转来 | 转出 转走"),
        ("contrasts", "转入 |", "不到两个互斥词", "转入 转来 | 转出 转走"),
    ],
)
def test_a_slip_in_the_lexicon_is_said(tmp_path: Path, name: str, line: str, reason: str, remedy: str) -> None:
    (problem,) = refused(tmp_path, topic(entry()), **{name: f"# 注释\n{line}\n"})
    assert (str(problem.place), problem.code) == (f"lexicon/{name}.txt:2", "E110")
    assert reason in problem.text
    assert remedy in problem.remedy


def test_all_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    problems = refused(
        tmp_path,
        topic(entry(question='""', checked_on="昨天"), entry(id="zz-0002", colour="红", answer=None)),
        "schema: 1\n\ttopic: 转正\n",
        topic(entry(id="zz-0003", grade="A\n    grade: A")),
        "",
        sources=SOURCES.replace("articles: 55", "articles: 许多"),
        synonyms="怎么 咋\n",
        contrasts="转入\n",
    )
    assert {(problem.place.file, problem.code) for problem in problems} == {
        ("sources.yaml", "E110"),
        ("qa/1.yaml", "E101"),
        ("qa/1.yaml", "E103"),
        ("qa/1.yaml", "E110"),
        ("qa/2.yaml", "E100"),
        ("qa/3.yaml", "E108"),
        ("qa/4.yaml", "E110"),
        ("lexicon/synonyms.txt", "E110"),
        ("lexicon/contrasts.txt", "E110"),
    }
    assert str(ContentError(list(problems))) == "\n".join(map(str, problems))


@pytest.mark.xfail(strict=True, reason="bug: a required date, number or choice that is left blank passes")
@pytest.mark.parametrize("field", ["checked_on", "review_by", "version", "status", "grade", "visibility"])
def test_a_field_left_blank_is_a_problem(tmp_path: Path, field: str) -> None:
    text = topic(entry(**{field: ""}))
    assert [problem.place.line for problem in refused(tmp_path, text)] == [line_of(text, f"{field}:")]


@pytest.mark.xfail(strict=True, reason="bug: E109 looks at variants only, not at the standard question")
@pytest.mark.parametrize("question", ['"预备期　多长"', '"预备期\\n多长"', '" 预备期多长"'])
def test_the_standard_question_is_held_to_the_rules_of_a_wording(tmp_path: Path, question: str) -> None:
    assert [problem.code for problem in refused(tmp_path, topic(entry(question=question)))] == ["E109"]


@pytest.mark.xfail(strict=True, reason="bug: an empty variant passes")
def test_an_empty_variant_is_a_problem(tmp_path: Path) -> None:
    assert refused(tmp_path, topic(entry(variants='["", 预备期有几年]')))


@pytest.mark.xfail(
    strict=True, reason="bug: of a document registered twice, the first registration is dropped silently"
)
def test_a_document_registered_twice_is_a_problem(tmp_path: Path) -> None:
    twice = SOURCES + SOURCES.partition("sources:\n")[2]
    assert {problem.place.file for problem in refused(tmp_path, topic(entry()), sources=twice)} == {"sources.yaml"}


@pytest.mark.xfail(strict=True, reason="bug: a form with two heads, or without one, passes; the last line wins")
@pytest.mark.parametrize(
    "synonyms", ["书记 = 支书\n党支部书记 = 支书\n", " = 咋\n", "支书 = 支头\n党支部书记 = 支书\n"]
)
def test_a_form_has_exactly_one_head_that_is_no_form_itself(tmp_path: Path, synonyms: str) -> None:
    assert {p.place.file for p in refused(tmp_path, topic(entry()), synonyms=synonyms)} == {"lexicon/synonyms.txt"}


# --- noticing changes


def test_the_fingerprint_stays_while_nothing_changes(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()), words="预备期\n")
    assert fingerprint(tmp_path) == fingerprint(tmp_path)


@pytest.mark.parametrize("name", ["sources.yaml", "qa/1.yaml", "lexicon/words.txt"])
def test_the_fingerprint_changes_with_any_file(tmp_path: Path, name: str) -> None:
    write_content(tmp_path, topic(entry()), words="预备期\n")
    before = fingerprint(tmp_path)
    path = tmp_path / name
    utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    touched = fingerprint(tmp_path)
    path.write_text(path.read_text("utf-8") + "# 一行\n", "utf-8")
    longer = fingerprint(tmp_path)
    path.rename(path.with_stem("另名"))
    assert len({before, touched, longer, fingerprint(tmp_path)}) == 4


def test_the_fingerprint_changes_when_a_file_comes_or_goes(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()))
    before = fingerprint(tmp_path)
    added = tmp_path / "qa" / "2.yaml"
    added.write_text(topic(entry(id="zz-0002")), "utf-8")
    assert fingerprint(tmp_path) != before
    added.unlink()
    assert fingerprint(tmp_path) == before


def test_files_that_are_no_content_do_not_matter(tmp_path: Path) -> None:
    write_content(tmp_path, topic(entry()))
    before = fingerprint(tmp_path)
    (tmp_path / "qa" / "1.yaml.swp").write_text("…", "utf-8")
    (tmp_path / "说明.md").write_text("…", "utf-8")
    assert fingerprint(tmp_path) == before


def test_the_shipped_content_loads() -> None:
    content = load(CONTENT)
    assert len(content.entries) > 100
    assert all(entry.answer and entry.question for entry in content.entries)
