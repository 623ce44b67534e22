"""Long texts in parts that a chat platform takes: never inside a character as people see it, never through a footer."""

from collections.abc import Iterator, Sequence

import regex

_GRAPHEME = regex.compile(r"\X")
_SENTENCE_ENDS = "\n。！？；"
# Between the pages of a rest; a character no text has.
REST_MARK = "\x1e"


def size(text: str) -> int:
    """Bytes in UTF-8, which is what the platforms count."""
    return len(text.encode("utf-8", "ignore"))


def split(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` bytes that join to the text; cut after a line, else a sentence, else a grapheme.

    Raises ValueError when a single grapheme is larger than the limit.
    """
    parts: list[str] = []
    while size(text) > limit:
        head = _fitting(text, limit)
        cut = max((head.rfind(end) + 1 for end in _SENTENCE_ENDS), default=0)
        # A break in the first half would waste the message: then a grapheme boundary is good enough.
        part = head[:cut] if cut * 2 > len(head) else head
        parts.append(part)
        text = text[len(part) :]
    return [*parts, text] if text or not parts else parts


def _fitting(text: str, limit: int) -> str:
    used, taken = 0, 0
    for grapheme in graphemes(text):
        used += size(grapheme)
        if used > limit:
            break
        taken += len(grapheme)
    if not taken:
        raise ValueError(f"one grapheme does not fit into {limit} bytes")
    return text[:taken]


def graphemes(text: str) -> Iterator[str]:
    """Characters as people see them: an emoji family or a letter with its accents is one."""
    return (match.group() for match in _GRAPHEME.finditer(text))


def first_page(body: str, footer: str, limit: int, more: str) -> tuple[str, str]:
    """(what to send now, what is left for 继续). `more` is the line that offers the rest.

    The footer goes out whole with the last page.
    """
    whole = f"{body}\n{footer}" if footer else body
    if size(whole) <= limit:
        return whole, ""
    room = limit - size(more) - 1
    pages = split(body, room)
    if footer:
        # The last page leaves room for the footer, or the footer is a page of its own.
        last = f"{pages[-1]}\n{footer}" if size(pages[-1]) + size(footer) < limit else footer
        pages = [*pages[:-1], last] if last != footer else [*pages, footer]
    return f"{pages[0].rstrip()}\n{more}", REST_MARK.join(pages[1:])


def with_notes(text: str, rest: str, notes: Sequence[str], limit: int, more: str) -> tuple[str, str]:
    """A reply (at most `limit` less a line of `more`) with notes behind it; those that do not fit wait for 继续."""
    room = limit - size(more) - 1
    pages = [rest] if rest else []
    for note in notes:
        if not pages and size(text) + size(note) + 2 <= room:
            text = f"{text}\n\n{note}"
        else:
            pages += split(note, room)
    return (f"{text}\n{more}" if pages and not rest else text), REST_MARK.join(pages)


def next_page(rest: str, more: str) -> tuple[str, str]:
    """The next page of a rest that `first_page` left, and what is left after it."""
    page, _, left = rest.partition(REST_MARK)
    return (f"{page.rstrip()}\n{more}", left) if left else (page, "")
