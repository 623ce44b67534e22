"""Over a real socket: what a caller sees of each fault, and whether the effect happened all the same."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from tests.fakeplatform.conftest import OPENID

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def server(fake: Platform) -> Iterator[PlatformServer]:
    with PlatformServer(fake) as running:
        yield running


def send(server: PlatformServer, timeout: float = 5) -> requests.Response:
    token, _ = server.platform.tokens.stable(server.platform.now(), force=False)
    told: dict[str, Any] = {"touser": OPENID, "msgtype": "text", "text": {"content": "好"}}
    body = json.dumps(told, ensure_ascii=False).encode()
    return requests.post(f"{server.url}{SEND}", body, params={"access_token": token}, timeout=timeout)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("reset", 0, 0), ("apply_then_drop", 0, 1), ("timeout", 0.05, 0)],
)
def test_a_broken_connection_hides_whether_anything_happened(
    fake: Platform, server: PlatformServer, kind: Any, value: float, shown: int
) -> None:
    Phones(fake).text(OPENID, "好")
    fake.faults.add(SEND, kind, value)
    with pytest.raises(requests.ConnectionError):
        send(server)
    assert len(fake.member(OPENID).inbox) == shown
    assert send(server).json()["errcode"] == 0


@pytest.mark.parametrize(
    ("kind", "value", "status", "body", "shown"),
    [
        ("errcode", 45011, 200, b'"errcode": 45011', 0),
        ("errcode", -1, 200, b'"errcode": -1', 0),
        ("http", 502, 502, b"<html>", 0),
        ("http", 429, 429, b"<html>", 0),
        ("html", 0, 200, b"<html>", 0),
        ("truncated", 0, 200, b'{"errcode"', 1),
        ("empty", 0, 200, b"", 1),
        ("array", 0, 200, b"[]", 1),
        ("errcode_string", 0, 200, b'"errcode": "0"', 1),
        ("ip_blocked", 0, 200, b"not in whitelist", 0),
        ("token_killed", 0, 200, b'"errcode": 40001', 0),
    ],
)
def test_a_bad_answer_comes_as_planned_and_once(
    fake: Platform, server: PlatformServer, kind: Any, value: int, status: int, body: bytes, shown: int
) -> None:
    Phones(fake).text(OPENID, "好")
    fake.faults.add(SEND, kind, value)
    response = send(server)
    assert response.status_code == status
    assert body in response.content
    assert len(fake.member(OPENID).inbox) == shown
    assert send(server).json()["errcode"] == 0


def test_a_slow_answer_is_a_good_one_and_too_slow_for_some(fake: Platform, server: PlatformServer) -> None:
    Phones(fake).text(OPENID, "好")
    fake.faults.add(SEND, "slow", 0.2, times=2)
    assert send(server).json()["errcode"] == 0
    with pytest.raises(requests.Timeout):
        send(server, timeout=0.05)
    assert len(fake.member(OPENID).inbox) == 2


def test_a_clock_jump_closes_windows(fake: Platform, server: PlatformServer) -> None:
    Phones(fake).text(OPENID, "好")
    fake.faults.add("*", "clock_jump", 48 * 3600)
    send(server)
    assert send(server).json()["errcode"] == 45015


def test_faults_are_counted_by_path_and_can_wait(fake: Platform) -> None:
    fake.faults.add("/a", "empty", times=2, after=1)
    taken = [fake.faults.take(path) for path in ("/b", "/a", "/a", "/b", "/a", "/a")]
    assert [fault is not None for fault in taken] == [False, False, True, False, True, False]


def test_an_unknown_path_is_no_page_and_an_unknown_api_is_refused(server: PlatformServer) -> None:
    assert requests.get(f"{server.url}/nothing", timeout=5).status_code == 404
    assert requests.get(f"{server.url}/cgi-bin/nothing", timeout=5).json()["errcode"] == 40066
