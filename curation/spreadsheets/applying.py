"""Edits -> the texts of the files that they change, entry by entry; every other byte stays. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curation.spreadsheets.results import Edit
from knowledge_base.editing import leading_lines, parts, same_entries
from knowledge_base.entry import Entry, Place
from knowledge_base.loading import parse_topic
from knowledge_base.strict_yaml import ContentError, Problem
from knowledge_base.writing import TopicFile, entry_block, topic_text

BOM = "\ufeff"
_FORMAT_FIRST = "请先运行 ./run kb format，把这个文件整理成统一的写法。"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; None where there is none."""

    file: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An entry's own lines in a file, before and after; None where it does not stand there."""

    file: str
    id: str
    version: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changes, by file and by entry."""

    files: tuple[FileChange, ...]
    items: tuple[ItemChange, ...]


def changes_of(edits: Iterable[Edit], files: Mapping[str, str], entries: Iterable[Entry]) -> Changes:
    """What the edits make of the files (name -> text), whose `entries` are known.

    Raises ContentError where the result would not read the same.
    """
    edits = list(edits)
    touched = {edit.file for edit in edits} | {edit.instead.place.file for edit in edits if edit.instead}
    held: dict[str, list[Entry]] = {name: [] for name in sorted(touched)}
    for entry in entries:
        if entry.place.file in held:
            held[entry.place.file].append(entry)
    open_files = {name: OpenFile(name, files.get(name), known) for name, known in held.items()}
    items = [item for edit in edits for item in _apply(edit, open_files)]
    changed = [FileChange(name, files.get(name), file.checked_text()) for name, file in open_files.items()]
    return Changes(tuple(each for each in changed if each.before != each.after), tuple(items))


def _apply(edit: Edit, files: Mapping[str, "OpenFile"]) -> list[ItemChange]:
    entry, old, new = edit.entry, edit.instead, files[edit.file]
    if old is None:
        return [ItemChange(edit.file, entry.id, entry.version, None, new.add(entry))]
    if old.place.file == edit.file:
        before, after = new.replace(old, entry)
        return [ItemChange(edit.file, entry.id, entry.version, before, after)]
    before = files[old.place.file].remove(old.id, old.version)
    return [
        ItemChange(old.place.file, old.id, old.version, before, None),
        ItemChange(edit.file, entry.id, entry.version, None, new.add(entry)),
    ]


class OpenFile:
    """One topic file being edited: its head, and (entry, text) of each item."""

    def __init__(self, name: str, text: str | None, entries: Sequence[Entry]) -> None:
        """`entries`: what the text holds, in its order."""
        self._name = name
        self._mark = BOM if text and text.startswith(BOM) else ""
        self._head: str | None = None
        self._comments: frozenset[int] = frozenset()
        self._items: list[tuple[Entry, str]] = []
        if text is not None:
            text = text.removeprefix(BOM)
            cut = parts(text if text.endswith("\n") else f"{text}\n", [entry.place.line for entry in entries])
            self._head, self._comments = cut.head, cut.comments
            self._items = list(zip(entries, cut.items, strict=True))
        self._known = {id(text) for _, text in self._items}

    def item(self, number: str, version: int) -> str | None:
        """The lines of an entry; None where it is not here."""
        return next((text for entry, text in self._items if (entry.id, entry.version) == (number, version)), None)

    def add(self, entry: Entry, text: str | None = None) -> str:
        """Puts an entry behind the other versions of its number, or at the end; gives its lines."""
        text = text or entry_block(entry)
        same = [at for at, (other, _) in enumerate(self._items) if other.id == entry.id]
        self._items.insert(same[-1] + 1 if same else len(self._items), (entry, text))
        return text

    def replace(self, old: Entry, new: Entry) -> tuple[str, str]:
        """Writes an entry anew, the comments above it kept; gives its lines before and after."""
        at = self._at(old.id, old.version)
        before = self._items[at][1]
        if lost := [line for line in self._comments if old.place.line <= line < old.place.line + _own_lines(before)]:
            text = f"{old.id} 里有注释，自动改写会丢掉它。"
            raise ContentError([Problem(Place(self._name, min(lost)), "E100", text, "请把注释移到这一条的上方。")])
        after = "".join(leading_lines(before)) + entry_block(new)
        self._items[at] = (new, after)
        return before, after

    def put(self, number: str, version: int, text: str) -> None:
        """Gives an entry other lines, as they are."""
        self._items[self._at(number, version)] = (self.entry(text), text)

    def entry(self, text: str) -> Entry:
        """What an item's lines say in this file."""
        (entry,) = parse_topic(f"{self._head}{text}", self._name)
        return entry

    def remove(self, number: str, version: int) -> str:
        """Takes an entry out; gives its lines."""
        return self._items.pop(self._at(number, version))[1]

    def _at(self, number: str, version: int) -> int:
        return next(at for at, (e, _) in enumerate(self._items) if (e.id, e.version) == (number, version))

    def checked_text(self) -> str | None:
        """The whole file; None when nothing is left in it. Raises ContentError where it would not read as meant."""
        if not self._items:
            return None
        entries = [entry for entry, _ in self._items]
        if self._head is None:
            self._head = topic_text(TopicFile(entries[0].topic, entries[0].owner, ()))
        text = self._head + "".join(lines for _, lines in self._items)
        self._check()
        return self._mark + text

    def _check(self) -> None:
        """Reads what was written, and with it one item that was there before: items of one list look alike."""
        written = [(entry, text) for entry, text in self._items if id(text) not in self._known]
        before = [(entry, text) for entry, text in self._items if id(text) in self._known][:1]
        try:
            read = parse_topic((self._head or "") + "".join(text for _, text in before + written), self._name)
            is_meant = same_entries(read, [entry for entry, _ in before + written])
        except ContentError:
            is_meant = False
        if not is_meant:
            raise ContentError([Problem(Place(self._name, 1), "E100", "改了以后会读不对。", _FORMAT_FIRST)])


def _own_lines(item: str) -> int:
    """How many lines an item has without the comments above it."""
    return len(item.splitlines()) - len(leading_lines(item))
