"""The platform: all state behind one lock, and the answer to one API call."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from threading import RLock
from typing import Any, Literal

from fakeplatform.clock import VirtualClock, local_day
from fakeplatform.errors import ApiError, body
from fakeplatform.faults import HAPPENS, Fault, Faults
from fakeplatform.state import Call, Mass, Media, Member, OfficialAccount, Recorded, Shown, Side, WorkAccount
from fakeplatform.tokens import Tokens

_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u")
# Calls a day, where the platform has a limit that a bot may meet.
DAILY_LIMITS = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/user/get": 500,
}


@dataclass(frozen=True)
class Answer:
    """What the caller gets: a response after `hold` seconds, or a broken connection."""

    status: int = 200
    content_type: str = "application/json; encoding=utf-8"
    body: bytes = b""
    hold: float = 0
    ending: Literal["response", "close", "reset"] = "response"


@dataclass(frozen=True)
class Endpoint:
    """One path of one side. `open`: needs no access token."""

    function: "Callable[[Platform, Call], dict[str, Any]]"
    open: bool = False


ENDPOINTS: dict[tuple[Side, str], Endpoint] = {}


def endpoint(
    side: Side, path: str, *, open_to_all: bool = False
) -> "Callable[[Callable[[Platform, Call], dict[str, Any]]], Callable[[Platform, Call], dict[str, Any]]]":
    """Registers a function as the answer to a path."""

    def register(function: "Callable[[Platform, Call], dict[str, Any]]") -> Any:
        ENDPOINTS[side, path] = Endpoint(function, open_to_all)
        return function

    return register


class Platform:
    """One official account and one WeCom organisation, seen from the inside. Safe to use from many threads."""

    def __init__(
        self,
        official: OfficialAccount | None = None,
        work: WorkAccount | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.official = official or OfficialAccount()
        self.work = work or WorkAccount()
        self._clock = clock or VirtualClock()
        self.jumped = timedelta()
        self.lock = RLock()
        self.tokens = Tokens()
        self.faults = Faults()
        self.members: dict[str, Member] = {}
        self.staff: dict[str, Member] = {}
        self.calls: list[Recorded] = []
        self.limits = dict(DAILY_LIMITS)
        self.used: dict[tuple[str, str], int] = {}
        self.cleared: list[str] = []
        self.blocked_ips: set[str] = set()
        self.media: dict[str, Media] = {}
        self.tickets: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.mass: list[Mass] = []
        self.template_ids: dict[str, tuple[datetime, int]] = {}
        self.work_bodies: dict[bytes, datetime] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.robot: list[Shown] = []
        # Events the platform owes the bot; webhook.owed delivers them.
        self.owed: list[tuple[Side, dict[str, Any]]] = []
        self._numbers = count(1)

    # Time, people, numbers

    def now(self) -> datetime:
        """The platform's moment; a clock jump moves it away from everybody else's."""
        return self._clock() + self.jumped

    def member(self, openid: str) -> Member:
        """The follower with this openid, made when new. Every openid starts with `o`."""
        with self.lock:
            return self.members.setdefault(openid, Member(openid, followed_at=self.now()))

    def colleague(self, userid: str) -> Member:
        """The WeCom member with this userid, made when new, in the app's visible range."""
        with self.lock:
            return self.staff.setdefault(userid, Member(userid))

    def number(self) -> int:
        """The next number of this platform, for message ids and the like."""
        return next(self._numbers)

    def show(self, member: Member, source: str, kind: str, text: str, **content: Any) -> None:
        """Puts something before a member's eyes."""
        member.inbox.append(Shown(self.now(), source, kind, text, content))

    # One API call

    def answer(self, call: Call) -> Answer:
        """What comes back for a call, with its effect on the state and the fault planned for it."""
        with self.lock:
            fault = self.faults.take(call.path)
            recorded = Recorded(self.now(), call, fault=fault.kind if fault else "")
            self.calls.append(recorded)
            self._befall(fault)
            result = self._apply(call, fault) if fault is None or fault.kind in HAPPENS else None
            recorded.errcode = result.get("errcode", 0) if result is not None else _forced(fault)
        return _shaped(fault, result, self._rid(), call.ip)

    def refused(self, *codes: int) -> list[Recorded]:
        """Calls answered with one of these codes that no fault brought about."""
        return [c for c in self.calls if c.errcode in codes and not c.fault]

    def _befall(self, fault: Fault | None) -> None:
        if fault is None:
            return
        if fault.kind == "token_killed":
            self.tokens.kill_all()
        if fault.kind == "clock_jump":
            self.jumped += timedelta(seconds=fault.value)

    def _apply(self, call: Call, fault: Fault | None) -> dict[str, Any]:
        try:
            return self._checked(call)
        except ApiError as refused:
            return body(refused.code, self._rid(), call.ip, refused.more)

    def _checked(self, call: Call) -> dict[str, Any]:
        token = call.query.get("access_token", "")
        side = self.tokens.side_of(token) or ("official" if ("official", call.path) in ENDPOINTS else "work")
        found = ENDPOINTS.get((side, call.path))
        if found is None:
            raise ApiError(40066)
        if not found.open:
            self.tokens.check(token, side, self.now())
        if call.ip in self.blocked_ips:
            raise ApiError(60020 if side == "work" else 40164)
        self._count(call.path)
        return {"errcode": 0, "errmsg": "ok"} | found.function(self, call)

    def _count(self, path: str) -> None:
        key = (path, local_day(self.now()).isoformat())
        if path in self.limits and self.used.get(key, 0) >= self.limits[path]:
            raise ApiError(45009)
        self.used[key] = self.used.get(key, 0) + 1

    def _rid(self) -> str:
        return f"{int(self.now().timestamp()):x}-{self.number():08x}-fa4e"


