"""The command line: `./run <command>`. Problems end in a sentence and an exit code, never in a traceback."""

import io
import sys
from collections.abc import Callable

import click
from sqlalchemy.exc import SQLAlchemyError

from cli.chat import chat
from cli.db import db
from cli.docs import docs
from cli.doctor import doctor
from cli.kb import kb
from cli.members import members
from cli.platform import platform
from cli.push import push
from cli.quiz import quiz
from cli.services import NO_DRIVER, NOT_UTF8, OUTSIDE, USAGE, Services, hint, is_utf8, pass_services
from cli.wechat import wechat
from config.settings import SettingsError, unknown_names
from knowledge_base.strict_yaml import ContentError


class _Commands(click.Group):
    """Refuses arguments that are no text once for all commands: neither database nor matching could take them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not all(map(is_utf8, args)):
            raise click.UsageError(f"有一个参数{NOT_UTF8}", ctx)
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def commands(context: click.Context) -> None:
    """支部助手。不带命令就是启动服务；./run test 运行全部检查。"""
    if context.invoked_subcommand is None:
        context.invoke(serve)


@commands.command()
@pass_services
def serve(services: Services) -> None:
    """启动服务（默认 http://127.0.0.1:5000）。"""
    for name in unknown_names():
        hint(f"提示：{name} 不是本程序的配置项，可能写错了名字。")
    services.serve()


for command in (chat, db, docs, doctor, kb, members, platform, push, quiz, wechat):
    commands.add_command(command)


def run(make_services: Callable[[], Services]) -> None:
    """Runs the command that the arguments name and ends the process with its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A sign that the terminal does not have is shown as "?" and ends no command.
        sys.stdout.reconfigure(errors="replace")
    try:
        commands(obj=make_services(), prog_name="./run", standalone_mode=True)
    except SettingsError as error:
        _end(USAGE, "配置有误：", error.problems)
    except ContentError as error:
        _end(USAGE, "问答内容有误（用 ./run kb lint 查看全部）：", tuple(map(str, error.problems[:5])))
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or type(error).__name__)
        _end(
            OUTSIDE,
            "数据库出了问题：",
            (reason, "请检查 ZHIBU_DATABASE_URL、磁盘空间和权限，或运行 ./run doctor。"),
        )
    except ModuleNotFoundError as error:
        _end(OUTSIDE, f"没有安装模块 {error.name}：", (NO_DRIVER, "不用 PostgreSQL 时，请检查 ZHIBU_DATABASE_URL。"))
    except OSError as error:
        _end(OUTSIDE, "系统出了问题：", (str(error),))


def _end(code: int, heading: str, lines: tuple[str, ...]) -> None:
    hint(heading)
    for line in lines:
        hint(f"  {line}")
    sys.exit(code)
