"""Writing a batch of changes whole or not at all, and taking it back. Each batch leaves a record.

A record is written first and names every file that is about to change, before and after, as `pending`. A run that dies
between two files leaves it so; whoever comes next puts the files back.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from curation.spreadsheets.applying import BOM, Changes, FileChange, ItemChange, OpenFile
from knowledge_base.loading import parse_topic

DONE, UNDONE = "done", "undone"


class Moved(Exception):
    """文件在导入期间被改过"""

    def __init__(self, places: Iterable[str]) -> None:
        self.places = tuple(places)
        super().__init__("、".join(self.places))


@dataclass(frozen=True, slots=True)
class Batch:
    """A record: what was imported when, whether it stands (DONE, UNDONE), and what is being written just now."""

    name: str
    at: str
    source: str
    state: str
    counts: Mapping[str, int]
    changes: Changes
    pending: tuple[FileChange, ...] = ()


class Batches:
    """The batches of one content folder. `records`: the folder of their records, made when first needed."""

    def __init__(self, folder: Path, records: Path) -> None:
        self._folder = folder
        self._records = records

    def listed(self) -> list[Batch]:
        """All batches, the newest first."""
        return [_read(path) for path in sorted(self._records.glob("*.json"), reverse=True)]

    def apply(self, changes: Changes, source: str, counts: Mapping[str, int], now: datetime) -> Batch:
        """Writes all files, or none. Raises Moved where a file is not what the changes were made from, and OSError."""
        self._hold_still(changes.files)
        self._records.mkdir(parents=True, exist_ok=True)
        batch = Batch(self._new_name(now), now.isoformat(), source, UNDONE, counts, changes)
        return self._carry_out(batch, changes.files, DONE)

    def undo(self, batch: Batch) -> None:
        """Takes a batch back: files that nobody touched since to the byte, others entry by entry, all or nothing.

        Raises Moved with the entries that somebody has changed since.
        """
        self._carry_out(batch, tuple(self._undone(batch)), UNDONE)

    def recover(self) -> list[Batch]:
        """Puts back what a run that died left half written; gives those batches."""
        found = [batch for batch in self.listed() if batch.pending]
        for batch in found:
            self._put_back(batch.pending)
            self._keep(replace(batch, pending=()))
        return found

    def _carry_out(self, batch: Batch, files: tuple[FileChange, ...], state: str) -> Batch:
        """Writes the files of a batch and then its new state; a failure leaves files and state as they were."""
        self._keep(replace(batch, pending=files))
        try:
            self._write(files)
        except OSError:
            self._put_back(files)
            self._keep(batch)
            raise
        return self._keep(replace(batch, state=state))

    def _undone(self, batch: Batch) -> Iterator[FileChange]:
        moved: list[str] = []
        for change in batch.changes.files:
            current = self._text(change.file)
            if current == change.after:
                yield FileChange(change.file, current, change.before)
            else:
                items = [item for item in batch.changes.items if item.file == change.file]
                yield FileChange(change.file, current, _without(change.file, current, items, moved))
        if moved:
            raise Moved(moved)

    def _new_name(self, now: datetime) -> str:
        stem = now.strftime("%Y%m%d-%H%M%S")
        taken = {path.stem for path in self._records.glob("*.json")}
        names = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def _hold_still(self, files: Iterable[FileChange]) -> None:
        if moved := [change.file for change in files if self._text(change.file) != change.before]:
            raise Moved(moved)

    def _text(self, file: str) -> str | None:
        try:
            return (self._folder / file).read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return None

    def _write(self, files: Iterable[FileChange]) -> None:
        """All new files first, under names that nobody reads; then each takes its place in one step."""
        staged = [(self._folder / change.file, change.after) for change in files]
        for path, text in staged:
            if text is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_through(_beside(path), text)
        for path, text in staged:
            if text is None:
                path.unlink()
            else:
                _beside(path).replace(path)

    def _put_back(self, files: Iterable[FileChange]) -> None:
        for change in files:
            path = self._folder / change.file
            with suppress(FileNotFoundError):
                _beside(path).unlink()
            if self._text(change.file) == change.after and change.after != change.before:
                self._write([FileChange(change.file, change.after, change.before)])

    def _record(self, name: str) -> Path:
        return self._records / f"{name}.json"

    def _keep(self, batch: Batch) -> Batch:
        path = self._record(batch.name)
        _write_through(_beside(path), json.dumps(asdict(batch), ensure_ascii=False))
        _beside(path).replace(path)
        return batch


def _without(file: str, current: str | None, items: Iterable[ItemChange], moved: list[str]) -> str | None:
    """A file with the batch's entries as they were; entries changed since go to `moved`."""
    open_file = OpenFile(file, current, parse_topic(current.removeprefix(BOM), file) if current else ())
    for item in items:
        if open_file.item(item.id, item.version) != item.after:
            moved.append(f"{file} {item.id} 第 {item.version} 版")
        elif item.before is None:
            open_file.remove(item.id, item.version)
        elif item.after is None:
            open_file.add(open_file.entry(item.before), item.before)
        else:
            open_file.put(item.id, item.version, item.before)
    return None if moved else open_file.checked_text()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _write_through(path: Path, text: str) -> None:
    with path.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Batch:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    changes = found.pop("changes")
    items = tuple(ItemChange(**each) for each in changes["items"])
    pending = _file_changes(found.pop("pending"))
    return Batch(**found, changes=Changes(_file_changes(changes["files"]), items), pending=pending)


def _file_changes(found: Iterable[Mapping[str, Any]]) -> tuple[FileChange, ...]:
    return tuple(FileChange(**each) for each in found)
