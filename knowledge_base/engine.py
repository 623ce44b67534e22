"""The engine's one door: `KnowledgeBase.ask(question, as_of)`. A value: never changes, is replaced whole."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from knowledge_base import deciding
from knowledge_base.calibrating import calibrate
from knowledge_base.deciding import Calibration, Decision
from knowledge_base.entry import Content, Entry, Source
from knowledge_base.index import Flags
from knowledge_base.matching import BIAS, WEIGHTS, Features, Match, Matcher, Question
from knowledge_base.tokens import Tokenizer

Audience = Literal["all", "member", "cadre"]
_MAY_SEE = {"all": ("all",), "member": ("all", "member"), "cadre": ("all", "member", "cadre")}
MAX_RELATED = 3
_DAYS_REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """The one entry that answers, with what a member may ask next."""

    entry: Entry
    score: float
    related: tuple[Entry, ...]
    outdated: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """Up to five entries, one of which is probably meant."""

    options: tuple[Entry, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """An honest refusal, with the nearest entries; `in_scope` when the question is about our matters at all."""

    nearest: tuple[Entry, ...]
    score: float
    in_scope: bool


Result = Answer | Choices | Unknown


class KnowledgeBase:
    """One version of the content, indexed. Safe to use from many threads."""

    def __init__(
        self, content: Content, tokenizer: Tokenizer, version: str, earlier: "KnowledgeBase | None" = None
    ) -> None:
        """`earlier`: a base with the same lexicon; what it has read is not read again, and its calibration holds."""
        self.version = version
        self._tokenizer = tokenizer
        self.content = content
        self._published = tuple(entry for entry in content.entries if entry.status == "published")
        self._matcher: Matcher = Matcher(
            self._published, content.lexicon, tokenizer, earlier._matcher if earlier else None
        )
        self._calibration: Calibration = earlier._calibration if earlier else calibrate(self._matcher)
        self._allowed_on: dict[tuple[date, Audience], Flags] = {}

    def edited(self, changed: Iterable[Entry], version: str) -> "KnowledgeBase":
        """This base with entries in place of those with the same (id, version), or added; quick, to be live at once.

        The calibration stays; the next whole load finds the new one.
        """
        entries = {(entry.id, entry.version): entry for entry in (*self.content.entries, *changed)}
        return KnowledgeBase(replace(self.content, entries=tuple(entries.values())), self._tokenizer, version, self)

    def ask(self, question: str, as_of: date, audience: Audience = "all") -> Result:
        """The answer that holds on the day `as_of` (Asia/Shanghai) for this audience."""
        read = self._matcher.read(question)
        return self._result(read, self._decide(read, as_of, audience)[0], as_of)

    def consider(
        self, question: str, as_of: date, audience: Audience = "all"
    ) -> tuple[Decision, list[tuple[Entry, float]]]:
        """The decision `ask` acts on, and every candidate with its probability of being right, best first."""
        decision, ranked = self._decide(self._matcher.read(question), as_of, audience)
        return decision, deciding.probabilities(ranked, decision.score, self._calibration)

    def entry(self, entry_id: str, as_of: date) -> Entry | None:
        """The version of an entry in force on the day, or None."""
        found = (e for e in self._published if e.id == entry_id and e.in_force(as_of))
        return max(found, key=lambda e: e.version, default=None)

    def answer_with(self, entry: Entry, score: float, as_of: date) -> Answer:
        """An answer out of a chosen entry: its follow-ups, and whether its review is overdue or a source superseded."""
        followed = (self.entry(entry_id, as_of) for entry_id in entry.follow_up)
        related = tuple(e for e in followed if e is not None)[:MAX_RELATED]
        outdated = entry.review_by < as_of or any(self._superseded(c.doc, c.edition, as_of) for c in entry.sources)
        return Answer(entry, score, related, outdated)

    def source(self, doc: str) -> Source | None:
        """A document of the version table."""
        return self.content.sources.get(doc)

    def explain(self, question: str, as_of: date, audience: Audience = "all") -> dict[str, Any]:
        """Everything that led to the decision, as JSON-ready values."""
        read = self._matcher.read(question)
        decision, ranked = self._decide(read, as_of, audience)
        sure = {(e.id, e.version): p for e, p in deciding.probabilities(ranked, decision.score, self._calibration)}
        return {
            "normalised": read.text,
            "tokens": list(read.words),
            "features": [
                _explained(match) | {"probability": round(sure[match.entry.id, match.entry.version], 4)}
                for match in ranked[:10]
            ],
            "bias": BIAS,
            "calibration": {
                "shift": self._calibration.shift,
                "odds": deciding.LIKENESS,
                "margin": deciding.LEAD,
                "same_asked": deciding.SAME_ASKED,
                "gram_back": deciding.GRAM_BACK,
                "word_back": deciding.WORD_BACK,
                "offset": deciding.OFFSET,
            },
            "veto": [{"entry": m.entry.id, "said": m.veto[0], "written": m.veto[1]} for m in ranked if m.veto][:10],
            "margin": round(decision.margin, 4),
            "threshold": {"answer": deciding.ANSWER_AT, "choices": deciding.OFFER_AT},
            "score": round(decision.score, 4),
            "band": decision.band,
            "why": decision.reason,
        }

    def _decide(self, read: Question, as_of: date, audience: Audience) -> tuple[Decision, list[Match]]:
        ranked = self._matcher.rank(read, self._allowed(as_of, audience))
        return deciding.decide(ranked, read.text, self._calibration), ranked

    def _allowed(self, as_of: date, audience: Audience) -> Flags:
        """Which entries are in force on the day and may be seen; remembered, as most questions share one day."""
        key = (as_of, audience)
        if key not in self._allowed_on:
            if len(self._allowed_on) >= _DAYS_REMEMBERED:
                self._allowed_on.clear()
            self._allowed_on[key] = np.array(
                [e.in_force(as_of) and e.visibility in _MAY_SEE[audience] for e in self._matcher.entries], dtype=bool
            )
        return self._allowed_on[key]

    def _result(self, read: Question, decision: Decision, as_of: date) -> Result:
        entries = tuple(match.entry for match in decision.matches)
        match decision.band:
            case "answer":
                return self.answer_with(entries[0], decision.score, as_of)
            case "choices":
                return Choices(entries, decision.score)
            case "refusal":
                own = set(self.content.lexicon.words)
                return Unknown(entries, decision.score, bool(entries) or any(word in own for word in read.words))

    def _superseded(self, doc: str, edition: str, as_of: date) -> bool:
        source = self.content.sources.get(doc)
        newest = source.in_force(as_of) if source else None
        return newest is not None and newest.edition != edition


def _explained(match: Match) -> dict[str, Any]:
    return {
        "entry": match.entry.id,
        "question": match.entry.question,
        "wording": match.wording,
        "score": round(match.score, 4),
        "exact": match.exact,
        "features": {f.name: round(getattr(match.features, f.name), 4) for f in fields(Features)},
        "weights": {f.name: getattr(WEIGHTS, f.name) for f in fields(Features)},
    }
