"""The ticker: any process may tick, as often as it likes. The truth about what is due stands in the database."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, Engine

from knowledge_base.workdays import Calendar
from scheduler import planner
from scheduler.delivery import Delivery
from scheduler.pushes import Push
from storage import occurrences, outbox
from storage.occurrences import Occurrence

EVERY = timedelta(seconds=20)
CANCELLED = "管理员取消"

log = structlog.get_logger("scheduler")


class Clockwork:
    """What a tick does: writes down what fell due, writes the rows for it, delivers."""

    def __init__(
        self,
        engine: Engine,
        pushes: Sequence[Push],
        delivery: Delivery,
        calendar: Callable[[datetime], Calendar],
    ) -> None:
        self._engine, self._delivery, self._calendar = engine, delivery, calendar
        self._by_name = {push.schedule.name: push for push in pushes}
        self._schedules = [push.schedule for push in pushes]
        # One house, one zone: all its schedules are in it.
        self._zone = str(self._schedules[0].zone)

    def tick(self, clock: Callable[[], datetime]) -> Counter[str]:
        """One round; how many rows came to which end. Raises what the database raises."""
        self.write_rows(clock())
        return self._delivery.run(clock)

    def try_to_tick(self, clock: Callable[[], datetime]) -> None:
        """A tick that never raises: the next one is due in a few seconds."""
        try:
            self.tick(clock)
        except Exception as error:
            log.error("tick_failed", error=type(error).__name__, exc_info=True)

    def due(self, now: datetime) -> list[Occurrence]:
        """The turns that began and that nobody has written down yet."""
        is_workday = self._calendar(now).is_workday
        with self._engine.connect() as connection:
            return self._due(connection, now, is_workday)

    def following(self, push: Push, now: datetime) -> tuple[date, datetime]:
        """(local date, moment) of the next turn of a push."""
        return planner.following(push.schedule, now, self._calendar(now).is_workday)

    def cancel(self, name: str, now: datetime) -> int | None:
        """Ends what waits of a push (quiz:2026-11-23), and keeps one that is not due yet from ever beginning.

        How many members no longer get it; None where nothing was left to cancel. Raises ValueError for no push's name.
        """
        schedule, day = name.partition(":")[0], outbox.day_of(name)
        push = self._by_name.get(schedule)
        if push is None:
            raise ValueError(name)
        at = planner.moment(day, push.schedule.at, push.schedule.zone)
        slot = push.schedule.at.isoformat("minutes")
        turn = Occurrence(schedule, self._zone, day, slot, at, "skipped", CANCELLED)
        with self._engine.begin() as connection:
            kept = at > now and occurrences.write(connection, [turn], now)
            stopped = occurrences.stop(connection, turn, CANCELLED)
            ended = outbox.cancel(connection, name, CANCELLED, now)
        return ended if ended or kept or stopped else None

    def write_rows(self, now: datetime) -> None:
        """An occurrence for each turn that began, and the rows of every occurrence that is not finished.

        Of several processes, the first one's occurrence stands. The rows are written chunk by chunk, a transaction
        each, by whoever comes along.
        """
        # Before the lock: looking at the content may publish it first.
        is_workday = self._calendar(now).is_workday
        with self._engine.begin() as connection:
            turns = self._due(connection, now, is_workday)
            new = occurrences.write(connection, turns, now)
            unfinished = occurrences.unfinished(connection)
        for turn in turns:
            if (turn.schedule, turn.day) in new:
                log.info("due", schedule=turn.schedule, day=turn.day.isoformat(), skipped=turn.reason or None)
        for each in unfinished:
            push = self._by_name.get(each.schedule)
            while push and self._write_chunk(push, each, now):
                pass

    def _due(self, connection: Connection, now: datetime, is_workday: Callable[[date], bool]) -> list[Occurrence]:
        return planner.due(self._schedules, occurrences.latest_days(connection, self._zone), now, is_workday)

    def _write_chunk(self, push: Push, each: Occurrence, now: datetime) -> bool:
        row, wanted = push.row(each.day), push.wanted(each.day)
        with self._engine.begin() as connection:
            return occurrences.write_rows(connection, each.id, row, push.how, wanted, now)


class Ticker:
    """Ticks in a background thread until it is stopped. A ticker only: nothing is kept in it."""

    def __init__(self, clockwork: Clockwork, clock: Callable[[], datetime]) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(
            clockwork.try_to_tick,
            "interval",
            args=[clock],
            seconds=EVERY.total_seconds(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begins; the first tick comes after one interval."""
        self._scheduler.start()

    def stop(self) -> None:
        """Ends after the tick that runs."""
        self._scheduler.shutdown()
