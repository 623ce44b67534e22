"""What becomes of each row, as values."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from curation.spreadsheets.rows import Finding, Row
from knowledge_base.entry import Entry

Outcome = Literal["new", "changed", "unchanged", "retired", "conflict", "refused"]
OUTCOMES: Mapping[Outcome, str] = {
    "new": "新增",
    "changed": "修改",
    "unchanged": "未变",
    "retired": "停用",
    "conflict": "冲突",
    "refused": "拒收",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry to write: in place of (id, version) `instead` where that is given, else behind the entry's others."""

    entry: Entry
    file: str
    instead: Entry | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of one row (or of the rows of one question). `columns`: what it changes."""

    row: Row
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    edit: Edit | None = None
    columns: tuple[str, ...] = ()
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """All results, in the order of the rows."""

    results: tuple[Result, ...]
    notes: tuple[Finding, ...] = ()

    @property
    def counts(self) -> dict[Outcome, int]:
        """Rows by outcome; they add up to the number of rows."""
        found = Counter(dict.fromkeys(OUTCOMES, 0))
        for result in self.results:
            found[result.outcome] += len(result.row.numbers)
        return dict(found)

    @property
    def edits(self) -> list[Edit]:
        """What has to be written."""
        return [result.edit for result in self.results if result.edit]

    @property
    def findings(self) -> list[Finding]:
        """Everything said about the file, in order."""
        return [*self.notes, *(finding for result in self.results for finding in result.findings)]
