"""Rows of a curator's sheet against the files as they are now: a three-way merge that overwrites nobody. Pure.

Base is the entry as it was exported (told by the fingerprints), mine the row, theirs the newest version in the files.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from curation.spreadsheets.checking import apart, linted
from curation.spreadsheets.columns import EDITABLE, cell_mark, cells_of, shown, tidy
from curation.spreadsheets.opening import Sheet
from curation.spreadsheets.proposing import Proposal, Rules, folded, status_of
from curation.spreadsheets.results import Edit, Merged, Result
from curation.spreadsheets.rows import Finding, Row, Table, cell, of_severity
from curation.spreadsheets.topics import Defaults, Topic, topics_of, unheard
from knowledge_base.entry import OPEN, Content, Entry, Place

_NEXT_YEAR = 1


def merge(
    table: Table, sheet: Sheet, content: Content, texts: Mapping[str, str], today: date, defaults: Defaults
) -> Merged:
    """What importing the table would do; nothing is written."""
    desk = _Desk(sheet, content, today, defaults, table.places)
    results = linted([desk.result(row) for row in table.rows], content, texts, today)
    notes = (*table.notes, *unheard(content, sheet.topics))
    return Merged(tuple(desk.numbered(apart(results, content))), notes)


class _Desk:
    """Takes the rows one after another; remembers which entries were changed already."""

    def __init__(
        self, sheet: Sheet, content: Content, today: date, defaults: Defaults, places: Mapping[str, str]
    ) -> None:
        self._sheet = sheet
        self._today = today
        self._defaults = defaults
        self._places = places
        self._versions: dict[str, list[Entry]] = {}
        for entry in content.entries:
            self._versions.setdefault(entry.id, []).append(entry)
        self._rules = Rules(content.sources, self._versions.keys(), today)
        self._topics = topics_of(content, sheet.topics, defaults)
        self._known = {entry.question: entry for entry in content.entries if entry.status != "retired"}
        self._touched: dict[str, int] = {}
        self._shown: dict[int, dict[str, str]] = {}

    def result(self, row: Row) -> Result:
        """What becomes of a row. A row that cannot be read is refused before anything is compared."""
        if of_severity(row.findings, "error"):
            return Result(row, "refused", row.findings)
        result = self._changed(row) if cell(row, "id") else self._new(row)
        return replace(result, findings=(*row.findings, *result.findings))

    # A row with a number

    def _changed(self, row: Row) -> Result:
        number, version = folded(row.cells["id"]), folded(row.cells.get("version", ""))
        versions = self._versions.get(number, [])
        base = _head(versions) if not version else next((e for e in versions if str(e.version) == version), None)
        if base is None:
            what = f"第 {version} 版" if versions else "这个编号"
            text = f"里的“{number}”没有{what}。"
            remedy = "新条目请把“编号”“版本”“指纹”都留空；旧表请重新导出。"
            return self._refused(row, "id", "E304", text, remedy)
        cells = shown(base)
        if all(row.cells.get(key, cells[key]) == cells[key] for key in EDITABLE):
            return Result(row, "unchanged", entry=base)
        return self._merged(row, base, _head(versions) or base)

    def _merged(self, row: Row, base: Entry, head: Entry) -> Result:
        mine = {key: tidy(row.cells[key]) for key in EDITABLE if key in row.cells}
        was = self._exported(row, base)
        if was is None:
            changed = [key for key in mine if mine[key] != self._cells(base)[key]]
        else:
            changed = [key for key in mine if not was(key, mine[key])]
        if "status" in changed and (answer := self._new_status(row, base, changed)):
            return answer
        theirs = self._cells(head)
        changed = [key for key in changed if key != "status" and mine[key] != theirs[key]]
        if not changed and cell(row, "status") in ("", theirs["status"], self._cells(base)["status"]):
            return Result(row, "unchanged", entry=base)
        if found := list(self._conflicts(row, base, head, changed, mine, was)):
            return Result(row, "conflict", tuple(found), entry=base)
        if base.id in self._touched:
            text = f"第 {self._touched[base.id]} 行已经改了 {base.id}。"
            return self._refused(row, "id", "E305", text, "一个编号一次只改一行，请合并成一行。")
        return self._draft(row, head, changed)

    def _cells(self, entry: Entry) -> dict[str, str]:
        """What the sheet shows of an entry, as compared."""
        if id(entry) not in self._shown:
            self._shown[id(entry)] = {key: tidy(text) for key, text in cells_of(entry).items()}
        return self._shown[id(entry)]

    def _exported(self, row: Row, base: Entry) -> Callable[[str, str], bool] | None:
        """Tells of a column's text whether it is what was exported; None where that cannot be known any more."""
        cells, mark = self._cells(base), cell(row, "mark")
        if mark in ("", cells["mark"]):
            return lambda key, text: text == cells[key]
        marks = self._sheet.marks.get((base.id, str(base.version)), {})
        return (lambda key, text: cell_mark(text) == marks.get(key)) if marks.get("mark") == mark else None

    def _conflicts(
        self,
        row: Row,
        base: Entry,
        head: Entry,
        changed: Sequence[str],
        mine: Mapping[str, str],
        was: Callable[[str, str], bool] | None,
    ) -> Iterator[Finding]:
        theirs = self._cells(head)
        if head is not base and head.status not in OPEN:
            text = f"{base.id} 已经有第 {head.version} 版，这一行改的是第 {base.version} 版。"
            yield Finding(row.number, "E306", text, f"请重新导出，在第 {head.version} 版那一行上改。")
            return
        if head.status in ("review", "approved"):
            text = f"{head.id} 第 {head.version} 版正在送审（{theirs['status']}），不能改。"
            yield Finding(row.number, "E306", text, "请等审完，或退回草稿以后再改。")
            return
        is_blind = was is None or (not cell(row, "mark") and head.status in OPEN)
        for key in changed:
            if is_blind or (was and not was(key, theirs[key])):
                text = f"导出以后也改过，现在是“{_shortened(theirs[key])}”，您写的是“{_shortened(mine[key])}”。"
                yield Finding(row.number, "E306", text, "请重新导出，对照着再改一次。", self._places[key])

    def _new_status(self, row: Row, base: Entry, changed: Sequence[str]) -> Result | None:
        """The result where the state alone decides; None where the row goes on as a draft."""
        status = status_of(row.cells["status"])
        if status in ("", base.status):
            return None
        if status == "draft":
            return None
        if status != "retired":
            shown = cell(row, "status")
            text = f"写的是“{shown}”。"
            return self._refused(row, "status", "E110", text, "只能改成“草稿”或“已停用”；送审、发布另有步骤。")
        if len(changed) > 1:
            text = "改成了已停用，别的栏也改了。"
            return self._refused(row, "status", "E110", text, "停用就只改状态；要改内容就不要停用。")
        if base.id in self._touched:
            text = f"第 {self._touched[base.id]} 行已经改了 {base.id}。"
            return self._refused(row, "id", "E305", text, "一个编号一次只改一行。")
        self._touched[base.id] = row.number
        edit = Edit(replace(base, status="retired"), base.place.file, base)
        return Result(row, "retired", (), edit, ("status",), edit.entry)

    def _draft(self, row: Row, head: Entry, changed: list[str]) -> Result:
        proposal = Proposal(head, row.cells, [key for key in changed if key != "topic"], self._rules)
        found = self._placed(row, proposal)
        topic = self._topic(row, head) if "topic" in changed else None
        if "topic" in changed and topic is None:
            found.append(self._no_topic(row))
        if found:
            return Result(row, "refused", tuple(found), entry=head)
        self._touched[head.id] = row.number
        is_draft = head.status == "draft"
        version = head.version if is_draft else max(e.version for e in self._versions[head.id]) + 1
        entry = replace(proposal.entry, status="draft", version=version)
        if topic:
            entry = replace(entry, topic=topic.name, owner=topic.owner)
        edit = Edit(entry, topic.file if topic else head.place.file, head if is_draft else None)
        return Result(row, "changed", (), edit, tuple(changed), entry)

    # A row without a number

    def _new(self, row: Row) -> Result:
        if cell(row, "mark") or cell(row, "version"):
            text = "是空的，这一行却有版本或指纹。"
            return self._refused(row, "id", "E110", text, "改旧条目请填回编号；新条目请把版本和指纹也清空。")
        filled = [key for key in EDITABLE if key not in ("topic", "status") and (cell(row, key) or key in _NEEDED)]
        known = self._known.get(cell(row, "question"))
        if known and all(cell(row, key) == self._cells(known)[key] for key in filled):
            return Result(row, "unchanged", entry=known)
        topic = self._topic(row, None)
        blank = _blank(topic, self._today)
        proposal = Proposal(blank, {key: row.cells.get(key, "") for key in EDITABLE}, filled, self._rules)
        found = self._placed(row, proposal)
        if topic is None:
            found.append(self._no_topic(row))
        if status_of(row.cells.get("status", "")) in ("retired", None):
            text = f"写的是“{cell(row, 'status')}”。"
            found.append(Finding(row.number, "E110", text, "新条目的状态请留空或写“草稿”。", self._places["status"]))
        if found or topic is None:
            return Result(row, "refused", tuple(found))
        notes: tuple[Finding, ...] = ()
        if not proposal.entry.sources:
            text = "没有依据，先按“没有全国性规定”存成草稿。"
            notes = (Finding(row.number, "W102", text, "有依据的请补上“依据”和“条款”。", severity="warning"),)
        return Result(row, "new", notes, Edit(proposal.entry, topic.file), tuple(filled), proposal.entry)

    def _topic(self, row: Row, head: Entry | None) -> Topic | None:
        name = cell(row, "topic") or (head.topic if head else "")
        return self._topics.get(name) or (self._topics.get(self._defaults.topic) if head is None else None)

    def _no_topic(self, row: Row) -> Finding:
        name = cell(row, "topic") or self._defaults.topic
        text = f"写的“{name}”没有这个分类。" if name else "没有写分类。"
        remedy = f"请从“分类”表里选（{'、'.join(list(self._topics)[:8])}），或在“分类”表里加一行并写上负责人。"
        return Finding(row.number, "E110", text, remedy, self._places.get("topic", ""))

    def numbered(self, results: Iterable[Result]) -> Iterator[Result]:
        """New entries get their numbers last, so that a refused one leaves no gap."""
        last: dict[str, int] = {}
        for number in self._versions:
            prefix, _, digits = number.rpartition("-")
            if digits.isdecimal():
                last[prefix] = max(last.get(prefix, 0), int(digits))
        for result in results:
            if result.outcome == "new" and result.edit:
                prefix = self._topics[result.edit.entry.topic].prefix
                last[prefix] = last.get(prefix, 0) + 1
                entry = replace(result.edit.entry, id=f"{prefix}-{last[prefix]:04}")
                yield replace(result, edit=replace(result.edit, entry=entry), entry=entry)
            else:
                yield result

    def _placed(self, row: Row, proposal: Proposal) -> list[Finding]:
        return [replace(f, row=row.number, column=self._places.get(key, "")) for key, f in proposal.findings]

    def _refused(self, row: Row, key: str, code: str, text: str, remedy: str) -> Result:
        return Result(row, "refused", (Finding(row.number, code, text, remedy, self._places.get(key, "")),))


_NEEDED = ("question", "answer")


def _head(versions: Sequence[Entry]) -> Entry | None:
    """The newest version; a retired one only where there is no other."""
    return max(versions, key=lambda entry: (entry.status != "retired", entry.version), default=None)


def _shortened(text: str) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= 30 else f"{line[:29]}…"


def _blank(topic: Topic | None, today: date) -> Entry:
    """A new draft, to be reviewed a year from now. Without a source it stands as one that no national rule covers."""
    leap_day = today.month == 2 and today.day == 29
    return Entry(
        id="",
        status="draft",
        version=1,
        question="",
        variants=(),
        answer="",
        short="",
        sources=(),
        checked_on=today,
        review_by=today.replace(year=today.year + _NEXT_YEAR, day=28 if leap_day else today.day),
        grade="N",
        topic=topic.name if topic else "",
        owner=topic.owner if topic else "",
        place=Place("", 0),
    )
