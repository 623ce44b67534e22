"""Error codes with the platform's own words. Every body of the official account carries a `rid`."""

from typing import Any

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40018: "invalid button name size",
    40029: "invalid code",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40037: "invalid template_id",
    40056: "invalid agentid",
    40058: "invalid parameter",
    40066: "invalid url",
    40125: "invalid appsecret",
    40164: "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
    41001: "access_token missing",
    41006: "media_id missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45047: "out of response count limit",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    48006: "forbid to clear quota because of reaching the limit",
    50002: "user limited",
    60020: "not allow to access from your ip, hint: [1], from ip: {ip}",
    60111: "userid not found",
    72000: "response_code invalid",
    81013: "user & party & tag all invalid",
    301002: "not allow operate another agent",
}


class ApiError(Exception):
    """The call is refused with `code`; `more` goes into the body beside errcode and errmsg."""

    def __init__(self, code: int, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def body(code: int, rid: str, ip: str = "", more: dict[str, Any] | None = None) -> dict[str, Any]:
    """The error body: errcode, errmsg with the rid, and what a refusal adds."""
    text = MESSAGES.get(code, "error").format(ip=ip)
    return {"errcode": code, "errmsg": f"{text} rid: {rid}", **(more or {})}
