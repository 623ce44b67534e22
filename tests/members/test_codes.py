"""Binding codes: which letters they use, how they are shown, and what a member may type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members.rules.codes import ALPHABET, LENGTH, shown, typed_code

codes = st.text(alphabet=ALPHABET, min_size=LENGTH, max_size=LENGTH)


def test_no_letter_can_be_mistaken_for_another() -> None:
    assert not set("0O1IL") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert ALPHABET.upper() == ALPHABET


def test_a_code_is_long_enough_not_to_be_guessed() -> None:
    assert len(ALPHABET) ** LENGTH > 5e11


def test_a_code_is_shown_in_two_halves() -> None:
    assert shown("ABCD2345") == "ABCD-2345"


@settings(deadline=None)
@given(codes)
def test_every_code_is_read_back_however_it_is_typed(code: str) -> None:
    halves = shown(code)
    spaced = halves.replace("-", " ")
    typed = [
        code,
        code.lower(),
        halves,
        spaced,
        f"绑定 {halves}",
        f"绑定{code}",
        f"绑定：{halves.lower()}",
        f" {code}\n",
    ]
    assert [typed_code(text) for text in typed] == [code] * len(typed)


@pytest.mark.parametrize(
    "text",
    ["ＡＢＣＤ２３４５", "ＡＢＣＤ－２３４５", "绑定　ＡＢＣＤ-２３４５", "绑定码: ABCD-2345", "我的绑定码是ABCD2345"],
)
def test_full_width_and_wordy_forms_are_read(text: str) -> None:
    assert typed_code(text) == "ABCD2345"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "绑定",
        "绑定 ",
        "ABCD-234",
        "ABCD-23456",
        "ABCD--2345",
        "AB-CD2345",
        "ABCD-2345 谢谢",
        "请帮我绑定 ABCD-2345",
        "预备期多长",
        "ABCD-234零",
    ],
)
def test_anything_else_is_no_code(text: str) -> None:
    assert typed_code(text) is None


@pytest.mark.parametrize("text", ["ABCD-234O", "ABCD-2340", "ABCD-2341", "ABCD-234I", "ABCD-234L", "20261122"])
def test_letters_no_code_uses_are_no_code(text: str) -> None:
    assert typed_code(text) is None


@settings(deadline=None)
@given(st.text(max_size=30))
def test_reading_gives_a_code_or_nothing(text: str) -> None:
    code = typed_code(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))
