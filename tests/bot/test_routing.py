"""How a member may type a choice, and which words are commands."""

import pytest

from bot.routing import picked


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2", 2), ("２", 2), ("②", 2), ("二", 2), ("两", 2), ("第二个", 2), ("第2条", 2), ("选2", 2), ("我选 2", 2),
        ("选第二个", 2), (" 3 ", 3), ("3.", 3), ("3、", 3), ("10", 10), ("十", 10), ("0", 0), ("零", 0), ("回复1", 1),
        ("第一", 1), ("5号", 5),
    ],
)  # fmt: skip
def test_a_choice_may_be_typed_in_many_ways(typed: str, number: int) -> None:
    assert picked(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "100", "2人", "一年", "三会一课", "第七条规定", "12345678", "2个月", "A", "二十", "1和2", "-1", "1.5"]
)
def test_a_question_is_no_choice(typed: str) -> None:
    assert picked(typed) is None
