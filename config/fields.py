"""The kinds of values a setting can have: how each is read, and in Chinese what it must look like."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic.config import JsonDict

from config.clock import parse_now


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times between which nothing is pushed; may pass over midnight."""

    start: time
    end: time


def is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def blank_is_none(value: object) -> object:
    return None if is_blank(value) else value


def _parse_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
        raise ValueError("not HH:MM")
    return time.fromisoformat(value.strip().zfill(5))


def parse_quiet(value: object) -> object:
    if not isinstance(value, str):
        return value
    start, _, end = value.partition("-")
    return {"start": _parse_time(start), "end": _parse_time(end)}


def read_now(value: object) -> object:
    return parse_now(value) if isinstance(value, str) else value


def known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a zone")
    return name


def looks_like(pattern: str) -> Callable[[SecretStr | None], SecretStr | None]:
    def check(secret: SecretStr | None) -> SecretStr | None:
        if secret and not re.fullmatch(pattern, secret.get_secret_value()):
            raise ValueError("not of this form")
        return secret

    return check


def form(text: str) -> JsonDict:
    return {"form": text}


OptionalText = Annotated[str | None, BeforeValidator(blank_is_none)]
OptionalFolder = Annotated[Path | None, BeforeValidator(blank_is_none)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(blank_is_none)]
AesKey = Annotated[OptionalSecret, AfterValidator(looks_like(r"[A-Za-z0-9+/]{43}"))]
ClockTime = Annotated[time, BeforeValidator(_parse_time)]

TRUTH = form("true 或 false")
CLOCK = form("24 小时制的时刻，如 07:35")
URL = form("以 http:// 或 https:// 开头的地址，末尾不带 /")
TEXT = form("一段文字")
