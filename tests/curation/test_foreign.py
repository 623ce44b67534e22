"""Other products' files: what we write they can read, and what they hold comes in whole."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from curation.spreadsheets import importing
from curation.spreadsheets.foreign import WRITERS, Kind
from curation.spreadsheets.topics import Defaults
from knowledge_base.loading import load
from tests.conftest import CONTENT
from tests.curation.desk import TODAY, Desk, codes, counts, sheet_of

LIVE = [entry for entry in load(CONTENT).entries if entry.in_force(TODAY)]
NASTY = '=1+1\n第二行，“引号"\t制表\\n 反斜杠'


@pytest.mark.parametrize("kind", list(WRITERS))
def test_questions_wordings_and_answers_survive_the_round_trip(kind: Kind, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    data = WRITERS[kind](LIVE)
    preview = desk.preview(data, topic="外来", owner="组织委员")
    assert set(counts(preview)) == {"new"}
    desk.apply(data, topic="外来", owner="组织委员")
    made = {entry.question: entry for entry in desk.entries().values() if entry.id.startswith("wd-")}
    assert {q: (set(e.variants), e.answer, e.status) for q, e in made.items()} == {
        e.question: (set(e.variants), e.answer, "draft") for e in LIVE
    }


@pytest.mark.parametrize("kind", list(WRITERS))
def test_our_own_content_comes_back_unchanged(kind: Kind) -> None:
    preview = importing.preview(WRITERS[kind](LIVE), "", CONTENT, TODAY, Defaults("党费"))
    assert set(counts(preview)) == {"unchanged"}


@pytest.mark.parametrize("kind", list(WRITERS))
def test_difficult_texts_survive(kind: Kind, tmp_path: Path) -> None:
    data = WRITERS[kind]([replace(LIVE[0], question="问题是：#1？", variants=("- 甲", "乙, 丙"), answer=NASTY)])
    (made,) = Desk(tmp_path).preview(data, topic="转正").merged.edits
    assert (made.entry.question, made.entry.answer) == ("问题是：#1？", NASTY)
    assert made.entry.variants == ("- 甲", "乙, 丙")


def test_the_files_have_the_columns_that_the_products_ask_for() -> None:
    dify = list(csv.reader(io.StringIO(WRITERS["dify"](LIVE).decode("utf-8-sig"))))
    assert dify[0] == ["question", "answer"]
    assert len(dify) == 1 + sum(len(entry.wordings) for entry in LIVE)
    azure = WRITERS["azure"](LIVE).decode().split("\r\n")[0].split("\t")
    assert azure[:4] == ["Question", "Answer", "Source", "Metadata"]
    maxkb = load_workbook(io.BytesIO(WRITERS["maxkb"](LIVE))).worksheets[0]
    assert [str(cell.value)[:4] for cell in maxkb[1]] == ["分段标题", "分段内容", "问题（选"]
    rasa = yaml.safe_load(WRITERS["rasa"](LIVE))
    assert rasa["nlu"][0]["intent"] == f"faq/{LIVE[0].id}"
    assert rasa["nlu"][0]["examples"].startswith(f"- {LIVE[0].question}\n")
    assert rasa["responses"][f"utter_faq/{LIVE[0].id}"] == [{"text": LIVE[0].answer}]


def test_azure_keeps_the_topic(tmp_path: Path) -> None:
    some = [replace(entry, topic="转正") for entry in LIVE[:5]]
    preview = Desk(tmp_path).preview(WRITERS["azure"](some))
    assert [edit.entry.topic for edit in preview.merged.edits] == ["转正"] * 5


def test_every_line_of_a_group_is_accounted_for(tmp_path: Path) -> None:
    data = "question,answer\n甲问题,一\n乙问题,一\n丙问题,二\n,三\n".encode("gbk")
    preview = Desk(tmp_path).preview(data, topic="转正")
    assert counts(preview) == {"new": 3, "refused": 1}
    assert [result.row.numbers for result in preview.merged.results] == [(2, 3), (4,), (5,)]
    assert codes(preview) == ["E101"]


def test_rows_without_a_topic_are_refused_not_put_anywhere(tmp_path: Path) -> None:
    preview = Desk(tmp_path).preview(b"question,answer\nq1,a\n")
    assert counts(preview) == {"refused": 1}
    assert "没有写分类" in preview.merged.findings[0].text


def test_a_question_without_an_answer_is_refused(tmp_path: Path) -> None:
    rasa = b"nlu:\n- intent: faq/x\n  examples: |\n    - [what](entity) now\n"
    preview = Desk(tmp_path).preview(rasa, topic="转正")
    assert codes(preview) == ["E103"]
    assert preview.table.rows[0].cells["question"] == "what now"
    assert codes(
        Desk(tmp_path / "b").preview(sheet_of(["分段标题", "分段内容", "问题"], ["甲", None, "乙问"]), topic="转正")
    ) == ["E103"]
