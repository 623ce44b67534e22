"""Structured logs: one JSON object a line on stderr. No secret and no text of a member ever goes in."""

import json
import logging
import sys
from typing import Any

import structlog

from bot.scrubbing import scrubbed

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _to_json(event: Any, **_options: Any) -> str:
    return scrubbed(_encode(event))


def configure(level: str) -> None:
    """Sets up structlog for this process; `level` is a standard level name."""
    # Its debug lines hold whole URLs, and so the tokens.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
