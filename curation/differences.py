"""What differs between two versions of the content, entry by entry and field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Literal

from curation.verify_log import canonical
from knowledge_base.entry import Content, Entry

Key = tuple[str, int]
_FIELDS = tuple(field.name for field in fields(Entry) if field.name not in ("place", "id", "version"))


@dataclass(frozen=True, slots=True)
class Change:
    """One (id, version) that was added, changed or removed; `fields` name what differs of a changed one."""

    what: Literal["added", "changed", "removed"]
    before: Entry | None
    after: Entry | None
    fields: tuple[str, ...] = ()

    @property
    def entry(self) -> Entry:
        """The entry as it is now, or as it was where it is gone."""
        entry = self.after or self.before
        assert entry
        return entry


def by_key(content: Content | None) -> Mapping[Key, Entry]:
    """Entries by (id, version)."""
    return {(entry.id, entry.version): entry for entry in content.entries} if content else {}


def changes(before: Content | None, after: Content) -> list[Change]:
    """Every difference, in the order of the ids."""
    old, new = by_key(before), by_key(after)
    found: list[Change] = []
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was is None:
            found.append(Change("added", None, now))
        elif now is None:
            found.append(Change("removed", was, None))
        elif differing := tuple(name for name in _FIELDS if getattr(was, name) != getattr(now, name)):
            found.append(Change("changed", was, now, differing))
    return found


def answer_digest(entry: Entry) -> str:
    """A hash of what members are told: answer, short form and sources."""
    cited = [[each.doc, each.article, each.edition] for each in entry.sources]
    return sha256(canonical([entry.answer, entry.short, cited]).encode()).hexdigest()
