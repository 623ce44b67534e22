"""Access tokens: one fetch for each end of a token, over all threads and processes.

The row in the store is the truth; each process keeps a copy for as long as it is fresh. Renewal comes early where
that helps, while everybody else still uses the old one. A refused token is replaced once; when the next is refused
too, nothing is fetched for a minute: fetching more has never helped, it only uses up the day's quota.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from bot.sending import Token, TokenStore

LEASE = timedelta(seconds=30)
FORCED_AGAIN = timedelta(minutes=1)
# Seconds. Shorter is not believed: every call would fetch a token, and a token that ended is replaced all the same.
SHORTEST, LONGEST = 60, 7_200
_POLL_SECONDS = 0.1
# Waiting, fetching and sending, twice at the worst, must end within the lease of an outbox row.
_POLLS = 150


class TokenTrouble(Exception):
    """没有可用的 access_token"""


# (force) -> (token, seconds it lasts). Raises what an API call raises.
Fetch = Callable[[bool], tuple[str, int]]


class Tokens:
    """The token of one account. Safe to use from many threads."""

    def __init__(
        self,
        account: str,
        fetch: Fetch,
        store: TokenStore,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        early: timedelta = timedelta(),
    ) -> None:
        """`early`: how long before its end a token is renewed; at most half of its life."""
        self._account = account
        self._fetch = fetch
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._early = early
        self._known: Token | None = None
        self._flight = Lock()

    def get(self) -> str:
        """A token that holds. Raises TokenTrouble, and what fetching raises."""
        known, now = self._known, self._clock()
        if known and now < (known.ends_at if self._flight.locked() else known.renew_at):
            return known.value
        with self._flight:
            return self._shared(refused="")

    def after(self, refused: str) -> str:
        """The token after one that the platform refused. Raises TokenTrouble when a fresh one was refused, too."""
        with self._flight:
            return self._shared(refused)

    def _shared(self, refused: str) -> str:
        """The store's token, or the next one, fetched by whoever gets the lease."""
        for _ in range(_POLLS):
            now = self._clock()
            token = self._store.read(self._account)
            if token and token.value != refused and now < token.renew_at:
                return self._kept(token)
            if token and token.value == refused and token.forced_at and now - token.forced_at < FORCED_AGAIN:
                raise TokenTrouble("刚换的 access_token 也被平台拒绝，一分钟内不再换")
            until = now + LEASE
            if self._store.claim(self._account, token.value if token else "", now, until):
                return self._kept(self._renewed(token, bool(refused), now, until))
            if token and token.value != refused and now < token.ends_at:
                return token.value  # another process is renewing it; this one still holds
            self._sleep(_POLL_SECONDS)
        raise TokenTrouble("等别的进程换 access_token，等得太久")

    def _renewed(self, old: Token | None, forced: bool, now: datetime, until: datetime) -> Token:
        try:
            return self._fetched(old, forced, now, until)
        finally:
            self._store.release(self._account, until)

    def _fetched(self, old: Token | None, forced: bool, now: datetime, until: datetime) -> Token:
        value, seconds = self._fetch(forced)
        lasts = timedelta(seconds=max(SHORTEST, min(seconds, LONGEST)))
        # The very token we had: the platform gives no other before its end, so asking early is in vain.
        early = timedelta() if old and old.value == value else min(self._early, lasts / 2)
        token = Token(value, now + lasts, now + lasts - early, now if forced else None)
        self._store.write(self._account, token, until)
        return token

    def _kept(self, token: Token) -> str:
        self._known = token
        return token.value
