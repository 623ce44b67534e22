"""`./run db …`, `./run doctor`, and how a start ends when something is wrong: a sentence and the exit code."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from app import make_services
from cli.main import run as run_command
from cli.services import Services
from config.settings import ROOT, Settings
from knowledge_base.engine import KnowledgeBase
from storage.database import revisions
from tests.cli.conftest import Run, invoke
from tests.conftest import MovableClock, Talk

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
Make = Callable[..., Services]


@pytest.fixture
def make_unusable(
    make_settings: Callable[..., Settings], clock: MovableClock, starter_base: KnowledgeBase
) -> Iterator[Make]:
    """Like make_product, for products whose database cannot be opened (make_product would open it to close it)."""
    yield lambda **overrides: make_services(
        make_settings(log_level="ERROR", **overrides), clock, lambda now: starter_base
    )
    structlog.reset_defaults()


@pytest.fixture
def listening() -> Iterator[int]:
    """The number of a port on which some program listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _no_database(tmp_path: Path) -> str:
    (tmp_path / "folder").mkdir()
    return f"sqlite:///{tmp_path / 'folder'}"


def _no_database_file(tmp_path: Path) -> str:
    (tmp_path / "text").write_text("这不是数据库。\n" * 500, "utf-8")
    return f"sqlite:///{tmp_path / 'text'}"


def _no_folder(tmp_path: Path) -> str:
    (tmp_path / "text").write_text("x", "utf-8")
    return f"sqlite:///{tmp_path / 'text' / 'zhibu.sqlite3'}"


def _no_driver(tmp_path: Path) -> str:
    return "mysql+nosuchdriver://127.0.0.1/zhibu"


def test_upgrade_makes_the_schema_and_may_be_repeated(run: Run, services: Services) -> None:
    for _ in range(2):
        result = run("db", "upgrade")
        current, head = revisions(services.database())
        assert current == head
        assert (result.exit_code, result.stdout) == (0, f"数据库结构：{head}\n")


def test_purge_counts_what_it_deletes_by_kind(run: Run, services: Services, clock: MovableClock) -> None:
    visitor = Talk(services, clock, "visitor")
    for said in ("预备期多长", "转人工", "请回电 5678"):
        visitor.say(said)
    nothing = run("db", "purge")
    assert nothing.exit_code == 0
    assert [line.rsplit("：", 1)[1] for line in nothing.stdout.splitlines()] == ["删除 0 条"] * 8
    clock.travel(days=2)
    assert "消息回复：删除 3 条" in run("db", "purge").stdout
    clock.travel(days=180)
    result = run("db", "purge")
    assert "答案回执：删除 1 条" in result.stdout
    assert "留言：删除 1 条" in result.stdout
    assert "5678" not in visitor.say("导出我的数据").text


def test_purge_keeps_as_long_as_the_setting_says(make_product: Make, clock: MovableClock) -> None:
    services = make_product(retention_days=10)
    Talk(services, clock, "visitor").say("预备期多长")
    clock.now += timedelta(days=10)
    assert "答案回执：删除 0 条" in invoke(services, "db", "purge").stdout
    clock.now += timedelta(days=1)
    assert "答案回执：删除 1 条" in invoke(services, "db", "purge").stdout


