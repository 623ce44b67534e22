"""The root: makes every part and hands each what it needs. The only place that wires."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import structlog
from flask import Flask, Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.pipeline import Pipeline
from bot.routing import Route
from bot.sending import TokenStore
from channels import policy
from channels.wechat_mp import codec as official
from channels.wechat_mp import webhook
from channels.wechat_mp.sender import OfficialSender
from channels.wechat_mp.sender import make_sender as official_sender
from channels.wecom import codec as work
from channels.wecom import webhook as work_webhook
from channels.wecom.sender import WorkSender
from channels.wecom.sender import make_sender as work_sender
from cli import main as cli
from cli.server import serve_forever
from cli.services import Services
from config import logs
from config import settings as config
from config.clock import Clock, clock_for
from config.settings import Settings
from handlers.routes import House, routes
from knowledge_base.engine import KnowledgeBase
from knowledge_base.library import Library
from knowledge_base.workdays import Calendar
from members import demo
from members.binding import Codes
from replies import talk
from scheduler.clock import Clockwork, Ticker
from scheduler.delivery import Delivery
from scheduler.pushes import Push, Timetable, pushes
from storage.conversation import SqlTransactions
from storage.database import connect, ping, upgrade
from storage.retention import Housekeeper
from storage.tokens import SqlTokens
from web import pages

log = structlog.get_logger("app")


def make_services(
    settings: Settings, clock: Clock | None = None, current: Callable[[datetime], KnowledgeBase] | None = None
) -> Services:
    """All parts; the expensive ones (database, content) come into being when first used.

    `clock` and `current` stand in for the settings' clock and the content folder, in tests.
    """
    logs.configure(settings.log_level)
    return _Parts(settings, clock or clock_for(settings.now), current).services()


class _Parts:
    """The parts of one product, each made once, when it is first asked for."""

    def __init__(self, settings: Settings, clock: Clock, current: Callable[[datetime], KnowledgeBase] | None) -> None:
        self._settings, self._clock = settings, clock
        self._current = current or (lambda now: self._library.current(now))

    def services(self) -> Services:
        """The doors to the parts."""
        return Services(
            settings=self._settings,
            clock=self._clock,
            database=lambda: self._database,
            current=self._current,
            codes=lambda: self._codes,
            routes=lambda: self._routes,
            pipeline=lambda clock, limit: Pipeline(
                self._routes, SqlTransactions(self._database), clock, talk.PIPELINE, limit
            ),
            senders=lambda: self._senders,
            pushes=lambda: self._pushes,
            quiet_until=_quiet_until(self._settings),
            clockwork=lambda: self._clockwork,
            delivery=lambda: self._delivery,
            serve=self._serve,
        )

    @cached_property
    def _database(self) -> Engine:
        engine = connect(self._settings.database, self._settings.sqlite_synchronous)
        upgrade(engine)
        if self._settings.is_demo:
            with engine.begin() as connection:
                demo.seed(connection, self._clock())
        return engine

    @cached_property
    def _library(self) -> Library:
        return Library(self._settings.content_dir, self._settings.instance_dir / "jieba", _log_reload)

    @cached_property
    def _codes(self) -> Codes:
        return Codes(self._settings.resolved_secret_key(), secrets.choice)

    @cached_property
    def _routes(self) -> tuple[Route, ...]:
        settings = self._settings
        house = House(settings.contact, settings.office_hours, settings.quiz_count, _quiz_when(settings))
        return routes(self._current, self._codes, house)

    @cached_property
    def _senders(self) -> Mapping[str, OfficialSender | WorkSender]:
        return _senders(self._settings, SqlTokens(self._database), self._clock)

    @cached_property
    def _pushes(self) -> tuple[Push, ...]:
        return _pushes(self._settings)

    @cached_property
    def _delivery(self) -> Delivery:
        kinds = {push.schedule.name: push for push in self._pushes}
        jitter = random.Random().uniform  # noqa: S311 - spreads retries, guards nothing
        quiet_until = _quiet_until(self._settings)
        return Delivery(self._database, self._senders, kinds, quiet_until, lambda: jitter(0.75, 1.25))

    @cached_property
    def _clockwork(self) -> Clockwork:
        def calendar(now: datetime) -> Calendar:
            return self._current(now).content.calendar

        return Clockwork(self._database, self._pushes, self._delivery, calendar)

    def _serve(self) -> None:
        services = self.services()
        app = create_app(self._settings, services)
        host, port, workers = self._settings.host, self._settings.port, self._settings.workers
        serve_forever(app, host, port, workers, lambda: _start_ticking(services))


def _start_ticking(services: Services) -> Callable[[], None]:
    """Starts this process's ticker; gives what stops it."""
    ticker = Ticker(services.clockwork(), services.clock)
    ticker.start()
    return ticker.stop


