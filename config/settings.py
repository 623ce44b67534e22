"""Every setting of the product, read once at the start. Names: `ZHIBU_` + the field's name in capitals.

Each field's `description` says in Chinese what it is for, its `form` what a value must look like; both make the
error messages and are compared with docs/reference/settings.md and .env.example by a test.
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.fields import (
    CLOCK,
    TEXT,
    TRUTH,
    URL,
    AesKey,
    ClockTime,
    OptionalFolder,
    OptionalSecret,
    OptionalText,
    QuietHours,
    blank_is_none,
    form,
    is_blank,
    known_zone,
    looks_like,
    parse_quiet,
    read_now,
)

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "ZHIBU_"
PLATFORM_API = {
    "wechat_api_base_url": "https://api.weixin.qq.com",
    "wecom_api_base_url": "https://qyapi.weixin.qq.com",
}

Mode = Literal["plain", "compat", "safe"]


class SettingsError(Exception):
    """设置有误"""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Settings(BaseSettings):
    """All settings with their defaults. Errors are collected and said together, in Chinese (`SettingsError`)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file_encoding="utf-8", extra="ignore", frozen=True, enable_decoding=False
    )

    port: int = Field(5000, ge=1, le=65535, description="监听的端口", json_schema_extra=form("1 到 65535 的整数"))
    host: str = Field(
        "127.0.0.1", min_length=1, description="监听的地址；对外服务时由反向代理转到这里", json_schema_extra=TEXT
    )
    workers: int = Field(2, ge=1, le=32, description="网页进程的个数", json_schema_extra=form("1 到 32 的整数"))
    instance_dir: Path = Field(
        ROOT / "instance", description="数据库、密钥等本机文件所在的文件夹", json_schema_extra=form("一个可写的文件夹")
    )
    secret_key: OptionalSecret = Field(
        None,
        min_length=16,
        description="本机密钥；不填时自动生成并保存在 instance/",
        json_schema_extra=form("至少 16 个字符"),
    )
    demo: Annotated[bool | None, BeforeValidator(blank_is_none)] = Field(
        None, description="演示模式；不填时，没有配置任何渠道就是演示", json_schema_extra=TRUTH
    )
    now: Annotated[datetime | timedelta | None, BeforeValidator(read_now)] = Field(
        None,
        description="调试用的时钟：固定的时刻，或相对现在的偏移",
        json_schema_extra=form("ISO 时刻（如 2026-11-23T07:35+08:00）或偏移（如 +3h、-2d），在 1900 到 2199 年之间"),
    )
    database_url: OptionalText = Field(
        None,
        repr=False,  # may hold a password
        description="数据库；不填时用 instance/ 里的 SQLite",
        json_schema_extra=form(
            "SQLAlchemy 数据库地址，如 sqlite:////绝对路径/zhibu.sqlite3 或 postgresql://用户@主机/库"
        ),
    )
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        "NORMAL",
        description="SQLite 写盘方式；FULL 更慢，断电时不丢最后几条",
        json_schema_extra=form("NORMAL 或 FULL"),
    )
    content_dir: Path = Field(
        ROOT / "knowledge_base" / "content",
        description="问答、依据目录和词表所在的文件夹",
        json_schema_extra=form("一个有 qa/ 和 sources.yaml 的文件夹"),
    )
    dense_model: OptionalFolder = Field(
        None,
        description="句向量编码器所在的文件夹，只在拿不准时参考；不填就不用（见附加包 dense）",
        json_schema_extra=form("一个有 model.onnx 和 tokenizer.json 的文件夹"),
    )
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        "Asia/Shanghai",
        description="推送时间所用的时区（规定的日期一律按北京时间）",
        json_schema_extra=form("IANA 时区名，如 Asia/Shanghai"),
    )
    quiz_at: ClockTime = Field(time(7, 35), description="每日答题的推送时刻", json_schema_extra=CLOCK)
    quiz_count: int = Field(5, ge=1, le=20, description="每天几题", json_schema_extra=form("1 到 20 的整数"))
    remind_at: Annotated[ClockTime | None, BeforeValidator(blank_is_none)] = Field(
        None, description="学习提醒的时刻；不填则只随党员的下一条消息提醒", json_schema_extra=CLOCK
    )
    quiz_days: Literal["workdays", "daily"] = Field(
        "workdays",
        description="哪些天推送每日答题：workdays 工作日（按国务院放假调休安排）、daily 每天",
        json_schema_extra=form("workdays 或 daily"),
    )
    quiet_hours: Annotated[QuietHours, BeforeValidator(parse_quiet)] = Field(
        QuietHours(start=time(21), end=time(7)),
        description="不推送的时段",
        json_schema_extra=form("两个时刻，如 21:00-07:00"),
    )
    retention_days: int = Field(
        180,
        ge=1,
        le=3650,
        description="回执、留言等个人相关记录保留的天数",
        json_schema_extra=form("1 到 3650 的整数"),
    )
    rate_limit: int = Field(
        120,
        ge=0,
        le=100000,
        description="同一账号每分钟最多处理多少条消息，0 为不限",
        json_schema_extra=form("0 到 100000 的整数"),
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="日志的详细程度", json_schema_extra=form("DEBUG、INFO、WARNING 或 ERROR")
    )
    metrics_token: OptionalSecret = Field(None, description="指标页的口令（随指标页启用）", json_schema_extra=TEXT)
    contact: OptionalText = Field(None, description="“转人工”时告诉党员的联系人或电话", json_schema_extra=TEXT)
    office_hours: str = Field(
        "工作日 8:30—17:30", min_length=1, description="“转人工”时告诉党员的答复时间", json_schema_extra=TEXT
    )
    wechat_mp_token: Annotated[OptionalSecret, AfterValidator(looks_like(r"[A-Za-z0-9]{3,32}"))] = Field(
        None,
        description="公众号服务器配置里的 Token；填了就启用公众号",
        json_schema_extra=form("3 到 32 位字母或数字，与公众平台上填的相同"),
    )
    wechat_mp_app_id: OptionalText = Field(
        None, description="公众号的 AppID", json_schema_extra=form("公众平台“基本配置”里的 AppID")
    )
    wechat_mp_app_secret: OptionalSecret = Field(
        None, description="公众号的 AppSecret（主动推送时需要）", json_schema_extra=TEXT
    )
    wechat_mp_aes_key: AesKey = Field(
        None, description="消息加解密密钥（EncodingAESKey）", json_schema_extra=form("43 位字母或数字")
    )
    wechat_mp_mode: Annotated[Mode | None, BeforeValidator(blank_is_none)] = Field(
        None,
        description="消息加解密方式：plain 明文、compat 兼容、safe 安全；不填时有密钥即 safe，否则 plain",
        json_schema_extra=form("plain、compat 或 safe"),
    )
    wechat_mp_kind: Literal["subscription", "service"] = Field(
        "subscription",
        description="公众号的种类：subscription 订阅号、service 服务号",
        json_schema_extra=form("subscription 或 service"),
    )
    wechat_mp_verified: bool = Field(False, description="公众号是否已通过微信认证", json_schema_extra=TRUTH)
    wechat_api_base_url: str = Field(
        PLATFORM_API["wechat_api_base_url"],
        pattern=r"^https?://[^/]+$",
        description="公众平台接口的地址",
        json_schema_extra=URL,
    )
    wecom_corp_id: OptionalText = Field(None, description="企业微信的企业 ID", json_schema_extra=TEXT)
    wecom_agent_id: OptionalText = Field(
        None,
        pattern=r"^\d{1,12}$",
        description="企业微信应用的 AgentId",
        json_schema_extra=form("企业微信后台应用详情里的数字"),
    )
    wecom_secret: OptionalSecret = Field(None, description="企业微信应用的 Secret", json_schema_extra=TEXT)
    wecom_token: OptionalSecret = Field(
        None, description="企业微信的 Token；填了就启用企业微信", json_schema_extra=TEXT
    )
    wecom_aes_key: AesKey = Field(
        None, description="企业微信的 EncodingAESKey", json_schema_extra=form("43 位字母或数字")
    )
    wecom_api_base_url: str = Field(
        PLATFORM_API["wecom_api_base_url"],
        pattern=r"^https?://[^/]+$",
        description="企业微信接口的地址",
        json_schema_extra=URL,
    )
    delivery: Literal["embedded", "procrastinate"] = Field(
        "embedded", description="推送由谁执行（随推送启用）", json_schema_extra=form("embedded 或 procrastinate")
    )

    @field_validator("instance_dir", "content_dir", mode="before")
    @classmethod
    def _blank_is_the_default(cls, folder: object, info: ValidationInfo) -> object:
        return cls.model_fields[str(info.field_name)].default if is_blank(folder) else folder

    # What follows needs several settings at once. `info.data` holds the right ones among the fields above;
    # a wrong one has its own message and counts as given.

    @field_validator("wechat_mp_mode")
    @classmethod
    def _mode_has_what_it_needs(cls, mode: Mode | None, info: ValidationInfo) -> Mode | None:
        given = {name: bool(info.data.get(name, True)) for name in ("wechat_mp_token", *_SEALING)}
        in_force = _mode_in_force(mode, has_key=given["wechat_mp_aes_key"])
        missing = [_name(field) for field in _SEALING if not given[field]]
        if in_force != "plain" and given["wechat_mp_token"] and missing:
            raise _together(
                f"ZHIBU_WECHAT_MP_MODE={in_force} 还缺 {'、'.join(missing)}："
                "加密的消息要用它们解开。请从公众平台“基本配置”里抄来，或把模式改为 plain。"
            )
        return mode

    @field_validator("wecom_aes_key")
    @classmethod
    def _wecom_has_what_it_needs(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        needed = {"wecom_corp_id": info.data.get("wecom_corp_id", True), "wecom_aes_key": key}
        missing = [_name(field) for field, value in needed.items() if not value]
        if info.data.get("wecom_token") and missing:
            raise _together(f"填了 ZHIBU_WECOM_TOKEN，还缺 {'、'.join(missing)}：请从企业微信后台抄来。")
        return key

    @field_validator("wechat_api_base_url", "wecom_api_base_url")
    @classmethod
    def _real_platform_has_the_real_time(cls, url: str, info: ValidationInfo) -> str:
        field = str(info.field_name)
        secret = _SECRET_OF[field]
        real = urlsplit(url).hostname == urlsplit(PLATFORM_API[field]).hostname
        if real and info.data.get("now") is not None and info.data.get(secret):
            raise _together(
                "ZHIBU_NOW 不能与真实平台同用：拨动的时钟会把消息推错日子。"
                f"请删去 ZHIBU_NOW，或把 {_name(field)} 指向测试平台。"
            )
        return url

    @property
    def mp_mode(self) -> Mode:
        """The official account's message mode in force."""
        return _mode_in_force(self.wechat_mp_mode, has_key=bool(self.wechat_mp_aes_key))

    @property
    def is_demo(self) -> bool:
        """True when asked for, or when no channel is configured."""
        return not (self.wechat_mp_token or self.wecom_token) if self.demo is None else self.demo

    @property
    def is_real(self) -> bool:
        """True when pushes reach people: a platform's secret is set and its API base is the platform's own."""
        return any(
            getattr(self, secret) and urlsplit(getattr(self, field)).hostname == urlsplit(PLATFORM_API[field]).hostname
            for field, secret in _SECRET_OF.items()
        )

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.instance_dir.resolve() / 'zhibu.sqlite3'}"

    def resolved_secret_key(self) -> str:
        """The configured key, or one made at the first start and kept in the instance folder (mode 600).

        Raises SettingsError for a file without a key in it: another key would end the binding codes given out.
        """
        if self.secret_key:
            return self.secret_key.get_secret_value()
        path = self.instance_dir / "secret_key"
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(32))
        key = path.read_text("utf-8").strip()
        if not key:
            raise SettingsError([f"{path} 是空的：请从备份恢复它；没有备份就删去它再启动，没用掉的绑定码要重新发。"])
        return key


