"""The shared WeChat cases. Skipped, with the reason, where their folder is not there."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from wechatpy.crypto import PrpCrypto

from app import create_app
from bot import paging
from bot.message import Address, Incoming, Replied
from channels.wechat_mp import codec, sealing, xml
from channels.wechat_mp.webhook import Account, Door
from channels.wecom import codec as work_codec
from cli.services import Services
from storage.tables.chat import inbox
from tests.channels.cases import Case, cases
from tests.conftest import NOON, MovableClock


def of_official_account(file: str) -> list[Any]:
    """The cases of a file that are not the WeCom's (those belong to its codec)."""
    return [p for p in cases(file) if not _is_work(p.values[0])]


def _is_work(case: Any) -> bool:
    return isinstance(case, dict) and (str(case.get("name", "")).startswith("work") or case.get("kind") == "work")


def body_of(case: Case) -> bytes:
    return str(case["body"]).encode("utf-8", "surrogatepass")


@pytest.fixture
def client_for(
    make_product: Callable[..., Services], clock: MovableClock
) -> Callable[[Case, str], tuple[FlaskClient, Services]]:
    """The product configured as a case wants it, with the clock where the case has it."""

    def make(case: Case, mode: str) -> tuple[FlaskClient, Services]:
        clock.now = datetime.fromtimestamp(int(case.get("now", case["query"].get("timestamp", 1700000000))), UTC)
        services = make_product(
            wechat_mp_token=case["token"],
            wechat_mp_mode=mode,
            wechat_mp_aes_key=case["aes_key"],
            wechat_mp_app_id=case["appid"],
        )
        return create_app(services.settings, services).test_client(), services

    return make


def query_of(case: Case) -> dict[str, str]:
    return {name: value for name, value in case["query"].items() if value is not None}


def handled(services: Services) -> int:
    """How many messages reached the conversation."""
    with services.database().connect() as connection:
        return connection.scalar(select(func.count()).select_from(inbox)) or 0


def of_wecom(file: str) -> list[Any]:
    """The cases of a file that are the WeCom's."""
    return [p for p in cases(file) if not p.values[0] or _is_work(p.values[0])]


def check_fields(fields: dict[str, Any], body: bytes, expect: dict[str, Any], channel: str = "wechat_mp") -> None:
    """The fields as the case has them, and what our codec reads out of them."""
    assert fields == expect["fields"]
    assert codec.message_type(fields) == expect["msg_type"].lower()
    assert (codec.event_name(fields) or None) == expect.get("event")
    assert (codec.scene(fields) or None) == expect.get("scene")
    if "event_key" in expect:
        assert codec.event_key(fields) == expect["event_key"]
    if expect["from"] is not None:
        assert codec.dedup_key(fields) == expect["dedup_key"]
        incoming = {"wechat_mp": codec, "wecom": work_codec}[channel].to_incoming(fields, body)
        assert incoming.key.startswith(f"{channel}:{expect['to']}:{expect['dedup_key']}")
        assert incoming.address == Address(channel, expect["to"], expect["from"])
        assert int(incoming.sent_at.timestamp()) == expect["create_time"]
        if "content" in expect:
            assert incoming.text == expect["content"]


@pytest.mark.parametrize("case", of_official_account("messages_plain"))
def test_conformance_plain_message(case: Case, client_for: Callable[..., tuple[FlaskClient, Services]]) -> None:
    check_fields(xml.parse(body_of(case)), body_of(case), case["expect"])
    client, services = client_for(case, "plain")
    first = client.post("/wechat/mp", query_string=query_of(case), data=body_of(case))
    again = client.post("/wechat/mp", query_string=query_of(case), data=body_of(case))
    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    assert handled(services) == 1


@pytest.mark.parametrize("case", of_wecom("messages_plain"))
def test_conformance_wecom_message(case: Case) -> None:
    check_fields(xml.parse(body_of(case)), body_of(case), case["expect"], "wecom")


@pytest.mark.parametrize("case", of_official_account("messages_encrypted_generated"))
def test_conformance_sealed_message(case: Case, client_for: Callable[..., tuple[FlaskClient, Services]]) -> None:
    _check_sealed(case, client_for)


@pytest.mark.parametrize("case", of_official_account("messages_encrypted_upstream"))
def test_conformance_upstream_envelope(case: Case, client_for: Callable[..., tuple[FlaskClient, Services]]) -> None:
    _check_sealed(case, client_for)


