"""Quiz files: what does not fit together is told with its place, and what cannot be right by the lint."""

from datetime import date
from pathlib import Path

import pytest

from knowledge_base.loading import load
from knowledge_base.quiz_linting import lint
from knowledge_base.strict_yaml import ContentError
from tests.knowledge_base.test_loading import entry, topic, write_content

DAY = date(2026, 11, 23)
ITEM = """\
- id: x-q001
  version: 1
  type: single
  question: 预备期多长？
  options: [半年, 一年, 两年]
  answer: B
  explanation: 预备期为一年。
  sources: [{doc: 中国共产党章程, article: 第七条, edition: "2022"}]
  checked_on: "2026-11-23"
"""


def content(folder: Path, *items: str) -> Path:
    """A content folder with one entry and these quiz items."""
    made = write_content(folder, topic(entry()))
    (made / "quizzes").mkdir()
    (made / "quizzes" / "x.yaml").write_text(
        "schema: 1\ntopic: 预备党员\nowner: 组织委员\nitems:\n" + "".join(items), "utf-8"
    )
    return made


def changed(**fields: str) -> str:
    """ITEM with other values."""
    lines = []
    for line in ITEM.splitlines():
        name = line.lstrip("- ").partition(":")[0]
        lines.append(f"{line.partition(':')[0]}: {fields[name]}" if name in fields else line)
    return "\n".join(line for line in lines if not line.endswith(": -")) + "\n"


def test_an_item_is_read(tmp_path: Path) -> None:
    (item,) = load(content(tmp_path, ITEM)).quizzes
    assert (item.type, item.answer, item.options[1], item.topic, item.difficulty) == (
        "single",
        "B",
        "一年",
        "预备党员",
        0.5,
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": "D"},
        {"answer": "AB"},
        {"answer": "b"},
        {"type": "multiple"},
        {"type": "multiple", "answer": "BA"},
        {"type": "judge", "answer": "对", "options": "-"},
        {"type": "judge", "answer": "正确"},
        {"type": "blank", "answer": "一年", "options": "-"},
        {"type": "blank", "answer": "一年；半年", "options": "-", "question": "预备期____"},
        {"options": "[半年, 半年, 一年]"},
        {"options": "[一年]"},
    ],
)
def test_what_does_not_fit_together_is_refused_with_its_place(fields: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load(content(tmp_path, changed(**fields)))
    assert "E601" in {problem.code for problem in caught.value.problems}
    assert {problem.place.file for problem in caught.value.problems} == {"quizzes/x.yaml"}


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([ITEM, ITEM], "E602"),
        ([ITEM, changed(id="x-q002", answer="A")], "E603"),
        ([ITEM, changed(id="x-q002")], "W607"),
        ([changed(sources="[]")], "E604"),
        ([changed(sources='[{doc: 没有的文件, article: 第一条, edition: "2022"}]')], "E303"),
        ([changed(explanation="预备期。\n  entry: zz-9999")], "E605"),
        ([changed(question="预备期一年，多长？")], "W606"),
        ([changed(question="预备期" * 50)], "W608"),
        ([changed(id=f"x-q{n:03}", question=f"第{n}问？") for n in range(12)], "W609"),
    ],
)
def test_what_cannot_be_right_is_told(items: list[str], code: str, tmp_path: Path) -> None:
    assert code in {problem.code for problem in lint(load(content(tmp_path, *items)), DAY)}


def test_a_key_moved_with_its_options_is_the_same_key(tmp_path: Path) -> None:
    moved = changed(id="x-q002", options="[一年, 半年, 两年]", answer="A")
    assert [problem.code for problem in lint(load(content(tmp_path, ITEM, moved)), DAY)] == ["W607"]
