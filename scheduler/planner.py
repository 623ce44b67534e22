"""What is due when. Pure: schedules and moments in, turns out; each local date exactly once, whatever the zone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from storage.occurrences import Occurrence

# After a longer standstill the days before are not told one by one.
LOOK_BACK = timedelta(days=400)
REST_DAY = "休息日，不推送"
TOO_LATE = "到时没有程序在走，这一期错过了"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that is due once on each local date at a local time.

    `catch_up`: how much later it may still begin when nobody was there on time. `workdays_only`: skips days off.
    """

    name: str
    at: time
    zone: tzinfo
    catch_up: timedelta
    workdays_only: bool = False


def due(
    schedules: Sequence[Schedule], latest: Mapping[str, date], now: datetime, is_workday: Callable[[date], bool]
) -> list[Occurrence]:
    """All turns that began since each schedule's latest known one, the oldest first.

    `latest`: by schedule name, the last local date that was due; without one, only today counts.
    """
    found = []
    for schedule in schedules:
        today = now.astimezone(schedule.zone).date()
        known = latest.get(schedule.name)
        day = max(known + timedelta(days=1), today - LOOK_BACK) if known else today
        while day <= today and (at := datetime.combine(day, schedule.at, schedule.zone).astimezone(UTC)) <= now:
            late = TOO_LATE if now - at > schedule.catch_up else ""
            skipped = REST_DAY if schedule.workdays_only and not is_workday(day) else late
            state = "skipped" if skipped else "open"
            slot = schedule.at.isoformat("minutes")
            found.append(Occurrence(schedule.name, str(schedule.zone), day, slot, at, state, skipped))
            day += timedelta(days=1)
    return found


def following(schedule: Schedule, now: datetime, is_workday: Callable[[date], bool]) -> tuple[date, datetime]:
    """(local date, moment) of the next turn after `now` that is not skipped."""
    day = now.astimezone(schedule.zone).date()
    while (at := moment(day, schedule.at, schedule.zone)) <= now or (schedule.workdays_only and not is_workday(day)):
        day += timedelta(days=1)
    return day, at


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    """A local time on a date in UTC. One that the clocks skip is taken as if they had not been put forward yet; of
    one that comes twice, the first is meant."""
    return datetime.combine(day, at, zone).astimezone(UTC)
