"""`./run kb draft | submit | approve | reject | publish | rollback | curator …`: a change on its way to the members."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from bot.turn import SHANGHAI
from cli.services import FINDINGS, USAGE, Services, hint, pass_services, say, say_json, stop
from curation import change_sets, curators, publishing
from curation.change_sets import STATES, ChangeSet
from curation.curators import ROLES, CurationProblem, UnknownCurator
from curation.desk import Published, Red
from storage.database import reading
from storage.tables.publishing import SYSTEM

as_option = click.option(
    "--as", "who", required=True, metavar="整理人", help="以哪位整理人的名义，先用 kb curator add 登记"
)
json_option = click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
note_option = click.option("--note", default="", help="一句话说明改了什么")
drop_option = click.option("--drop", is_flag=True, help="文件里没有了的已发布条目，确实要整条拿掉")


@contextmanager
def refusals() -> Iterator[None]:
    """Says why a step was not taken, and ends the command."""
    try:
        yield
    except UnknownCurator as problem:
        stop(USAGE, str(problem))
    except CurationProblem as problem:
        stop(FINDINGS, str(problem))
    except Red as red:
        for finding in red.problems:
            if finding.severity == "error":
                say(str(finding))
        stop(FINDINGS, "没有通过检查，什么也没改。请改正上面的错误后再试（kb test 可以先自己查）。")


@click.group("curator")
def curator() -> None:
    """整理人：谁可以改问答。"""


@curator.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="整理员写，审核员还能审核和发布")
@click.option("--as", "who", default="", metavar="整理人", help="谁登记的，写进修改日志")
@pass_services
def add(services: Services, name: str, role: str, who: str) -> None:
    """登记一位整理人，或换角色。"""
    with refusals(), services.database().begin() as connection:
        actor = curators.find(connection, who).name if who else SYSTEM
        curators.add(connection, name, role, services.clock(), actor)
    say(f"已登记：{name}，{role}（{ROLES[role]}）。")


@curator.command("remove")
@click.argument("name")
@click.option("--as", "who", default="", metavar="整理人", help="谁取消的，写进修改日志")
@pass_services
def remove(services: Services, name: str, who: str) -> None:
    """取消一位整理人；以前做过的仍然记着。"""
    with refusals(), services.database().begin() as connection:
        actor = curators.find(connection, who).name if who else SYSTEM
        curators.remove(connection, name, services.clock(), actor)
    say(f"已取消：{name}。")


@curator.command("list")
@pass_services
def list_command(services: Services) -> None:
    """看登记了哪些整理人。"""
    with reading(services.database()) as connection:
        known = curators.everyone(connection)
    for each in known:
        say(f"{each.name}  {each.role}" + ("" if each.active else "（已取消）"))
    hint(f"共 {len(known)} 人。")


@click.command()
@as_option
@note_option
@drop_option
@pass_services
def draft(services: Services, who: str, note: str, drop: bool) -> None:
    """把文件里的修改存成草稿。"""
    with refusals():
        change = _drafted(services, who, note, drop)
    say(f"已存为第 {change.id} 号修改（草稿）。写好了请运行 ./run kb submit {change.id} --as {who}")


@click.command()
@click.argument("number", type=int, required=False)
@as_option
@note_option
@drop_option
@pass_services
def submit(services: Services, number: int | None, who: str, note: str, drop: bool) -> None:
    """提交修改，请别人审核；不写编号就提交文件里现在的内容。"""
    with refusals():
        number = number or _drafted(services, who, note, drop).id
        change, problems = services.desk().submit(number, who)
    known = [problem for problem in problems if problem.code == "W401"]
    for problem in problems:
        if problem not in known:
            hint(str(problem))
    if known:
        hint(f"另有 {len(known)} 句在已发布的版本里也没通过，不挡发布，用 ./run kb test 看。")
    say(f"第 {change.id} 号修改已提交待审。请另一位审核员运行 ./run kb publish {change.id} --as 审核员")


def _drafted(services: Services, who: str, note: str, drop: bool) -> ChangeSet:
    _first(services)
    return services.desk().draft(who, note, may_drop=drop)


def _first(services: Services) -> None:
    """Where nothing was ever published, the files as they are become version 1 before anybody changes them."""
    services.current(services.clock())


@click.command()
@click.argument("number", type=int)
@as_option
@pass_services
def approve(services: Services, number: int, who: str) -> None:
    """审核通过别人的修改（还没发布）。"""
    with refusals():
        change = services.desk().approve(number, who)
    say(f"第 {number} 号修改（{change.author}写的）已审核。发布请运行 ./run kb publish {number} --as 审核员")


@click.command()
@click.argument("number", type=int)
@as_option
@click.option("--note", required=True, help="为什么退回，作者要看")
@pass_services
def reject(services: Services, number: int, who: str, note: str) -> None:
    """把修改退回作者。"""
    with refusals():
        change = services.desk().reject(number, who, note)
    say(f"第 {number} 号修改已退回{change.author}。")


@click.command()
@click.argument("number", type=int, required=False)
@as_option
@json_option
@pass_services
def publish(services: Services, number: int | None, who: str, as_json: bool) -> None:
    """发布别人的修改；不写编号就发布与文件相同的那一份。"""
    with refusals():
        found = services.desk().publish(number or services.desk().matching().id, who)
    _say_published(found, as_json, "已发布")


@click.command()
@click.argument("number", type=int)
@as_option
@json_option
@pass_services
def rollback(services: Services, number: int, who: str, as_json: bool) -> None:
    """回到以前发布过的一版（审核过，不用再审）。"""
    with refusals():
        found = services.desk().roll_back(number, who)
    _say_published(found, as_json, f"已回到第 {number} 版的内容")


def _say_published(found: Published, as_json: bool, what: str) -> None:
    made = found.snapshot
    if as_json:
        say_json(_version(made) | {"corrections": found.corrected, "told": found.answered})
        return
    say(f"{what}：现在是第 {made.number} 版，两秒内各处生效。")
    if found.corrected or found.answered:
        say(f"更正通知 {found.corrected} 份，等答复的 {found.answered} 份，随对方的下一条消息送达。")


@click.command()
@click.option("--all", "everything", is_flag=True, help="也列出已发布和作废的")
@json_option
@pass_services
def changes(services: Services, everything: bool, as_json: bool) -> None:
    """看有哪些修改在路上。"""
    with reading(services.database()) as connection:
        found = change_sets.listed(connection, everything=everything)
    if as_json:
        say_json({"changes": [_change(each) for each in found]})
        return
    for each in found:
        base = f"在第 {each.base} 版上" if each.base else "第一次"
        approved = f"，{each.approved_by}审核" if each.approved_by else ""
        say(f"{each.id}  {STATES[each.state]}  {each.author}写，{base}{approved}  {each.note}")
    hint(f"共 {len(found)} 份修改。")


@click.command()
@json_option
@pass_services
def versions(services: Services, as_json: bool) -> None:
    """看发布过的各版，最后一版就是现在用的。"""
    with reading(services.database()) as connection:
        found = publishing.versions(connection)
    if as_json:
        say_json({"versions": [_version(each) for each in found]})
        return
    for each in found:
        at = each.published_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        restores = f"（回到第 {each.restores} 版）" if each.restores else ""
        say(f"第 {each.number} 版  {at}  {each.author}写，{each.published_by}发布{restores}")
    hint(f"共 {len(found)} 版。")


@click.command()
@click.argument("entry_id")
@json_option
@pass_services
def history(services: Services, entry_id: str, as_json: bool) -> None:
    """看一条问答什么时候改过什么、谁写、谁审、谁发布。"""
    with reading(services.database()) as connection:
        found = publishing.history(connection, entry_id)
    if as_json:
        say_json({"entry": entry_id, "history": [_step(each) for each in found]})
        return
    if not found:
        stop(FINDINGS, f"没有发布过编号是“{entry_id}”的条目。请核对编号。")
    for each in found:
        made = each.snapshot
        at = made.published_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        fields = f"：{'、'.join(each.fields)}" if each.fields else ""
        say(
            f"第 {made.number} 版  {at}  {entry_id} 第{each.version}版 {WHAT[each.what]}{fields}  "
            f"{made.author}写，{each.approved_by}审，{made.published_by}发布"
        )


WHAT = {"added": "新增", "changed": "修改", "removed": "拿掉"}


def _change(each: ChangeSet) -> dict[str, Any]:
    return {
        "change": each.id,
        "state": each.state,
        "author": each.author,
        "approved_by": each.approved_by,
        "base": each.base,
        "note": each.note,
        "at": each.created_at.isoformat(),
    }


def _version(each: publishing.Snapshot) -> dict[str, Any]:
    return {
        "version": each.number,
        "change": each.change_set_id,
        "author": each.author,
        "published_by": each.published_by,
        "restores": each.restores,
        "files": each.digest,
        "at": each.published_at.isoformat(),
    }


def _step(each: publishing.HistoryRow) -> dict[str, Any]:
    told = {"entry_version": each.version, "what": each.what, "fields": list(each.fields)}
    return _version(each.snapshot) | told | {"approved_by": each.approved_by}


COMMANDS: tuple[click.Command, ...] = (
    curator, draft, submit, approve, reject, publish, rollback, changes, versions, history,
)  # fmt: skip
