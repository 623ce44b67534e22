"""What members type as an answer, and what it is worth."""

import pytest

from study.rules.grading import grade, is_like_an_answer, read
from tests.hard_texts import HARD_TEXTS
from tests.study.items import item

# What is meant, and the ways of typing it, separated by bars.
SINGLE = {
    "B": "B|b|Ｂ|B。|选B|我选b吧|答案是B|2|２|二|第二个|乙|一年|1年",
    "": "不知道|不会",
    None: "AB|E|5|对|预备期多长||？",
}
MULTIPLE = {
    "AC": "AC|ca|A,C|A、C|a c|A和C|ＡＣ|13|1 3|一三|甲丙|AACC",
    "ABCD": "全选|都对|1234",
    "A": "A",
    None: "ACE|党费|15",
}
JUDGE = {
    "正确": "对|对。|正确|√|是的|T|Ａ|1",
    "错误": "错|错误|不对|×|✗|f|B|2",
    None: "C|党费交多少",
}


def typed(table: dict[str | None, str]) -> list[tuple[str, str | None]]:
    return [(said, meant) for meant, ways in table.items() for said in ways.split("|")]


@pytest.mark.parametrize(("said", "meant"), typed(SINGLE))
def test_an_answer_to_a_single_choice(said: str, meant: str | None) -> None:
    assert read(item("single"), said) == meant


@pytest.mark.parametrize(("said", "meant"), typed(MULTIPLE))
def test_an_answer_to_a_multiple_choice(said: str, meant: str | None) -> None:
    assert read(item("multiple", "AC"), said) == meant


@pytest.mark.parametrize(("said", "meant"), typed(JUDGE))
def test_an_answer_to_a_statement(said: str, meant: str | None) -> None:
    assert read(item("judge", "正确"), said) == meant


@pytest.mark.parametrize(
    ("said", "correct", "credit"),
    [
        ("半年 1", True, 1.0),
        ("六个月；一", True, 1.0),
        ("6个月,1", True, 1.0),
        ("半年 2", False, 0.5),
        ("半年", False, 0.0),
    ],
)
def test_a_filling_is_compared_in_every_accepted_way(said: str, correct: bool, credit: float) -> None:
    blank = item("blank", "半年|六个月；1|一", question="每____分析____次")
    chosen = read(blank, said)
    assert chosen is not None
    graded = grade(blank, chosen)
    assert (graded.correct, graded.credit) == (correct, credit)


def test_a_question_of_ones_own_is_no_filling() -> None:
    blank = item("blank", "一年", question="预备期是____")
    assert read(blank, "党费交多少") is None
    assert read(blank, "预备期能延长吗") is None
    assert read(blank, "一年") == "一年"


@pytest.mark.parametrize(
    ("chosen", "credit"), [("ACD", 1.0), ("AC", 2 / 3), ("D", 1 / 3), ("ABCD", 0.0), ("AB", 0.0), ("", 0.0)]
)
def test_a_wrong_option_earns_nothing_and_a_part_its_share(chosen: str, credit: float) -> None:
    graded = grade(item("multiple", "ACD"), chosen)
    assert graded.credit == pytest.approx(credit)
    assert graded.correct == (chosen == "ACD")


@pytest.mark.parametrize("kind", ["single", "multiple", "judge", "blank"])
@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS.keys())
def test_a_hard_text_is_read_without_an_error(kind: str, text: str) -> None:
    asked = item(kind, {"judge": "正确", "blank": "一年"}.get(kind, "B"), question="预备期是____")
    chosen = read(asked, text)
    assert chosen is None or isinstance(grade(asked, chosen).correct, bool)
    assert isinstance(is_like_an_answer(text), bool)


@pytest.mark.parametrize(
    ("text", "like"),
    [("A", True), ("ac", True), ("选B", True), ("12", True), ("对", True), ("AK47", False), ("", False)],
)
def test_what_tries_to_be_an_answer(text: str, like: bool) -> None:
    assert is_like_an_answer(text) is like
