"""What commands work with. app.py makes it; expensive parts are made when first asked for."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import click
from sqlalchemy import Engine

from bot.pipeline import Pipeline
from config.clock import Clock
from config.settings import Settings
from knowledge_base.engine import KnowledgeBase
from members.binding import Codes

FINDINGS, USAGE, OUTSIDE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Services:
    """The wired product.

    `current` is the knowledge base at a moment and raises ContentError; `database` brings the schema up to date first.
    """

    settings: Settings
    clock: Clock
    database: Callable[[], Engine]
    current: Callable[[datetime], KnowledgeBase]
    pipeline: Callable[[Clock, int], Pipeline]
    codes: Callable[[], Codes]
    serve: Callable[[], None]


pass_services = click.make_pass_decorator(Services)


def say(text: str = "") -> None:
    """A line of the command's own output."""
    click.echo(text)


def hint(text: str) -> None:
    """A line beside the output: progress, warnings."""
    click.echo(text, err=True)


def stop(code: int, text: str = "") -> NoReturn:
    """Ends the command with an exit code and, on stderr, the reason."""
    if text:
        hint(text)
    sys.exit(code)
