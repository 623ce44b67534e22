"""`./run doctor`: everything that is often wrong, checked one by one, in plain words."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.sending import NotSent, Refused, Sent, Unknown
from bot.turn import SHANGHAI
from cli.services import FINDINGS, NO_DRIVER, OUTSIDE, Services, listening_problem, pass_services, say, stop
from config.settings import unknown_names
from curation import publishing, trees
from knowledge_base.linting import lint
from knowledge_base.loading import load
from knowledge_base.strict_yaml import ContentError
from storage.database import reading, revisions

_PLATFORMS = {"wechat_mp": "公众平台", "wecom": "企业微信"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: fine, or what to do. `outside` marks what is not in our files."""

    fine: bool
    text: str
    outside: bool = False


@click.command("doctor")
@pass_services
def doctor(services: Services) -> None:
    """逐项检查配置、数据库、问答内容和渠道。"""
    checks: tuple[Callable[[Services], Iterator[Check]], ...] = (
        _settings,
        _database,
        _content,
        _published,
        _channels,
        _platforms,
        _port,
    )
    found = [check for part in checks for check in part(services)]
    for check in found:
        say(f"{'✓' if check.fine else '✗'} {check.text}")
    if any(check.outside for check in found if not check.fine):
        stop(OUTSIDE)
    if not all(check.fine for check in found):
        stop(FINDINGS)


def _settings(services: Services) -> Iterator[Check]:
    settings = services.settings
    yield Check(True, f"配置可用（{'演示模式' if settings.is_demo else '正式运行'}，文件夹 {settings.instance_dir}）")
    for name in unknown_names():
        yield Check(False, f"{name} 不是本程序的配置项，可能写错了名字。对照 docs/reference/settings.md 改正或删去。")
    if settings.now is not None:
        yield Check(False, "ZHIBU_NOW 拨动了时钟：只用于试验，正式运行请删去。")


def _database(services: Services) -> Iterator[Check]:
    try:
        current, head = revisions(services.database())
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        no_driver = isinstance(error, ModuleNotFoundError)
        remedy = NO_DRIVER if no_driver else "请检查 ZHIBU_DATABASE_URL、磁盘空间和权限"
        yield Check(False, f"数据库连不上（{type(error).__name__}）：{remedy}。", outside=True)
        return
    yield Check(current == head, f"数据库可用（结构 {current}）")


def _content(services: Services) -> Iterator[Check]:
    try:
        content = load(services.settings.content_dir)
    except ContentError as error:
        yield Check(
            False,
            f"问答内容有 {len(error.problems)} 个错误，用 ./run kb lint 查看。第一个：{error.problems[0]}",
        )
        return
    problems = lint(content, services.clock().astimezone(SHANGHAI).date())
    errors = sum(problem.severity == "error" for problem in problems)
    live = sum(entry.status == "published" for entry in content.entries)
    text = f"问答内容：{live} 条已发布，{errors} 个错误，{len(problems) - errors} 个提醒"
    yield Check(errors == 0, text if not problems else f"{text}（./run kb lint 查看）")


def _published(services: Services) -> Iterator[Check]:
    try:
        with reading(services.database()) as connection:
            served = publishing.current(connection)
    except (SQLAlchemyError, OSError, ModuleNotFoundError):
        return  # said above
    if served is None:
        yield Check(True, "发布：还没有，第一次启动或提问时，内容文件夹里的问答自动成为第 1 版")
        return
    day = served.published_at.astimezone(SHANGHAI).date()
    text = f"发布：正在用第 {served.number} 版（{day}，{served.published_by}发布）"
    same = served.digest == trees.digest(trees.files(services.settings.content_dir))
    yield Check(True, text if same else f"{text}；文件里有没发布的修改（./run kb diff 查看）")


def _channels(services: Services) -> Iterator[Check]:
    settings = services.settings
    if not settings.wechat_mp_token:
        yield Check(True, "公众号：没有配置" + ("" if settings.wecom_token else "（只能在本机试用）"))
        return
    yield Check(True, f"公众号：已配置，{settings.mp_mode} 模式，地址 /wechat/mp")
    if settings.mp_mode != "safe":
        yield Check(
            False,
            "公众号消息没有加密：建议在公众平台改为“安全模式”，并填 ZHIBU_WECHAT_MP_AES_KEY 和 _APP_ID。",
        )


def _platforms(services: Services) -> Iterator[Check]:
    """One call to each platform, where speaking first is configured."""
    settings = services.settings
    if settings.wechat_mp_token and settings.wechat_mp_verified and not settings.wechat_mp_app_secret:
        yield Check(False, "公众号已认证，但没有填 ZHIBU_WECHAT_MP_APP_SECRET：只能回复，不能主动推送。")
    if settings.wecom_token:
        yield Check(True, "企业微信：已配置，地址 /wechat/wecom")
    try:
        senders = services.platforms()
    except (SQLAlchemyError, OSError, ModuleNotFoundError):
        return  # the database has its own line
    for channel, sender in senders.items():
        outcome = sender.reach()
        name = _PLATFORMS[channel]
        if isinstance(outcome, Sent):
            yield Check(True, f"{name}接口：通，密钥和 IP 都对")
        else:
            why = outcome.why if isinstance(outcome, Refused | NotSent | Unknown) else ""
            yield Check(False, f"{name}接口：{why}", outside=not isinstance(outcome, Refused))


def _port(services: Services) -> Iterator[Check]:
    host, port = services.settings.host, services.settings.port
    problem = listening_problem(host, port)
    if problem is None or problem.errno == errno.EADDRINUSE:
        yield Check(True, f"端口 {port}：{'有程序在听（可能就是本程序）' if problem else '空闲'}")
        return
    text = f"端口 {port}：不能在地址 {host} 上监听（{problem.strerror}）。请检查 ZHIBU_HOST 和 ZHIBU_PORT。"
    yield Check(False, text)
