"""The page to try a bot by hand: what members see, and that their words stay words."""

from collections.abc import Iterator

import pytest
import requests

from fakeplatform.page import Page
from fakeplatform.platform import Platform
from fakeplatform.server import PlatformServer
from fakeplatform.webhook import Webhook
from tests.fakeplatform.conftest import OPENID
from tests.fakeplatform.test_webhook import EchoBot


@pytest.fixture
def server(fake: Platform) -> Iterator[PlatformServer]:
    page = Page(fake, Webhook(fake, {"official": EchoBot(fake)}), "official")
    with PlatformServer(fake, pages=page) as running:
        yield running


def do(server: PlatformServer, **form: str) -> str:
    response = requests.post(f"{server.url}/do", form, timeout=5)
    assert response.status_code == 200
    return response.text


def test_a_member_speaks_and_sees_the_reply(server: PlatformServer) -> None:
    assert OPENID in requests.get(server.url, timeout=5).text
    html = do(server, do="say", who=OPENID, text="预备期多长")
    assert html.count('<li class="theirs">') == 1
    assert html.count("预备期多长") == 2


def test_words_are_shown_as_words_and_taps_as_buttons(fake: Platform, server: PlatformServer) -> None:
    fake.show(fake.member(OPENID), "custom", "text", "<script>alert(1)</script>")
    tap = '<a href="weixin://bizmsgmenu?msgmenucontent=A&msgmenuid=1">A 一年</a>'
    fake.show(fake.member(OPENID), "custom", "text", tap)
    html = requests.get(server.url, timeout=5).text
    assert "<script>" not in html
    assert "<button>A 一年</button>" in html


def test_people_join_and_leave(fake: Platform, server: PlatformServer) -> None:
    do(server, do="join", who="oMEMBER2")
    do(server, do="leave", who=OPENID)
    assert fake.member("oMEMBER2").texts("reply") == ["subscribe"]
    assert not fake.member(OPENID).following


def test_a_fault_is_planned_from_the_page(fake: Platform, server: PlatformServer) -> None:
    do(server, do="fault", text="任何接口 502")
    assert requests.get(f"{server.url}/cgi-bin/token", timeout=5).status_code == 502