def _forced(fault: Fault | None) -> int | None:
    if fault is None:
        return None
    return {"errcode": int(fault.value), "ip_blocked": 40164}.get(fault.kind)


def _shaped(fault: Fault | None, result: dict[str, Any] | None, rid: str, ip: str) -> Answer:
    """The answer as the fault lets it through."""
    whole = json.dumps(result, ensure_ascii=False).encode() if result is not None else b""
    if fault is None:
        return Answer(body=whole)
    match fault.kind:
        case "errcode" | "ip_blocked":
            return Answer(body=json.dumps(body(_forced(fault) or 0, rid, ip)).encode())
        case "http":
            return Answer(int(fault.value), "text/html", b"<html><body>Bad Gateway</body></html>")
        case "html":
            return Answer(200, "text/html", b"<html><body>502 Bad Gateway</body></html>")
        case "truncated":
            return Answer(body=whole[: max(1, len(whole) // 2)])
        case "empty":
            return Answer()
        case "array":
            return Answer(body=b"[]")
        case "errcode_string":
            assert result is not None
            return Answer(body=json.dumps(result | {"errcode": str(result.get("errcode", 0))}).encode())
        case "timeout":
            return Answer(hold=fault.value, ending="close")
        case "reset" | "apply_then_drop":
            return Answer(ending="reset")
        case "slow":
            return Answer(body=whole, hold=fault.value)
        case _:
            return Answer(body=whole)


def parsed(call: Call, *, reads_escapes: bool = False) -> dict[str, Any]:
    """The JSON object of a POST. Raises ApiError 43002, 44004 or 47001.

    The official account does not read \\uXXXX: members see the escapes themselves. WeCom reads them.
    """
    if call.method != "POST":
        raise ApiError(43002)
    if not call.body:
        raise ApiError(44004)
    try:
        fields = json.loads(call.body if reads_escapes else _ESCAPE.sub(rb"\1\\\\u", call.body))
    except ValueError:
        raise ApiError(47001) from None
    if not isinstance(fields, dict):
        raise ApiError(47001)
    return fields
