"""`./run push …`: what was pushed, what would be, and how to stop it."""

from collections import Counter
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from bot.turn import SHANGHAI
from cli.moments import moment_option
from cli.services import FINDINGS, USAGE, Services, hint, pass_services, say, say_json, stop
from scheduler.pushes import Push, push_of
from storage import occurrences, outbox
from storage.occurrences import Occurrence

SHOWN = 10
STATES = {
    "waiting": "等待",
    "claimed": "发送中",
    "sent": "已送达",
    "unknown": "结果不明",
    "expired": "过期",
    "dropped": "不再发送",
}
TURNS = {"open": "正在安排", "done": "已安排", "skipped": "没有推送"}
NAMES = {"quiz": "每日答题", "remind": "学习提醒"}


@click.group()
def push() -> None:
    """每日答题和提醒的推送。"""


@push.command()
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def status(services: Services, as_json: bool) -> None:
    """看最近几次推送各有多少人收到、等待、过期，以及为什么。"""
    with services.database().connect() as connection:
        turns = [_turn(connection, each) for each in occurrences.recent(connection, SHOWN)]
    if as_json:
        say_json({"pushes": turns})
        return
    for turn in turns:
        say(f"{turn['push']}  {TURNS[turn['state']]}" + (f"：{turn['reason']}" if turn["reason"] else ""))
        for row in turn["members"]:
            say(f"    {STATES[row['state']]} {row['count']} 人" + (f"（{row['reason']}）" if row["reason"] else ""))
    hint(f"共 {len(turns)} 次（最多列 {SHOWN} 次）。" if turns else "还没有推送过。下一次用 ./run push preview 看。")


def _turn(connection: Connection, each: Occurrence) -> dict[str, Any]:
    name = push_of(each.schedule, each.day)
    counted = sorted(outbox.counts(connection, name).items())
    members = [{"state": state, "reason": reason, "count": count} for (state, reason), count in counted]
    return {
        "push": name,
        "due_at": each.due_at.isoformat(),
        "state": each.state,
        "reason": each.reason,
        "members": members,
    }


@push.command()
@moment_option("--at", help="假定现在是这个时刻；不写就是现在")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def preview(services: Services, at: datetime | None, as_json: bool) -> None:
    """预演：到那个时刻会推送什么、给多少人、怎么送到，什么都不写、不发。"""
    now = at or services.clock()
    due = services.clockwork().due(now)
    turns = [_preview(services, each, due, now) for each in services.pushes()]
    if as_json:
        say_json({"at": now.isoformat(), "pushes": turns})
        return
    for turn in turns:
        say(f"{turn['name']}：下一次 {_local(turn['next'])}")
        for due in turn["due"]:
            say(f"  {due['push']}  " + (due["skipped"] or f"会给 {due['members']} 人"))
            for how, count in due["ways"].items():
                say(f"    {count} 人：{how}")
    hint("以上是预演，什么都没有写入或发送。")


def _preview(services: Services, each: Push, turns: list[Occurrence], now: datetime) -> dict[str, Any]:
    with services.database().connect() as connection:
        due = [
            _preview_turn(services, connection, each, turn, now)
            for turn in turns
            if turn.schedule == each.schedule.name
        ]
    _, following = services.clockwork().following(each, now)
    return {"name": NAMES[each.schedule.name], "next": following.isoformat(), "due": due}


def _preview_turn(
    services: Services, connection: Connection, each: Push, turn: Occurrence, now: datetime
) -> dict[str, Any]:
    turn = occurrences.written(connection, turn) or turn
    members = [] if turn.reason else occurrences.wanted_members(connection, each.wanted(turn.day))
    ways = Counter(_way(services, connection, each, member_id, now) for member_id in members)
    name = push_of(each.schedule.name, turn.day)
    return {"push": name, "skipped": turn.reason, "members": len(members), "ways": dict(ways)}


def _way(services: Services, connection: Connection, each: Push, member_id: int, now: datetime) -> str:
    if each.how == "ride":
        return "随下一条消息提醒"
    way = services.delivery().way_to(connection, member_id, now)
    return "主动推送" if way.account else way.may.why


@push.command()
@moment_option("--at", help="假定现在是这个时刻；不写就是现在。真实平台上不能写将来的时刻")
@pass_services
def run(services: Services, at: datetime | None) -> None:
    """现在就走一步：安排到期的推送并发送。服务开着时会自己走，不必手动。"""
    now = at or services.clock()
    if now > services.clock() and services.settings.is_real:
        stop(USAGE, "接着真实平台时不能用将来的时刻推送：党员会提前收到。请去掉 --at，或用 push preview 预演。")
    ends = services.clockwork().tick(lambda: now)
    for end, count in sorted(ends.items()):
        say(f"{STATES.get(end, '改为等待')} {count} 条")
    hint(f"走完一步，共处理 {sum(ends.values())} 条。用 ./run push status 看结果。")


@push.command()
@click.argument("push_id", metavar="推送")
@pass_services
def cancel(services: Services, push_id: str) -> None:
    """取消一次推送里还没送到的部分，如 ./run push cancel quiz:2026-11-23；还没到期的也可以先取消。"""
    try:
        found = services.clockwork().cancel(push_id, services.clock())
    except ValueError:
        stop(USAGE, f"“{push_id}”不是推送的名字。请照 ./run push status 里的写，如 quiz:2026-11-23。")
    if found is None:
        stop(FINDINGS, f"{push_id} 没有还在等待的部分，没有改动什么。")
    say(f"已取消 {push_id}：{found} 人不再收到。" if found else f"已取消 {push_id}：到时不会推送。")


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
