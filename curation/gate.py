"""What must hold before anything is published: lint, nothing lost, versions that tell, and the regression cases."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from curation.differences import by_key
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content, Entry
from knowledge_base.linting import lint
from knowledge_base.regression import cases, findings, run
from knowledge_base.strict_yaml import Problem


def check(
    new: KnowledgeBase, old: KnowledgeBase | None, today: date, texts: Mapping[str, str], *, may_drop: bool = False
) -> list[Problem]:
    """Every finding, errors first. `old` is what is served now, `texts` the organisation's source texts;
    `may_drop`: published entries may go from the files.
    """
    before = old.content if old else None
    found = [
        *_strict_for_drafts(lint(new.content, today, texts), before, new.content),
        *_same_version_another_answer(before, new.content),
        *([] if may_drop else _lost(before, new.content)),
        *regressions(new, old, today),
    ]
    return sorted(found, key=lambda each: (each.severity != "error", each.place.file, each.place.line, each.code))


def regressions(new: KnowledgeBase, old: KnowledgeBase | None, today: date) -> list[Problem]:
    """E401 for every case that is red or has become worse, W401 for those that were red before."""
    before = run(old, cases(old.content, today)) if old else []
    return findings(run(new, cases(new.content, today)), before)


def _strict_for_drafts(found: list[Problem], before: Content | None, after: Content) -> Iterator[Problem]:
    """A superseded edition is a warning where it is published already, and an error in what is new."""
    old = by_key(before)
    kept = {entry.place for key, entry in by_key(after).items() if key in old and old[key].sources == entry.sources}
    for problem in found:
        strict = problem.code == "W303" and problem.place not in kept
        yield replace(problem, severity="error") if strict else problem


# What a version says; how it is found (wordings, tests ...) may change without another version.
_SAYS = ("question", "answer", "short", "sources", "facts")
_NAMES = {"question": "问题", "answer": "答案", "short": "简答", "sources": "依据", "facts": "facts"}


def _same_version_another_answer(before: Content | None, after: Content) -> Iterator[Problem]:
    old = by_key(before)
    for key, entry in by_key(after).items():
        if key not in old or not _live(old[key]):
            continue
        if differing := [_NAMES[name] for name in _SAYS if getattr(old[key], name) != getattr(entry, name)]:
            text = f"{entry.id} 第 {entry.version} 版已经发布过，{'、'.join(differing)}却改了。"
            remedy = "请把 version 加一（旧版写上 effective_to 留着，或直接换成新版），好让看过旧答案的党员得到更正。"
            yield Problem(entry.place, "E402", text, remedy)


def _lost(before: Content | None, after: Content) -> Iterator[Problem]:
    newest: dict[str, int] = {}
    for entry in after.entries:
        newest[entry.id] = max(entry.version, newest.get(entry.id, 0))
    told = set()
    for entry in before.entries if before else ():
        if not _live(entry) or entry.id in told or newest.get(entry.id, 0) >= entry.version:
            continue
        told.add(entry.id)
        if entry.id not in newest:
            text = f"已发布的 {entry.id}“{entry.question}”在文件里不见了。"
            remedy = "停用请把 status 改成 retired；确实要整条拿掉，提交时加 --drop。"
        else:
            text = f"{entry.id} 已发布到第 {entry.version} 版，文件里只有第 {newest[entry.id]} 版：别人发布过新版。"
            remedy = "请用 kb checkout 取出现在的版本，把您的修改加上去再提交。"
        yield Problem(entry.place, "E403", text, remedy)


def _live(entry: Entry) -> bool:
    return entry.status == "published"
