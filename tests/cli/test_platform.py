"""`./run platform`: the fake platform by hand, and what `./run doctor` says of a platform."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from cli.services import Services
from config.settings import ROOT
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from fakeplatform.state import OfficialAccount, WorkAccount
from tests.cli.conftest import invoke
from tests.clock import MovableClock

Make = Callable[..., Services]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], "ZHIBU_WECHAT_API_BASE_URL=http://127.0.0.1:{}"),
        (["--work"], "ZHIBU_WECOM_API_BASE_URL=http://127.0.0.1:{}"),
    ],
)
def test_the_platform_starts_shows_its_page_and_says_what_to_configure(
    tmp_path: Path, port: int, options: list[str], line: str
) -> None:
    command = [sys.executable, "-W", "ignore", str(ROOT / "app.py"), "platform", "--port", str(port), *options]
    settings = os.environ | {"ZHIBU_INSTANCE_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert f"http://127.0.0.1:{port}" in running.stderr.readline()
        running.stderr.readline()
        page = requests.get(f"http://127.0.0.1:{port}/", timeout=10).text
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=10)
    assert "每个成员看到什么" in page
    assert line.format(port) in out.splitlines()
    assert running.returncode == 0


def test_a_port_in_use_is_told(make_product: Make, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        result = invoke(make_product(), "platform", "--port", port)
    assert result.exit_code == 3
    assert "--port" in result.stderr


@pytest.fixture
def server(clock: MovableClock) -> Iterator[PlatformServer]:
    with PlatformServer(Platform(clock=clock)) as running:
        yield running


def official_settings(server: PlatformServer) -> dict[str, object]:
    account = OfficialAccount()
    return {
        "wechat_mp_token": account.token,
        "wechat_mp_aes_key": account.aes_key,
        "wechat_mp_app_id": account.app_id,
        "wechat_mp_app_secret": account.secret,
        "wechat_mp_kind": "service",
        "wechat_mp_verified": True,
        "wechat_api_base_url": server.url,
    }


def _work(server: PlatformServer) -> dict[str, object]:
    account = WorkAccount()
    return {
        "wecom_token": account.token,
        "wecom_aes_key": account.aes_key,
        "wecom_corp_id": account.corp_id,
        "wecom_agent_id": account.agent_id,
        "wecom_secret": account.secret,
        "wecom_api_base_url": server.url,
    }


def test_doctor_calls_each_platform_once(make_product: Make, server: PlatformServer) -> None:
    result = invoke(make_product(**official_settings(server), **_work(server)), "doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "✓ 公众平台接口：通" in result.stdout
    assert "✓ 企业微信接口：通" in result.stdout
    assert [c.call.path for c in server.platform.calls] == [
        "/cgi-bin/stable_token",
        "/cgi-bin/get_api_domain_ip",
        "/cgi-bin/gettoken",
        "/cgi-bin/getcallbackip",
    ]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"wechat_mp_app_secret": "Geheim12345"}, 1, "密钥（Secret）不对"),
        ({"wechat_mp_app_id": "wx1"}, 1, "AppID 不对"),
        ({"wechat_api_base_url": "http://127.0.0.1:9"}, 3, "请求没有发出去"),
        ({"wechat_mp_app_secret": None}, 1, "没有填 ZHIBU_WECHAT_MP_APP_SECRET"),
    ],
)
def test_doctor_says_what_to_do_for_what_a_platform_reports(
    make_product: Make, server: PlatformServer, changes: dict[str, object], code: int, words: str
) -> None:
    result = invoke(make_product(**(official_settings(server) | changes)), "doctor")
    assert (result.exit_code, words in result.stdout) == (code, True)
    assert "Geheim12345" not in result.output


def test_doctor_names_the_ip_to_whitelist(make_product: Make, server: PlatformServer) -> None:
    server.platform.blocked_ips.add("127.0.0.1")
    result = invoke(make_product(**official_settings(server)), "doctor")
    assert "服务器的 IP 127.0.0.1 不在白名单" in result.stdout


def test_the_configured_senders_are_there_by_channel(make_product: Make, server: PlatformServer) -> None:
    assert list(make_product().platforms()) == []
    assert list(make_product(**official_settings(server), **_work(server)).platforms()) == ["wechat_mp", "wecom"]