def _check_sealed(case: Case, client_for: Callable[..., tuple[FlaskClient, Services]]) -> None:
    query, expect = query_of(case), case["expect"]
    client, services = client_for(case, "compat" if "compat" in case["name"] else "safe")
    response = client.post("/wechat/mp", query_string=query, data=body_of(case))
    if not expect["signature_ok"] or case["appid"] != expect.get("appid_in_message", case["appid"]):
        assert response.status_code == 403
        assert handled(services) == 0
        return
    seal = sealing.Seal(case["token"], case["aes_key"], case["appid"])
    sealed = xml.parse(body_of(case))["Encrypt"]
    opened = seal.open(sealed, query["msg_signature"], query["timestamp"], query["nonce"])
    if "plaintext" in expect:
        assert opened.decode() == expect["plaintext"]
    check_fields(xml.parse(opened), opened, expect)
    assert response.status_code == 200
    assert handled(services) == 1


class FixedRandom(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's sealing with the random bytes of a vector."""

    random16 = ""

    def get_random_string(self) -> str:
        return self.random16


@pytest.mark.parametrize("case", cases("crypto_vectors"))
def test_conformance_crypto_vector(case: Case) -> None:
    expect, query = case["expect"], case["query"]
    cipher = type("Cipher", (FixedRandom,), {"random16": expect["random16"]})
    seal = sealing.Seal(case["token"], case["aes_key"], case["appid"], cipher)
    envelope = xml.parse(seal.seal(case["body"], query["timestamp"], query["nonce"]).encode())
    assert envelope["Encrypt"] == expect["ciphertext"]
    assert envelope["MsgSignature"] == expect["msg_signature"]
    opened = seal.open(expect["ciphertext"], expect["msg_signature"], query["timestamp"], query["nonce"])
    assert opened.decode() == case["body"]


@pytest.mark.parametrize("case", of_official_account("verify_get"))
def test_conformance_verify_get(case: Case, client_for: Callable[..., tuple[FlaskClient, Services]]) -> None:
    client, _ = client_for(case, "plain")
    response = client.get("/wechat/mp", query_string=query_of(case))
    assert response.status_code == case["expect"]["status"]
    if case["expect"]["body"] is not None:
        assert response.text == case["expect"]["body"]
        assert response.mimetype == "text/plain"


@pytest.mark.parametrize("case", cases("webhook_negative"))
def test_conformance_webhook_negative(
    case: Case, client_for: Callable[..., tuple[FlaskClient, Services]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expect = case["expect"]
    client, services = client_for(case, case["mode"])
    response = client.post("/wechat/mp", query_string=query_of(case), data=body_of(case))
    if isinstance(expect["status"], int):
        assert response.status_code == expect["status"]
        assert (handled(services) > 0) == expect["handler_called"]
    else:
        assert response.status_code == 200 or 400 <= response.status_code < 500
        assert handled(services) == 0
    if "from" in expect:
        seen = []
        account = Account(case["token"], case["mode"], case["aes_key"], case["appid"])
        door = Door(account, lambda incoming: seen.append(incoming) or Replied("notice", "", NOON), services.clock)
        with create_app(services.settings, services).test_request_context(
            "/wechat/mp", method="POST", query_string=query_of(case), data=body_of(case)
        ):
            door.receive()
        assert [(m.address.platform_id, m.text) for m in seen] == [(expect["from"], expect["content"])]


@pytest.mark.parametrize("case", cases("passive_replies"))
def test_conformance_passive_reply(case: Case) -> None:
    expect = case["expect"]
    if "limit_bytes" in case["query"]:
        parts = paging.split(case["body"], case["query"]["limit_bytes"])
        assert len(parts) >= expect["parts_min"]
        assert all(len(part.encode()) <= expect["each_part_bytes_max"] for part in parts)
        assert "".join(parts) == case["body"]
        assert [g for part in parts for g in paging.graphemes(part)] == list(paging.graphemes(case["body"]))
        return
    to = Address("wechat_mp", case["query"]["from"], case["query"]["to"])
    reply = codec.to_xml(Replied("notice", case["body"], NOON), Incoming(to, "key", "text", "", NOON))
    if not expect["Content"]:
        assert reply == "success"
        return
    root = ElementTree.fromstring(reply)
    for name in ("MsgType", "ToUserName", "FromUserName", "Content"):
        assert root.findtext(name) == expect[name]
    assert root.findtext("CreateTime") == str(int(NOON.timestamp()))
