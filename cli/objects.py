"""The JSON objects of docs/reference/commands.md, made in one place."""

from typing import Any

from bot.message import Replied


def reply_object(replied: Replied) -> dict[str, Any]:
    """A reply as `chat --json` and `kb ask --json` print it."""
    return {
        "decision": replied.decision,
        "entry": replied.entry if replied.decision == "answer" else None,
        "version": replied.version if replied.decision == "answer" else None,
        "score": replied.score,
        "choices": [choice.as_dict() for choice in replied.choices],
        "replies": [{"type": "text", "text": replied.text}] if replied.text else [],
        "at": replied.at.isoformat(),
    }
