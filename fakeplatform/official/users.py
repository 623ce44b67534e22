"""Followers, tags, and signing in on web pages (网页授权)."""

import secrets
from typing import Any

from fakeplatform.errors import ApiError
from fakeplatform.platform import Platform, endpoint, parsed
from fakeplatform.state import Call, Member

PAGE = 10_000


def _info(member: Member | None, openid: str) -> dict[str, Any]:
    if member is None or not member.following:
        return {"subscribe": 0, "openid": openid, "tagid_list": []}
    since = int(member.followed_at.timestamp()) if member.followed_at else 0
    told = {"subscribe": 1, "openid": openid, "nickname": "", "language": "zh_CN", "subscribe_time": since}
    return told | {"tagid_list": sorted(member.tags), "subscribe_scene": "ADD_SCENE_SEARCH", "remark": ""}


@endpoint("official", "/cgi-bin/user/info")
def info(platform: Platform, call: Call) -> dict[str, Any]:
    """One follower. The name has been empty since 2021."""
    openid = call.query.get("openid", "")
    if openid not in platform.members:
        raise ApiError(40003)
    return _info(platform.members[openid], openid)


@endpoint("official", "/cgi-bin/user/info/batchget")
def info_of_many(platform: Platform, call: Call) -> dict[str, Any]:
    """Up to 100 followers."""
    listed = parsed(call).get("user_list", [])
    if not 1 <= len(listed) <= 100:
        raise ApiError(40003)
    names = [str(user.get("openid", "")) for user in listed]
    return {"user_info_list": [_info(platform.members.get(name), name) for name in names]}


@endpoint("official", "/cgi-bin/user/get")
def followers(platform: Platform, call: Call) -> dict[str, Any]:
    """All openids, 10,000 a page; `next_openid` asks for what comes after it."""
    everybody = sorted(m.id for m in platform.members.values() if m.following)
    after = call.query.get("next_openid", "")
    page = [openid for openid in everybody if openid > after][:PAGE]
    listed = {"data": {"openid": page}} if page else {}
    return {"total": len(everybody), "count": len(page), **listed, "next_openid": page[-1] if page else ""}


@endpoint("official", "/cgi-bin/tags/create")
def create_tag(platform: Platform, call: Call) -> dict[str, Any]:
    """A new tag; its number starts at 100."""
    name = str(parsed(call).get("tag", {}).get("name", ""))
    number = 100 + len(platform.official.tags)
    platform.official.tags[number] = name
    return {"tag": {"id": number, "name": name}}


@endpoint("official", "/cgi-bin/tags/get")
def tags(platform: Platform, _call: Call) -> dict[str, Any]:
    """All tags with their sizes."""
    sizes = {n: sum(n in m.tags for m in platform.members.values()) for n in platform.official.tags}
    return {"tags": [{"id": n, "name": name, "count": sizes[n]} for n, name in platform.official.tags.items()]}


@endpoint("official", "/cgi-bin/tags/members/batchtagging")
def tag(platform: Platform, call: Call) -> dict[str, Any]:
    """Puts a tag on up to 50 followers."""
    for member, number in _tagged(platform, call):
        member.tags.add(number)
    return {}


@endpoint("official", "/cgi-bin/tags/members/batchuntagging")
def untag(platform: Platform, call: Call) -> dict[str, Any]:
    """Takes a tag off up to 50 followers."""
    for member, number in _tagged(platform, call):
        member.tags.discard(number)
    return {}


def _tagged(platform: Platform, call: Call) -> list[tuple[Member, int]]:
    fields = parsed(call)
    number, listed = fields.get("tagid"), fields.get("openid_list", [])
    if number not in platform.official.tags:
        raise ApiError(40058)
    if not all(openid in platform.members for openid in listed) or not 1 <= len(listed) <= 50:
        raise ApiError(40003)
    return [(platform.members[openid], number) for openid in listed]


@endpoint("official", "/cgi-bin/tags/getidlist")
def tags_of(platform: Platform, call: Call) -> dict[str, Any]:
    """The tags of one follower."""
    member = platform.members.get(str(parsed(call).get("openid")))
    if member is None:
        raise ApiError(40003)
    return {"tagid_list": sorted(member.tags)}


@endpoint("official", "/sns/oauth2/access_token", open_to_all=True)
def page_token(platform: Platform, call: Call) -> dict[str, Any]:
    """Who opened a page: a code, usable once, for an openid."""
    if call.query.get("appid") != platform.official.app_id:
        raise ApiError(40013)
    if call.query.get("secret") != platform.official.secret:
        raise ApiError(40125)
    openid = platform.codes.pop(call.query.get("code", ""), None)
    if openid is None:
        raise ApiError(40029)
    token = {"access_token": secrets.token_urlsafe(24), "refresh_token": secrets.token_urlsafe(24)}
    return token | {"expires_in": 7200, "openid": openid, "scope": "snsapi_base"}
