"""Quiz files -> items, strictly, as the entries are read. content/quizzes/<topic>.yaml"""

import re
from collections.abc import Iterator
from typing import cast

from knowledge_base.entry import Citation, HistoryLine, QuizItem, QuizType
from knowledge_base.reading import Reader

TYPES = ("single", "multiple", "judge", "blank", "short")
DIFFICULTIES = {"易": 0.25, "中": 0.5, "难": 0.75}
STATUSES = ("published", "draft", "retired")
LETTERS = "ABCDEFGH"
# How a blank is written in the stem.
BLANK = "____"


def topic_items(reader: Reader) -> tuple[QuizItem, ...]:
    """The items of one quiz file; its reader must not be finished yet."""
    topic, owner = reader.text("topic"), reader.text("owner")
    return reader.records("items", lambda each: _item(each, topic, owner), required=True)


def _item(reader: Reader, topic: str, owner: str) -> QuizItem:
    kind = cast(QuizType, reader.choice("type", TYPES))
    question, options = reader.text("question"), reader.texts("options")
    answer = reader.text("answer")
    for text, remedy in _shape_problems(kind, question, options, answer):
        reader.complain(reader.line_of("answer"), "E601", text, remedy)
    return QuizItem(
        id=reader.text("id", remedy="请写一个不会再变的编号，如 df-q001。"),
        status=reader.choice("status", STATUSES, "published"),
        version=reader.number("version"),
        type=kind,
        question=question,
        options=options,
        answer=answer,
        explanation=reader.text("explanation"),
        entry=reader.text("entry", ""),
        sources=reader.records("sources", citation),
        difficulty=DIFFICULTIES[reader.choice("difficulty", tuple(DIFFICULTIES), "中")],
        checked_on=reader.day("checked_on"),
        topic=topic,
        owner=owner,
        place=reader.place,
        author=reader.text("author", ""),
        history=reader.records("history", history_line),
    )


def _shape_problems(kind: str, question: str, options: tuple[str, ...], answer: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, remedy) where type, options and answer do not fit together."""
    letters = LETTERS[: len(options)]
    if kind in ("single", "multiple"):
        if not 2 <= len(options) <= len(LETTERS):
            yield f"有 {len(options)} 个选项。", f"请写 2 到 {len(LETTERS)} 个选项。"
        if len(set(options)) < len(options):
            yield "有两个选项一样。", "请改正或删去一个。"
        if not re.fullmatch(f"[{letters or 'A'}]+", answer) or "".join(sorted(set(answer))) != answer:
            yield f"答案“{answer}”不是选项的字母。", f"请从 {letters} 里按顺序写，如 A 或 ABD。"
        elif (kind == "single") != (len(answer) == 1):
            yield f"{'单选' if kind == 'single' else '多选'}题的答案写了 {len(answer)} 个。", "请核对题型和答案。"
        return
    if options:
        yield "只有单选题和多选题有选项。", "请删去 options，或改正 type。"
    if kind == "judge" and answer not in ("正确", "错误"):
        yield f"判断题的答案写的是“{answer}”。", "只能是：正确、错误。"
    if kind == "blank" and question.count(BLANK) != len(answer.split("；")):
        remedy = "题干里每个空写四个下划线 ____，答案用“；”隔开各空，一空有几种写法时用“|”隔开。"
        yield f"题干有 {question.count(BLANK)} 个空，答案有 {len(answer.split('；'))} 个。", remedy


def citation(reader: Reader) -> Citation:
    """One line of `sources`."""
    return Citation(reader.text("doc"), reader.text("article"), reader.text("edition"), reader.text("quote", ""))


def history_line(reader: Reader) -> HistoryLine:
    """One line of `history`."""
    return HistoryLine(
        version=reader.number("version"),
        on=reader.day("on"),
        by=reader.text("by"),
        checked_by=reader.text("checked_by", ""),
        note=reader.text("note", ""),
    )
