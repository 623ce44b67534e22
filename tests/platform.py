"""A door to knock at: the web application with one official account, and a client that signs like the platform."""

from hashlib import sha1
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from channels.wechat_mp import codec, xml
from channels.wechat_mp.platform_side import PlatformSide
from channels.wechat_mp.webhook import Account, Mode
from cli.services import Services
from tests.clock import MovableClock

TOKEN = "zhibutest"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0000000000000001"
ACCOUNT = "gh_party0001"
MEMBER = "oPARTY_member_0001"


def sign(*parts: str) -> str:
    """The platform's signature, made here without the product's code."""
    return sha1("".join(sorted(parts)).encode()).hexdigest()


class Platform:
    """Posts messages as the platform would, in the mode that the product was configured for."""

    def __init__(self, services: Services, clock: MovableClock, mode: Mode) -> None:
        self.services = services
        self.client: FlaskClient = create_app(services.settings, services).test_client()
        self.clock = clock
        self._side = PlatformSide(Account(TOKEN, mode, AES_KEY, APP_ID), ACCOUNT)

    def post(self, body: str, **query: str) -> TestResponse:
        """One delivery of a message's XML; `query` overrides parameters."""
        delivery = self._side.delivery(body, str(int(self.clock().timestamp())), "4242")
        return self.client.post(f"/wechat/mp?{urlencode(delivery.query | query)}", data=delivery.body.encode())

    def opened(self, response: TestResponse) -> dict[str, Any]:
        """The fields of a reply, unsealed where it is sealed."""
        return xml.parse(self._side.opened(response.data).encode())

    def say(self, text: str, msg_id: str, sender: str = MEMBER) -> str:
        """The reply text to a typed message; "" where nothing is said."""
        response = self.post(message("text", f"<Content><![CDATA[{text}]]></Content><MsgId>{msg_id}</MsgId>", sender))
        assert response.status_code == 200
        return "" if response.text == codec.NOTHING else str(self.opened(response)["Content"])


def message(kind: str, rest: str, sender: str = MEMBER, created: int = 1700000000) -> str:
    """A message's XML, with whatever `rest` a test wants in it."""
    return (
        f"<xml><ToUserName>{ACCOUNT}</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>{kind}</MsgType>{rest}</xml>"
    )
