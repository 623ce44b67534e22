"""The very wording is answered without a look at the rest, and the decision is the same as with it."""

from datetime import date

from knowledge_base import deciding
from knowledge_base.engine import KnowledgeBase

TODAY = date(2026, 11, 22)


def test_the_short_way_decides_like_the_long_one(starter_base: KnowledgeBase) -> None:
    matcher, calibration = starter_base._matcher, starter_base._calibration
    for entry in starter_base.content.entries[::7]:
        for wording in entry.wordings:
            read, found = matcher.find(wording)
            ranked = matcher.rank(matcher.read(wording))
            short = deciding.decide(found, read.text, calibration)
            long = deciding.decide(ranked, read.text, calibration)
            assert (short.band, short.score) == (long.band, long.score) == ("answer", 1.0)
            assert short.matches[0].entry is long.matches[0].entry is entry


def test_an_entry_that_may_not_be_seen_is_not_found_the_short_way(starter_base: KnowledgeBase) -> None:
    entry = starter_base.content.entries[0]
    before = date(1990, 1, 1)
    decision, _ = starter_base.consider(entry.question, before)
    assert entry.effective_from
    assert decision.band != "answer"
