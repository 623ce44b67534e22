"""Access tokens as the platforms hand them out.

/cgi-bin/token: a new one each time; the one before stays valid for 5 minutes. /cgi-bin/stable_token: isolated from it
and the same until 5 minutes before its end; forced: a new one, the old one dies. gettoken (WeCom): the same until it
ends.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from fakeplatform.errors import ApiError
from fakeplatform.state import Side

GRACE = timedelta(minutes=5)


@dataclass
class Token:
    """One token; `family` is token, stable or work."""

    value: str
    family: str
    ends: datetime
    killed: bool = False


@dataclass(frozen=True)
class Fetch:
    """One token request that succeeded; `fresh` when a new token was made for it."""

    at: datetime
    family: str
    fresh: bool


class Tokens:
    """All tokens ever issued. Not locked: the platform holds its lock."""

    def __init__(self, lasts: timedelta = timedelta(seconds=7200)) -> None:
        self.lasts = lasts
        self.issued: list[Token] = []
        self.fetches: list[Fetch] = []

    def plain(self, now: datetime) -> tuple[str, int]:
        """(token, seconds it lasts) of /cgi-bin/token."""
        self._grace("token", now)
        return self._handed(self._new("token", now), now, fresh=True)

    def stable(self, now: datetime, *, force: bool) -> tuple[str, int]:
        """(token, seconds left) of /cgi-bin/stable_token."""
        current = self._current("stable", now)
        if current and force:
            current.killed = True
        elif current and current.ends - now > GRACE:
            return self._handed(current, now, fresh=False)
        elif current:
            self._grace("stable", now)
        return self._handed(self._new("stable", now), now, fresh=True)

    def work(self, now: datetime) -> tuple[str, int]:
        """(token, seconds left) of WeCom's gettoken."""
        current = self._current("work", now)
        return self._handed(current or self._new("work", now), now, fresh=current is None)

    def kill_all(self) -> None:
        """Every token stops working: somebody else refreshed them, or the platform had its day."""
        for token in self.issued:
            token.killed = True

    def side_of(self, value: str) -> Side | None:
        """Which API a token was issued for."""
        found = next((token for token in self.issued if token.value == value), None)
        return None if found is None else "work" if found.family == "work" else "official"

    def check(self, value: str, side: Side, now: datetime) -> None:
        """Raises ApiError 41001, 40001, 40014 or 42001 unless the token is good for this side."""
        if not value:
            raise ApiError(41001)
        found = next((token for token in reversed(self.issued) if token.value == value), None)
        if found is None or (found.family == "work") != (side == "work"):
            raise ApiError(40014 if side == "work" else 40001)
        if found.killed:
            raise ApiError(40014 if side == "work" else 40001)
        if found.ends <= now:
            raise ApiError(42001)

    def _current(self, family: str, now: datetime) -> Token | None:
        alive = [t for t in self.issued if t.family == family and not t.killed and t.ends > now]
        return alive[-1] if alive else None

    def _grace(self, family: str, now: datetime) -> None:
        for token in self.issued:
            if token.family == family:
                token.ends = min(token.ends, now + GRACE)

    def _new(self, family: str, now: datetime) -> Token:
        # As long as the platform's own; a column must hold 512.
        token = Token(f"{family}_{secrets.token_urlsafe(96)}", family, now + self.lasts)
        self.issued.append(token)
        return token

    def _handed(self, token: Token, now: datetime, *, fresh: bool) -> tuple[str, int]:
        self.fetches.append(Fetch(now, token.family, fresh))
        return token.value, int((token.ends - now).total_seconds())
