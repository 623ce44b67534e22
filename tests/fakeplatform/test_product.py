"""The product behind the fake platform: a day of chatting, with everything that a platform does to a bot."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from app import create_app
from cli.services import Services
from fakeplatform import invariants
from fakeplatform.platform import Platform
from fakeplatform.state import OfficialAccount
from fakeplatform.webhook import Posted, Webhook
from storage.tables.chat import inbox
from tests.clock import MovableClock
from tests.fakeplatform.conftest import OPENID


@pytest.fixture(params=["plain", "compat", "safe"])
def webhook(
    request: pytest.FixtureRequest, make_product: Callable[..., Services], clock: MovableClock
) -> tuple[Webhook, Platform, Services]:
    """The product's own web application, called directly."""
    account = OfficialAccount(mode=request.param)
    services = make_product(
        wechat_mp_token=account.token,
        wechat_mp_mode=account.mode,
        wechat_mp_aes_key=account.aes_key,
        wechat_mp_app_id=account.app_id,
    )
    app = create_app(services.settings, services)
    platform = Platform(account, clock=clock)

    def bot(posted: Posted, _seconds: float) -> tuple[int, bytes]:
        path = f"/wechat/mp?{urlencode(posted.query)}"
        response = app.test_client().open(path, method=posted.method, data=posted.body)
        return response.status_code, response.data

    return Webhook(platform, {"official": bot}), platform, services


def test_a_talk_with_everything_a_platform_does(
    webhook: tuple[Webhook, Platform, Services], clock: MovableClock
) -> None:
    hook, platform, services = webhook
    phones = hook.phones
    assert hook.verify() == (200, "4242424242")
    said: list[Any] = [phones.follow(OPENID, "branch:1"), phones.text(OPENID, "预备期多长"), phones.image(OPENID)]
    said += [phones.voice(OPENID, "党费怎么交"), phones.voice(OPENID), phones.click(OPENID, "quiz")]
    said += [phones.agree(OPENID, "TPL_QUIZ", times=2), phones.text(OPENID, "]]></Content>&<b>")]
    for message in said:
        hook.send(message)
    hook.duplicate(said[1])
    hook.parallel([phones.text(OPENID, "预备期多长")] * 3)
    late, early = phones.text(OPENID, "帮助"), phones.text(OPENID, "菜单")
    hook.send(early)
    clock.travel(minutes=1)
    hook.send(late)
    for forged in ("signature", "token"):
        assert set(hook.send(phones.text(OPENID, "假"), forged=forged).statuses) == {403}  # type: ignore[arg-type]
    assert set(hook.send(phones.text(OPENID, "旧"), stale=301).statuses) == {403}
    hook.send(phones.unfollow(OPENID))
    invariants.all_of_them(hook, platform)
    assert any("预备期" in text for text in platform.member(OPENID).texts("reply"))
    with services.database().connect() as connection:
        # Each message once: the eight, the three at a time as one, the two out of order, the farewell.
        assert connection.scalar(select(func.count()).select_from(inbox)) == len(said) + 1 + 2 + 1
