"""What goes wrong, by path and count: the platform on a bad day."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "errcode",  # refused with `value`; nothing happens
    "http",  # HTTP status `value`; nothing happens
    "html",  # HTTP 200 with a page in it
    "truncated",  # the body breaks off
    "empty",  # HTTP 200 with nothing in it
    "errcode_string",  # the true answer, with errcode as text
    "array",  # the true effect, with [] as the answer
    "timeout",  # no answer for `value` seconds, then the connection closes
    "slow",  # the true answer after `value` seconds
    "reset",  # the connection breaks before anything happened
    "apply_then_drop",  # the effect happens, the caller sees a broken connection
    "token_killed",  # every token dies just before this call is looked at
    "ip_blocked",  # the caller's address is not on the list
    "clock_jump",  # the platform's clock moves by `value` seconds before the call
]
# After these the effect has happened although the caller cannot know it.
HIDES_EFFECT = frozenset({"apply_then_drop", "truncated", "empty", "array"})
HAPPENS = HIDES_EFFECT | {"errcode_string", "slow", "token_killed", "clock_jump"}


@dataclass
class Fault:
    """`path` "*" meets every call. The first `after` calls are spared, the next `times` are hit."""

    path: str
    kind: Kind
    value: float = 0
    times: int = 1
    after: int = 0


class Faults:
    """The faults still to come. Not locked: the platform holds its lock."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def add(self, path: str, kind: Kind, value: float = 0, times: int = 1, after: int = 0) -> None:
        """Plans a fault."""
        self._planned.append(Fault(path, kind, value, times, after))

    def clear(self) -> None:
        """A good day again."""
        self._planned.clear()

    def take(self, path: str) -> Fault | None:
        """The fault that meets this call, counted down."""
        for fault in self._planned:
            if fault.path not in ("*", path):
                continue
            if fault.after:
                fault.after -= 1
                continue
            if fault.times:
                fault.times -= 1
                return fault
        return None
