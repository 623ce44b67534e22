"""Settings: defaults, where values come from, and every mistake said at once, in Chinese, without a secret."""

import re
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.clock import clock_for, clock_from, parse_now, system_clock
from config.fields import QuietHours
from config.settings import PLATFORM_API, Settings, SettingsError, load, unknown_names

SECRETS = (
    "secret_key",
    "metrics_token",
    "wechat_mp_token",
    "wechat_mp_app_secret",
    "wechat_mp_aes_key",
    "wecom_secret",
    "wecom_token",
    "wecom_aes_key",
)
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
Environment = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """`environment(PORT="1")` sets ZHIBU_PORT."""

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"ZHIBU_{name}", value)

    return put


def _loaded(**overrides: object) -> Settings:
    return load(env_file=None, **overrides)


def _problems(env_file: Path | None = None, **overrides: object) -> str:
    """What is said of settings that must be refused, one problem a line."""
    with pytest.raises(SettingsError) as caught:
        load(env_file=env_file, **overrides)
    return "\n".join(caught.value.problems)


def test_everything_has_a_default_that_works() -> None:
    settings = _loaded()
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert (settings.quiz_at, settings.quiz_count, settings.remind_at) == (time(7, 35), 5, None)
    assert settings.quiet_hours == QuietHours(start=time(21), end=time(7))
    assert (settings.timezone, settings.sqlite_synchronous, settings.log_level) == ("Asia/Shanghai", "NORMAL", "INFO")
    assert (settings.delivery, settings.mp_mode, settings.now) == ("embedded", "plain", None)
    assert settings.is_demo
    assert settings.database == f"sqlite:///{settings.instance_dir / 'zhibu.sqlite3'}"
    assert (settings.content_dir / "sources.yaml").is_file()
    assert {name: getattr(settings, name) for name in SECRETS} == dict.fromkeys(SECRETS)
    assert settings.wechat_api_base_url == "https://api.weixin.qq.com"
    assert settings.wecom_api_base_url == "https://qyapi.weixin.qq.com"


def test_every_setting_says_in_chinese_what_it_is_for_and_how_it_looks() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert not field.description.isascii(), name
        assert isinstance(field.json_schema_extra, dict), name
        assert field.json_schema_extra["form"], name


def test_the_environment_sets_what_it_names(environment: Environment) -> None:
    environment(PORT="5001", HOST="0.0.0.0", DEMO="false", QUIZ_AT="6:05", REMIND_AT="19:30", CONTACT="组织委员 5678")
    environment(SQLITE_SYNCHRONOUS="FULL", RETENTION_DAYS="30", WECHAT_MP_KIND="service", WECHAT_MP_VERIFIED="true")
    settings = _loaded()
    assert (settings.port, settings.host, settings.is_demo) == (5001, "0.0.0.0", False)
    assert (settings.quiz_at, settings.remind_at, settings.contact) == (time(6, 5), time(19, 30), "组织委员 5678")
    assert (settings.sqlite_synchronous, settings.retention_days) == ("FULL", 30)
    assert (settings.wechat_mp_kind, settings.wechat_mp_verified) == ("service", True)


def test_quiet_hours_are_written_as_two_times(environment: Environment) -> None:
    environment(QUIET_HOURS="22:30-6:15")
    assert _loaded().quiet_hours == QuietHours(start=time(22, 30), end=time(6, 15))


@pytest.mark.parametrize("value", ["22:00", "25:00-07:00", "abc", "21:00-"])
def test_quiet_hours_that_are_no_two_times_are_refused(environment: Environment, value: str) -> None:
    environment(QUIET_HOURS=value)
    assert "ZHIBU_QUIET_HOURS" in _problems()


@pytest.mark.parametrize(("value", "truth"), [("true", True), ("false", False), ("TRUE", True), ("False", False)])
def test_truth_is_written_true_or_false(environment: Environment, value: str, *, truth: bool) -> None:
    environment(DEMO=value, WECHAT_MP_VERIFIED=value)
    assert (_loaded().is_demo, _loaded().wechat_mp_verified) == (truth, truth)


