"""`./run wechat …`: what is set up on the official account from here."""

import difflib
import json
from collections.abc import Iterator
from typing import Any

import click

from bot.message import Address, Incoming
from bot.routing import first_match
from bot.sending import Sent
from bot.turn import Memory, Person, Turn
from channels.wechat_mp.codec import CHANNEL
from channels.wechat_mp.sender import OfficialSender
from cli.services import FINDINGS, OUTSIDE, USAGE, Services, hint, pass_services, say, stop
from knowledge_base.loading import load_menu
from knowledge_base.menu import Button, platform_form
from knowledge_base.strict_yaml import ContentError, Problem

_UNKNOWN_KEY = "old_menu"


@click.group()
def wechat() -> None:
    """公众号的设置。"""


@wechat.group()
def menu() -> None:
    """自定义菜单：写在内容文件夹的 menu.yaml 里。"""


@menu.command()
@pass_services
def push(services: Services) -> None:
    """把 menu.yaml 送到公众平台，替换现在的菜单。"""
    sender, wanted = _sender(services), _wanted(services)
    outcome = sender.put_menu(wanted)
    if not isinstance(outcome, Sent):
        stop(OUTSIDE, getattr(outcome, "why", ""))
    hint("菜单已更新；已经关注的人，最多要等几分钟才看到。")


@menu.command()
@pass_services
def diff(services: Services) -> None:
    """比较 menu.yaml 和公众平台上现在的菜单；不同时退出码 1。"""
    sender, wanted = _sender(services), _wanted(services)
    there = sender.menu()
    if not isinstance(there, dict):
        stop(OUTSIDE, getattr(there, "why", ""))
    before, after = (_lines(buttons) for buttons in (there.get("button", []), wanted["button"]))
    lines = list(difflib.unified_diff(before, after, "公众平台", "menu.yaml", lineterm=""))
    for line in lines:
        say(line)
    if lines:
        stop(FINDINGS, "菜单不同：用 ./run wechat menu push 更新。")
    hint("菜单一样。")


def _sender(services: Services) -> OfficialSender:
    sender = services.platforms().get(CHANNEL)
    if not isinstance(sender, OfficialSender):
        stop(USAGE, "没有配置公众号的接口：请填 ZHIBU_WECHAT_MP_APP_ID 和 ZHIBU_WECHAT_MP_APP_SECRET。")
    return sender


def _wanted(services: Services) -> dict[str, Any]:
    """The platform's form of menu.yaml. Raises ContentError, also for a key that no handler knows."""
    folder = services.settings.content_dir
    buttons = load_menu(folder)
    if not buttons:
        stop(USAGE, f"“{folder / 'menu.yaml'}”里没有菜单：写法见 docs/reference/content-format.md。")
    problems = [
        Problem(button.place, "E701", f"“{button.key}”没有对应的功能。", "可以用 QUIZ、MISTAKES、MINE、HELP、PERSON。")
        for button in _all(buttons)
        if button.key and _route_of(services, button.key) == _UNKNOWN_KEY
    ]
    if problems:
        raise ContentError(problems)
    return platform_form(buttons)


def _all(buttons: tuple[Button, ...]) -> Iterator[Button]:
    for button in buttons:
        yield button
        yield from _all(button.items)


def _route_of(services: Services, key: str) -> str:
    """The route that a tap on this key would take."""
    now = services.clock()
    tap = Incoming(Address(CHANNEL, "", ""), "", "click", "", now, key)
    return first_match(services.routes(), Turn(tap, Person(0), Memory(), now, _nothing, _nothing)).name


def _nothing() -> Any:
    """Conditions look at the tap alone."""


def _lines(buttons: list[dict[str, Any]]) -> list[str]:
    """The menu as comparable lines; the platform adds empty lists that mean nothing."""
    kept = [_without_empty(button) for button in buttons]
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).splitlines()


def _without_empty(button: dict[str, Any]) -> dict[str, Any]:
    items = [_without_empty(item) for item in button.get("sub_button", [])]
    kept = {name: value for name, value in button.items() if name != "sub_button"}
    return {**kept, "sub_button": items} if items else kept
