"""The official account's door, knocked at like the platform does, in every mode."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.wechat_mp.webhook import MAX_BODY, WINDOW_SECONDS
from replies import talk
from storage.tables.chat import inbox
from storage.tables.members import binding
from tests.platform import MEMBER, TOKEN, Platform, message, sign


def test_a_member_asks_and_gets_one_sourced_answer(platform: Platform) -> None:
    answer = platform.say("没转正能投票吗", "1")
    assert "【依据】《中国共产党章程》" in answer
    assert "【编号】zz-0004" in answer


def test_a_retry_gets_the_same_reply_to_the_byte(platform: Platform) -> None:
    body = message("text", "<Content>预备期多长</Content><MsgId>7</MsgId>")
    first = platform.opened(platform.post(body))
    platform.clock.travel(seconds=5)
    assert platform.opened(platform.post(body)) == first


def test_parallel_deliveries_get_the_same_reply(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("safe")
    body = message("text", "<Content>预备期多长</Content><MsgId>8</MsgId>")

    def deliver(_: int) -> dict[str, object]:
        return platform.opened(platform.post(body))

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(deliver, range(6)))
    assert all(reply == replies[0] for reply in replies)


def test_two_events_in_one_second_are_two(platform: Platform) -> None:
    for detail in ("甲", "乙", "乙"):
        platform.post(message("event", f"<Event>subscribe_msg_change_event</Event><Detail>{detail}</Detail>"))
    assert _count(platform, inbox.c.key) == 2


def test_following_greets_and_leaving_is_silent(platform: Platform) -> None:
    greeting = platform.opened(platform.post(message("event", "<Event>subscribe</Event><EventKey/>")))
    assert greeting["Content"] == talk.welcome(bound=False).text
    assert _following(platform) == [True]
    assert platform.post(message("event", "<Event>unsubscribe</Event>")).text == "success"
    assert _following(platform) == [False]


@pytest.mark.parametrize(
    ("kind", "rest", "reply"),
    [
        ("voice", "<Recognition>预备期多长</Recognition>", "一年"),
        ("voice", "<MediaId>m</MediaId>", "没有识别出文字"),
        ("image", "<PicUrl>u</PicUrl>", "图片我看不懂"),
        ("shortvideo", "<MediaId>m</MediaId>", "视频我看不懂"),
        ("location", "<Label>某地</Label>", "位置我用不上"),
        ("link", "<Url>u</Url>", "链接我打不开"),
        ("miniprogrampage", "<Title>t</Title>", "小程序"),
        ("text", "<Content></Content>", "没有收到文字"),
        ("text", "<Content>   </Content>", "没有收到文字"),
    ],
)
def test_other_types_are_answered_in_a_sentence(platform: Platform, kind: str, rest: str, reply: str) -> None:
    response = platform.post(message(kind, f"{rest}<MsgId>9</MsgId>"))
    assert reply in platform.opened(response)["Content"]


def test_a_menu_tap_answers_and_an_unknown_one_says_so(platform: Platform) -> None:
    tap = platform.post(message("event", "<Event>CLICK</Event><EventKey>HELP</EventKey>"))
    assert "还可以回复" in platform.opened(tap)["Content"]
    old = platform.post(message("event", "<Event>CLICK</Event><EventKey>GONE</EventKey>"))
    assert "菜单项已经改了" in platform.opened(old)["Content"]


def test_reply_addresses_are_swapped(platform: Platform) -> None:
    fields = platform.opened(platform.post(message("text", "<Content>帮助</Content><MsgId>1</MsgId>")))
    assert (fields["ToUserName"], fields["FromUserName"], fields["MsgType"]) == (MEMBER, "gh_party0001", "text")


@pytest.mark.parametrize("rest", ["<Content>x</Content>", "<Event>CLICK</Event>", ""])
def test_odd_fields_reach_no_handler(make_platform: Callable[..., Platform], rest: str) -> None:
    platform = make_platform("plain")
    for body in (
        f"<xml><MsgType>text</MsgType>{rest}</xml>",
        f"<xml><FromUserName>a</FromUserName><MsgType>event</MsgType><CreateTime>x</CreateTime>{rest}</xml>",
        f"<xml><FromUserName>a</FromUserName><FromUserName>b</FromUserName><MsgType>text</MsgType>{rest}</xml>",
        f"<xml><FromUserName>a</FromUserName><MsgType/><CreateTime>1</CreateTime>{rest}</xml>",
    ):
        assert platform.post(body).text == "success"
    assert _count(platform, inbox.c.key) == 0


@pytest.mark.parametrize("late", [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1])
def test_a_stale_or_future_timestamp_is_refused(platform: Platform, late: int) -> None:
    body = message("text", "<Content>帮助</Content><MsgId>1</MsgId>")
    then = str(int(platform.clock().timestamp()) + late)
    assert platform.post(body, timestamp=then, signature=sign(TOKEN, then, "4242")).status_code == 403


def test_a_repeated_parameter_is_refused(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("plain")
    now = str(int(platform.clock().timestamp()))
    query = f"timestamp={now}&nonce=1&signature={sign(TOKEN, now, '1')}"
    assert platform.client.get(f"/wechat/mp?{query}&echostr=ok").text == "ok"
    assert platform.client.get(f"/wechat/mp?{query}&echostr=ok&nonce=2").status_code == 403


def test_a_body_may_have_64_kib_and_no_more(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("plain")
    body = message("text", "<Content>CCC</Content><MsgId>1</MsgId>")
    fits = body.replace("CCC", "x" * (MAX_BODY - len(body) + 3))
    assert len(fits) == MAX_BODY
    assert platform.post(fits).status_code == 200
    assert platform.post(fits.replace("xx", "xxx", 1)).status_code == 413


def test_a_body_without_length_is_limited_too(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("plain")
    now = str(int(platform.clock().timestamp()))
    query = {"timestamp": now, "nonce": "1", "signature": sign(TOKEN, now, "1")}
    import io

    response = platform.client.post(
        "/wechat/mp",
        query_string=query,
        input_stream=io.BytesIO(b"x" * (MAX_BODY + 1)),
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        "<xml><a>&lol;</a></xml>",
        '<!DOCTYPE xml [<!ENTITY a "b">]><xml><a>&a;</a></xml>',
        "<xml>" + "<a>" * 16 + "</a>" * 16 + "</xml>",
        "<xml><a></xml>",
        "<xml></xml><xml></xml>",
        "\x00",
        '<?xml version="1.0" encoding="no-such"?><xml/>',
        "hello",
    ],
)
def test_a_broken_container_is_400(make_platform: Callable[..., Platform], body: str) -> None:
    assert make_platform("plain").post(body).status_code == 400


def test_nothing_secret_and_nothing_said_is_logged(
    make_platform: Callable[..., Platform], capsys: pytest.CaptureFixture[str]
) -> None:
    platform = make_platform("safe", log_level="DEBUG")
    platform.say("我的秘密问题是预备期多长", "1")
    platform.post(message("text", "<Content>另一个秘密</Content>"), msg_signature="0" * 40)
    logged = capsys.readouterr().err
    assert '"route": "ask"' in logged
    assert '"check": "msg_signature"' in logged
    for secret in ("秘密", TOKEN, "abcdefghijklmnop", MEMBER):
        assert secret not in logged


def test_what_a_member_asked_stands_nowhere_in_the_database(
    make_platform: Callable[..., Platform], tmp_path: Path
) -> None:
    """An answered question leaves a receipt without it; a missed one stands in the queue without the asker."""
    platform = make_platform("safe")
    platform.say("没转正能投票吗", "1")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "instance").glob("zhibu.sqlite3*"))
    assert MEMBER.encode() in stored
    assert "没转正能投票吗".encode() not in stored


def test_get_echoes_only_what_is_signed_and_as_plain_text(platform: Platform) -> None:
    now = str(int(platform.clock().timestamp()))
    query = {"timestamp": now, "nonce": "1", "signature": sign(TOKEN, now, "1"), "echostr": "<b>1</b>"}
    response = platform.client.get("/wechat/mp", query_string=query)
    assert (response.status_code, response.text, response.mimetype) == (200, "<b>1</b>", "text/plain")
    assert platform.client.get("/wechat/mp", query_string=query | {"signature": "党" * 20}).status_code == 403


def test_other_methods_and_paths_are_no_500(platform: Platform) -> None:
    assert platform.client.put("/wechat/mp").status_code == 405
    assert platform.client.get("/wechat/nothing").status_code == 404


def _count(platform: Platform, column: object) -> int:
    with platform.services.database().connect() as connection:
        return int(connection.scalar(select(func.count(column))) or 0)


def _following(platform: Platform) -> list[bool]:
    with platform.services.database().connect() as connection:
        return list(connection.scalars(select(binding.c.following).where(binding.c.platform_id == MEMBER)))