def test_the_env_file_is_read_under_the_environment_and_under_arguments(
    environment: Environment, tmp_path: Path
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(
        "# 本机\nZHIBU_PORT=5001\nZHIBU_CONTACT='组织委员 5678'\nZHIBU_QUIZ_COUNT=3\nOTHER=1\n", "utf-8"
    )
    environment(PORT="5002", QUIZ_COUNT="4")
    settings = load(env_file=env_file, quiz_count=6)
    assert (settings.port, settings.contact, settings.quiz_count) == (5002, "组织委员 5678", 6)


def test_an_env_file_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert load(env_file=tmp_path / ".env").port == 5000


def test_a_wrong_value_in_the_env_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ZHIBU_PORT=abc\n", "utf-8")
    assert "ZHIBU_PORT 的值“abc”不对" in _problems(tmp_path / ".env")


def test_an_env_file_from_an_editor_with_bom_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ZHIBU_PORT=5001\n", "utf-8-sig")
    assert load(env_file=tmp_path / ".env").port == 5001


def test_an_env_file_that_is_no_utf8_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ZHIBU_CONTACT=组织委员\n".encode("gbk"))
    assert ".env" in _problems(tmp_path / ".env")


def test_all_mistakes_are_said_at_once_each_with_its_remedy(environment: Environment, tmp_path: Path) -> None:
    environment(PORT="0", QUIZ_COUNT="many", QUIZ_AT="25:00", LOG_LEVEL="loud", DEMO="maybe", NOW="tomorrow")
    environment(WECHAT_API_BASE_URL="https://example.org/", SECRET_KEY_FILE=str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError) as caught:
        _loaded()
    problems = caught.value.problems
    named = [re.match(r"ZHIBU_\w+", problem) for problem in problems]
    assert sorted(match[0] for match in named if match) == [
        "ZHIBU_DEMO",
        "ZHIBU_LOG_LEVEL",
        "ZHIBU_NOW",
        "ZHIBU_PORT",
        "ZHIBU_QUIZ_AT",
        "ZHIBU_QUIZ_COUNT",
        "ZHIBU_SECRET_KEY_FILE",
        "ZHIBU_WECHAT_API_BASE_URL",
    ]
    assert all("请" in problem for problem in problems)
    assert "ZHIBU_QUIZ_COUNT 的值“many”不对：应为1 到 20 的整数。请改正，或删去这一行用默认值。" in problems
    assert str(caught.value) == "\n".join(problems)


def test_mistakes_that_need_several_settings_are_said_together(environment: Environment) -> None:
    environment(TIMEZONE="Mars/Base", WECHAT_MP_MODE="safe", WECHAT_MP_TOKEN="token123", WECOM_AES_KEY="short")
    said = _problems()
    assert {
        name for name in ("TIMEZONE", "WECHAT_MP_AES_KEY", "WECHAT_MP_APP_ID", "WECOM_AES_KEY") if name in said
    } == {
        "TIMEZONE",
        "WECHAT_MP_AES_KEY",
        "WECHAT_MP_APP_ID",
        "WECOM_AES_KEY",
    }


def test_a_wrong_zone_or_key_is_said_together_with_a_wrong_port(environment: Environment) -> None:
    environment(PORT="0", TIMEZONE="Mars/Base", WECOM_AES_KEY="short")
    said = _problems()
    assert "ZHIBU_PORT" in said
    assert "ZHIBU_TIMEZONE" in said
    assert "ZHIBU_WECOM_AES_KEY" in said


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["geheim-x", f"geheim{AES_KEY[:37]}", "geheimgeheimgeheim"])
def test_no_secret_is_shown_in_a_message_or_a_repr(environment: Environment, name: str, value: str) -> None:
    environment(**{name.upper(): value})
    try:
        settings = _loaded()
        shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    except SettingsError as error:
        shown = f"{error!r} {error} {error.problems}"
    assert "geheim" not in shown


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_shown_when_another_setting_is_wrong(environment: Environment, name: str) -> None:
    environment(**{name.upper(): f"geheim{AES_KEY[:37]}"})
    assert "geheim" not in _problems(port=0)


def test_the_password_in_a_database_address_is_a_secret_too() -> None:
    settings = _loaded(database_url="postgresql://zhibu:geheim@127.0.0.1/zhibu")
    assert settings.database == "postgresql://zhibu:geheim@127.0.0.1/zhibu"
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize("token", ["ab", "with-dash", "a" * 33, "有汉字"])
def test_a_token_the_platform_would_not_take_is_refused(environment: Environment, token: str) -> None:
    environment(WECHAT_MP_TOKEN=token)
    said = _problems()
    assert "ZHIBU_WECHAT_MP_TOKEN 的值不对：应为3 到 32 位字母或数字" in said
    assert token not in said


