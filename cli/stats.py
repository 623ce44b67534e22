"""`./run kb stats`: how often what was answered, how much is covered; counts only."""

from dataclasses import asdict
from datetime import timedelta

import click

from bot.turn import SHANGHAI
from cli.services import Services, hint, pass_services, say, say_json
from curation.hits import by_entry, by_period
from storage.database import reading


@click.command()
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="看最近这么多天")
@click.option("--monthly", is_flag=True, help="按月合计，不按天")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def stats(services: Services, days: int, monthly: bool, as_json: bool) -> None:
    """看每条问答用了几次、有没有用，以及答上率和拒答率；不记人。"""
    since = services.clock().astimezone(SHANGHAI).date() - timedelta(days - 1)
    with reading(services.database()) as connection:
        entries, periods = by_entry(connection, since), by_period(connection, since, monthly=monthly)
    if as_json:
        told = [
            asdict(each) | {"questions": each.questions, "coverage": each.coverage, "refusal_rate": each.refusal_rate}
            for each in periods
        ]
        say_json({"since": since.isoformat(), "periods": told, "entries": [asdict(each) for each in entries]})
        return
    for period in periods:
        say(
            f"{period.name}  问 {period.questions}  答上 {period.answered}  "
            f"列选项 {period.offered}（选了 {period.chosen}）  "
            f"没答上 {period.refused}（{_share(period.refusal_rate)}）  答上率 {_share(period.coverage)}  "
            f"范围外 {period.outside}  没用 {period.useless}"
        )
    say("")
    for use in entries:
        say(f"{use.entry_id}  答 {use.answered}  选 {use.chosen}  有用 {use.useful}  没用 {use.useless}")
    hint(f"从 {since} 起，{len(entries)} 条问答用到过。")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"
