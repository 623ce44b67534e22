"""Moments and days as options of commands."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import click

from config.clock import parse_now


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    with suppress(ValueError):
        moment = parse_now(value or "")
        if not isinstance(moment, timedelta):
            return moment
    raise click.BadParameter("应为 ISO 时刻，如 2026-11-23T07:35+08:00，在 1900 到 2199 年之间")


def moment_option(name: str, help: str) -> Callable[[Any], Any]:
    """An option that takes an ISO moment (Asia/Shanghai where it names no zone)."""
    return click.option(name, callback=_moment, help=help)