def _write_once(path: Path, text: str) -> None:
    """Writes a file for its owner only: whole or not at all, and of several processes the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)


_SECRET_OF = {"wechat_api_base_url": "wechat_mp_app_secret", "wecom_api_base_url": "wecom_secret"}
_SEALING = ("wechat_mp_aes_key", "wechat_mp_app_id")


def _mode_in_force(mode: Mode | None, *, has_key: bool) -> Mode:
    return mode or ("safe" if has_key else "plain")


def _together(text: str) -> PydanticCustomError:
    return PydanticCustomError("together", "{text}", {"text": text})


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
    return _bad(field, None if _is_secret(field) else error["input"])


def _written(env_file: Path | None) -> dict[str, str]:
    """The lines of `.env`; none where there is no file. Raises SettingsError for a file that cannot be read."""
    if env_file is None or not env_file.is_file():
        return {}
    try:
        return {name: value or "" for name, value in dotenv_values(env_file, encoding="utf-8").items()}
    except (OSError, UnicodeDecodeError):
        problem = f"配置文件“{env_file}”读不出来：请检查权限，内容应是 UTF-8 文字（在编辑器里另存为 UTF-8）。"
        raise SettingsError([problem]) from None


def _read_secret_files(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Values of `NAME_FILE` lines, by setting name, and the problems met while reading them."""
    found, problems = {}, []
    for name, path in given.items():
        field = name.removeprefix(PREFIX).removesuffix("_FILE").lower()
        if not (name.startswith(PREFIX) and name.endswith("_FILE") and field in Settings.model_fields and path):
            continue
        try:
            found[field] = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            problems.append(f"{name} 指向的文件“{path}”读不出来：请检查路径和权限，内容应是 UTF-8 文字。")
    return found, problems