@pytest.mark.parametrize("name", SECRETS)
def test_any_secret_may_stand_in_a_file_of_its_own(environment: Environment, tmp_path: Path, name: str) -> None:
    value = AES_KEY if name.endswith("aes_key") else "AbcDef0123456789"
    (tmp_path / "secret").write_text(f"{value}\n", "utf-8")
    environment(**{f"{name.upper()}_FILE": str(tmp_path / "secret")})
    assert getattr(_loaded(wechat_mp_app_id="wx1"), name).get_secret_value() == value


def test_a_secret_file_named_in_the_env_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("Token123\n", "utf-8")
    (tmp_path / ".env").write_text(f"ZHIBU_WECHAT_MP_TOKEN_FILE={tmp_path / 'secret'}\n", "utf-8")
    settings = load(env_file=tmp_path / ".env")
    assert settings.wechat_mp_token is not None
    assert settings.wechat_mp_token.get_secret_value() == "Token123"


def test_what_stands_in_a_file_is_checked_and_not_shown(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("geheim", "utf-8")
    environment(SECRET_KEY_FILE=str(tmp_path / "secret"))
    said = _problems()
    assert "ZHIBU_SECRET_KEY 的值不对：应为至少 16 个字符" in said
    assert "geheim" not in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfd"])
def test_a_secret_file_that_cannot_be_read_is_named(
    environment: Environment, tmp_path: Path, content: bytes | None
) -> None:
    if content:
        (tmp_path / "secret").write_bytes(content)
    environment(WECOM_SECRET_FILE=str(tmp_path / "secret"))
    said = _problems()
    assert said.startswith("ZHIBU_WECOM_SECRET_FILE 指向的文件")
    assert str(tmp_path / "secret") in said
    assert "读不出来" in said


def test_a_folder_in_place_of_a_secret_file_is_named(environment: Environment, tmp_path: Path) -> None:
    environment(WECOM_SECRET_FILE=str(tmp_path))
    assert "ZHIBU_WECOM_SECRET_FILE" in _problems()


def test_a_blank_file_name_is_as_if_absent(environment: Environment) -> None:
    environment(WECOM_SECRET_FILE="")
    assert _loaded().wecom_secret is None


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_optional_setting_is_as_if_absent(environment: Environment, blank: str) -> None:
    absent = _loaded()
    environment(**{name.upper(): blank for name in SECRETS})
    environment(DEMO=blank, NOW=blank, REMIND_AT=blank, DATABASE_URL=blank, CONTACT=blank, WECHAT_MP_MODE=blank)
    assert _loaded() == absent


@pytest.mark.parametrize("name", ["PORT", "QUIZ_AT", "QUIZ_COUNT", "LOG_LEVEL", "TIMEZONE", "OFFICE_HOURS", "HOST"])
def test_a_blank_setting_that_must_have_a_value_is_said(environment: Environment, name: str) -> None:
    environment(**{name: ""})
    assert f"ZHIBU_{name} " in _problems()


@pytest.mark.parametrize("name", ["CONTENT_DIR", "INSTANCE_DIR"])
def test_a_blank_folder_is_not_silently_the_current_one(environment: Environment, name: str) -> None:
    environment(**{name: ""})
    with suppress(SettingsError):
        assert getattr(_loaded(), name.lower()).is_absolute()


SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-23T07:35+08:00", datetime(2026, 11, 22, 23, 35, tzinfo=UTC)),
        ("2026-11-22T23:35:00Z", datetime(2026, 11, 22, 23, 35, tzinfo=UTC)),
        ("2026-11-23T07:35", datetime(2026, 11, 23, 7, 35, tzinfo=SHANGHAI)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=SHANGHAI)),
        ("+3h", timedelta(hours=3)),
        ("-2d", timedelta(days=-2)),
        ("+90s", timedelta(seconds=90)),
        ("-5m", timedelta(minutes=-5)),
        (" +3h ", timedelta(hours=3)),
        ("", None),
    ],
)
def test_the_clock_may_be_set_to_a_moment_or_shifted(environment: Environment, text: str, value: object) -> None:
    environment(NOW=text)
    assert _loaded().now == value == parse_now(text)


@pytest.mark.parametrize("text", ["3h", "+3", "+3w", "tomorrow", "2026-13-01", "07:35", "+-3h", "2026-11-23T25:00"])
def test_what_is_no_moment_is_refused(environment: Environment, text: str) -> None:
    environment(NOW=text)
    assert f"ZHIBU_NOW 的值“{text}”不对：应为ISO 时刻" in _problems()


