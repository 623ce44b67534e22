"""Quotes held against the source texts that an organisation puts beside its questions and answers."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property

from knowledge_base.entry import Citation, Content, Entry, Place
from knowledge_base.strict_yaml import Problem

_SPACE = re.compile(r"\s+")


class Quotes:
    """The source texts by name, `文件全名-版次`. Spaces, line breaks and the width of signs make no difference."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        return {name: _squeeze(text) for name, text in self._texts.items()}

    def strangers(self, content: Content) -> Iterator[Problem]:
        """Texts of no edition in the table: nothing would ever be held against them."""
        known = {
            f"{source.doc}-{edition.edition}" for source in content.sources.values() for edition in source.editions
        }
        for name in sorted(self._texts.keys() - known):
            text = "依据目录里没有这个文件名所说的文件和版次，原文不会拿来核对。"
            yield Problem(Place(f"sources/{name}.txt", 1), "E303", text, "请把文件名改成“文件全名-版次.txt”。")

    def problems(self, entry: Entry, citation: Citation) -> Iterator[Problem]:
        """E301 for a quote that does not stand in the text; nothing where no text was supplied."""
        text = self._squeezed.get(f"{citation.doc}-{citation.edition}")
        if citation.quote and text is not None and _squeeze(citation.quote) not in text:
            said = f"{entry.id} 引的“{citation.quote}”在《{citation.doc}》{citation.edition} 年版的原文里找不到。"
            yield Problem(entry.place, "E301", said, f"请对照 sources/{citation.doc}-{citation.edition}.txt 逐字改正。")


def _squeeze(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))
