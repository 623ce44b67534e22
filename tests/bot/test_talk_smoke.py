"""A first question through everything."""

from collections.abc import Callable

from tests.conftest import Talk


def test_a_question_is_answered(talk: Callable[[str], Talk]) -> None:
    assert talk("demo").say("预备期多长").entry == "zz-0001"
