"""`./run members …`: branches, members and their binding codes."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import Engine

from bot.turn import SHANGHAI
from cli.services import FINDINGS, USAGE, Services, hint, pass_services, say, stop
from curation.answers import open_notes
from members import people
from members.branches import all_branches, tidy
from members.people import MemberProblem
from members.rules.codes import shown
from members.rules.stages import DEFAULT_STAGE, STAGES

COLUMNS = {
    "姓名": ("姓名", "名字", "党员姓名"),
    "支部": ("支部", "党支部", "所在支部", "所在党支部"),
    "身份": ("身份", "党员身份", "人员类别"),
    "编号": ("编号", "工号", "学号"),
}


@click.group("members")
def members() -> None:
    """支部、党员与绑定码。"""


@members.command()
@click.argument("name")
@click.option("--branch", required=True, help="所在支部，如 机关党委/第一党支部（没有就新建）")
@click.option("--stage", type=click.Choice(STAGES), default=DEFAULT_STAGE, show_default=True, help="身份")
@click.option("--number", help="编号（工号、学号等），同名时用来区分")
@pass_services
def add(services: Services, name: str, branch: str, stage: str, number: str | None) -> None:
    """登记一名党员，并给出绑定码。"""
    now = services.clock()
    try:
        with services.database().begin() as connection:
            member_id = people.add(connection, name, branch, now, stage=stage, number=number)
            code = services.codes().issue(connection, member_id, now)
    except MemberProblem as problem:
        stop(FINDINGS, str(problem))
    say(f"已登记：{name}（{tidy(branch)}，{stage}）。")
    _say_code(name, code)


@members.command()
@click.argument("who")
@pass_services
def code(services: Services, who: str) -> None:
    """给一名党员新的绑定码（旧的作废）。"""
    try:
        with services.database().begin() as connection:
            member = people.find(connection, who)
            fresh = services.codes().issue(connection, member.id, services.clock())
    except MemberProblem as problem:
        stop(FINDINGS, str(problem))
    _say_code(member.name, fresh)


def _say_code(name: str, fresh: str) -> None:
    say(f"{name}的绑定码：{shown(fresh)}")
    say("请当面或用可靠的方式交给本人；7 天内有效，只能用一次。本人在微信里发送“绑定 " + shown(fresh) + "”。")


@members.command("list")
@click.option("--branch", help="只看这个支部（含下级）")
@pass_services
def list_command(services: Services, branch: str | None) -> None:
    """看支部和党员名单。"""
    with services.database().connect() as connection:
        branches = all_branches(connection, branch)
        listed = people.all_members(connection, branch)
    if branch is not None and not branches:
        stop(FINDINGS, f"没有支部“{branch}”。请写完整路径；用 ./run members list 看所有支部。")
    for each in branches:
        own = [member for member in listed if member.branch_id == each.id]
        say(f"{'  ' * each.depth}{each.path.rsplit('/', 1)[-1]}（{len(own)} 人）")
        for member in own:
            bound = f"已绑定 {member.bindings} 个账号" if member.bindings else "未绑定"
            say(f"{'  ' * (each.depth + 1)}{member.name}  {member.stage}  编号 {member.number or '无'}  {bound}")
    hint(f"共 {len(listed)} 人。")


@members.command()
@pass_services
def notes(services: Services) -> None:
    """看党员“转人工”留下的话。"""
    with services.database().connect() as connection:
        waiting = open_notes(connection)
    for note in waiting:
        local = note.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        say(f"{local}  {note.branch or '未绑定支部'}  {note.name or '未绑定的访客'}：{note.text}")
    hint(f"共 {len(waiting)} 条留言。")


@members.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只看会怎样，不改数据")
@pass_services
def import_command(services: Services, file: Path, dry_run: bool) -> None:
    """从 CSV 名单导入（列：姓名、支部、身份、编号）。有一行不对就整个不导入。"""
    rows = _rows(file)
    report = _import(services.database(), rows, services, dry_run)
    say(
        f"共 {report.rows} 行：新增 {report.added}，修改 {report.changed}，"
        f"未变 {report.unchanged}，拒收 {len(report.refused)}。"
    )
    for problem in report.refused:
        say(str(problem))
    if report.refused:
        stop(FINDINGS, "没有导入任何一行。请改正上面的行后再试。")
    if dry_run:
        hint("这是预演，没有改数据。去掉 --dry-run 即可导入。")


def _import(engine: Engine, rows: dict[int, dict[str, str]], services: Services, dry_run: bool) -> people.ImportReport:
    with engine.connect() as connection:
        transaction = connection.begin()
        report = people.import_rows(connection, list(rows.values()), services.clock(), list(rows))
        if dry_run or report.refused:
            transaction.rollback()
        else:
            transaction.commit()
    return report


def _rows(file: Path) -> dict[int, dict[str, str]]:
    """The rows by our column names, each under its line in the file; rows without a word are left out."""
    try:
        records = list(_records(_text(file)))
    except UnicodeDecodeError:
        stop(USAGE, f"{file} 既不是 UTF-8 也不是 GBK 编码的文字。请在表格软件里另存为 CSV UTF-8。")
    except csv.Error:
        stop(USAGE, f"{file} 不是能读的 CSV：有一格太长，可能少了一个引号。请在表格软件里另存为 CSV UTF-8。")
    heading = [cell.strip() for cell in records[0][1]] if records else []
    places = {name: _place(heading, aliases) for name, aliases in COLUMNS.items()}
    missing = [name for name in ("姓名", "支部") if places[name] is None]
    if missing:
        stop(USAGE, f"{file} 第 1 行没有“{'”“'.join(missing)}”列。第 1 行应是列名：姓名,支部,身份,编号。")
    return {
        line: {name: row[place] if place is not None and place < len(row) else "" for name, place in places.items()}
        for line, row in records[1:]
        if any(cell.strip() for cell in row)
    }


def _text(file: Path) -> str:
    """Excel in China saves CSV as GBK: UTF-8 is tried first, then GB18030. Raises UnicodeDecodeError."""
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The records with the line on which each begins; every kind of line end counts. Raises csv.Error."""
    reader, line = csv.reader(io.StringIO(text, newline=None)), 1
    for record in reader:
        yield line, record
        line = reader.line_num + 1


def _place(heading: list[str], aliases: tuple[str, ...]) -> int | None:
    return next((heading.index(alias) for alias in aliases if alias in heading), None)
