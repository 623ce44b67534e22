"""WeCom: token, colleagues, signing in on web pages."""

from typing import Any

from fakeplatform.errors import ApiError
from fakeplatform.platform import Platform, endpoint
from fakeplatform.state import Call


@endpoint("work", "/cgi-bin/gettoken", open_to_all=True)
def gettoken(platform: Platform, call: Call) -> dict[str, Any]:
    """The same token until it ends."""
    if call.query.get("corpid") != platform.work.corp_id:
        raise ApiError(40013)
    if call.query.get("corpsecret") != platform.work.secret:
        raise ApiError(40001)
    value, seconds = platform.tokens.work(platform.now())
    return {"access_token": value, "expires_in": seconds}


@endpoint("work", "/cgi-bin/user/get")
def user(platform: Platform, call: Call) -> dict[str, Any]:
    """One colleague in the visible range."""
    member = platform.staff.get(call.query.get("userid", ""))
    if member is None or not member.visible:
        raise ApiError(60111)
    return {"userid": member.id, "name": member.name or member.id, "department": [1], "status": 1}


@endpoint("work", "/cgi-bin/user/simplelist")
@endpoint("work", "/cgi-bin/user/list_id")
def users(platform: Platform, _call: Call) -> dict[str, Any]:
    """All colleagues in the visible range."""
    seen = [m for m in platform.staff.values() if m.visible]
    return {
        "userlist": [{"userid": m.id, "name": m.name or m.id, "department": [1]} for m in seen],
        "dept_user": [{"userid": m.id, "department": 1} for m in seen],
    }


@endpoint("work", "/cgi-bin/department/list")
def departments(_platform: Platform, _call: Call) -> dict[str, Any]:
    """One department."""
    return {"department": [{"id": 1, "name": "第一党支部", "parentid": 0, "order": 1}]}


@endpoint("work", "/cgi-bin/auth/getuserinfo")
def page_user(platform: Platform, call: Call) -> dict[str, Any]:
    """Who opened a page: a code, usable once."""
    userid = platform.codes.pop(call.query.get("code", ""), None)
    if userid is None:
        raise ApiError(40029)
    return {"userid": userid}
