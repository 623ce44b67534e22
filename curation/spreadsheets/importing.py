"""A file as it arrives -> what importing it would do, and doing it. The commands, and later the console, call this."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from curation.spreadsheets import foreign
from curation.spreadsheets.applying import changes_of
from curation.spreadsheets.batches import Batch, Batches, Moved
from curation.spreadsheets.merging import merge
from curation.spreadsheets.opening import Sheet, open_sheet
from curation.spreadsheets.results import OUTCOMES, Merged
from curation.spreadsheets.rows import Finding, Table, read_rows
from curation.spreadsheets.topics import Defaults
from curation.spreadsheets.workbook import annotated_bytes, plain_annotated_bytes
from knowledge_base.entry import Content
from knowledge_base.loading import fingerprint, load, load_source_texts


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file would do to the content as it is now. `files`: the topic files' texts it was made from."""

    sheet: Sheet
    table: Table
    merged: Merged
    content: Content
    files: Mapping[str, str]


def preview(data: bytes, kind: str, folder: Path, today: date, defaults: Defaults) -> Preview:
    """Reads and compares; writes nothing. `kind` names a product of `foreign.KINDS`, or "" to tell by the file.

    Raises FileProblem for a file that cannot be read as a whole, ContentError for content that does not load,
    Moved for content that is being written just now.
    """
    sheet, table = _opened(data, kind)
    content, files = loaded(folder)
    texts = load_source_texts(folder)
    return Preview(sheet, table, merge(table, sheet, content, texts, today, defaults), content, files)


def loaded(folder: Path) -> tuple[Content, dict[str, str]]:
    """The content and the texts of its topic files, line ends and all, by name.

    Raises ContentError, and Moved where somebody is writing them just now.
    """
    before = fingerprint(folder)
    content = load(folder)
    files = {f"qa/{path.name}": path.read_bytes().decode() for path in sorted((folder / "qa").glob("*.yaml"))}
    if fingerprint(folder) != before:
        raise Moved(["qa"])
    return content, files


def _opened(data: bytes, kind: str) -> tuple[Sheet, Table]:
    if kind == "rasa" or (not kind and foreign.is_rasa(data)):
        return foreign.rasa(data)
    sheet = open_sheet(data)
    product = kind or foreign.kind_of(sheet)
    if product:
        return sheet, foreign.READERS[product](sheet)
    return sheet, read_rows(sheet)


def apply(seen: Preview, batches: Batches, source: str, now: datetime) -> Batch | None:
    """Writes what the preview showed, whole or not at all; None when there was nothing to write.

    Raises Moved when a file was changed after the preview, ContentError where a file cannot be edited safely.
    """
    if not seen.merged.edits:
        return None
    counts = {OUTCOMES[outcome]: number for outcome, number in seen.merged.counts.items()}
    return batches.apply(changes_of(seen.merged.edits, seen.files, seen.content.entries), source, counts, now)


def annotated(seen: Preview, data: bytes) -> bytes:
    """A copy of the file as a workbook, with what became of each row and why in two columns on the right."""
    notes = {
        number: (OUTCOMES[result.outcome], "\n".join(map(_note, result.findings)))
        for result in seen.merged.results
        for number in result.row.numbers
    }
    if seen.sheet.kind == "xlsx":
        return annotated_bytes(data, seen.sheet.title, seen.table.header_row, notes)
    return plain_annotated_bytes(seen.sheet.rows, seen.table.header_row, notes)


def _note(finding: Finding) -> str:
    return f"{finding.column} {finding.code} {finding.text}{finding.remedy}".strip()
