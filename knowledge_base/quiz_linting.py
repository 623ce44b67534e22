"""What can be told about quiz items that load: where they come from, whether they leak, whether two are one."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from knowledge_base.citing import cited
from knowledge_base.entry import Content, QuizItem
from knowledge_base.quizzes import LETTERS
from knowledge_base.strict_yaml import Problem
from knowledge_base.text import normalise

# A stem longer than this, with its options, is no reading for a phone.
LONGEST_STEM, LONGEST_OPTION = 120, 60
# With this many single choices in a topic, the right letters should not lean to one side by more than this share.
BALANCE_FROM, BALANCE_SHARE = 12, 0.45


def lint(content: Content, today: date) -> list[Problem]:
    """Every finding over the quiz items, errors first, then by place. `today` decides what is superseded."""
    live = [item for item in content.quizzes if item.status == "published"]
    found = [
        *_ids(content.quizzes),
        *_stems(live),
        *_balance(live),
        *(problem for item in live for problem in _item(item, content, today)),
    ]
    return sorted(found, key=lambda p: (p.severity != "error", p.place.file, p.place.line, p.code))


def _ids(items: tuple[QuizItem, ...]) -> Iterator[Problem]:
    seen: dict[str, QuizItem] = {}
    for item in items:
        twin = seen.setdefault(item.id, item)
        if twin is not item:
            yield Problem(item.place, "E602", f"编号 {item.id} 已在 {twin.place} 用过。", "请换一个没用过的编号。")


def _stems(live: list[QuizItem]) -> Iterator[Problem]:
    """One stem with two keys is an error wherever it stands; twice the same is one too many."""
    by_stem: dict[str, list[QuizItem]] = defaultdict(list)
    for item in live:
        by_stem[normalise(item.question)].append(item)
    for twins in by_stem.values():
        for twin in twins[1:]:
            if _key(twin) == _key(twins[0]):
                yield Problem(twin.place, "W607", f"与 {twins[0].place} 是同一道题。", "请删去一道。", "warning")
            else:
                text = f"题干与 {twins[0].place} 相同，答案不同。"
                yield Problem(twin.place, "E603", text, "请按依据核对，改正或停用其中一道。")


def _key(item: QuizItem) -> frozenset[str]:
    if not item.options:
        return frozenset({item.answer})
    return frozenset(normalise(item.options[LETTERS.index(letter)]) for letter in item.answer)


def _item(item: QuizItem, content: Content, today: date) -> Iterator[Problem]:
    if not item.sources:
        yield Problem(item.place, "E604", f"题目 {item.id} 没有写依据。", "请补上 sources；没有依据的题不会推送。")
    for citation in item.sources:
        source, edition, problems = cited(item.id, item.place, citation, content.sources)
        yield from problems
        newest = source.in_force(today) if source else None
        if edition and newest and newest.effective > edition.effective:
            text = f"题目 {item.id} 引用的《{citation.doc}》{edition.edition} 年版已被 {newest.edition} 年版取代。"
            yield Problem(item.place, "W303", text, "请按新版核对并改写。", "warning")
    if item.entry and all(entry.id != item.entry for entry in content.entries):
        text = f"题目 {item.id} 写着出自 {item.entry}，没有这一条问答。"
        yield Problem(item.place, "E605", text, "请改正 entry，或删去它。")
    if item.type == "single" and normalise(item.options[LETTERS.index(item.answer)]) in normalise(item.question):
        yield Problem(
            item.place, "W606", f"题目 {item.id} 的题干里出现了正确选项。", "请改写题干，不要透露答案。", "warning"
        )
    longest = max((len(option) for option in item.options), default=0)
    if len(item.question) > LONGEST_STEM or longest > LONGEST_OPTION:
        text = f"题目 {item.id} 太长：题干 {len(item.question)} 字，最长的选项 {longest} 字。"
        yield Problem(
            item.place, "W608", text, f"题干不超过 {LONGEST_STEM} 字，选项不超过 {LONGEST_OPTION} 字。", "warning"
        )


def _balance(live: list[QuizItem]) -> Iterator[Problem]:
    topics: dict[str, list[QuizItem]] = defaultdict(list)
    for item in live:
        if item.type == "single":
            topics[item.topic].append(item)
    for topic, items in topics.items():
        letter, times = Counter(item.answer for item in items).most_common(1)[0]
        if len(items) >= BALANCE_FROM and times / len(items) > BALANCE_SHARE:
            text = f"“{topic}”的 {len(items)} 道单选题里，有 {times} 道的答案是 {letter}。"
            yield Problem(items[0].place, "W609", text, "请把正确选项的位置打散。", "warning")