def test_a_sound_installation_gets_a_tick_for_everything(make_product: Make, listening: int) -> None:
    result = invoke(make_product(port=listening), "doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line[0] for line in lines] == ["✓"] * len(lines)
    for part in ("演示模式", "数据库可用", "条已发布，0 个错误", "公众号：没有配置", f"端口 {listening}：有程序在听"):
        assert part in result.stdout


def test_a_free_port_is_told(make_product: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert f"端口 {port}：空闲" in invoke(make_product(port=port), "doctor").stdout


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_any_address_to_listen_on_can_be_looked_at(make_product: Make, host: str) -> None:
    assert "端口 5000：" in invoke(make_product(host=host), "doctor").stdout


def test_an_address_of_another_machine_is_a_finding(make_product: Make) -> None:
    result = invoke(make_product(host="203.0.113.9"), "doctor")
    assert result.exit_code == 1
    assert "✗ 端口 5000：不能在地址 203.0.113.9 上监听" in result.stdout


def test_a_mistyped_setting_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIBU_PROT", "geheim")
    result = run("doctor")
    assert result.exit_code == 1
    assert "✗ ZHIBU_PROT 不是本程序的配置项" in result.stdout
    assert "geheim" not in result.output


def test_a_turned_clock_is_a_finding(make_product: Make) -> None:
    result = invoke(make_product(now="+3h"), "doctor")
    assert result.exit_code == 1
    assert "✗ ZHIBU_NOW 拨动了时钟" in result.stdout


def test_an_open_channel_is_a_finding_and_a_sealed_one_is_not(make_product: Make) -> None:
    token = {"wechat_mp_token": "Geheim123", "wechat_mp_app_id": "wx1"}
    result = invoke(make_product(**token), "doctor")
    assert result.exit_code == 1
    assert "✗ 公众号消息没有加密" in result.stdout
    assert "正式运行" in result.stdout
    sealed = invoke(make_product(**token, wechat_mp_aes_key=AES_KEY), "doctor")
    assert sealed.exit_code == 0
    assert "✓ 公众号：已配置，safe 模式" in sealed.stdout
    assert "Geheim123" not in result.output + sealed.output
    assert AES_KEY not in sealed.output


def test_content_that_cannot_be_loaded_is_a_finding_with_the_first_problem(make_product: Make, tmp_path: Path) -> None:
    result = invoke(make_product(content_dir=tmp_path), "doctor")
    assert result.exit_code == 1
    assert "✗ 问答内容有 1 个错误，用 ./run kb lint 查看。第一个：sources.yaml:1 E100" in result.stdout
    assert "✓ 数据库可用" in result.stdout


@pytest.mark.parametrize("broken", [_no_database, _no_database_file, _no_folder, _no_driver])
def test_an_unusable_database_is_outside_and_the_other_checks_still_run(
    make_unusable: Make, tmp_path: Path, broken: Callable[[Path], str]
) -> None:
    services = make_unusable(database_url=broken(tmp_path), content_dir=tmp_path / "nowhere")
    result = invoke(services, "doctor")
    assert result.exit_code == 3
    assert "✗ 数据库连不上（" in result.stdout
    assert "✗ 问答内容有" in result.stdout
    assert "端口 5000：" in result.stdout


def test_a_database_without_its_driver_is_said_in_words(make_unusable: Make) -> None:
    services = make_unusable(database_url="postgresql://zhibu:geheim@127.0.0.1:1/zhibu")
    result = invoke(services, "doctor")
    assert result.exit_code == 3
    assert "✗ 数据库连不上（" in result.stdout
    assert "geheim" not in result.output


def test_a_missing_driver_ends_a_command_with_code_3(
    make_unusable: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = make_unusable(database_url="postgresql://zhibu:geheim@127.0.0.1:1/zhibu")
    monkeypatch.setattr(sys, "argv", ["app.py", "members", "list"])
    with pytest.raises(SystemExit) as ended:
        run_command(lambda: services)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (3, "")
    assert "ZHIBU_DATABASE_URL" in said.err
    assert "geheim" not in said.err


def _start(tmp_path: Path, *arguments: str, stdin: str = "", **settings: str) -> "subprocess.CompletedProcess[bytes]":
    """`./run <arguments>` as a process of its own, with an instance folder of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBU_")}
    environment |= {"ZHIBU_INSTANCE_DIR": str(tmp_path / "instance"), "PYTHONUTF8": "1"} | settings
    command = [sys.executable, "-W", "ignore::SyntaxWarning", str(ROOT / "app.py"), *arguments]
    return subprocess.run(
        command, env=environment, input=stdin.encode(), capture_output=True, timeout=60, cwd=tmp_path, check=False
    )


def test_wrong_settings_end_the_start_with_code_2_and_all_of_them(tmp_path: Path) -> None:
    ended = _start(tmp_path, "members", "list", ZHIBU_PORT="0", ZHIBU_SECRET_KEY="geheim", ZHIBU_NOW="tomorrow")
    assert (ended.returncode, ended.stdout) == (2, b"")
    said = ended.stderr.decode()
    assert said.startswith("配置有误：\n  ZHIBU_")
    assert [name for name in ("ZHIBU_PORT", "ZHIBU_SECRET_KEY", "ZHIBU_NOW") if name not in said] == []
    assert "geheim" not in said
    assert "Traceback" not in said
    assert not (tmp_path / "instance").exists()


def test_broken_content_ends_a_question_with_code_2(tmp_path: Path) -> None:
    ended = _start(tmp_path, "kb", "ask", "预备期多长", "--json", ZHIBU_CONTENT_DIR=str(tmp_path / "nowhere"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    said = ended.stderr.decode()
    assert said.startswith("问答内容有误（用 ./run kb lint 查看全部）：\n  sources.yaml:1 E100")
    assert "Traceback" not in said


def test_broken_content_ends_a_talk_with_code_2(tmp_path: Path) -> None:
    content = str(tmp_path / "nowhere")
    ended = _start(tmp_path, "chat", "--json", stdin="预备期多长\n", ZHIBU_CONTENT_DIR=content)
    assert (ended.returncode, ended.stdout) == (2, b"")


def test_an_unusable_database_ends_a_command_with_code_3(tmp_path: Path) -> None:
    ended = _start(tmp_path, "members", "list", ZHIBU_DATABASE_URL=_no_database_file(tmp_path))
    assert (ended.returncode, ended.stdout) == (3, b"")
    said = ended.stderr.decode()
    assert said.startswith("数据库出了问题：\n")
    assert "ZHIBU_DATABASE_URL" in said
    assert "Traceback" not in said


def test_json_is_utf8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    ended = _start(tmp_path, "chat", "--json", stdin="预备期多长\n", PYTHONIOENCODING="gbk")
    assert ended.returncode == 0
    assert '{"in": "预备期多长", "decision": "answer"' in ended.stdout.decode("utf-8")
