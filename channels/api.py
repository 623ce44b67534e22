"""One call of a platform's API: timeouts, tokens, and an answer that is what it claims to be, or an exception.

Every way of failing ends in one of three exceptions that say what is known about the effect. Their texts hold neither
URL nor body: both carry the token.
"""

import json
import re
import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError

from bot.scrubbing import scrubbed
from channels.tokens import LONGEST, Tokens

# Seconds until a connection stands, and between two pieces of the answer. The platforms answer in well under one.
TIMEOUT = (3.05, 10.0)
MAX_ANSWER = 1024 * 1024
_BAD_CREDENTIAL, _WRONG_SECRET = 40001, 40125
TOKEN_CODES = frozenset({_BAD_CREDENTIAL, 40014, 42001})
_RATE_STATUS = 429
_POOL = 16
# A connection lies still from one day's push to the next. Where a router forgets it without a word, the first message
# would go nowhere and its outcome be unknown: the kernel keeps it alive, or finds out in time that it is dead.
_PROBES = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
_KEEPALIVE = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in _PROBES.items() if hasattr(socket, name)),
]


class PlatformRefused(Exception):
    """平台拒绝了这次调用"""

    def __init__(self, code: int, said: str, answer: dict[str, Any] | None = None) -> None:
        """`said` is the platform's errmsg; `answer` the whole object, where more stands in it."""
        super().__init__(f"{self.__doc__}：{code} {said}")
        self.code, self.said, self.answer = code, said, answer or {}


class NeverLeft(Exception):
    """请求没有发出去"""


class OutcomeUnknown(Exception):
    """请求发出去了，平台的答复没有收到或读不懂"""


class _Adapter(HTTPAdapter):
    """Gives every request a time limit, and sends what a library addresses to the platform to the base URL."""

    def __init__(self, base_url: str, platform: str) -> None:
        self._base, self._platform = base_url, platform
        super().__init__(pool_maxsize=_POOL, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, socket_options=_KEEPALIVE)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        if request.url and request.url.startswith(f"{self._platform}/"):
            request.url = self._base + request.url.removeprefix(self._platform)
        return super().send(request, *args, **kwargs)


class Api:
    """The API of one platform at one base URL. Safe to use from many threads."""

    def __init__(self, base_url: str, platform: str) -> None:
        """`platform` is the address that libraries have built in."""
        self.base_url = base_url
        self._http = requests.Session()
        for scheme in ("https://", "http://"):
            self._http.mount(scheme, _Adapter(base_url, platform))

    def call(self, tokens: Tokens, method: str, url: str, **request: Any) -> dict[str, Any]:
        """A call with the account's token: one renewal and one more try when the platform refuses the token.

        `request`: params, data, files as `requests` takes them. Raises PlatformRefused, NeverLeft, OutcomeUnknown.
        """
        token = tokens.get()
        try:
            return self._with(token, method, url, request)
        except PlatformRefused as refused:
            if refused.code not in TOKEN_CODES:
                raise
        return self._with(tokens.after(token), method, url, request)

    def bare(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """A call without a token. Raises as `call`."""
        status, body = self._exchange(method, url, request)
        if status == _RATE_STATUS:
            raise PlatformRefused(_RATE_STATUS, "too many requests")
        if not 200 <= status < 300 and status < 500:
            raise PlatformRefused(status, "not an address of the platform's API")
        if status >= 500:
            raise OutcomeUnknown(f"平台答复 HTTP {status}")
        return read(body)

    def _with(self, token: str, method: str, url: str, request: dict[str, Any]) -> dict[str, Any]:
        params = {**request.get("params", {}), "access_token": token}
        return self.bare(method, url, **{**request, "params": params})

    def _exchange(self, method: str, url: str, request: dict[str, Any]) -> tuple[int, bytes]:
        """(status, body). Only a connection that never stood is known to have had no effect."""
        try:
            with self._http.request(
                method, self.base_url + url, stream=True, allow_redirects=False, **request
            ) as response:
                return response.status_code, _limited(response)
        except requests.ConnectTimeout:
            raise NeverLeft("连不上平台（超时）") from None
        except requests.ConnectionError as error:
            if error.args and isinstance(error.args[0], MaxRetryError):
                raise NeverLeft(f"连不上平台（{type(error.args[0].reason).__name__}）") from None
            raise OutcomeUnknown(f"连接断了（{type(error).__name__}）") from None
        except requests.RequestException as error:
            raise OutcomeUnknown(f"没有读到完整的答复（{type(error).__name__}）") from None


def _limited(response: requests.Response) -> bytes:
    body = b""
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > MAX_ANSWER:
            raise OutcomeUnknown("平台的答复太长")
    return body


def read(body: bytes) -> dict[str, Any]:
    """The answer's object, with `errcode` as a number. Content types are not trusted, a BOM is passed over.

    Raises PlatformRefused for an errcode other than 0, OutcomeUnknown for what is no object.
    """
    try:
        answer = json.loads(body.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError):
        raise OutcomeUnknown("平台的答复不是 JSON" if body.strip() else "平台的答复是空的") from None
    if not isinstance(answer, dict):
        raise OutcomeUnknown("平台的答复不是一个对象")
    code = _number(answer.get("errcode", 0))
    if code is None:
        raise OutcomeUnknown("平台的答复里 errcode 不是数字")
    if code:
        raise PlatformRefused(code, scrubbed(str(answer.get("errmsg", ""))[:300]), answer)
    return answer


def token_in(api: Api, method: str, url: str, **request: Any) -> tuple[str, int]:
    """(token, seconds) of a token request. Raises PlatformRefused; NeverLeft for all else: nothing was sent yet."""
    try:
        answer = api.bare(method, url, **request)
    except OutcomeUnknown as unknown:
        raise NeverLeft(f"换 access_token 没有成功，{unknown}") from None
    except PlatformRefused as refused:
        # Asked for a token, the platform says 40001 for a wrong secret.
        raise PlatformRefused(
            _WRONG_SECRET if refused.code == _BAD_CREDENTIAL else refused.code, refused.said
        ) from None
    value, seconds = answer.get("access_token"), _number(answer.get("expires_in", LONGEST))
    if not isinstance(value, str) or not value or seconds is None:
        raise NeverLeft("换 access_token 的答复里没有令牌")
    return value, seconds


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else None
