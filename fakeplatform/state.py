"""What the platform knows: our account, its members, and what each of them sees."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

Side = Literal["official", "work"]
Mode = Literal["plain", "compat", "safe"]
FAULT_LINE = "该公众号提供的服务出现故障，请稍后再试"
# (how long a scene's window lasts, how many sends it holds)
WINDOWS = {
    "click": (timedelta(minutes=1), 3),
    "follow": (timedelta(minutes=1), 3),
    "scan": (timedelta(minutes=1), 3),
    "message": (timedelta(hours=48), 5),
}


@dataclass
class OfficialAccount:
    """An official account and what was set up on it. `templates`: template id -> the names of its fields."""

    kind: Literal["service", "subscription"] = "service"
    verified: bool = True
    mode: Mode = "safe"
    app_id: str = "wxfake0000000001"
    secret: str = "fakesecret0123456789abcdef012345"  # noqa: S105 - a made-up account, known to everybody
    original_id: str = "gh_fake00000001"
    token: str = "faketoken"  # noqa: S105 - a made-up account, known to everybody
    aes_key: str = "FAKEabcdefghijklmnopqrstuvwxyz0123456789ABC"
    templates: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"TPL_QUIZ": ("thing1", "time2")})
    menu: dict[str, Any] | None = None
    tags: dict[int, str] = field(default_factory=dict)

    @property
    def full_service(self) -> bool:
        """Subscription notices and templates belong to verified service accounts."""
        return self.kind == "service" and self.verified


@dataclass
class WorkAccount:
    """A WeCom organisation with one app and one group robot."""

    corp_id: str = "wwfake0000000001"
    agent_id: str = "1000002"
    secret: str = "fakeworksecret0123456789abcdef-ABCDEFGHIJKL"  # noqa: S105 - a made-up account, known to everybody
    token: str = "fakeworktoken"  # noqa: S105 - a made-up account, known to everybody
    aes_key: str = "WORKabcdefghijklmnopqrstuvwxyz0123456789ABC"
    robot_key: str = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"


@dataclass(frozen=True)
class Shown:
    """One thing a member sees. `source`: reply, custom, notice, onetime, template, mass, work, robot or fault."""

    at: datetime
    source: str
    kind: str
    text: str
    content: dict[str, Any] = field(default_factory=dict)


@dataclass
class Window:
    """Opened by an interaction; holds a number of sends."""

    opened: datetime
    used: int = 0


@dataclass
class Member:
    """A person behind a phone: their right to be written to, and their inbox.

    `consents`: template id -> notices still agreed to; `scenes`: one-time messages agreed to.
    """

    id: str
    name: str = ""
    following: bool = True
    blocked: bool = False
    visible: bool = True
    followed_at: datetime | None = None
    windows: dict[str, Window] = field(default_factory=dict)
    consents: dict[str, int] = field(default_factory=dict)
    long_term: set[str] = field(default_factory=set)
    scenes: set[int] = field(default_factory=set)
    tags: set[int] = field(default_factory=set)
    mass_months: list[str] = field(default_factory=list)
    arrivals: list[datetime] = field(default_factory=list)
    inbox: list[Shown] = field(default_factory=list)

    def open_window(self, scene: str, now: datetime) -> Window | None:
        """The scene's window while it lasts."""
        window = self.windows.get(scene)
        return window if window and now - window.opened < WINDOWS[scene][0] else None

    def texts(self, *sources: str) -> list[str]:
        """What the member reads, oldest first; only from these sources where any are named."""
        return [shown.text for shown in self.inbox if not sources or shown.source in sources]


@dataclass(frozen=True)
class Call:
    """One request that reached the API side."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes = b""
    ip: str = "127.0.0.1"


@dataclass
class Recorded:
    """One call and what it came to. `errcode` is None where no answer was made; `fault` names the fault in it."""

    at: datetime
    call: Call
    errcode: int | None = None
    fault: str = ""


@dataclass
class Media:
    """An uploaded file; kept for three days."""

    id: str
    kind: str
    digest: str
    created: datetime


@dataclass
class Mass:
    """A mass message and whom it reached."""

    id: int
    client_id: str
    at: datetime
    day: date
    to: tuple[str, ...]
