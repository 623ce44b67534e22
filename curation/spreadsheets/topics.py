"""The topics that rows may name: those of the files, and new ones that say who looks after them. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from curation.spreadsheets.proposing import folded
from curation.spreadsheets.rows import Finding
from knowledge_base.entry import Content

DEFAULT_PREFIX = "wd"


@dataclass(frozen=True, slots=True)
class Topic:
    """Where entries of a topic live. A new file has no entries yet."""

    name: str
    owner: str
    file: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """The topic of new rows that name none, or none that is known, and who looks after it if it is new."""

    topic: str = ""
    owner: str = ""


def topics_of(content: Content, told: Mapping[str, tuple[str, str]], defaults: Defaults) -> dict[str, Topic]:
    """The topics of the files, and new ones of the sheet 分类 (`told`) or of the command."""
    prefixes: dict[str, Counter[str]] = {}
    topics: dict[str, Topic] = {}
    for entry in content.entries:
        prefixes.setdefault(entry.topic, Counter())[entry.id.rpartition("-")[0] or DEFAULT_PREFIX] += 1
        topics.setdefault(entry.topic, Topic(entry.topic, entry.owner, entry.place.file, ""))
    found = {name: replace(topic, prefix=prefixes[name].most_common(1)[0][0]) for name, topic in topics.items()}
    for name, (owner, prefix) in {**told, defaults.topic: (defaults.owner, "")}.items():
        if name and owner and name not in found:
            found[name] = Topic(name, owner, f"qa/{_file_name(name)}.yaml", folded(prefix) or DEFAULT_PREFIX)
    return found


def _file_name(topic: str) -> str:
    return "".join("_" if sign in '/\\:*?"<>|.' or sign.isspace() else sign for sign in topic)


def unheard(content: Content, told: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    """What the sheet 分类 says otherwise of topics that are there already: it is for new ones only."""
    owners = {entry.topic: entry for entry in content.entries}
    for name, (owner, _) in told.items():
        known = owners.get(name)
        if known and owner and owner != known.owner:
            text = f"“分类”表里“{name}”的负责人改成了“{owner}”，没有导入。"
            yield Finding(1, "W104", text, f"请在 {known.place.file} 里改 owner。", severity="warning")