@pytest.mark.parametrize("text", ["+99999999999999d", "-9999999d", "+9999999d"])
def test_a_shift_out_of_the_calendar_is_refused_in_words(environment: Environment, text: str) -> None:
    environment(NOW=text)
    assert "ZHIBU_NOW" in _problems()


def test_a_moment_without_zone_is_shanghai_time() -> None:
    moment = parse_now("2026-11-23T07:35")
    assert isinstance(moment, datetime)
    assert moment.utcoffset() == timedelta(hours=8)


def test_a_set_clock_stands_still_and_a_shifted_one_runs() -> None:
    moment = datetime(2026, 11, 23, 7, 35, tzinfo=SHANGHAI)
    fixed = clock_for(moment)
    assert fixed() == fixed() == moment
    assert fixed().tzinfo is UTC
    ahead = clock_for(timedelta(days=2))() - system_clock()
    assert timedelta(days=2) - ahead < timedelta(seconds=5)
    assert clock_for(None) is system_clock
    running = clock_from(moment)
    assert moment <= running() <= running() < moment + timedelta(seconds=5)


PLATFORMS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"wechat_mp_app_secret": "geheim"}, "wechat_api_base_url"),
    ({"wecom_secret": "geheim"}, "wecom_api_base_url"),
)


@pytest.mark.parametrize(("secret", "api"), PLATFORMS)
@pytest.mark.parametrize("now", ["+3h", "2026-11-23T07:35"])
def test_a_turned_clock_is_refused_against_the_real_platform(secret: dict[str, Any], api: str, now: str) -> None:
    said = _problems(now=now, **secret)
    assert "ZHIBU_NOW 不能与真实平台同用" in said
    assert f"ZHIBU_{api.upper()}" in said
    assert "geheim" not in said
    assert "ZHIBU_NOW" in _problems(now=now, **(secret | {api: PLATFORM_API[api]}))


@pytest.mark.parametrize(("secret", "api"), PLATFORMS)
def test_a_turned_clock_is_fine_with_another_platform_or_without_secret(secret: dict[str, Any], api: str) -> None:
    assert _loaded(now="+3h", **secret, **{api: "http://127.0.0.1:9000"}).now == timedelta(hours=3)
    assert _loaded(now="+3h", wechat_mp_token="token123").now == timedelta(hours=3)
    assert _loaded(**secret).now is None


@pytest.mark.parametrize(
    "url", ["https://API.weixin.qq.com", "https://api.weixin.qq.com:443", "http://Api.Weixin.QQ.com"]
)
def test_the_real_platform_is_known_however_it_is_written(url: str) -> None:
    assert "ZHIBU_NOW" in _problems(now="+3h", wechat_mp_app_secret="geheim", wechat_api_base_url=url)


def test_another_base_for_one_platform_does_not_excuse_the_other() -> None:
    said = _problems(now="+3h", wecom_secret="geheim", wechat_api_base_url="http://127.0.0.1:9000")
    assert "ZHIBU_WECOM_API_BASE_URL" in said


@pytest.mark.parametrize("url", ["https://example.org/", "example.org", "ftp://example.org", "https://", ""])
def test_a_platform_address_has_a_scheme_and_no_path(url: str) -> None:
    assert "ZHIBU_WECHAT_API_BASE_URL" in _problems(wechat_api_base_url=url)


@pytest.mark.parametrize("mode", ["safe", "compat"])
def test_sealed_modes_need_key_and_app_id(mode: str) -> None:
    token: dict[str, Any] = {"wechat_mp_token": "token123", "wechat_mp_mode": mode}
    said = _problems(**token)
    assert f"ZHIBU_WECHAT_MP_MODE={mode} 还缺 ZHIBU_WECHAT_MP_AES_KEY、ZHIBU_WECHAT_MP_APP_ID" in said
    assert "还缺 ZHIBU_WECHAT_MP_APP_ID" in _problems(**token, wechat_mp_aes_key=AES_KEY)
    assert "还缺 ZHIBU_WECHAT_MP_AES_KEY" in _problems(**token, wechat_mp_app_id="wx1")
    assert _loaded(**token, wechat_mp_aes_key=AES_KEY, wechat_mp_app_id="wx1").mp_mode == mode


