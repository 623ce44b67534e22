"""Text as typed -> text as compared: what is folded, what stays, and how colloquial forms are replaced."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge_base.entry import Lexicon
from knowledge_base.loading import load
from knowledge_base.text import Rewriter, normalise, number_of
from tests.conftest import CONTENT

SHIPPED: Lexicon = load(CONTENT).lexicon
FORMS = sorted({*SHIPPED.synonyms, *SHIPPED.synonyms.values()})
FIELD_WORDS = sorted({*FORMS, *SHIPPED.words})
few_examples = settings(max_examples=60, deadline=None, database=None)


def spelled(number: int) -> str:
    """A number below 1,000 as a regulation writes it: 105 -> 一百零五, 12 -> 十二."""
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    head = f"{digits[hundreds]}百" if hundreds else ""
    if not tens:
        return head + ("零" if hundreds and ones else "") + (digits[ones] if ones else "")
    ten = "十" if tens == 1 and not hundreds else f"{digits[tens]}十"
    return head + ten + (digits[ones] if ones else "")


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("１２．５％", "12.5%"),
        ("①②", "12"),
        ("㋀", "1月"),
        ("⼊党", "入党"),
        ("預備黨員轉正後，黨齡從何時算起？", "预备党员转正后党龄从何时算起"),
        ("皇后、干部和里面的人", "皇后干部和里面的人"),
        ("\ufeff预\u200b备\u200d期\u2060", "预备期"),
        ("  预备期\t多长\n？！", "预备期多长"),
        ("《中国共产党章程》（2022 年）“第七条”", "中国共产党章程2022年第7条"),
        ("1.5 倍。第 2.", "1.5倍第2"),
        ("1,000 元", "1000元"),
        ("🎉预备期🎉多长1️⃣", "预备期多长1"),
        ("", ""),
        ("？！……🎉", ""),
    ],
)
def test_what_does_not_change_the_meaning_is_folded(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("第十二条", "第12条"),
        ("第一百零五条", "第105条"),
        ("两名介绍人", "2名介绍人"),
        ("三个月", "3个月"),
        ("十二个月", "12个月"),
        ("一年", "1年"),
        ("五个工作日", "5个工作日"),
        ("四十学时", "40学时"),
        ("年满十八周岁", "年满18周岁"),
    ],
)
def test_a_counted_numeral_becomes_digits(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


@pytest.mark.parametrize("word", ["三会一课", "一般", "十佳", "统一", "两个维护", "第一书记", "三者缺一不可"])
def test_a_numeral_inside_a_word_stays(word: str) -> None:
    assert normalise(word) == word


def test_digits_and_numerals_are_compared_as_equals() -> None:
    assert normalise("第12条规定的3个月") == normalise("第十二条规定的三个月")


def test_every_numeral_below_a_thousand_has_its_value() -> None:
    assert [number_of(spelled(number)) for number in range(1, 1000)] == list(range(1, 1000))


@pytest.mark.parametrize("numeral", ["两", "二"])
def test_both_words_for_two_are_two(numeral: str) -> None:
    assert number_of(numeral) == 2
    assert number_of(f"{numeral}百") == 200


@pytest.mark.parametrize(
    ("typed", "compared"), [("二〇二六年", "2026年"), ("二零一八年", "2018年"), ("一九四九年", "1949年")]
)
def test_a_year_spelled_digit_by_digit_is_that_year(typed: str, compared: str) -> None:
    assert normalise(typed) == compared


def test_text_that_is_not_quite_unicode_is_read_all_the_same() -> None:
    assert normalise("预备期\udcff多长") == "预备期多长"


@few_examples
@given(st.text(max_size=40))
def test_compared_text_is_stable_and_holds_compared_signs_only(typed: str) -> None:
    compared = normalise(typed)
    assert normalise(compared) == compared
    assert re.fullmatch(r"[0-9a-z.%\u3400-\u9fff\U00020000-\U0003ffff]*", compared)


@few_examples
@given(st.text("0123456789ABCXYZabcxyz", max_size=12))
def test_full_width_and_half_width_are_one(half: str) -> None:
    full = "".join(chr(ord(sign) + 0xFEE0) for sign in half)
    assert normalise(full) == normalise(half)


@few_examples
@given(
    st.text("预备期多长转正要几个月第十二条党费两名", max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from("，。？！ 　\u200b\ufeff、“”《》🎉\n")), max_size=5),
)
def test_punctuation_and_invisible_signs_change_nothing(plain: str, noise: list[tuple[int, str]]) -> None:
    noisy = plain
    for position, sign in noise:
        noisy = noisy[:position] + sign + noisy[position:]
    assert normalise(noisy) == normalise(plain)


def test_the_longest_form_is_replaced_first() -> None:
    rewrite = Rewriter({"多长": "多久", "多长时间": "多久", "咋": "怎么", "咋办": "怎么办"})
    assert rewrite("预备期多长时间咋办") == "预备期多久怎么办"


def test_a_form_inside_its_own_target_is_not_expanded_twice() -> None:
    rewrite = Rewriter({"书记": "支部书记", "支书": "支部书记"})
    assert rewrite("支部书记和书记和支书") == "支部书记和支部书记和支部书记"
    assert Rewriter(SHIPPED.synonyms)("党支部书记") == "党支部书记"
    assert Rewriter(SHIPPED.synonyms)("没有") == "没有"


def test_forms_are_compared_as_typed_text_is() -> None:
    assert Rewriter({"咋 辦": "怎么办？"})(normalise("咋辦")) == "怎么办"


def test_without_synonyms_nothing_changes() -> None:
    assert Rewriter({})("预备期多长") == "预备期多长"


def test_every_shipped_form_is_rewritten_to_a_form_that_stays() -> None:
    rewrite = Rewriter(SHIPPED.synonyms)
    once = {form: rewrite(normalise(form)) for form in FORMS}
    assert once == {form: normalise(SHIPPED.synonyms.get(form, form)) for form in FORMS}
    assert {form: rewrite(rewritten) for form, rewritten in once.items()} == once


@few_examples
@given(st.lists(st.sampled_from(FIELD_WORDS), max_size=6))
def test_rewriting_words_that_stand_apart_twice_is_rewriting_them_once(words: list[str]) -> None:
    rewrite = Rewriter(SHIPPED.synonyms)
    once = rewrite(normalise("跟".join(words)))
    assert rewrite(once) == once


@pytest.mark.xfail(
    strict=True, reason="known limit: where words touch, a head is rewritten again (党 + 党员关系 -> 组织关系)"
)
@settings(max_examples=1, deadline=None, database=None)
@given(st.lists(st.sampled_from(FIELD_WORDS), max_size=6))
@example(["预备期", "党员关系"])
@example(["入党", "党关系"])
def test_rewriting_touching_words_twice_is_rewriting_them_once(words: list[str]) -> None:
    rewrite = Rewriter(SHIPPED.synonyms)
    once = rewrite(normalise("".join(words)))
    assert rewrite(once) == once


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("党总支书记", "党总支书记"),
        ("团支书", "团支部书记"),
        ("列入积极分子", "列入入党积极分子"),
        ("民主评议党员", "民主评议"),
        ("党支部大会", "党支部党员大会"),
        ("党支书", "党支部书记"),
        ("任何时候", "任何时候"),
        ("从严警示", "从严警示"),
        ("撤职务", "撤职务"),
    ],
)
def test_a_form_inside_another_word_is_left_alone(typed: str, compared: str) -> None:
    assert Rewriter(SHIPPED.synonyms)(typed) == compared
