"""The engine's one door: `KnowledgeBase.ask(question, as_of)`. A value: never changes, is replaced whole."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from knowledge_base import deciding
from knowledge_base.calibrating import calibrate
from knowledge_base.deciding import Calibration, Decision
from knowledge_base.entry import Content, Entry, Source
from knowledge_base.features import BIAS, WEIGHTS
from knowledge_base.index import Flags
from knowledge_base.matching import Match, Matcher, Question
from knowledge_base.reranking import Reranker, is_doubtful, reranked
from knowledge_base.tokens import Tokenizer

Audience = Literal["all", "member", "cadre"]
_MAY_SEE = {"all": ("all",), "member": ("all", "member"), "cadre": ("all", "member", "cadre")}
MAX_RELATED = 3
# Days and audiences remembered; asking for many past days must not fill the memory.
MAX_VIEWS = 64
# A question without any word of ours is about our matters only when something is this much alike.
SCOPE_AT = 0.36


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


@dataclass(frozen=True, slots=True)
class _View:
    """What an audience may see on one day: entries by id (the newest version in force), flags of them among the
    published ones, and the ids of those whose review is overdue or whose source has a newer edition.
    """

    by_id: dict[str, Entry]
    allowed: Flags
    outdated: frozenset[str]

    @classmethod
    def of(cls, content: Content, day: date, audience: Audience) -> "_View":
        newest: dict[str, tuple[int, Entry]] = {}
        for number, entry in enumerate(_published(content)):
            if entry.in_force(day) and (entry.id not in newest or newest[entry.id][1].version < entry.version):
                newest[entry.id] = (number, entry)
        seen = {key: pair for key, pair in newest.items() if pair[1].visibility in _MAY_SEE[audience]}
        outdated = (key for key, (_, entry) in seen.items() if _is_outdated(entry, content, day))
        by_id = {key: entry for key, (_, entry) in seen.items()}
        allowed = np.zeros(len(_published(content)), bool)
        allowed[[number for number, _ in seen.values()]] = True
        return cls(by_id, allowed, frozenset(outdated))


def _is_outdated(entry: Entry, content: Content, day: date) -> bool:
    return entry.review_by < day or any(_superseded(content.sources.get(c.doc), c.edition, day) for c in entry.sources)


def _superseded(source: Source | None, cited: str, day: date) -> bool:
    edition, newest = (source.edition(cited), source.in_force(day)) if source else (None, None)
    return edition is not None and newest is not None and newest.effective > edition.effective


def _published(content: Content) -> tuple[Entry, ...]:
    return tuple(entry for entry in content.entries if entry.status == "published")


class KnowledgeBase:
    """One version of the content, indexed. Safe to use from many threads."""

    def __init__(
        self,
        content: Content,
        tokenizer: Tokenizer,
        version: str,
        earlier: "KnowledgeBase | None" = None,
        calibration: Calibration | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """`earlier`: a base with the same lexicon; what it has read is not read again. `calibration`: worked out anew
        unless it is given. `reranker`: asked for a second opinion where the decision is doubtful.
        """
        self.version = version
        self.tokenizer = tokenizer
        self.content = content
        self._published = _published(content)
        self._views: dict[tuple[date, Audience], _View] = {}
        self._own_words = frozenset(content.lexicon.words)
        before = earlier._matcher if earlier else None
        self._matcher: Matcher = Matcher(self._published, content.lexicon, tokenizer, before)
        self._reranker = reranker
        self._calibration: Calibration = calibration or calibrate(self._matcher)

    def successor(self, content: Content, version: str) -> "KnowledgeBase | None":
        """A base over other content, equal to one built from nothing but quicker; None where the lexicon differs."""
        if content.lexicon != self.content.lexicon:
            return None
        return KnowledgeBase(content, self.tokenizer, version, self, reranker=self._reranker)

    def edited(self, changed: Iterable[Entry], version: str) -> "KnowledgeBase":
        """This base with entries in place of those with the same (id, version), or added; quick, to be live at once.

        The calibration stays; the next whole load finds the new one.
        """
        entries = {(entry.id, entry.version): entry for entry in (*self.content.entries, *changed)}
        content = replace(self.content, entries=tuple(entries.values()))
        return KnowledgeBase(content, self.tokenizer, version, self, self._calibration, self._reranker)

    def ask(self, question: str, as_of: date, audience: Audience = "all") -> Result:
        """The answer that holds on the day `as_of` (Asia/Shanghai) for this audience."""
        read, decision, _ = self._decide(question, as_of, audience)
        return self._result(read, decision, as_of, audience)

    def consider(
        self, question: str, as_of: date, audience: Audience = "all"
    ) -> tuple[Decision, list[tuple[Entry, float]]]:
        """The decision `ask` acts on, and every candidate with its probability of being right, best first."""
        _, decision, ranked = self._decide(question, as_of, audience)
        return decision, deciding.probabilities(ranked, decision.score, self._calibration)

    def entry(self, entry_id: str, as_of: date, audience: Audience = "all") -> Entry | None:
        """The version of an entry in force on the day, or None where there is none for this audience."""
        return self._view(as_of, audience).by_id.get(entry_id)

    def answer_with(self, entry: Entry, score: float, as_of: date, audience: Audience = "all") -> Answer:
        """An answer out of a chosen entry: its follow-ups, and whether its review is overdue or a source superseded."""
        view = self._view(as_of, audience)
        related = tuple(view.by_id[each] for each in entry.follow_up if each in view.by_id)[:MAX_RELATED]
        return Answer(entry, score, related, outdated=entry.id in view.outdated)

    def source(self, doc: str) -> Source | None:
        """A document of the version table."""
        return self.content.sources.get(doc)

    def explain(self, question: str, as_of: date, audience: Audience = "all") -> dict[str, Any]:
        """Everything that led to the decision, as JSON-ready values; the other candidates too, whatever was asked."""
        read = self._matcher.read(question)
        ranked = self._matcher.rank(read, self._view(as_of, audience).allowed)
        decision, ranked = self._second_opinion(read, ranked)
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
                "crowd": deciding.CROWD,
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

    def _decide(self, question: str, as_of: date, audience: Audience) -> tuple[Question, Decision, list[Match]]:
        read, ranked = self._matcher.find(question, self._view(as_of, audience).allowed)
        return read, *self._second_opinion(read, ranked)

    def _second_opinion(self, read: Question, ranked: list[Match]) -> tuple[Decision, list[Match]]:
        decision = deciding.decide(ranked, read.text, self._calibration)
        if self._reranker is not None and is_doubtful(decision):
            ranked = reranked(ranked, read.text, self._reranker)
            decision = deciding.decide(ranked, read.text, self._calibration)
        return decision, ranked

    def _view(self, day: date, audience: Audience) -> _View:
        """Worked out once: a base is asked about very few days."""
        found = self._views.get((day, audience))
        if found is None:
            if len(self._views) >= MAX_VIEWS:
                self._views.clear()
            found = self._views[day, audience] = _View.of(self.content, day, audience)
        return found

    def _result(self, read: Question, decision: Decision, as_of: date, audience: Audience) -> Result:
        entries = tuple(match.entry for match in decision.matches)
        match decision.band:
            case "answer":
                return self.answer_with(entries[0], decision.score, as_of, audience)
            case "choices":
                return Choices(entries, decision.score)
            case "refusal":
                in_scope = decision.score >= SCOPE_AT or not self._own_words.isdisjoint(read.words)
                return Unknown(entries if in_scope else (), decision.score, in_scope)


def _explained(match: Match) -> dict[str, Any]:
    return {
        "entry": match.entry.id,
        "question": match.entry.question,
        "wording": match.wording,
        "score": round(match.score, 4),
        "exact": match.exact,
        "features": {name: round(value, 4) for name, value in match.features._asdict().items()},
        "weights": WEIGHTS._asdict(),
    }
