"""How moments read on the page, and where the clock can be sent. Pure."""

from datetime import datetime, time, timedelta, tzinfo

_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_NEAR = {0: "今天", 1: "明天", 2: "后天"}


def shown(now: datetime, real: datetime, zone: tzinfo) -> dict[str, str]:
    """`now` in the page's parts; `ahead` says how far the clock was sent, "" for not at all."""
    local = now.astimezone(zone)
    days = (local.date() - real.astimezone(zone).date()).days
    moved = now - real > timedelta(minutes=1)
    return {
        "day": f"{local.month}月{local.day}日",
        "weekday": _WEEKDAYS[local.weekday()],
        "time": f"{local:%H:%M}",
        "typed": f"{local:%Y-%m-%dT%H:%M}",
        "ahead": _NEAR.get(days, f"{days} 天后") if moved else "",
    }


def label(moment: datetime, zone: tzinfo) -> str:
    """11月24日 07:35."""
    local = moment.astimezone(zone)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def target(wish: str, now: datetime, quiz_at: time, zone: tzinfo) -> datetime:
    """Where a wish leads: `hour`, `tomorrow` and `week` (at the quiz's time), or a local moment in ISO form.

    Raises ValueError for anything else.
    """
    local = now.astimezone(zone)
    match wish:
        case "hour":
            return now + timedelta(hours=1)
        case "tomorrow":
            return datetime.combine(local.date() + timedelta(days=1), quiz_at, zone)
        case "week":
            return datetime.combine(local.date() + timedelta(days=7), quiz_at, zone)
        case _:
            chosen = datetime.fromisoformat(wish)
            return chosen if chosen.tzinfo else chosen.replace(tzinfo=zone)