def load(env_file: Path | None = ROOT / ".env", **overrides: Any) -> Settings:
    """Settings from the arguments, the files of `NAME_FILE`, the environment and `.env`, in this order of weight.

    Raises SettingsError with every problem at once, in Chinese; secrets are never shown.
    """
    from_files, problems = _read_secret_files(_written(env_file) | os.environ)
    try:
        settings = Settings(_env_file=env_file, **(from_files | overrides))
    except ValidationError as error:
        raise SettingsError([*problems, *(_problem(e) for e in error.errors())]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def unknown_names(env_file: Path | None = ROOT / ".env") -> list[str]:
    """Names that start with `ZHIBU_` but are no setting: probably typing errors, so the start hints at them."""
    names = [name for name in (*os.environ, *_written(env_file)) if name.startswith(PREFIX)]
    fields = Settings.model_fields
    # ZHIBU_*_DIR of the tests' own input folders are no settings of the product.
    own = {"ZHIBU_CONFORMANCE_DIR", "ZHIBU_REFERENCE_DIR", "ZHIBU_QUIZ_BANKS_DIR", "ZHIBU_MATCHING_DIR"}
    return sorted(
        {n for n in names if n not in own and n.removeprefix(PREFIX).removesuffix("_FILE").lower() not in fields}
    )
