"""Who got an answer that no longer holds is told once; so is who said 等答复. Nobody else, and nothing twice."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from knowledge_base import library
from storage.tables.curation import answer_wish, missed_question
from storage.tables.push import outbox
from tests.curation.conftest import DUES, LONG, REVIEWER, WRITER, Office
from tests.knowledge_base.test_loading import entry

NOTICE = "【更正通知】"
NOTE = '[{version: 2, on: "2026-11-22", by: 组织委员, checked_by: 支部书记, note: 按新规定改写}]'
TWO = entry(version="2", answer="还是一年。", short="一年。", history=NOTE)
OTHER_WORDING = LONG.replace("[预备期有几年", "[预备期到底有几年, 预备期有几年")


def notes(office: Office) -> int:
    with office.services.database().connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(outbox)) or 0)


def test_who_got_the_old_answer_is_told_once_behind_the_next_reply(office: Office) -> None:
    for who in ("甲", "甲", "乙"):
        office.answer("预备期多长", who=who)
    office.answer("党费交多少", who="丙")
    assert office.publish(TWO, DUES)["corrections"] == 2
    office.clock.travel(days=1)
    reply = office.answer("党费交多少", who="甲")
    assert reply.startswith("按比例交。")
    assert f"{NOTICE}您 11 月 22 日看过的“预备期多长？”（zz-0001 第1版）有更正，现在以第2版为准。" in reply
    assert "变化：按新规定改写。" in reply
    for _ in range(2):
        assert NOTICE not in office.answer("预备期多长", who="甲")
        assert NOTICE not in office.answer("党费交多少", who="丙")
    office.make().current(office.clock())
    assert notes(office) == 2


def test_other_wordings_correct_nothing(office: Office) -> None:
    office.answer("预备期多长", who="甲")
    assert office.publish(OTHER_WORDING, DUES)["corrections"] == 0
    assert NOTICE not in office.answer("党费交多少", who="甲")


def test_who_has_seen_the_new_answer_is_not_told(office: Office) -> None:
    office.answer("预备期多长", who="甲")
    dated = entry(short="一年。").replace(
        'effective_from: "2022-10-22"', 'effective_from: "2022-10-22"\n    effective_to: "2026-11-22"'
    )
    office.publish(dated, TWO.replace('effective_from: "2022-10-22"', 'effective_from: "2026-11-23"'), DUES)
    office.clock.travel(hours=11)  # 23:00 in Shanghai
    assert "第1版" in office.answer("预备期多长", who="甲")
    office.clock.travel(hours=1, minutes=1)
    # The switch at midnight, without anybody publishing: the first message of the day finds the correction.
    reply = office.answer("预备期多长", who="甲")
    assert reply.startswith("还是一年。")
    assert NOTICE in reply
    assert NOTICE not in office.answer("预备期多长", who="甲")


def test_a_version_taken_back_is_corrected_back(office: Office) -> None:
    office.answer("预备期多长", who="甲")
    office.publish(TWO, DUES)
    assert "以第2版为准" in office.answer("党费交多少", who="甲")
    office.done("rollback", "1", "--as", REVIEWER)
    assert "以第1版为准" in office.answer("党费交多少", who="甲")
    assert NOTICE not in office.answer("党费交多少", who="甲")


def test_a_withdrawn_answer_is_said_to_be_withdrawn(office: Office) -> None:
    office.answer("党费交多少", who="甲")
    office.publish(LONG, DUES.replace("status: published", "status: retired"))
    assert "已经停用，请不要再按它办理" in office.answer("预备期多长", who="甲")


@pytest.fixture
def waiting(office: Office) -> Office:
    """One account waits for an answer, another asked the same and does not."""
    for who in ("甲", "乙"):
        assert "等答复" in office.answer("谁来管电费", who=who)
    office.answer("等答复", who="甲")
    return office


def test_who_waits_is_told_the_approved_answer_once_and_then_forgotten(waiting: Office) -> None:
    (item,) = waiting.json("queue")["questions"]
    assert (item["text"], item["asked"], item["waiting"]) == ("谁来管电费", 2, 1)
    waiting.done("queue", "answer", item["id"], "--as", WRITER, "--draft", "qa/1.yaml", "--answer", "物业来管。")
    text = (waiting.folder / "qa" / "1.yaml").read_text("utf-8")
    assert "status: draft" in text
    (waiting.folder / "qa" / "1.yaml").write_text(text.replace("status: draft", "status: published"), "utf-8")
    waiting.done("submit", "--as", WRITER)
    assert waiting.json("publish", "--as", REVIEWER)["told"] == 1
    waiting.clock.travel(seconds=1)
    assert "【您等的答复】您问过的“谁来管电费”有审核过的答案了：\n物业来管。" in waiting.answer("党费交多少", who="甲")
    for who in ("甲", "乙"):
        assert "您等的答复" not in waiting.answer("党费交多少", who=who)
    assert waiting.json("queue")["questions"] == []
    with waiting.services.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(answer_wish)) == 0
        assert connection.scalar(select(missed_question.c.answered_by)) == "df-0002"


def test_who_may_not_see_the_answer_is_told_how(waiting: Office) -> None:
    members_only = entry(
        id="zz-0009", question="谁来管电费？", variants="[电费谁管]", answer="物业。", visibility="member"
    )
    waiting.publish(LONG, DUES, members_only)
    waiting.clock.travel(seconds=1)
    reply = waiting.answer("党费交多少", who="甲")
    assert "只给绑定的党员看" in reply
    assert "物业" not in reply


def test_nobody_can_see_who_asked_but_for_the_wish_itself(waiting: Office) -> None:
    with waiting.services.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(answer_wish)) == 1
        memories = str(connection.exec_driver_sql("SELECT memory FROM binding").all())
    shown = waiting.done("queue") + waiting.done("queue", "--json") + waiting.done("stats", "--json")
    assert "甲" not in shown
    assert "电费" not in memories


def test_a_question_becomes_a_variant_and_no_other_byte_moves(office: Office) -> None:
    office.answer("要在党里见习多久", who="甲")
    (item,) = office.json("queue")["questions"]
    path = office.folder / "qa" / "1.yaml"
    path.write_text("# 第一行注释\n" + path.read_text("utf-8"), "utf-8")
    before = path.read_text("utf-8")
    office.done("queue", "answer", item["id"], "--as", WRITER, "--variant", "df-0001")
    after = path.read_text("utf-8")
    assert "要在党里见习多久" in after
    assert after.startswith(before[: before.index("  - id: df-0001")])
    assert office.json("queue")["questions"][0]["state"] == "answering"
    assert office.run("queue", "answer", item["id"], "--as", WRITER, "--variant", "xx-9").exit_code == 1
    assert office.run("queue", "answer", "77", "--as", WRITER, "--variant", "df-0001").exit_code == 1
    assert office.run("queue", "answer", item["id"], "--as", WRITER).exit_code == 2
    assert path.read_text("utf-8") == after


def test_refusals_and_complaints_have_an_owner_and_a_day_and_paraphrases_stand_together(office: Office) -> None:
    for question in ("活动室借用找谁", "党员活动室能借用吗", "谁来管电费"):
        office.answer(question)
    office.answer("预备期多长")
    office.answer("没用")
    office.answer("2")
    found = office.json("queue")
    clusters = {row["text"]: row["cluster"] for row in found["questions"]}
    assert clusters["活动室借用找谁"] == clusters["党员活动室能借用吗"] != clusters["谁来管电费"]
    assert all((row["owner"], row["due"]) == ("组织委员", "2026-11-29") for row in found["questions"])
    assert found["complaints"] == [
        {"entry": "zz-0001", "version": 1, "reason": "看不懂", "times": 1, "owner": "组织委员", "due": "2026-11-29"}
    ]
    assert office.json("queue", "--owner", "支部书记") == {"questions": [], "complaints": []}
    office.clock.travel(days=9)
    assert "已超期" in office.done("queue")
    office.done("queue", "close", "--entry", "zz-0001", "--as", WRITER)
    assert office.json("queue")["complaints"] == []


def test_the_counts_add_up_and_name_nobody(office: Office) -> None:
    for text in ("预备期多长", "预备期多长", "没用", "谁来管电费"):
        office.answer(text)
    office.clock.travel(days=1)
    office.answer("党费交多少")
    found = office.json("stats")
    first, second = found["periods"]
    assert (first["name"], first["questions"], first["answered"], first["useless"]) == ("2026-11-22", 3, 2, 1)
    assert (first["refused"], first["refusal_rate"], first["coverage"]) == (1, 0.3333, 0.6667)
    assert (second["answered"], second["refusal_rate"]) == (1, 0.0)
    assert found["entries"][0] == {"entry_id": "zz-0001", "answered": 2, "chosen": 0, "useful": 0, "useless": 1}
    (month,) = office.json("stats", "--monthly")["periods"]
    assert (month["name"], month["questions"]) == ("2026-11", 4)


def test_an_overdue_answer_says_so(office: Office) -> None:
    assert "依据可能已更新" not in office.answer("预备期多长")
    office.clock.travel(days=400)
    assert "（依据可能已更新，请核对后再用）" in office.answer("预备期多长")


def test_a_library_looks_at_most_once_a_second(office: Office, tmp_path: object) -> None:
    looked: list[str] = []

    class Shelf:
        def look(self, now: object) -> str:
            looked.append(str(now))
            return "1"

        def read(self, version: str) -> object:
            return office.services.current(office.clock()).content

    kept = library.Library(Shelf(), None, lambda version, problems: None, office.clock())  # type: ignore[arg-type]
    for _ in range(30):
        office.clock.travel(seconds=0.1)
        kept.current(office.clock())
    assert len(looked) == 1 + 3


def test_a_clock_that_moves_is_all_that_a_reader_needs(make_office: Callable[..., Office]) -> None:
    office = make_office()
    assert "一年。" in office.answer("预备期多长")
    assert office.json("versions")["versions"][0]["published_by"] == "系统"
