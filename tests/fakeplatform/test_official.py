"""The official account's endpoints: who may be written to, how often, and what they see."""

from collections.abc import Callable

import pytest

from fakeplatform.clock import VirtualClock
from fakeplatform.phones import Phones
from fakeplatform.platform import Platform
from fakeplatform.state import Call, OfficialAccount
from tests.fakeplatform.conftest import OPENID, Caller

SEND = "/cgi-bin/message/custom/send"


@pytest.mark.parametrize(
    ("scene", "sends", "seconds"),
    [("text", 5, 48 * 3600), ("click", 3, 60), ("follow", 3, 60), ("scan", 3, 60)],
)
def test_each_scene_opens_its_window_for_its_sends(
    fake: Platform, api: Caller, virtual: VirtualClock, scene: str, sends: int, seconds: int
) -> None:
    assert api.say() == 45015
    phones = Phones(fake)
    getattr(phones, scene)(OPENID, "x")
    virtual.advance(seconds=seconds - 1)
    assert [api.say() for _ in range(sends + 1)] == [0] * sends + [45047]
    virtual.advance(seconds=1)
    assert api.say() == 45015
    assert fake.member(OPENID).texts("custom") == ["好"] * sends


def test_an_older_window_stays_open_beside_a_younger_one(fake: Platform, api: Caller, virtual: VirtualClock) -> None:
    phones = Phones(fake)
    phones.text(OPENID, "好")
    phones.click(OPENID, "menu")
    assert [api.say() for _ in range(9)] == [0] * 8 + [45047]
    virtual.advance(minutes=2)
    assert api.say() == 45047
    phones.view(OPENID, "https://example.org")
    assert api.say() == 45047


def test_checks_come_in_the_platforms_order(fake: Platform, api: Caller) -> None:
    long = "好" * 683
    fake.official.verified = False
    assert api.say(long, "oNOBODY") == 48001
    fake.official.verified = True
    assert api.say(long, "oNOBODY") == 40003
    Phones(fake).unfollow(OPENID)
    assert api.say(long) == 43004
    fake.member(OPENID).following = True
    assert api.say(long) == 45002
    nine = {"articles": [{"title": "一"}] * 9}
    assert api.code(SEND, touser=OPENID, msgtype="news", news=nine) == 45008
    assert api.say("好") == 45015


def test_escaped_characters_reach_the_member_as_escapes(fake: Platform, api: Caller) -> None:
    Phones(fake).text(OPENID, "好")
    body = b'{"touser":"oMEMBER1","msgtype":"text","text":{"content":"\\u597d"}}'
    fake.answer(Call("POST", SEND, {"access_token": api.token(SEND)}, body))
    assert fake.member(OPENID).texts("custom") == ["\\u597d"]


def test_a_refusal_carries_a_rid_and_status_200(fake: Platform, api: Caller) -> None:
    answer = fake.answer(Call("POST", SEND, {"access_token": "nonsense"}, b"{}"))
    assert answer.status == 200
    assert b"40001" in answer.body
    assert b"rid: " in answer.body


def test_a_notice_costs_a_consent_and_a_long_term_one_does_not(fake: Platform, api: Caller) -> None:
    data = {"thing1": {"value": "今日答题"}, "time2": {"value": "2026年11月23日"}}
    notice = {"touser": OPENID, "template_id": "TPL_QUIZ", "data": data}
    path, phones = "/cgi-bin/message/subscribe/bizsend", Phones(fake)
    assert api.code(path, **notice) == 43101
    phones.agree(OPENID, "TPL_QUIZ", times=2)
    assert [api.code(path, **notice) for _ in range(3)] == [0, 0, 43101]
    phones.agree(OPENID, "TPL_QUIZ", long_term=True)
    assert [api.code(path, **notice) for _ in range(2)] == [0, 0]
    phones.refuse(OPENID, "TPL_QUIZ")
    assert api.code(path, **notice) == 43101
    assert api.code(path, **{**notice, "template_id": "NONE"}) == 40037
    assert api.code(path, **{**notice, "data": {"thing1": {"value": "字" * 21}}}) == 47003
    fake.official.kind = "subscription"
    assert api.code(path, **notice) == 48001