def test_a_key_alone_means_safe_mode() -> None:
    token: dict[str, Any] = {"wechat_mp_token": "token123", "wechat_mp_aes_key": AES_KEY}
    assert _loaded(**token, wechat_mp_app_id="wx1").mp_mode == "safe"
    assert "ZHIBU_WECHAT_MP_MODE=safe 还缺 ZHIBU_WECHAT_MP_APP_ID" in _problems(**token)
    assert _loaded(**token, wechat_mp_mode="plain").mp_mode == "plain"


@pytest.mark.parametrize("name", ["wechat_mp_aes_key", "wecom_aes_key"])
@pytest.mark.parametrize("key", ["geheim", f"{AES_KEY}=", f"{AES_KEY[:42]}-", f"{AES_KEY}x"])
def test_an_aes_key_has_43_letters_or_digits(name: str, key: str) -> None:
    said = _problems(None, **{name: key})
    assert f"ZHIBU_{name.upper()} 的值不对：应为43 位字母或数字" in said
    assert key not in said


@pytest.mark.parametrize(
    ("given", "is_demo"),
    [
        ({}, True),
        ({"wechat_mp_token": "token123"}, False),
        ({"wecom_token": "token123"}, False),
        ({"wechat_mp_token": "token123", "demo": "true"}, True),
        ({"demo": "false"}, False),
    ],
)
def test_demo_is_on_exactly_when_asked_for_or_without_any_channel(given: dict[str, Any], *, is_demo: bool) -> None:
    assert _loaded(**given).is_demo is is_demo


def test_the_key_of_the_installation_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "instance"
    key = _loaded(instance_dir=folder).resolved_secret_key()
    assert len(key) >= 32
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert _loaded(instance_dir=folder).resolved_secret_key() == key
    assert _loaded(instance_dir=tmp_path / "other").resolved_secret_key() != key


def test_a_configured_key_wins_and_makes_no_file(tmp_path: Path) -> None:
    settings = _loaded(instance_dir=tmp_path, secret_key="0123456789abcdef")
    assert settings.resolved_secret_key() == "0123456789abcdef"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_key_file_is_not_taken_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("\n", "utf-8")
    with suppress(SettingsError):
        assert len(_loaded(instance_dir=tmp_path).resolved_secret_key()) >= 32


def test_names_that_are_no_setting_are_found_in_environment_and_env_file(
    environment: Environment, tmp_path: Path
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("ZHIBU_PROT=1\n  ZHIBU_CONTCAT = x\n# ZHIBU_COMMENT=1\nOTHER=1\nZHIBU_PORT=5001\n", "utf-8")
    environment(WECHAT_TOKEN="x", WECHAT_MP_TOKEN="token123", SECRET_KEY_FILE="", CONFORMANCE_DIR="x")
    assert unknown_names(env_file) == ["ZHIBU_CONTCAT", "ZHIBU_PROT", "ZHIBU_WECHAT_TOKEN"]
    assert unknown_names(None) == ["ZHIBU_WECHAT_TOKEN"]
    assert load(env_file=env_file).port == 5001


def test_a_mistyped_name_after_export_is_found_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("export ZHIBU_PROT=5001\n", "utf-8")
    assert unknown_names(tmp_path / ".env") == ["ZHIBU_PROT"]


def test_a_key_file_without_a_key_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("", "utf-8")
    with pytest.raises(SettingsError, match="secret_key 是空的"):
        _loaded(instance_dir=tmp_path).resolved_secret_key()
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_making_the_key_leaves_nothing_else_behind(tmp_path: Path) -> None:
    _loaded(instance_dir=tmp_path).resolved_secret_key()
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("name", ["instance_dir", "content_dir"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_folder_is_the_default_one(environment: Environment, name: str, blank: str) -> None:
    absent = getattr(_loaded(), name)
    environment(**{name.upper(): blank})
    assert getattr(_loaded(), name) == absent


def test_what_several_settings_lack_is_said_beside_what_one_has_wrong() -> None:
    said = _problems(port=0, wechat_mp_token="token123", wechat_mp_mode="safe", now="+3h", wecom_secret="geheim")
    for name in ("PORT", "WECHAT_MP_AES_KEY", "WECHAT_MP_APP_ID", "WECOM_API_BASE_URL"):
        assert f"ZHIBU_{name}" in said
    wrong = _problems(wechat_mp_token="token123", wechat_mp_mode="safe", wechat_mp_aes_key="x", wechat_mp_app_id="wx1")
    assert "还缺" not in wrong


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = _loaded()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
