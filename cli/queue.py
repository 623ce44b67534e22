"""`./run kb queue …`: what was not answered or did not help, without anybody's name, and what becomes of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from bot.turn import SHANGHAI
from cli.curating import as_option, json_option, refusals
from cli.services import FINDINGS, USAGE, Services, hint, pass_services, say, say_json, stop
from curation import answering, curators
from curation import queue as items
from curation.change_log import record, take_turn
from curation.queue import Complaint, Missed
from curation.spreadsheets.applying import changes_of
from curation.spreadsheets.batches import Batches, Moved
from curation.spreadsheets.importing import loaded
from curation.spreadsheets.results import Edit
from knowledge_base.clustering import clusters
from knowledge_base.entry import Content
from storage.database import reading


@click.group(invoke_without_command=True)
@click.option("--owner", help="只看这个职务负责的，如 组织委员")
@json_option
@click.pass_context
def queue(context: click.Context, owner: str | None, as_json: bool) -> None:
    """看没能回答的问题和被说没用的答案：谁负责、哪天前处理（不记是谁问的）。"""
    if context.invoked_subcommand is None:
        _list(context.find_object(Services), owner, as_json)


def _list(services: Services | None, owner: str | None, as_json: bool) -> None:
    assert services
    with reading(services.database()) as connection:
        missed = [each for each in items.open_misses(connection) if owner in (None, each.owner)]
        complaints = [each for each in items.open_complaints(connection) if owner in (None, each.owner)]
    base = services.current(services.clock())
    groups = [[missed[at] for at in group] for group in clusters(base, [each.text for each in missed])]
    groups.sort(key=lambda group: -sum(each.asked for each in group))
    if as_json:
        told = [_missed_object(each, group[0].id) for group in groups for each in group]
        say_json({"questions": told, "complaints": [_complaint_object(each) for each in complaints]})
        return
    today = services.clock().astimezone(SHANGHAI).date().isoformat()
    for group in groups:
        _say_group(group, today)
    for each in complaints:
        why = each.reason or "没说原因"
        say(f"没用 {each.times} 次  {each.entry_id} 第{each.version}版：{why}  {each.owner}，{_due(each.due, today)}")
    hint(f"共 {len(missed)} 个问题（{len(groups)} 类），{len(complaints)} 项“没用”。")


def _say_group(group: list[Missed], today: str) -> None:
    first, *others = group
    asked = sum(each.asked for each in group)
    state = "  已写，待发布" if first.state == "answering" else ""
    waiting = sum(each.waiting for each in group)
    marks = f"{state}  {waiting} 人等答复" if waiting else state
    near = f"  最接近 {'、'.join(first.nearest)}" if first.nearest else ""
    say(f"{asked} 次  {first.id} {first.text}  {first.owner}，{_due(first.due, today)}{near}{marks}")
    for each in others:
        say(f"      {each.id} {each.text}（{each.asked} 次）")


def _due(day: str, today: str) -> str:
    return f"{day} 前" if day >= today else f"{day} 前（已超期）"


def _missed_object(each: Missed, cluster: int) -> dict[str, Any]:
    return {
        "id": each.id,
        "text": each.text,
        "asked": each.asked,
        "cluster": cluster,
        "nearest": list(each.nearest),
        "owner": each.owner,
        "due": each.due,
        "state": each.state,
        "waiting": each.waiting,
    }


def _complaint_object(each: Complaint) -> dict[str, Any]:
    return {
        "entry": each.entry_id,
        "version": each.version,
        "reason": each.reason,
        "times": each.times,
        "owner": each.owner,
        "due": each.due,
    }


@queue.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@as_option
@click.option("--variant", metavar="编号", help="作为这一条的又一种问法")
@click.option("--draft", metavar="文件", help="在这个问答文件里新写一条草稿，如 qa/党费.yaml")
@click.option("--answer", "text", default="", help="草稿的答案，和 --draft 一起用")
@pass_services
def answer(
    services: Services, numbers: tuple[int, ...], who: str, variant: str | None, draft: str | None, text: str
) -> None:
    """把没答上的问题（可以几个一起）写进文件：某一条的问法，或一条新草稿。"""
    if (variant is None) == (draft is None) or (draft is not None and not text.strip()):
        stop(USAGE, "请写 --variant 条目编号，或写 --draft 文件 和 --answer 答案。")
    now = services.clock().astimezone(SHANGHAI)
    with refusals(), services.database().begin() as connection:
        actor = curators.find(connection, who).name
        asked = _asked(items.open_misses(connection), numbers)
        content, files = _loaded(services)
        if variant is not None:
            edit = answering.another_wording(content, variant, asked)
        else:
            edit = answering.new_draft(content, draft or "", asked, text, now.date())
        batch = _written(services, edit, content, files, now)
        items.mark(connection, numbers, "answering")
        take_turn(connection)
        record(connection, actor, "queue_answer", {"questions": list(numbers), "entry": edit.entry.id}, now)
    say(f"已写进 {edit.file}：{edit.entry.id} {edit.entry.question}。")
    if draft is not None:
        hint("草稿不会回答党员。请补上依据和问法、核对，把 status 改成 published，再提交。")
    hint(f"要撤销：./run kb import --undo {batch}")
    hint(f"接着：./run kb test，./run kb submit --as {who}，请别人发布；发布后告诉等答复的人。")


def _loaded(services: Services) -> tuple[Content, Mapping[str, str]]:
    try:
        return loaded(services.settings.content_dir)
    except Moved:
        raise curators.CurationProblem("文件正在被别人修改，什么也没有写入。请再运行一次。") from None


def _written(services: Services, edit: Edit, content: Content, files: Mapping[str, str], now: datetime) -> str:
    """Writes an edit as a batch of its own, so that it can be taken back; gives the batch's name."""
    folder = services.settings.content_dir
    batches = Batches(folder, services.settings.instance_dir / "imports")
    changes = changes_of([edit], files, content.entries)
    try:
        return batches.apply(changes, "没答上的问题", {"写入": 1}, now).name
    except Moved as moved:
        raise curators.CurationProblem(f"什么也没有写入：{moved} 刚刚被别人改过。请再运行一次。") from None


def _asked(waiting: list[Missed], numbers: tuple[int, ...]) -> list[str]:
    texts = {each.id: each.text for each in waiting}
    if unknown := [str(number) for number in numbers if number not in texts]:
        raise curators.CurationProblem(f"队列里没有第 {'、'.join(unknown)} 号问题。用 ./run kb queue 看编号。")
    return [texts[number] for number in numbers]


@queue.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--entry", metavar="编号", help="这一条的“没用”都看过了")
@as_option
@pass_services
def close(services: Services, numbers: tuple[int, ...], entry: str | None, who: str) -> None:
    """不用写答案的：把问题或“没用”划掉。"""
    if not numbers and entry is None:
        stop(USAGE, "请写问题的编号，或 --entry 条目编号。")
    with refusals(), services.database().begin() as connection:
        actor = curators.find(connection, who).name
        closed = items.mark(connection, numbers, "closed") if numbers else 0
        closed += items.close_complaints(connection, entry) if entry else 0
        take_turn(connection)
        told = {"questions": list(numbers), "entry": entry or ""}
        record(connection, actor, "queue_close", told, services.clock())
    if not closed:
        stop(FINDINGS, "没有这样的待处理项。用 ./run kb queue 看编号。")
    say(f"已划掉 {closed} 项。")
