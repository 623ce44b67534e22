"""WeCom's door: the official account's, always sealed, with an `echostr` that is sealed too."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request

from bot.message import Incoming, Replied
from channels.wechat_mp.sealing import Refused
from channels.wechat_mp.webhook import Account, Door, plain, routes_of
from channels.wecom import codec


class WorkDoor(Door):
    """The two views of one application."""

    to_incoming = staticmethod(codec.to_incoming)
    to_xml = staticmethod(codec.to_xml)

    def verify(self) -> Response:
        """GET: opens what the platform sealed and gives it back, within a second."""
        assert self.seal
        query = request.args
        try:
            self.check_query(None)
            signed = (query.get("msg_signature", ""), query["timestamp"], query["nonce"])
            opened = self.seal.open(query.get("echostr", ""), *signed)
        except Refused as refused:
            return self.refuse(403, str(refused))
        return plain(opened.decode("utf-8", "replace"))


def blueprint(
    token: str,
    aes_key: str,
    corp_id: str,
    reply_to: Callable[[Incoming], Replied],
    clock: Callable[[], datetime],
) -> Blueprint:
    """The routes of one application at /wechat/wecom."""
    door = WorkDoor(Account(token, "safe", aes_key, corp_id), reply_to, clock)
    return routes_of(door, codec.CHANNEL, "/wechat/wecom")
