"""The platform as the caller: posts what people do to the bot, waits, tries again, and shows them the reply."""

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Literal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from fakeplatform import seal
from fakeplatform.judge import Judged, judge
from fakeplatform.phones import Message, Phones, cdata
from fakeplatform.platform import Platform
from fakeplatform.state import FAULT_LINE, Side

TRIES = 3
WAIT_SECONDS = 5.0
Forgery = Literal["", "signature", "token", "body", "plaintext"]


@dataclass(frozen=True)
class Posted:
    """One request to the bot; `query` is the URL's, in order."""

    method: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]


# Posts and returns (status, body). Raises OSError where no answer came; the second argument is the time limit.
Bot = Callable[[Posted, float], tuple[int, bytes]]


def http_bot(url: str) -> Bot:
    """A bot that listens at a URL."""

    def post(posted: Posted, seconds: float) -> tuple[int, bytes]:
        data = posted.body if posted.method == "POST" else None
        # The address is the user's own.
        request = Request(f"{url}?{urlencode(posted.query)}", data, posted.headers, method=posted.method)  # noqa: S310
        try:
            with urlopen(request, timeout=seconds) as response:  # noqa: S310
                return response.status, response.read()
        except HTTPError as error:
            return error.code, error.read()
        except HTTPException as error:
            raise ConnectionError(str(error)) from None

    return post


@dataclass
class Delivered:
    """What came of one message: every answer, and what the member saw in the end."""

    message: Message
    statuses: list[int] = field(default_factory=list)
    judged: Judged | None = None
    plaintexts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The reply as the member reads it; "" where nothing was shown."""
        return self.judged.text if self.judged and self.judged.outcome == "shown" else ""


class Webhook:
    """Delivers messages to one bot. `scale` shortens the five seconds of waiting in tests."""

    def __init__(self, platform: Platform, bots: dict[Side, Bot], scale: float = 1.0) -> None:
        self._platform = platform
        self._bots = bots
        self._scale = scale
        self.phones = Phones(platform)
        # Every message's replies in plain text: the same message must always get the same one.
        self.replies: dict[str, set[str]] = {}

    def verify(self, side: Side = "official", echo: str = "4242424242") -> tuple[int, str]:
        """The GET with `echostr` that proves the address; (status, what came back)."""
        sealed = seal.seal(echo, self._platform.work.aes_key, self._platform.work.corp_id) if side == "work" else echo
        query = self._query(side, sealed if side == "work" else None)
        query["echostr"] = sealed
        status, body = self._bots[side](Posted("GET", query, b"", {}), 1.0 * self._scale)
        return status, body.decode("utf-8", "replace")

    def send(self, message: Message, *, stale: float = 0, forged: Forgery = "") -> Delivered:
        """Up to three tries; the member sees the first reply that can be shown, or the line about a fault."""
        delivered = Delivered(message)
        for _ in range(TRIES):
            judged = self._attempt(message, delivered, stale, forged)
            if judged is None:
                continue
            delivered.judged = judged
            if judged.outcome != "broken" or delivered.statuses[-1] == 200:
                break
        if not forged and not stale:
            self._show(delivered)
        return delivered

    def duplicate(self, message: Message, times: int = TRIES) -> list[Delivered]:
        """The same message again and again, although each try was answered; shown once."""
        first = self.send(message)
        again = [Delivered(message) for _ in range(times - 1)]
        for each in again:
            each.judged = self._attempt(message, each, 0, "")
        return [first, *again]

    def parallel(self, messages: Sequence[Message]) -> list[Delivered]:
        """All at once, each once; for the same message thrice, or many members at a time. The first is shown."""

        def one(message: Message) -> Delivered:
            delivered = Delivered(message)
            delivered.judged = self._attempt(message, delivered, 0, "")
            return delivered

        with ThreadPoolExecutor(len(messages)) as pool:
            all_delivered = list(pool.map(one, messages))
        seen: set[str] = set()
        for delivered in all_delivered:
            if delivered.message.key not in seen:
                self._show(delivered)
            seen.add(delivered.message.key)
        return all_delivered

    def deliver_owed(self) -> list[Delivered]:
        """Posts the events that the platform owes."""
        return [self.send(message) for message in self.phones.owed()]

    def _attempt(self, message: Message, delivered: Delivered, stale: float, forged: Forgery) -> Judged | None:
        """One request; None where no answer came in time."""
        limit = WAIT_SECONDS * self._scale
        posted = self._posted(message, stale, forged)
        started = time.monotonic()
        try:
            status, body = self._bots[message.side](posted, limit)
        except OSError:
            return None
        if time.monotonic() - started > limit:
            return None  # a bot that is called directly cannot be cut off, but it was too late
        delivered.statuses.append(status)
        judged = judge(self._platform, message, status, body)
        if status == 200 and not forged and not stale:
            delivered.plaintexts.append(judged.plaintext)
            with self._platform.lock:
                self.replies.setdefault(message.key, set()).add(judged.plaintext)
        return judged

    def _posted(self, message: Message, stale: float, forged: Forgery) -> Posted:
        side = message.side
        mode = "safe" if side == "work" else self._platform.official.mode
        if mode == "plain" or forged == "plaintext":
            query = self._query(side, None, stale, forged)
            return Posted("POST", query, _tampered(message.xml, forged).encode(), _HEADERS)
        account = self._platform.work if side == "work" else self._platform.official
        receiver = self._platform.work.corp_id if side == "work" else self._platform.official.app_id
        sealed = seal.seal(message.xml, account.aes_key, receiver)
        query = self._query(side, sealed, stale, forged)
        kept = message.xml.removesuffix("</xml>") if mode == "compat" else "<xml>" + _to_user(message.xml)
        body = f"{kept}<Encrypt>{cdata(_tampered(sealed, forged))}</Encrypt></xml>"
        return Posted("POST", query, body.encode(), _HEADERS)

    def _query(self, side: Side, sealed: str | None, stale: float = 0, forged: Forgery = "") -> dict[str, str]:
        account = self._platform.work if side == "work" else self._platform.official
        token = "someoneelse" if forged == "token" else account.token
        timestamp, nonce = str(int(self._platform.now().timestamp() - stale)), str(secrets.randbelow(10**10))
        query = {"timestamp": timestamp, "nonce": nonce}
        if side == "official":
            query["signature"] = seal.sign(token, timestamp, nonce)
        if sealed is not None:
            query["msg_signature"] = seal.sign(token, timestamp, nonce, sealed)
            if side == "official":
                query["encrypt_type"] = "aes"
        if forged == "signature":
            return {name: value[::-1] if "signature" in name else value for name, value in query.items()}
        return query

    def _show(self, delivered: Delivered) -> None:
        message, judged = delivered.message, delivered.judged
        people = self._platform.staff if message.side == "work" else self._platform.members
        member = people.get(message.sender)
        if member is None:
            return
        if judged is None or judged.outcome == "broken":
            self._platform.show(member, "fault", "text", FAULT_LINE, why=judged.why if judged else "no answer")
        elif judged.outcome == "shown":
            self._platform.show(member, "reply", judged.kind, judged.text)


_HEADERS = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Accept": "*/*", "Pragma": "no-cache"}


def _to_user(xml: str) -> str:
    """The recipient stands outside of the sealed part, too."""
    start = xml.index("<ToUserName>")
    return xml[start : xml.index("</ToUserName>") + len("</ToUserName>")]


def _tampered(text: str, forged: Forgery) -> str:
    if forged != "body":
        return text
    middle = len(text) // 2
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
