"""The console: one line typed is one message. For operators, tests and everybody without an account."""

from datetime import datetime

from bot.message import Address, Incoming

CHANNEL = "console"


def to_incoming(line: str, who: str, now: datetime, unique: str) -> Incoming:
    """A line typed by `who` (the part after `console:`); `unique` tells this message from all others."""
    address = Address(CHANNEL, CHANNEL, who.removeprefix(f"{CHANNEL}:"))
    return Incoming(address, f"{CHANNEL}:{address.platform_id}:{unique}", "text", line.strip(), now)
