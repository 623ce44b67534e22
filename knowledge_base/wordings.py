"""What can be told about wordings by holding every one against every other: one question twice, or nearly."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Literal

from knowledge_base.contrasts import Contrasts
from knowledge_base.entry import Entry, Lexicon
from knowledge_base.near import near_pairs
from knowledge_base.strict_yaml import Problem
from knowledge_base.text import Rewriter, normalise

# Two wordings this much alike (0 to 100) are worth a look when their answers differ.
NEAR = 90

Compared = Callable[[str], str]


def together(one: Entry, other: Entry) -> bool:
    """True when both are in force on some common day."""
    starts = max(one.effective_from or date.min, other.effective_from or date.min)
    ends = min(one.effective_to or date.max, other.effective_to or date.max)
    return starts <= ends


def comparer(lexicon: Lexicon) -> Compared:
    """Wording as written -> wording as compared: width, punctuation, synonyms, fillers."""
    rewrite = Rewriter(lexicon.synonyms, lexicon.fillers)
    return lambda wording: rewrite(normalise(wording))


def wording_problems(live: Sequence[Entry], lexicon: Lexicon) -> Iterator[Problem]:
    """E201, E203 and W204 over entries that are all published, or are all meant to be."""
    compared = comparer(lexicon)
    yield from _same_wordings(live, compared)
    yield from _near_wordings(live, compared, Contrasts(lexicon))


def _same_wordings(live: Sequence[Entry], compared: Compared) -> Iterator[Problem]:
    for code, entry, wording, other in clashes(live, compared):
        if code == "E203":
            yield _shared_wording(entry, wording, other, compared)
        else:
            text = f"“{entry.question}”在 {other.place}（{other.id}）已经有一个答案。"
            yield Problem(entry.place, "E201", text, "请合并成一条，或给两条写上不重叠的生效日期。")


def clashes(live: Sequence[Entry], compared: Compared) -> Iterator[tuple[Literal["E201", "E203"], Entry, str, Entry]]:
    """(code, entry, its wording, the other entry): wordings that are one to the matcher.

    Of two entries with one question, nothing else is said.
    """
    owners: dict[str, list[Entry]] = defaultdict(list)
    questions = [compared(entry.question) for entry in live]
    asked = {id(entry): question for entry, question in zip(live, questions, strict=True)}
    for entry, question in zip(live, questions, strict=True):
        wordings: dict[str, str] = {question: entry.question}
        for wording in entry.variants:
            wordings.setdefault(compared(wording), wording)
        for key, wording in wordings.items():
            for other in owners[key]:
                if not together(entry, other):
                    continue
                if asked[id(other)] != question:
                    yield "E203", entry, wording, other
                elif key == question:
                    yield "E201", entry, wording, other
            owners[key].append(entry)


def _shared_wording(entry: Entry, wording: str, other: Entry, compared: Compared) -> Problem:
    spelt = next(each for each in other.wordings if compared(each) == compared(wording))
    is_same = normalise(spelt) == normalise(wording)
    there = "也有" if is_same else f"也有，写作“{normalise(spelt)}”，比较时是同一句"
    text = f"{entry.id} 的问法“{normalise(wording)}”在 {other.place}（{other.id}）{there}。"
    return Problem(entry.place, "E203", text, "请只留在真正回答它的那一条里。")


def _near_wordings(live: Sequence[Entry], compared: Compared, contrasts: Contrasts) -> Iterator[Problem]:
    """One warning for two entries, at the second; none where curators or the lexicon already keep them apart."""
    owned = [(compared(wording), wording, entry) for entry in live for wording in entry.wordings]
    told: set[frozenset[int]] = set()
    pairs = ((min(pair), max(pair)) for pair in near_pairs([key for key, _, _ in owned], NEAR))
    for first, second in sorted(pairs):
        key, wording, entry = owned[first]
        other_key, other_wording, other = owned[second]
        if key == other_key or _kept_apart(entry, other) or frozenset((id(entry), id(other))) in told:
            continue
        if contrasts.clash(contrasts.terms_in(key), contrasts.terms_in(other_key)):
            continue
        told.add(frozenset((id(entry), id(other))))
        text = f"{other.id} 的问法“{other_wording}”和 {entry.place}（{entry.id}）的“{wording}”很像，答案却不同。"
        remedy = "请改掉其中一个；确实是两个问题的，在 not_variants 里互相写明，或在 contrasts.txt 加上互斥词。"
        yield Problem(other.place, "W204", text, remedy, "warning")


def _kept_apart(one: Entry, other: Entry) -> bool:
    """True for versions of one entry, equal answers, no common day, and where one names the other as a near miss."""
    named = other.id in {n.goes_to for n in one.not_variants} or one.id in {n.goes_to for n in other.not_variants}
    return one.id == other.id or one.answer == other.answer or named or not together(one, other)
