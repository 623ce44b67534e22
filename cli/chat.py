"""`./run chat`: a talk in the terminal, or JSON lines for programs."""

import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from bot.pipeline import Pipeline
from channels.console import to_incoming
from cli.moments import moment_option
from cli.objects import reply_object
from cli.services import NOT_UTF8, USAGE, Services, hint, is_utf8, pass_services, say, say_json, stop
from config import logs
from config.clock import clock_from

NO_LIMIT = 0
GREETING = "支部助手。直接输入问题；回复“帮助”看我会做什么；Ctrl+D 结束。"


@click.command("chat")
@click.option("--json", "as_json", is_flag=True, help="每行输入一条消息，每条输出一行 JSON")
@click.option(
    "--as",
    "who",
    default="console:demo",
    show_default=True,
    help="以哪个控制台账号说话；不认识的就是未绑定的访客",
)
@moment_option("--now", help="把时钟拨到这个时刻，然后正常走")
@pass_services
def chat(services: Services, as_json: bool, who: str, now: datetime | None) -> None:
    """在终端里与助手对话。"""
    if not as_json and services.settings.log_level == "INFO":
        logs.configure("WARNING")  # a line for every message would stand between the replies
    clock = clock_from(now) if now else services.clock
    services.current(clock())  # content that cannot be used ends the talk before it begins
    pipeline = services.pipeline(clock, NO_LIMIT)

    def reply(line: str) -> dict[str, Any]:
        return _exchange(pipeline, line, who, clock())

    if as_json:
        for line in _lines():
            say_json(reply(line))
        return
    hint(GREETING)
    for line in _typed() if sys.stdin.isatty() else _lines():
        for each in reply(line)["replies"]:
            say(f"助手：{each['text']}\n")


def _exchange(pipeline: Pipeline, line: str, who: str, now: datetime) -> dict[str, Any]:
    replied = pipeline.reply_to(to_incoming(line, who, now, secrets.token_hex(8)))
    return {"in": line, **reply_object(replied)}


def _lines() -> Iterator[str]:
    """The lines of stdin as UTF-8, whatever the terminal's locale says."""
    for number, raw in enumerate(sys.stdin.buffer, 1):
        try:
            yield raw.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            stop(USAGE, f"第 {number} 行{NOT_UTF8}")


def _typed() -> Iterator[str]:
    """What is typed at a terminal, in the terminal's own encoding."""
    while True:
        try:
            line = input("我：")
        except (EOFError, KeyboardInterrupt):
            return
        except UnicodeDecodeError:
            stop(USAGE, f"这一行{NOT_UTF8}")
        if not is_utf8(line):
            stop(USAGE, f"这一行{NOT_UTF8}")
        yield line
