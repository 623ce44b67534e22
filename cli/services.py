"""What commands work with. app.py makes it; expensive parts are made when first asked for."""

import json
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import click
from sqlalchemy import Engine

from bot.pipeline import Pipeline
from bot.routing import Route
from channels.wechat_mp.sender import OfficialSender
from channels.wecom.sender import WorkSender
from config.clock import Clock
from config.settings import Settings
from curation.desk import Desk
from knowledge_base.engine import KnowledgeBase
from knowledge_base.reranking import Reranker
from members.binding import Codes
from scheduler.clock import Clockwork
from scheduler.delivery import Delivery
from scheduler.pushes import Push

FINDINGS, USAGE, OUTSIDE = 1, 2, 3
NO_DRIVER = "PostgreSQL 需要另装驱动：pip install 'psycopg[binary]'"
NOT_UTF8 = "不是 UTF-8 编码的文字。请转换编码后再试。"


@dataclass(frozen=True, slots=True)
class Services:
    """The wired product.

    `current` is the published knowledge base at a moment and raises ContentError; `desk` is where curators work;
    `database` brings the schema up to date first. `platforms` are the channels whose platform can be called, by name.
    """

    settings: Settings
    clock: Clock
    database: Callable[[], Engine]
    current: Callable[[datetime], KnowledgeBase]
    codes: Callable[[], Codes]
    desk: Callable[[], Desk]
    routes: Callable[[], tuple[Route, ...]]
    pipeline: Callable[[Clock, int], Pipeline]
    platforms: Callable[[], Mapping[str, OfficialSender | WorkSender]]
    pushes: Callable[[], tuple[Push, ...]]
    quiet_until: Callable[[datetime], datetime | None]
    clockwork: Callable[[], Clockwork]
    delivery: Callable[[], Delivery]
    serve: Callable[[], None]
    reranker: Callable[[], Reranker | None]


pass_services = click.make_pass_decorator(Services)


def say(text: str = "") -> None:
    """A line of the command's own output."""
    click.echo(text)


def say_json(value: dict[str, Any]) -> None:
    """An object on a line of its own: UTF-8, whatever the terminal speaks, since a program reads it."""
    click.echo(json.dumps(value, ensure_ascii=False).encode())


def hint(text: str) -> None:
    """A line beside the output: progress, warnings."""
    click.echo(text, err=True)


def stop(code: int, text: str = "") -> NoReturn:
    """Ends the command with an exit code and, on stderr, the reason."""
    if text:
        hint(text)
    sys.exit(code)


def is_utf8(typed: str) -> bool:
    """False for text with bytes that Python could not decode and carries on as lone surrogates."""
    try:
        typed.encode()
    except UnicodeEncodeError:
        return False
    return True


def listening_problem(host: str, port: int) -> OSError | None:
    """Why a server cannot listen there; None where it can. IPv6 is what is written so, as gunicorn reads it."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error
    return None
