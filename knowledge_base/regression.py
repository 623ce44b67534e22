"""The regression gate: every wording, `tests`, `not_variants` and golden question, asked of a base."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge_base.engine import Answer, Audience, Choices, KnowledgeBase, Result, Unknown
from knowledge_base.entry import Content, Entry, Expectation, Place
from knowledge_base.strict_yaml import Problem

REFUSE = "refuse"
Kind = Literal["wording", "test", "not_variant", "golden"]


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what it must (an id or `refuse`), or must not, be answered by."""

    kind: Kind
    expected: Expectation
    day: date
    audience: Audience
    place: Place

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The same in another version of the content."""
        return (self.kind, self.expected.ask, self.expected.expect, self.expected.expect_not)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case. `grade`: 2 as expected, 1 among the choices, 0 red."""

    case: Case
    found: Result
    grade: int


def cases(content: Content, today: date) -> list[Case]:
    """All cases of published entries, each on a day on which its entry holds; golden questions on theirs."""
    live = [entry for entry in content.entries if entry.status == "published"]
    found = [case for entry in live for case in _of_entry(entry, today)]
    for each in content.golden:
        found.append(Case("golden", each.expected, each.as_of or today, "member", each.place))
    return found


def _of_entry(entry: Entry, today: date) -> Iterable[Case]:
    day = max(today, entry.effective_from or today)
    day = min(day, entry.effective_to or day)
    audience: Audience = "cadre" if entry.visibility == "cadre" else "member"
    for wording in entry.wordings:
        yield Case("wording", Expectation(wording, entry.id), day, audience, entry.place)
    for test in entry.tests:
        yield Case("test", test, day, audience, entry.place)
    for near in entry.not_variants:
        yield Case("not_variant", Expectation(near.text, near.goes_to, entry.id), day, audience, entry.place)


def run(base: KnowledgeBase, asked: Sequence[Case]) -> list[Outcome]:
    """Asks them all."""
    outcomes = []
    for case in asked:
        found = base.ask(case.expected.ask, case.day, case.audience)
        outcomes.append(Outcome(case, found, _grade(case.expected, found)))
    return outcomes


def _grade(expected: Expectation, found: Result) -> int:
    answered = found.entry.id if isinstance(found, Answer) else ""
    if answered and answered == expected.expect_not:
        return 0
    if expected.expect == REFUSE:
        return 0 if answered else 2
    if not expected.expect or answered == expected.expect:
        return 2
    listed = isinstance(found, Choices) and any(entry.id == expected.expect for entry in found.options)
    return 1 if listed else 0


def findings(outcomes: Sequence[Outcome], before: Sequence[Outcome] = ()) -> list[Problem]:
    """What is red, or worse than `before` (the outcomes of the published base). Red that was red before is a warning:
    it is no fault of this change.
    """
    known = {outcome.case.key: outcome.grade for outcome in before}
    problems = []
    for outcome in outcomes:
        was = known.get(outcome.case.key)
        # A golden question may never be wrong, whoever wrote it when.
        if outcome.grade == 0 and was == 0 and outcome.case.kind != "golden":
            remedy = "已发布的版本也没通过。有空时补问法，或改正期望。"
            problems.append(Problem(outcome.case.place, "W401", _told(outcome), remedy, "warning"))
        elif outcome.grade < min(was or 1, 2):
            worse = "原来直接回答，" if was == 2 and outcome.grade else ""
            remedy = "请补问法、改词表或互斥词，用 kb explain 看原因；期望本身不对的，改正期望。"
            problems.append(Problem(outcome.case.place, "E401", worse + _told(outcome), remedy))
    return problems


def _told(outcome: Outcome) -> str:
    expected = outcome.case.expected
    if expected.expect == REFUSE:
        wanted = "不应作答"
    elif expected.expect:
        wanted = f"应由 {expected.expect} 回答"
    else:
        wanted = f"不应由 {expected.expect_not} 回答"
    return f"“{expected.ask}”{wanted}，现在{describe(outcome.found)}。"


def describe(found: Result) -> str:
    """A result in a few words, for curators."""
    match found:
        case Answer():
            return f"由 {found.entry.id} 第{found.entry.version}版回答"
        case Choices():
            return f"列出 {'、'.join(entry.id for entry in found.options)}"
        case Unknown():
            return "不作答"
