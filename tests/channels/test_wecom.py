"""WeCom's door, with the fake platform knocking."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from bot.message import Address, Replied
from channels.wechat_mp import xml
from channels.wechat_mp.codec import OddMessage
from channels.wecom import codec
from cli.services import Services
from fakeplatform import invariants, seal
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.webhook import Posted, Webhook
from storage.tables.chat import inbox
from storage.tables.members import binding
from tests.channels.test_every_channel import ChannelContract
from tests.clock import NOON, MovableClock


@pytest.fixture
def fake(clock: MovableClock) -> Platform:
    platform = Platform(clock=clock)
    platform.colleague("zhang")
    return platform


@pytest.fixture
def product(make_product: Callable[..., Services], fake: Platform) -> Services:
    work = fake.work
    return make_product(
        wecom_token=work.token,
        wecom_aes_key=work.aes_key,
        wecom_corp_id=work.corp_id,
        wecom_agent_id=work.agent_id,
        demo=True,
    )


@pytest.fixture
def app(product: Services) -> Flask:
    return create_app(product.settings, product)


@pytest.fixture
def webhook(fake: Platform, app: Flask) -> Webhook:
    def bot(posted: Posted, _seconds: float) -> tuple[int, bytes]:
        path = f"/wechat/wecom?{urlencode(posted.query)}"
        response = app.test_client().open(path, method=posted.method, data=posted.body)
        return response.status_code, response.data

    return Webhook(fake, {"work": bot})


class TestWeCom(ChannelContract):
    @pytest.fixture
    def say(self, webhook: Webhook) -> Callable[[str, str], str]:
        messages: dict[str, Any] = {}

        def say(text: str, key: str) -> str:
            message = messages.setdefault(key, webhook.phones.work_text("zhang", text))
            return webhook.send(message).text

        return say


def test_the_address_is_proved_by_opening_the_sealed_echo(webhook: Webhook) -> None:
    assert webhook.verify("work") == (200, "4242424242")


def test_a_forged_echo_is_refused(app: Flask, fake: Platform) -> None:
    client, work, now = app.test_client(), fake.work, str(int(NOON.timestamp()))
    sealed = seal.seal("4242", work.aes_key, work.corp_id)
    signed = seal.sign(work.token, now, "1", sealed)
    good = {"timestamp": now, "nonce": "1", "echostr": sealed, "msg_signature": signed}
    foreign = seal.seal("4242", work.aes_key, "ww_another")
    bad: list[dict[str, str]] = [
        good | {"msg_signature": signed[::-1]},
        good | {"timestamp": "1"},
        good | {"echostr": "plain"},
        good | {"echostr": foreign, "msg_signature": seal.sign(work.token, now, "1", foreign)},
        {name: value for name, value in good.items() if name != "nonce"},
        {name: value for name, value in good.items() if name != "echostr"},
        {},
    ]
    assert client.get(f"/wechat/wecom?{urlencode(good)}").text == "4242"
    assert [client.get(f"/wechat/wecom?{urlencode(query)}").status_code for query in bad] == [403] * len(bad)


def test_a_talk_over_wecom_happens_once(webhook: Webhook, fake: Platform, product: Services) -> None:
    phones = webhook.phones
    asked = phones.work_text("zhang", "预备期多长")
    webhook.send(asked)
    webhook.duplicate(asked)
    webhook.parallel([phones.work_text("zhang", "党费怎么交")] * 3)
    webhook.send(phones.work_enter("zhang"))
    for forged in ("signature", "token", "body"):
        statuses = webhook.send(phones.work_text("zhang", "假"), forged=forged).statuses  # type: ignore[arg-type]
        assert set(statuses) == {403}
    assert set(webhook.send(phones.work_text("zhang", "假"), stale=301).statuses) == {403}
    invariants.all_of_them(webhook, fake)
    with product.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox)) == 3
        row = connection.execute(select(binding.c.channel, binding.c.account, binding.c.platform_id)).all()
    assert (codec.CHANNEL, fake.work.corp_id, "zhang") in [tuple(each) for each in row]


def clicked(fake: Platform, card: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    fake.cards["code"] = {"content": {"task_id": "quiz1", **card}}
    body = Phones(fake).work_click_card("zhang", "code", "B").xml.encode()
    return xml.parse(body), body


@pytest.mark.parametrize(
    "card",
    [
        {"card_type": "vote_interaction", "checkbox": {"question_key": "q"}, "submit_button": {"key": "submit"}},
        {"card_type": "button_interaction"},
    ],
)
def test_a_cards_click_says_what_was_picked(fake: Platform, card: dict[str, Any]) -> None:
    incoming = codec.to_incoming(*clicked(fake, card))
    assert (incoming.kind, incoming.subject, incoming.text) == ("text", "card:quiz1", "B")


def test_several_picked_options_come_together(fake: Platform) -> None:
    fields, body = clicked(fake, {"card_type": "vote_interaction", "submit_button": {"key": "submit"}})
    fields["SelectedItems"] = {"SelectedItem": {"QuestionKey": "q", "OptionIds": {"OptionId": ["A", "C"]}}}
    assert codec.to_incoming(fields, body).text == "AC"


@pytest.mark.parametrize(
    "changes",
    [{"TaskId": ""}, {"TaskId": {"a": "b"}}, {"SelectedItems": {"SelectedItem": "x"}}, {"SelectedItems": "x"}],
)
def test_an_odd_card_click_reaches_no_handler(fake: Platform, changes: dict[str, Any]) -> None:
    fields, body = clicked(fake, {"card_type": "vote_interaction", "submit_button": {"key": "submit"}})
    with pytest.raises(OddMessage):
        codec.to_incoming(fields | changes, body)


def test_the_reply_to_a_cards_click_is_the_card_updated(fake: Platform) -> None:
    incoming = codec.to_incoming(*clicked(fake, {"card_type": "button_interaction"}))
    fields = xml.parse(codec.to_xml(Replied("quiz", "答对了]]>\n依据：党章", NOON), incoming).encode())
    card = fields["TemplateCard"]
    assert (fields["ToUserName"], fields["MsgType"]) == ("zhang", "update_template_card")
    assert (card["MainTitle"]["Title"], card["SubTitleText"]) == ("答对了]]>", "依据：党章")
    assert incoming.address == Address("wecom", fake.work.corp_id, "zhang")
    assert codec.to_xml(Replied("quiz", "", NOON), incoming) == "success"


HOSTILE = {
    "empty": (b"", 400),
    "not XML": (b"\xff\x00<", 400),
    "another root": (b"<html></html>", 400),
    "doctype": (b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', 400),
    "plaintext": (b"<xml><MsgType>text</MsgType><Content>x</Content></xml>", 403),
    "not base64": (b"<xml><Encrypt>%%%</Encrypt></xml>", 403),
    "short": (b"<xml><Encrypt>QUJD</Encrypt></xml>", 403),
    "too long": (b"<xml>" + b"a" * 65_536 + b"</xml>", 413),
}


@pytest.mark.parametrize(("body", "status"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_delivery_is_refused_and_reaches_no_handler(
    app: Flask, fake: Platform, product: Services, body: bytes, status: int
) -> None:
    now = str(int(NOON.timestamp()))
    found = xml.parse(body).get("Encrypt", "") if status == 403 else ""
    signed = seal.sign(fake.work.token, now, "1", str(found))
    query = urlencode({"timestamp": now, "nonce": "1", "msg_signature": signed})
    assert app.test_client().post(f"/wechat/wecom?{query}", data=body).status_code == status
    with product.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox)) == 0
