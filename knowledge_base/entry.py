"""What curators write, as values: entries, sources, the lexicon, and the whole content of one base."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from knowledge_base.workdays import Calendar

Grade = Literal["A", "P", "N"]
QuizType = Literal["single", "multiple", "judge", "blank", "short"]
# On the way to being published.
OPEN = ("draft", "review", "approved")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the curators' files, for messages: `qa/党费.yaml:12`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Citation:
    """One 【依据】: a document, an article of it, and the edition that was read."""

    doc: str
    article: str
    edition: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class NotVariant:
    """A near wording that must land at another entry (its id) or be refused (`refuse`)."""

    text: str
    goes_to: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A comparable statement, e.g. 预备期.时长 = 1年."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """A question with the entry it must, or must not, be answered by."""

    ask: str
    expect: str = ""
    expect_not: str = ""


@dataclass(frozen=True, slots=True)
class Golden:
    """A question of golden.yaml: what it must, or must not, be answered by, on a day (None: today)."""

    expected: Expectation
    as_of: date | None
    note: str
    place: Place


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Who changed or checked a version, by role."""

    version: int
    on: date
    by: str
    checked_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One curated answer in one version. (id, version) is its key; the texts are sent byte for byte."""

    id: str
    status: str
    version: int
    question: str
    variants: tuple[str, ...]
    answer: str
    short: str
    sources: tuple[Citation, ...]
    checked_on: date
    review_by: date
    grade: Grade
    topic: str
    owner: str
    place: Place
    not_variants: tuple[NotVariant, ...] = ()
    facts: tuple[Fact, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    applies_to: tuple[str, ...] = ()
    follow_up: tuple[str, ...] = ()
    visibility: str = "all"
    tags: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    author: str = ""
    history: tuple[HistoryLine, ...] = ()
    tests: tuple[Expectation, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """The standard question first, then the variants."""
        return (self.question, *self.variants)

    def in_force(self, day: date) -> bool:
        """Published and effective on the day (effective_to is the last day)."""
        starts = self.effective_from is None or self.effective_from <= day
        ends = self.effective_to is not None and self.effective_to < day
        return self.status == "published" and starts and not ends


@dataclass(frozen=True, slots=True)
class QuizItem:
    """One quiz question in one version, derived from an entry.

    `answer`: letters of the options (B, ABD), 正确 / 错误, the fillings of the blanks (半年|六个月；1), or a text.
    """

    id: str
    status: str
    version: int
    type: QuizType
    question: str
    options: tuple[str, ...]
    answer: str
    explanation: str
    entry: str
    sources: tuple[Citation, ...]
    difficulty: float
    checked_on: date
    topic: str
    owner: str
    place: Place
    author: str = ""
    history: tuple[HistoryLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a document in the version table."""

    edition: str
    issued: date
    effective: date
    grade: str
    superseded_by: str = ""
    articles: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A document with its editions."""

    doc: str
    short: str
    issuer: str
    read_at: str
    editions: tuple[Edition, ...]
    place: Place

    def edition(self, name: str) -> Edition | None:
        """The edition of that name, if the table has it."""
        return next((e for e in self.editions if e.edition == name), None)

    def in_force(self, day: date) -> Edition | None:
        """The newest edition that had taken effect by the day."""
        return max((e for e in self.editions if e.effective <= day), key=lambda e: e.effective, default=None)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of the field, curated in lexicon/*.txt.

    words: terms that must not be cut apart. synonyms: colloquial or short form -> the form we use.
    contrasts: sets of mutually exclusive groups of terms, e.g. ((转出, 转走), (转入, 转来)). stop_words: words that are
    not compared. fillers: phrases around a question (麻烦问一下) that are taken out before anything is compared.
    related: a word -> the one that stands for all of nearly its meaning, where words are compared.
    """

    words: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    contrasts: tuple[tuple[tuple[str, ...], ...], ...] = ()
    stop_words: frozenset[str] = frozenset()
    fillers: tuple[str, ...] = ()
    related: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything one base is made of."""

    entries: tuple[Entry, ...]
    sources: Mapping[str, Source]
    lexicon: Lexicon
    quizzes: tuple[QuizItem, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    golden: tuple[Golden, ...] = ()