def test_a_one_time_message_needs_its_own_scene(fake: Platform, api: Caller) -> None:
    path = "/cgi-bin/message/template/subscribe"
    told = {"touser": OPENID, "template_id": "T", "scene": "3", "title": "今日答题"}
    data = {"content": {"value": "第三天"}}
    assert api.code(path, **told, data=data) == 43101
    fake.member(OPENID).scenes |= {3, 4}
    assert [api.code(path, **told, data=data) for _ in range(2)] == [0, 43101]
    assert api.code(path, **{**told, "scene": "4", "title": "字" * 16}, data=data) == 47003
    assert api.code(path, **{**told, "scene": "4"}, data={"content": {"value": "字" * 201}}) == 47003


def test_a_template_message_is_sent_once_per_client_id(fake: Platform, api: Caller, virtual: VirtualClock) -> None:
    data = {"thing1": {"value": "一"}, "time2": {"value": "二"}}
    sent = {"touser": OPENID, "template_id": "TPL_QUIZ", "client_msg_id": "a", "data": data}
    path = "/cgi-bin/message/template/send"
    assert api.post(path, **sent)["msgid"] == api.post(path, **sent)["msgid"]
    assert len(fake.member(OPENID).inbox) == 1
    virtual.advance(minutes=10)
    api.post(path, **sent)
    assert len(fake.member(OPENID).inbox) == 2


def test_mass_messages_have_a_quota_and_a_client_id(fake: Platform, api: Caller, virtual: VirtualClock) -> None:
    path = "/cgi-bin/message/mass/sendall"

    def mass(client: str) -> dict[str, object]:
        told = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "每周小结"}}
        return api.post(path, **told, clientmsgid=client)

    first = mass("a")
    again = mass("a")
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert [mass(name)["errcode"] for name in "bcde"] == [0, 0, 0, 45028]
    virtual.advance(days=10)  # the month changes in Shanghai
    assert mass("f")["errcode"] == 0
    fake.official.kind = "subscription"
    assert mass("g")["errcode"] == 45028
    virtual.advance(days=1)
    assert mass("g")["errcode"] == 0


def test_daily_limits_end_at_midnight_in_shanghai_or_when_cleared(
    fake: Platform, api: Caller, virtual: VirtualClock
) -> None:
    fake.limits[SEND] = 2
    Phones(fake).text(OPENID, "好")
    assert [api.say() for _ in range(3)] == [0, 0, 45009]
    virtual.advance(hours=15, minutes=59)
    assert api.say() == 45009
    virtual.advance(minutes=1)
    assert [api.say() for _ in range(3)] == [0, 0, 45009]
    quota = api.post("/cgi-bin/openapi/quota/get", cgi_path=SEND)["quota"]
    assert quota == {"daily_limit": 2, "used": 2, "remain": 0}
    cleared = [api.code("/cgi-bin/clear_quota", appid=fake.official.app_id) for _ in range(11)]
    assert cleared == [0] * 10 + [48006]
    assert api.say() == 0


