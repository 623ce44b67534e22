"""Texts in parts: nothing lost, nothing torn, never too large."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.paging import REST_MARK, first_page, graphemes, next_page, size, split


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters=REST_MARK), max_size=300),
    st.integers(60, 400),
)
def test_parts_join_to_the_text_and_keep_graphemes_whole(text: str, limit: int) -> None:
    if any(size(grapheme) > limit for grapheme in graphemes(text)):
        return
    parts = split(text, limit)
    assert "".join(parts) == text
    assert all(size(part) <= limit for part in parts)
    assert [g for part in parts for g in graphemes(part)] == list(graphemes(text))


@pytest.mark.parametrize("whole", ["👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "é", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_what_reads_as_one_character_is_one(whole: str) -> None:
    assert list(graphemes(whole)) == [whole]


def test_a_character_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="grapheme"):
        split("👨‍👩‍👧‍👦", 10)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.integers(1, 12))
def test_a_footer_is_never_cut(sentences: int, lines: int) -> None:
    body = "".join(f"这是第{n}句话。" for n in range(sentences))
    footer = "\n".join(f"【依据】《文件》第{n}条" for n in range(lines))
    page, rest = first_page(body, footer, 600, "（未完）")
    pages = [page]
    while rest:
        page, rest = next_page(rest, "（未完）")
        pages.append(page)
    assert all(size(each) <= 600 for each in pages)
    assert footer in pages[-1]
    assert "".join(each.removesuffix("\n（未完）") for each in pages).replace("\n", "") == (body + footer).replace(
        "\n", ""
    )
