"""A change reaches members through two persons and a green gate, is served everywhere at once, and can be undone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DatabaseError

from storage.tables.publishing import SYSTEM, change_log, change_set, content_file, snapshot
from tests.cli.conftest import invoke
from tests.conftest import NOON
from tests.curation.conftest import DUES, LONG, REVIEWER, WRITER, Office
from tests.knowledge_base.test_loading import entry

DAY = NOON.date()
TWO = entry(version="2", answer="还是一年。", short="一年。", tests="[{ask: 预备期是多少年, expect: zz-0001}]")


def test_the_starter_files_become_version_one_by_the_system_and_the_log_says_so(office: Office) -> None:
    (first,) = office.json("versions")["versions"]
    assert (first["version"], first["author"], first["published_by"]) == (1, SYSTEM, SYSTEM)
    with office.services.database().connect() as connection:
        payload = connection.scalar(select(change_log.c.payload).where(change_log.c.action == "publish"))
    assert "程序自动发布" in str(payload)


def test_members_get_the_published_version_until_another_person_publishes(office: Office) -> None:
    other = office.make()
    office.write(TWO, DUES)
    office.clock.travel(minutes=5)
    assert "一年。" in office.answer("预备期多长")
    assert "还是一年。" in office.done("ask", "预备期多长", "--files")
    office.done("submit", "--as", WRITER, "--note", "改写")
    assert "还是一年。" not in office.answer("预备期多长", other)
    published = office.json("publish", "2", "--as", REVIEWER)
    assert (published["version"], published["author"], published["published_by"]) == (2, WRITER, REVIEWER)
    office.clock.travel(seconds=1)
    for process in (office.services, other, office.make()):
        assert "还是一年。" in office.answer("预备期多长", process)


def test_a_reply_never_comes_from_files_that_were_never_published(make_office: Callable[..., Office]) -> None:
    office = make_office(demo=True)
    assert "一年。" in office.answer("预备期多长")
    office.write(TWO, DUES)
    office.clock.travel(seconds=1)
    assert "还是一年。" in office.answer("预备期多长")  # the demo publishes by itself
    office.done("curator", "add", WRITER, "--role", "整理员")
    office.write(LONG, DUES)
    office.clock.travel(seconds=1)
    assert "还是一年。" in office.answer("预备期多长")  # and no more, once there is somebody to review
    assert {each["published_by"] for each in office.json("versions")["versions"]} == {SYSTEM}


@pytest.mark.parametrize("step", ["approve", "publish"])
def test_the_author_lets_nothing_through(office: Office, step: str) -> None:
    office.write(TWO, DUES)
    office.done("submit", "--as", WRITER)
    refused = office.run(step, "2", "--as", WRITER)
    assert refused.exit_code == 1
    assert "E501" in refused.stderr
    assert "请换一位审核员" in refused.stderr
    assert [each["state"] for each in office.json("changes")["changes"]] == ["review"]
    assert len(office.json("versions")["versions"]) == 1


def test_a_writer_cannot_publish_and_a_stranger_can_do_nothing(office: Office) -> None:
    office.done("curator", "add", "赵一", "--role", "整理员")
    office.write(TWO, DUES)
    office.done("submit", "--as", WRITER)
    writer, stranger = office.run("publish", "2", "--as", "赵一"), office.run("draft", "--as", "路人")
    assert (writer.exit_code, stranger.exit_code) == (1, 2)
    assert "这一步要审核员来做" in writer.stderr
    assert "./run kb curator add 路人" in stranger.stderr
    office.done("curator", "remove", REVIEWER)
    assert office.run("publish", "2", "--as", REVIEWER).exit_code == 2


def test_draft_review_approved_published_and_back_with_a_reason(office: Office) -> None:
    def state() -> str:
        return str(office.json("changes", "--all")["changes"][-1]["state"])

    office.write(TWO, DUES)
    office.done("draft", "--as", WRITER)
    assert state() == "draft"
    assert office.run("publish", "2", "--as", REVIEWER).exit_code == 1
    office.done("submit", "2", "--as", WRITER)
    assert state() == "review"
    office.done("reject", "2", "--as", REVIEWER, "--note", "写错了")
    assert state() == "draft"
    office.done("submit", "2", "--as", WRITER)
    office.done("approve", "2", "--as", REVIEWER)
    assert state() == "approved"
    office.done("publish", "--as", REVIEWER)
    assert state() == "published"


def refusals() -> list[tuple[str, Any]]:
    """What the database itself refuses, however it is reached."""
    by_author = {"number": 3, "change_set_id": 2, "author": WRITER, "digest": "x", "published_at": NOON}
    return [
        ("author publishes", insert(snapshot).values(**by_author, published_by=WRITER)),
        ("another author named", insert(snapshot).values(**by_author | {"author": REVIEWER}, published_by=WRITER)),
        ("author approves", update(change_set).where(change_set.c.id == 3).values(approved_by=WRITER)),
        ("nobody approved", update(change_set).where(change_set.c.id == 3).values(state="approved")),
        ("author changed", update(change_set).where(change_set.c.id == 3).values(author=REVIEWER)),
        ("published reopened", update(change_set).where(change_set.c.id == 2).values(state="draft")),
        ("version edited", update(snapshot).values(published_by=REVIEWER)),
        ("version deleted", snapshot.delete()),
        ("file edited", update(content_file).values(body=b"")),
        ("log edited", update(change_log).values(actor="x")),
        ("log deleted", change_log.delete().where(change_log.c.seq == 1)),
    ]


def test_the_database_itself_refuses(office: Office) -> None:
    office.publish(TWO, DUES)
    office.write(LONG.replace("version: 1", "version: 3"), DUES)
    office.done("submit", "--as", WRITER)
    with office.services.database().connect() as connection:
        digest = connection.scalar(select(change_set.c.digest).where(change_set.c.id == 2))
    done = []
    for name, statement in refusals():
        with office.services.database().connect() as connection:
            try:
                connection.execute(statement.values(digest=digest) if statement.is_insert else statement)
                done.append(name)
            except DatabaseError:
                pass
    assert done == []


def test_an_unapproved_change_is_no_version_even_by_sql(office: Office) -> None:
    office.write(TWO, DUES)
    office.done("submit", "--as", WRITER)
    with office.services.database().begin() as connection:
        digest = connection.scalar(select(change_set.c.digest).where(change_set.c.id == 2))
        values = {"number": 2, "change_set_id": 2, "author": WRITER, "digest": digest, "published_at": NOON}
        with pytest.raises(DatabaseError):
            connection.execute(insert(snapshot).values(**values, published_by=REVIEWER))
        connection.rollback()


def test_going_back_takes_one_person_and_gives_the_very_files(office: Office) -> None:
    before = {path.name: path.read_bytes() for path in office.folder.rglob("*.yaml")}
    office.publish(TWO, DUES)
    done = office.run("rollback", "1", "--as", REVIEWER, "--json")
    assert done.exit_code == 0, done.output
    office.clock.travel(seconds=1)
    assert "还是一年。" not in office.answer("预备期多长")
    assert [each["restores"] for each in office.json("versions")["versions"]] == [None, None, 1]
    assert "没提交过" not in office.done("checkout")
    assert {path.name: path.read_bytes() for path in office.folder.rglob("*.yaml")} == before
    assert office.run("rollback", "1", "--as", REVIEWER).exit_code == 1
    assert office.run("rollback", "9", "--as", REVIEWER).exit_code == 1


def test_what_was_never_handed_in_is_not_overwritten(office: Office) -> None:
    office.write(TWO, DUES)
    refused = office.run("checkout")
    assert refused.exit_code == 1
    assert "--overwrite" in refused.stderr
    assert "还是一年。" in (office.folder / "qa" / "1.yaml").read_text("utf-8")
    office.done("checkout", "--to", office.folder.parent / "elsewhere")
    assert "还是一年。" not in (office.folder.parent / "elsewhere" / "qa" / "1.yaml").read_text("utf-8")


def test_a_change_written_on_an_older_version_overwrites_nobody(office: Office) -> None:
    office.done("curator", "add", "赵一", "--role", "整理员")
    office.write(LONG, DUES.replace("[每月党费怎么算]", "[每月党费怎么算, 党费多少钱]"))
    office.done("submit", "--as", "赵一")
    office.publish(TWO, DUES)
    late = office.run("publish", "2", "--as", REVIEWER)
    assert late.exit_code == 1
    assert len(office.json("versions")["versions"]) == 2
    office.write(LONG, DUES)
    again = office.run("submit", "--as", "赵一")
    assert again.exit_code == 1
    assert "E403" in again.stdout
    assert "别人发布过新版" in again.stdout


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ((LONG.replace("一年。", "两年。"), DUES), "E402"),
        ((LONG,), "E403"),
        ((LONG, DUES.replace("党费交多少", "会费交多少").replace("每月党费怎么算", "会费怎么算")), "E402"),
        ((LONG.replace("预备期是多少年", "每月党费怎么算"), DUES), "E401"),
        ((LONG, entry(id="df-0001", version="2", question="预备期多长？", variants="[每月党费怎么算]")), "E201"),
        ((LONG, DUES, entry(id="zz-0009", question="新问题怎么办？", sources='[{doc: 中国共产党章程, article: 第七条, '
                            'edition: "2017"}]')), "W303"),
    ],
    ids=["answer", "lost", "question", "test", "two-answers", "superseded"],
)  # fmt: skip
def test_what_is_red_is_not_published_and_says_why(office: Office, entries: tuple[str, ...], code: str) -> None:
    office.write(*entries)
    tested, refused = office.run("test"), office.run("submit", "--as", WRITER)
    assert (tested.exit_code, refused.exit_code) == (1, 1)
    assert f" {code} " in refused.stdout
    assert "qa/1.yaml:" in refused.stdout
    assert office.run("publish", "2", "--as", REVIEWER).exit_code == 1
    assert len(office.json("versions")["versions"]) == 1


def test_entries_go_only_when_the_author_says_so(office: Office) -> None:
    office.write(LONG)
    assert office.run("submit", "--as", WRITER).exit_code == 1
    office.done("submit", "--as", WRITER, "--drop")
    office.done("publish", "--as", REVIEWER)
    office.clock.travel(seconds=1)
    assert "按比例交" not in office.answer("党费交多少")


def test_a_golden_question_holds_the_gate_and_its_slips_are_said_with_their_place(office: Office) -> None:
    golden = office.folder / "golden.yaml"
    golden.write_text("schema: 1\nquestions:\n  - {ask: 党费交多少, expect: zz-0001}\n", "utf-8")
    refused = office.run("submit", "--as", WRITER)
    assert refused.exit_code == 1
    assert "golden.yaml:3 E401 “党费交多少”应由 zz-0001 回答，现在由 df-0001 第1版回答。" in refused.stdout
    golden.write_text("schema: 1\nquestions:\n  - {ask: 党费交多少}\n", "utf-8")
    assert office.run("lint").exit_code == 1
    golden.write_text("schema: 1\nquestions:\n  - {ask: 党费交多少, expect: df-0001, as_of: '2026-01-01'}\n", "utf-8")
    office.done("submit", "--as", WRITER)


def test_what_was_red_before_is_no_fault_of_the_change(make_office: Callable[..., Office]) -> None:
    office = make_office()
    office.write(LONG.replace("预备期是多少年", "每月党费怎么算"), DUES)
    office.staff()
    assert office.json("test")["findings"][0]["code"] == "W401"
    office.publish(LONG.replace("预备期是多少年", "每月党费怎么算"), DUES.replace("[每月", "[每个月党费, 每月"))


def test_history_and_differences_name_fields_and_persons(office: Office) -> None:
    office.publish(LONG, DUES.replace("按比例交。", "按比例交。").replace("[每月", "[每个月党费, 每月"))
    (_, step) = office.json("history", "df-0001")["history"]
    assert (step["what"], step["fields"]) == ("changed", ["variants"])
    assert (step["author"], step["approved_by"], step["published_by"]) == (WRITER, REVIEWER, REVIEWER)
    found = office.json("diff", 1, 2)
    (change,) = found["entries"]
    assert change["fields"]["variants"] == {"before": "每月党费怎么算", "after": "每个月党费\n每月党费怎么算"}
    assert found["files"] == ["qa/1.yaml"]
    assert office.run("history", "xx-1").exit_code == 1


def test_a_replay_shows_which_questions_would_change_their_answer(office: Office) -> None:
    office.answer("谁来管电费")
    asked = office.folder.parent / "asked.txt"
    asked.write_text('每月党费怎么算\n{"query": "预备期多长"}\n', "utf-8")
    office.write(LONG, DUES, entry(id="zz-0009", question="谁来管电费？", variants="[电费谁管]", answer="物业。"))
    found = office.json("diff", "--replay", asked)
    assert found["replayed"] == 3
    assert [(row["source"], row["ask"], row["before"]) for row in found["replay"]] == [
        ("没答上的", "谁来管电费", "不作答")
    ]
    assert office.json("diff", "--replay")["replayed"] == 1


def test_two_processes_that_follow_the_same_files_publish_them_once(make_office: Callable[..., Office]) -> None:
    office = make_office(demo=True)
    processes = [office.services, office.make(), office.make()]
    for process in processes:
        process.database()  # migrations are not for threads
    for text in ((LONG, DUES), (TWO, DUES)):
        office.write(*text)
        office.clock.travel(seconds=2)
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda process: process.current(office.clock()).entry("zz-0001", DAY), processes))
        assert len({entry.version for entry in answers if entry}) == 1
    assert len(office.json("versions")["versions"]) == 2


def test_the_doctor_says_what_is_served_and_that_files_differ(office: Office) -> None:
    assert "正在用第 1 版" in invoke(office.services, "doctor").stdout
    assert "没发布的修改" not in invoke(office.services, "doctor").stdout
    office.write(TWO, DUES)
    assert "文件里有没发布的修改" in invoke(office.services, "doctor").stdout


def test_broken_files_hold_nothing_up_once_something_is_published(office: Office) -> None:
    (office.folder / "qa" / "1.yaml").write_text("坏了", "utf-8")
    assert "一年。" in office.answer("预备期多长", office.make())
    broken = office.run("lint")
    assert broken.exit_code == 1
