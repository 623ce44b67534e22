"""What the loader and the version table can tell about content that loads: duplicates, conflicts, dates, sources."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from knowledge_base.citing import cited
from knowledge_base.entry import OPEN, Citation, Content, Edition, Entry, Source
from knowledge_base.quotes import Quotes
from knowledge_base.strict_yaml import Problem
from knowledge_base.text import normalise
from knowledge_base.wordings import together, wording_problems

# An answer with its source lines has to fit into one WeChat message of 1,800 bytes.
LONGEST_ANSWER = 1_400


def lint(content: Content, today: date, texts: Mapping[str, str] | None = None) -> list[Problem]:
    """Every finding, errors first, then by place. `today` decides what is overdue or superseded.

    `texts`: the source texts that the organisation supplies, as `load_source_texts` gives them.
    """
    live = [entry for entry in content.entries if entry.status == "published"]
    quotes = Quotes(texts or {})
    found = [
        *_source_table(content),
        *quotes.strangers(content),
        *_ids(content.entries),
        *wording_problems(live, content.lexicon),
        *_facts(live),
        *(problem for entry in content.entries for problem in entry_problems(entry, content, today, quotes)),
    ]
    return sorted(found, key=lambda p: (p.severity != "error", p.place.file, p.place.line, p.code))


def _source_table(content: Content) -> Iterator[Problem]:
    for source in content.sources.values():
        for edition in source.editions:
            if edition.superseded_by and source.edition(edition.superseded_by) is None:
                text = (
                    f"《{source.doc}》{edition.edition} 年版写着被“{edition.superseded_by}”取代，但目录里没有这一版。"
                )
                yield Problem(source.place, "E303", text, "请补上这一版，或改正 superseded_by。")
            if edition.effective < edition.issued:
                text = f"《{source.doc}》{edition.edition} 年版的生效日期早于发布日期。"
                yield Problem(source.place, "E302", text, "请核对两个日期。")


def _ids(entries: tuple[Entry, ...]) -> Iterator[Problem]:
    seen: dict[str, list[Entry]] = defaultdict(list)
    known = {entry.id for entry in entries}
    unpublished = known - {entry.id for entry in entries if entry.status == "published"}
    for entry in entries:
        yield from _versions(entry, seen[entry.id])
        seen[entry.id].append(entry)
        targets = [*entry.follow_up, *(n.goes_to for n in entry.not_variants if n.goes_to != "refuse")]
        targets += [
            expected
            for test in entry.tests
            for expected in (test.expect, test.expect_not)
            if expected not in ("", "refuse")
        ]
        for target in targets:
            if target not in known:
                yield Problem(entry.place, "E304", f"{entry.id} 指向的“{target}”不存在。", "请核对编号。")
        for target in entry.follow_up:
            if entry.status == "published" and target in unpublished:
                text = f"{entry.id} 的关联问题“{target}”没有发布，不会列出来。"
                yield Problem(entry.place, "W305", text, "请换一条，或从 follow_up 里删去。", "warning")


def _versions(entry: Entry, earlier: list[Entry]) -> Iterator[Problem]:
    """One finding at most: the same version again, or another version on a common day."""
    for other in earlier:
        if other.version == entry.version:
            text = f"编号“{entry.id}”第 {entry.version} 版在 {other.place} 已经有了。"
            yield Problem(entry.place, "E305", text, "请换一个编号，或把 version 加一并写明生效日期。")
            return
    for other in earlier:
        if entry.status == other.status == "published" and together(entry, other):
            text = f"编号“{entry.id}”的第 {entry.version} 版和 {other.place} 的第 {other.version} 版在同一天都有效。"
            yield Problem(entry.place, "E305", text, "请给旧版写上 effective_to，给新版写上 effective_from，不要重叠。")
            return


def _facts(live: list[Entry]) -> Iterator[Problem]:
    stated: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for entry in live:
        for fact in entry.facts:
            for value, other in stated[fact.key]:
                if value != fact.value and together(entry, other):
                    text = f"“{fact.key}”在 {entry.id} 是“{fact.value}”，在 {other.place}（{other.id}）是“{value}”。"
                    yield Problem(entry.place, "E202", text, "请对照原文，改正其中一条。")
            stated[fact.key].append((fact.value, entry))


def entry_problems(entry: Entry, content: Content, today: date, quotes: Quotes) -> Iterator[Problem]:
    """What is wrong with one entry by itself, held against the version table."""
    if entry.effective_from and entry.effective_to and entry.effective_to < entry.effective_from:
        yield Problem(entry.place, "E302", f"{entry.id} 的失效日期早于生效日期。", "请核对两个日期。")
    if entry.review_by < entry.checked_on:
        yield Problem(entry.place, "E302", f"{entry.id} 的复核期限早于核对日期。", "请核对 checked_on 和 review_by。")
    if len({*map(normalise, entry.wordings)}) < 2:
        text = f"{entry.id} 只有一种问法。"
        yield Problem(entry.place, "W601", text, "请补几种党员平时会用的说法。", "warning")
    if len(entry.answer.encode()) > LONGEST_ANSWER:
        text = f"{entry.id} 的答案太长，一条消息放不下。"
        yield Problem(entry.place, "W110", text, "请精简，或把细节移到另一条，用“关联问题”连起来。", "warning")
    if entry.review_by < today:
        text = f"{entry.id} 应在 {entry.review_by} 前复核，已经过期。"
        yield Problem(entry.place, "W304", text, "请对照原文核对，并更新 checked_on 和 review_by。", "warning")
    if problem := _four_eyes(entry):
        yield problem
    if not entry.sources and entry.grade != "N":
        text = f"{entry.id} 没有依据。"
        yield Problem(entry.place, "E303", text, "请写上文件和条款；确实没有全国性规定的，把 grade 写成 N。")
    for citation in entry.sources:
        yield from _citation(entry, citation, content, today)
        yield from quotes.problems(entry, citation)


def _four_eyes(entry: Entry) -> Problem | None:
    checked = {line.checked_by for line in entry.history if line.version == entry.version} - {""}
    wrote = {line.by for line in entry.history if line.version == entry.version} | {entry.author}
    if entry.status != "published" or checked.isdisjoint(wrote):
        return None
    text = f"{entry.id} 第 {entry.version} 版由“{min(checked & wrote)}”编写，又由同一职务审核。"
    return Problem(entry.place, "E501", text, "请由另一位同志审核，并改正 history 里的 checked_by。")


def _citation(entry: Entry, citation: Citation, content: Content, today: date) -> Iterator[Problem]:
    source, edition, problems = cited(entry.id, entry.place, citation, content.sources)
    yield from problems
    if source is None or edition is None:
        return
    if entry.in_force(today) or entry.status in OPEN:
        yield from _edition_of_the_day(entry, source, edition, today)
    if edition.grade == "P" and entry.grade == "A":
        text = f"{entry.id} 引用的《{citation.doc}》只见过要点，grade 却写成 A。"
        yield Problem(entry.place, "E303", text, "请把 grade 改成 P。")


def _edition_of_the_day(entry: Entry, source: Source, edition: Edition, today: date) -> Iterator[Problem]:
    """A published entry is held against today; a draft against the first day it can be in force, and more strictly."""
    is_open = entry.status in OPEN
    day = min(max(today, entry.effective_from or today), entry.effective_to or date.max) if is_open else today
    newest = source.in_force(day)
    if edition.effective > day:
        text = f"{entry.id} 引用的《{source.doc}》{edition.edition} 年版 {edition.effective} 才生效，这一条却已经有效。"
        yield Problem(entry.place, "E303", text, "请引用现行的一版，或把 effective_from 改到那天以后。")
    elif newest and newest.effective > edition.effective:
        text = f"{entry.id} 引用的《{source.doc}》{edition.edition} 年版已被 {newest.edition} 年版取代。"
        yield Problem(entry.place, "W303", text, "请按新版核对并改写。", "error" if is_open else "warning")
