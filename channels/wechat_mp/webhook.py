"""The official account's door: GET proves that the address is ours, POST brings messages. Never a 500.

Order of the checks on a POST:
1. size (413)  2. query: once each, fresh, signed (403)  3. the outer XML (400)
4. sealed modes: Encrypt there, its signature, padding, length, appid (403)  5. the fields (200 `success`, no handler)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from bot.message import Incoming, Replied
from channels.wechat_mp import codec, xml
from channels.wechat_mp.sealing import Refused, Seal, same, signature

MAX_BODY = 64 * 1024
WINDOW_SECONDS = 300

Mode = Literal["plain", "compat", "safe"]
log = structlog.get_logger("wechat_mp")


@dataclass(frozen=True, slots=True)
class Account:
    """What the door needs to know of one official account."""

    token: str
    mode: Mode
    aes_key: str = ""
    app_id: str = ""


class Door:
    """The two views of one account."""

    to_incoming = staticmethod(codec.to_incoming)
    to_xml = staticmethod(codec.to_xml)

    def __init__(
        self, account: Account, reply_to: Callable[[Incoming], Replied], clock: Callable[[], datetime]
    ) -> None:
        self._account = account
        self.reply_to = reply_to
        self._clock = clock
        self.seal = None if account.mode == "plain" else Seal(account.token, account.aes_key, account.app_id)

    def verify(self) -> Response:
        """GET: echoes what the platform sent, when it is signed with our token."""
        try:
            self.check_query(request.args.get("signature", ""))
        except Refused as refused:
            return self.refuse(403, str(refused))
        # Plain text: the echo must never be read as a page.
        return plain(request.args.get("echostr", ""))

    def receive(self) -> Response:
        """POST: one message in, its reply out."""
        # A body without a length is silently cut at the limit: so the limit is one byte more than allowed.
        request.max_content_length = MAX_BODY + 1
        body = request.get_data(cache=False)
        if len(body) > MAX_BODY:
            return self.refuse(413, "size")
        try:
            fields, opened = self._open(body)
        except Refused as refused:
            return self.refuse(403, str(refused))
        except xml.BadXml as bad:
            return self.refuse(400, f"xml_{bad}")
        try:
            incoming = self.to_incoming(fields, opened)
        except codec.OddMessage as odd:
            log.warning("odd_message", field=str(odd))
            return plain(codec.NOTHING)
        return self._respond(self.to_xml(self.reply_to(incoming), incoming))

    def _open(self, body: bytes) -> tuple[dict[str, Any], bytes]:
        """(fields, the XML they stand in), after every check of authenticity."""
        self.check_query(request.args.get("signature"))
        outer = xml.parse(body)
        if self.seal is None:
            return outer, body
        sealed = outer.get("Encrypt")
        if not isinstance(sealed, str):
            # A plaintext body under a replayed URL signature, which does not cover the body.
            raise Refused("no_encrypt")
        query = request.args
        opened = self.seal.open(sealed, query.get("msg_signature", ""), query["timestamp"], query["nonce"])
        try:
            return xml.parse(opened), opened
        except xml.BadXml:
            raise Refused("inner_xml") from None

    def check_query(self, given: str | None) -> None:
        """Each parameter once, a fresh timestamp, and the URL signature, which only sealed messages may leave out."""
        query = request.args
        if any(len(values) > 1 for _, values in query.lists()):
            raise Refused("repeated_parameter")
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
            raise Refused("timestamp")
        if abs(self._clock().timestamp() - int(timestamp)) > WINDOW_SECONDS:
            raise Refused("stale")
        if given is None and self.seal is not None:
            if "nonce" not in query:
                raise Refused("nonce")
            return
        if not same(given or "", signature(self._account.token, timestamp, nonce)):
            raise Refused("signature")

    def _respond(self, reply: str) -> Response:
        if self.seal is None or reply == codec.NOTHING:
            return plain(reply) if reply == codec.NOTHING else Response(reply, mimetype="application/xml")
        timestamp = str(int(self._clock().timestamp()))
        return Response(self.seal.seal(reply, timestamp, request.args["nonce"]), mimetype="application/xml")

    def refuse(self, status: int, check: str) -> Response:
        # Which check failed, and the mode: signature / msg_signature confusion is the most frequent trouble.
        log.warning("refused", check=check, status=status, mode=self._account.mode)
        return plain("", status)


def plain(text: str, status: int = 200) -> Response:
    response = Response(text, status=status, mimetype="text/plain")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _last_resort(error: Exception) -> Response:
    """The edge: what nobody foresaw is logged and answered with 200, so that the member never sees 故障."""
    if isinstance(error, HTTPException):
        log.warning("refused", check=error.name, status=error.code)
        return plain("", error.code or 400)
    log.error("webhook_failed", error=type(error).__name__, exc_info=error)
    return plain(codec.NOTHING)


def blueprint(
    account: Account,
    reply_to: Callable[[Incoming], Replied],
    clock: Callable[[], datetime],
    name: str = codec.CHANNEL,
    path: str = "/wechat/mp",
) -> Blueprint:
    """The routes of one official account."""
    return routes_of(Door(account, reply_to, clock), name, path)


def routes_of(door: Door, name: str, path: str) -> Blueprint:
    """GET and POST of a door at a path; nothing that goes wrong there is a 500."""
    routes = Blueprint(name, __name__)
    routes.add_url_rule(path, "verify", door.verify, methods=["GET"])
    routes.add_url_rule(path, "receive", door.receive, methods=["POST"])
    routes.register_error_handler(Exception, _last_resort)
    return routes
