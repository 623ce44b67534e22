"""Every setting of the product, read once at the start. Names: `ZHIBU_` + the field's name in capitals.

Each field's `description` says in Chinese what it is for, its `form` what a value must look like; both make the
error messages and are compared with docs/reference/settings.md and .env.example by a test.
"""

import os
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "ZHIBU_"
PLATFORM_API = {
    "wechat_api_base_url": "https://api.weixin.qq.com",
    "wecom_api_base_url": "https://qyapi.weixin.qq.com",
}


class SettingsError(Exception):
    """设置有误"""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class QuietHours(BaseModel, frozen=True):
    """Local times between which nothing is pushed; may pass over midnight."""

    start: time
    end: time


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _parse_time(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
        raise PydanticCustomError("form", "not HH:MM")
    return value.strip().zfill(5) if isinstance(value, str) else value


def _parse_quiet(value: object) -> object:
    if isinstance(value, str):
        start, dash, end = value.partition("-")
        if not dash:
            raise PydanticCustomError("form", "not HH:MM-HH:MM")
        return {"start": _parse_time(start), "end": _parse_time(end)}
    return value


_SHIFT = re.compile(r"([+-])(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_now(value: object) -> object:
    """`+3h`, `-2d` -> timedelta; ISO text -> aware datetime (Asia/Shanghai where it names no zone); "" -> None."""
    if not isinstance(value, str) or not value.strip():
        return _blank_is_none(value)
    text = value.strip()
    if shift := _SHIFT.fullmatch(text):
        sign = -1 if shift[1] == "-" else 1
        return timedelta(**{_UNITS[shift[3]]: sign * int(shift[2])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("form", "not a moment") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def _form(text: str) -> JsonDict:
    return {"form": text}


OptionalText = Annotated[str | None, BeforeValidator(_blank_is_none)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_blank_is_none)]
ClockTime = Annotated[time, BeforeValidator(_parse_time)]

_TRUTH = _form("true 或 false")
_CLOCK = _form("24 小时制的时刻，如 07:35")
_URL = _form("以 http:// 或 https:// 开头的地址，末尾不带 /")
_TEXT = _form("一段文字")


class Settings(BaseSettings):
    """All settings with their defaults. Errors are collected and said together, in Chinese (`SettingsError`)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file_encoding="utf-8", extra="ignore", frozen=True)

    port: int = Field(5000, ge=1, le=65535, description="监听的端口", json_schema_extra=_form("1 到 65535 的整数"))
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="监听的地址；对外服务时由反向代理转到这里",
        json_schema_extra=_TEXT,
    )
    workers: int = Field(2, ge=1, le=32, description="网页进程的个数", json_schema_extra=_form("1 到 32 的整数"))
    instance_dir: Path = Field(
        ROOT / "instance",
        description="数据库、密钥等本机文件所在的文件夹",
        json_schema_extra=_form("一个可写的文件夹"),
    )
    secret_key: OptionalSecret = Field(
        None,
        min_length=16,
        description="本机密钥；不填时自动生成并保存在 instance/",
        json_schema_extra=_form("至少 16 个字符"),
    )
    demo: Annotated[bool | None, BeforeValidator(_blank_is_none)] = Field(
        None, description="演示模式；不填时，没有配置任何渠道就是演示", json_schema_extra=_TRUTH
    )
    now: Annotated[datetime | timedelta | None, BeforeValidator(parse_now)] = Field(
        None,
        description="调试用的时钟：固定的时刻，或相对现在的偏移",
        json_schema_extra=_form("ISO 时刻（如 2026-11-23T07:35+08:00）或偏移（如 +3h、-2d）"),
    )
    database_url: OptionalText = Field(
        None,
        description="数据库；不填时用 instance/ 里的 SQLite",
        json_schema_extra=_form(
            "SQLAlchemy 数据库地址，如 sqlite:////绝对路径/zhibu.sqlite3 或 postgresql://用户@主机/库"
        ),
    )
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        "NORMAL",
        description="SQLite 写盘方式；FULL 更慢，断电时不丢最后几条",
        json_schema_extra=_form("NORMAL 或 FULL"),
    )
    content_dir: Path = Field(
        ROOT / "knowledge_base" / "content",
        description="问答、依据目录和词表所在的文件夹",
        json_schema_extra=_form("一个有 qa/ 和 sources.yaml 的文件夹"),
    )
    timezone: str = Field(
        "Asia/Shanghai",
        description="推送时间所用的时区（规定的日期一律按北京时间）",
        json_schema_extra=_form("IANA 时区名，如 Asia/Shanghai"),
    )
    quiz_at: ClockTime = Field(
        time(7, 35), description="每日答题的推送时刻（随每日答题启用）", json_schema_extra=_CLOCK
    )
    quiz_count: int = Field(
        5, ge=1, le=20, description="每天几题（随每日答题启用）", json_schema_extra=_form("1 到 20 的整数")
    )
    remind_at: Annotated[ClockTime | None, BeforeValidator(_blank_is_none)] = Field(
        None,
        description="学习提醒的时刻；不填则只随党员的下一条消息提醒（随每日答题启用）",
        json_schema_extra=_CLOCK,
    )
    quiet_hours: Annotated[QuietHours, BeforeValidator(_parse_quiet)] = Field(
        QuietHours(start=time(21), end=time(7)),
        description="不推送的时段（随每日答题启用）",
        json_schema_extra=_form("两个时刻，如 21:00-07:00"),
    )
    retention_days: int = Field(
        180,
        ge=1,
        le=3650,
        description="回执、留言等个人相关记录保留的天数",
        json_schema_extra=_form("1 到 3650 的整数"),
    )
    rate_limit: int = Field(
        120,
        ge=0,
        le=100000,
        description="同一账号每分钟最多处理多少条消息，0 为不限",
        json_schema_extra=_form("0 到 100000 的整数"),
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="日志的详细程度", json_schema_extra=_form("DEBUG、INFO、WARNING 或 ERROR")
    )
    metrics_token: OptionalSecret = Field(None, description="指标页的口令（随指标页启用）", json_schema_extra=_TEXT)
    contact: OptionalText = Field(None, description="“转人工”时告诉党员的联系人或电话", json_schema_extra=_TEXT)
    office_hours: str = Field(
        "工作日 8:30—17:30", min_length=1, description="“转人工”时告诉党员的答复时间", json_schema_extra=_TEXT
    )
    wechat_mp_token: OptionalSecret = Field(
        None,
        description="公众号服务器配置里的 Token；填了就启用公众号",
        json_schema_extra=_form("3 到 32 位字母或数字，与公众平台上填的相同"),
    )
    wechat_mp_app_id: OptionalText = Field(
        None, description="公众号的 AppID", json_schema_extra=_form("公众平台“基本配置”里的 AppID")
    )
    wechat_mp_app_secret: OptionalSecret = Field(
        None, description="公众号的 AppSecret（主动推送时需要）", json_schema_extra=_TEXT
    )
    wechat_mp_aes_key: OptionalSecret = Field(
        None, description="消息加解密密钥（EncodingAESKey）", json_schema_extra=_form("43 位字母或数字")
    )
    wechat_mp_mode: Annotated[Literal["plain", "compat", "safe"] | None, BeforeValidator(_blank_is_none)] = Field(
        None,
        description="消息加解密方式：plain 明文、compat 兼容、safe 安全；不填时有密钥即 safe，否则 plain",
        json_schema_extra=_form("plain、compat 或 safe"),
    )
    wechat_mp_kind: Literal["subscription", "service"] = Field(
        "subscription",
        description="公众号的种类：subscription 订阅号、service 服务号",
        json_schema_extra=_form("subscription 或 service"),
    )
    wechat_mp_verified: bool = Field(False, description="公众号是否已通过微信认证", json_schema_extra=_TRUTH)
    wechat_api_base_url: str = Field(
        PLATFORM_API["wechat_api_base_url"],
        pattern=r"^https?://[^/]+$",
        description="公众平台接口的地址",
        json_schema_extra=_URL,
    )
    wecom_corp_id: OptionalText = Field(
        None, description="企业微信的企业 ID（随企业微信启用）", json_schema_extra=_TEXT
    )
    wecom_agent_id: OptionalText = Field(
        None, description="企业微信应用的 AgentId（随企业微信启用）", json_schema_extra=_TEXT
    )
    wecom_secret: OptionalSecret = Field(
        None, description="企业微信应用的 Secret（随企业微信启用）", json_schema_extra=_TEXT
    )
    wecom_token: OptionalSecret = Field(
        None, description="企业微信接收消息的 Token（随企业微信启用）", json_schema_extra=_TEXT
    )
    wecom_aes_key: OptionalSecret = Field(
        None,
        description="企业微信的 EncodingAESKey（随企业微信启用）",
        json_schema_extra=_form("43 位字母或数字"),
    )
    wecom_api_base_url: str = Field(
        PLATFORM_API["wecom_api_base_url"],
        pattern=r"^https?://[^/]+$",
        description="企业微信接口的地址（随企业微信启用）",
        json_schema_extra=_URL,
    )
    delivery: Literal["embedded", "procrastinate"] = Field(
        "embedded",
        description="推送由谁执行（随推送启用）",
        json_schema_extra=_form("embedded 或 procrastinate"),
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Checks that need several settings at once; all of them are said together."""
        problems = [
            problem
            for problem in (
                self._zone_problem(),
                self._mode_problem(),
                *self._key_problems(),
                self._now_problem(),
            )
            if problem
        ]
        if problems:
            raise PydanticCustomError("together", "{text}", {"text": "\n".join(problems)})
        return self

    def _zone_problem(self) -> str | None:
        if self.timezone in available_timezones():
            return None
        return _bad("timezone", self.timezone)

    def _mode_problem(self) -> str | None:
        if self.mp_mode == "plain" or not self.wechat_mp_token:
            return None
        missing = [_name(field) for field in ("wechat_mp_aes_key", "wechat_mp_app_id") if not getattr(self, field)]
        if not missing:
            return None
        return (
            f"ZHIBU_WECHAT_MP_MODE={self.mp_mode} 还缺 {'、'.join(missing)}："
            "加密的消息要用它们解开。请从公众平台“基本配置”里抄来，或把模式改为 plain。"
        )

    def _key_problems(self) -> list[str]:
        problems = []
        for field in ("wechat_mp_aes_key", "wecom_aes_key"):
            key = getattr(self, field)
            if key and not re.fullmatch(r"[A-Za-z0-9+/]{43}", key.get_secret_value()):
                problems.append(_bad(field, None))
        return problems

    def _now_problem(self) -> str | None:
        secret_and_api = (
            (self.wechat_mp_app_secret, "wechat_api_base_url"),
            (self.wecom_secret, "wecom_api_base_url"),
        )
        real = [api for secret, api in secret_and_api if secret and getattr(self, api) == PLATFORM_API[api]]
        if self.now is None or not real:
            return None
        return (
            "ZHIBU_NOW 不能与真实平台同用：拨动的时钟会把消息推错日子。"
            f"请删去 ZHIBU_NOW，或把 {_name(real[0])} 指向测试平台。"
        )

    @property
    def mp_mode(self) -> Literal["plain", "compat", "safe"]:
        """The official account's message mode in force."""
        return self.wechat_mp_mode or ("safe" if self.wechat_mp_aes_key else "plain")

    @property
    def is_demo(self) -> bool:
        """True when asked for, or when no channel is configured."""
        return not (self.wechat_mp_token or self.wecom_token) if self.demo is None else self.demo

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.instance_dir.resolve() / 'zhibu.sqlite3'}"

    def resolved_secret_key(self) -> str:
        """The configured key, or one made at the first start and kept in the instance folder (mode 600)."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        path = self.instance_dir / "secret_key"
        self.instance_dir.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
        except FileExistsError:
            pass
        return path.read_text("utf-8").strip()


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _bad(field: str, value: object) -> str:
    extra = Settings.model_fields[field].json_schema_extra
    form = extra["form"] if isinstance(extra, dict) else ""
    shown = "" if value is None else f"“{value}”"
    return f"{_name(field)} 的值{shown}不对：应为{form}。请改正，或删去这一行用默认值。"


def _is_secret(field: str) -> bool:
    return "SecretStr" in str(Settings.model_fields[field].annotation)


def _problem(error: ErrorDetails) -> str:
    if error["type"] == "together":
        return str(error["ctx"]["text"])
    field = str(error["loc"][0])
    value: Any = error["input"]
    if _is_secret(field):
        value = None
    elif isinstance(value, dict):
        value = "-".join(str(part) for part in value.values())
    return _bad(field, value)


def _read_secret_files(environ: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Values of `NAME_FILE` variables, by setting name, and the problems met while reading them."""
    found, problems = {}, []
    for name, path in environ.items():
        field = name.removeprefix(PREFIX).removesuffix("_FILE").lower()
        if not (name.startswith(PREFIX) and name.endswith("_FILE") and field in Settings.model_fields and path):
            continue
        try:
            found[field] = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            problems.append(f"{name} 指向的文件“{path}”读不出来：请检查路径和权限，内容应是 UTF-8 文字。")
    return found, problems


def load(env_file: Path | None = ROOT / ".env", **overrides: Any) -> Settings:
    """Settings from the arguments, the environment and `.env`, in this order of weight.

    Raises SettingsError with every problem at once, in Chinese; secrets are never shown.
    """
    from_files, problems = _read_secret_files(dict(os.environ))
    try:
        settings = Settings(_env_file=env_file, **(from_files | overrides))
    except ValidationError as error:
        raise SettingsError([*problems, *(_problem(e) for e in error.errors())]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def unknown_names(env_file: Path | None = ROOT / ".env") -> list[str]:
    """Names that start with `ZHIBU_` but are no setting: probably typing errors, so the start hints at them."""
    names = [name for name in os.environ if name.startswith(PREFIX)]
    if env_file and env_file.is_file():
        names += re.findall(rf"^\s*({PREFIX}\w+)\s*=", env_file.read_text("utf-8"), re.MULTILINE)
    fields = Settings.model_fields
    # ZHIBU_*_DIR of the tests' own input folders are no settings of the product.
    own = {"ZHIBU_CONFORMANCE_DIR", "ZHIBU_REFERENCE_DIR", "ZHIBU_QUIZ_BANKS_DIR", "ZHIBU_MATCHING_DIR"}
    return sorted(
        {n for n in names if n not in own and n.removeprefix(PREFIX).removesuffix("_FILE").lower() not in fields}
    )
