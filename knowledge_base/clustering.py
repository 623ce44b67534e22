"""Questions that ask for the same thing, grouped by the matcher's own likeness."""

from collections.abc import Sequence

from knowledge_base.engine import KnowledgeBase
from knowledge_base.evaluating import foreign_entry
from knowledge_base.matching import Matcher

# Paraphrases of one question score about this and more; below it, somebody reads one more line.
ALIKE_AT = 0.1


def clusters(base: KnowledgeBase, texts: Sequence[str]) -> list[list[int]]:
    """Positions of the texts, those alike to `base` together, in the order of their first ones.

    The first of each speaks for the rest: a text that the contrasts set apart from it (转入, 转出) never joins it.
    """
    asked = [foreign_entry({"id": str(n), "questions": [text]}, "", n) for n, text in enumerate(texts)]
    matcher = Matcher(asked, base.content.lexicon, base.tokenizer)
    found: dict[int, list[int]] = {}
    taken: set[int] = set()
    for position, text in enumerate(texts):
        if position in taken:
            continue
        alike = {
            int(match.entry.id)
            for match in matcher.rank(matcher.read(text))
            if match.veto is None and match.score >= ALIKE_AT
        }
        found[position] = [position, *sorted(alike - taken - {position})]
        taken.update(found[position])
    return list(found.values())