def _pushes(settings: Settings) -> tuple[Push, ...]:
    workdays_only = settings.quiz_days == "workdays"
    zone = ZoneInfo(settings.timezone)
    return pushes(Timetable(zone, settings.quiz_at, settings.quiz_count, settings.remind_at, workdays_only))


def _quiet_until(settings: Settings) -> Callable[[datetime], datetime | None]:
    rules = _rules(settings, "service", verified=False)
    return lambda now: policy.quiet_until(rules, now)


def _quiz_when(settings: Settings) -> str:
    days = "每个工作日" if settings.quiz_days == "workdays" else "每天"
    return f"{days} {settings.quiz_at:%H:%M} "


def _senders(settings: Settings, store: TokenStore, clock: Clock) -> Mapping[str, OfficialSender | WorkSender]:
    """The channels that have what speaking first needs, by name."""
    made: dict[str, OfficialSender | WorkSender] = {}
    if settings.wechat_mp_app_id and (secret := settings.wechat_mp_app_secret):
        rules = _rules(settings, settings.wechat_mp_kind, verified=settings.wechat_mp_verified)
        account = (settings.wechat_mp_app_id, secret.get_secret_value(), settings.wechat_api_base_url)
        made[official.CHANNEL] = official_sender(*account, rules, store, clock, time.sleep)
    if settings.wecom_corp_id and settings.wecom_agent_id and (secret := settings.wecom_secret):
        rules = _rules(settings, "work", verified=True)
        app = (settings.wecom_corp_id, settings.wecom_agent_id, secret.get_secret_value(), settings.wecom_api_base_url)
        made[work.CHANNEL] = work_sender(*app, rules, store, clock, time.sleep)
    return made


def _rules(settings: Settings, kind: policy.AccountKind, *, verified: bool) -> policy.Rules:
    quiet = (settings.quiet_hours.start, settings.quiet_hours.end)
    zone = ZoneInfo(settings.timezone)
    return policy.Rules(kind, verified, quiet=quiet, zone=zone, push_minute=settings.quiz_at.minute)


def create_app(settings: Settings | None = None, services: Services | None = None) -> Flask:
    """The web application: the channels that are configured, and the pages."""
    settings = settings or config.load()
    services = services or make_services(settings)
    app = Flask("zhibu", static_folder=None)
    services.database()
    services.current(services.clock())
    if settings.wechat_mp_token:
        pipeline = services.pipeline(services.clock, settings.rate_limit)
        app.register_blueprint(webhook.blueprint(_mp_account(settings), pipeline.reply_to, services.clock))
    if settings.wecom_token and settings.wecom_aes_key and settings.wecom_corp_id:
        pipeline = services.pipeline(services.clock, settings.rate_limit)
        keys = (settings.wecom_token.get_secret_value(), settings.wecom_aes_key.get_secret_value())
        door = work_webhook.blueprint(*keys, settings.wecom_corp_id, pipeline.reply_to, services.clock)
        app.register_blueprint(door)
    app.after_request(_tidy_up(services))
    app.register_blueprint(
        pages.blueprint(lambda: _ready_problem(services.database()), mp_enabled=bool(settings.wechat_mp_token))
    )
    return app


def _tidy_up(services: Services) -> Callable[[Response], Response]:
    """Deletes what is past its time, once an hour, after a response has been sent."""
    keeper = Housekeeper(services.database(), timedelta(days=services.settings.retention_days))

    def after(response: Response) -> Response:
        now = services.clock()
        if keeper.due(now):
            response.call_on_close(lambda: keeper.purge(now))
        return response

    return after


def _mp_account(settings: Settings) -> webhook.Account:
    assert settings.wechat_mp_token
    return webhook.Account(
        token=settings.wechat_mp_token.get_secret_value(),
        mode=settings.mp_mode,
        aes_key=settings.wechat_mp_aes_key.get_secret_value() if settings.wechat_mp_aes_key else "",
        app_id=settings.wechat_mp_app_id or "",
    )


def _ready_problem(engine: Engine) -> str | None:
    try:
        ping(engine)
    except SQLAlchemyError as error:
        return f"数据库连不上（{type(error).__name__}）"
    return None


def _log_reload(version: str, problems: tuple[str, ...]) -> None:
    if problems:
        log.error("content_refused", serving=version, problems=list(problems[:20]))
    else:
        log.info("content_reloaded", serving=version)


def main() -> None:
    """`./run …`."""
    cli.run(lambda: make_services(config.load()))


if __name__ == "__main__":
    main()