def test_followers_come_in_pages(fake: Platform, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakeplatform.official.users.PAGE", 2)
    for number in range(2, 6):
        fake.member(f"oMEMBER{number}")
    Phones(fake).unfollow("oMEMBER3")
    first = api.get("/cgi-bin/user/get")
    second = api.get("/cgi-bin/user/get", next_openid=first["next_openid"])
    last = api.get("/cgi-bin/user/get", next_openid=second["next_openid"])
    assert first["data"]["openid"] + second["data"]["openid"] == ["oMEMBER1", "oMEMBER2", "oMEMBER4", "oMEMBER5"]
    assert (first["total"], last["count"], last["next_openid"]) == (4, 0, "")


def test_tags_qr_codes_menu_and_page_sign_in(fake: Platform, api: Caller) -> None:
    tag = api.post("/cgi-bin/tags/create", tag={"name": "第一党支部"})["tag"]["id"]
    assert api.code("/cgi-bin/tags/members/batchtagging", tagid=tag, openid_list=[OPENID]) == 0
    assert api.get("/cgi-bin/user/info", openid=OPENID)["tagid_list"] == [tag]
    scene = {"scene": {"scene_str": "branch:1"}}
    made = api.post("/cgi-bin/qrcode/create", action_name="QR_STR_SCENE", expire_seconds=60, action_info=scene)
    assert made["ticket"] in Phones(fake).scan(OPENID, "branch:1").xml
    assert api.get("/cgi-bin/menu/get")["errcode"] == 46003
    assert api.code("/cgi-bin/menu/create", button=[{"type": "click", "name": "今日答题", "key": "quiz"}]) == 0
    assert api.code("/cgi-bin/menu/create", button=[{"name": str(n), "key": "k"} for n in range(4)]) == 40016
    assert api.get("/cgi-bin/menu/get")["menu"]["button"][0]["key"] == "quiz"
    fake.codes["c"] = OPENID
    asked = {"appid": fake.official.app_id, "secret": fake.official.secret, "code": "c"}
    assert api.get("/sns/oauth2/access_token", **asked)["openid"] == OPENID
    assert api.get("/sns/oauth2/access_token", **asked)["errcode"] == 40029


def test_an_uploaded_picture_can_be_sent(fake: Platform, api: Caller) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\nPNG\r\n--b--\r\n'
    query = {"access_token": api.token(""), "type": "image"}
    answer = fake.answer(Call("POST", "/cgi-bin/media/upload", query, body))
    media_id = next(iter(fake.media))
    assert media_id.encode() in answer.body
    Phones(fake).text(OPENID, "好")
    assert api.code(SEND, touser=OPENID, msgtype="image", image={"media_id": media_id}) == 0
    assert api.code(SEND, touser=OPENID, msgtype="image", image={"media_id": "lost"}) == 40007


def test_a_plain_token_outlives_its_successor_by_five_minutes(fake: Platform, virtual: VirtualClock) -> None:
    first, _ = fake.tokens.plain(fake.now())
    second, _ = fake.tokens.plain(fake.now())
    stable, _ = fake.tokens.stable(fake.now(), force=False)
    virtual.advance(minutes=4, seconds=59)
    caller = {"method": "GET", "path": "/cgi-bin/getcallbackip"}
    codes = [_code(fake, token, **caller) for token in (first, second, stable)]
    virtual.advance(seconds=1)
    codes += [_code(fake, token, **caller) for token in (first, second, stable)]
    virtual.advance(hours=2)
    codes += [_code(fake, token, **caller) for token in (first, second, stable)]
    assert codes == [0, 0, 0, 42001, 0, 0, 42001, 42001, 42001]


def _code(fake: Platform, token: str, method: str, path: str) -> int | None:
    fake.answer(Call(method, path, {"access_token": token}))
    return fake.calls[-1].errcode


def test_the_stable_token_is_the_same_until_five_minutes_before_its_end(fake: Platform, virtual: VirtualClock) -> None:
    first, _ = fake.tokens.stable(fake.now(), force=False)
    virtual.advance(minutes=114, seconds=59)
    again, left = fake.tokens.stable(fake.now(), force=False)
    virtual.advance(seconds=1)
    renewed, _ = fake.tokens.stable(fake.now(), force=False)
    forced, _ = fake.tokens.stable(fake.now(), force=True)
    assert (first == again, left, renewed == first, forced == renewed) == (True, 301, False, False)
    assert _code(fake, renewed, "GET", "/cgi-bin/getcallbackip") == 40001


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"appid": "wx", "secret": "s"}, 40013),
        ({"secret": "s"}, 40125),
        ({}, 0),
    ],
)
def test_a_token_wants_the_right_account(make_fake: Callable[..., Platform], fields: dict[str, str], code: int) -> None:
    account = OfficialAccount()
    fake = make_fake(account)
    query = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret} | fields
    fake.answer(Call("GET", "/cgi-bin/token", query))
    assert fake.calls[-1].errcode == code
