"""The root: makes every part and hands each what it needs. The only place that wires."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from flask import Flask, Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.message import Address
from bot.pipeline import Pipeline
from bot.routing import Route
from bot.sending import Sender, TokenStore
from bot.turn import SHANGHAI
from channels import policy
from channels.local import LocalSender
from channels.wechat_mp import codec as official
from channels.wechat_mp import webhook
from channels.wechat_mp.demo_account import DemoAccount
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
from config.clock import Clock, TravellingClock, clock_for
from config.settings import Settings, SettingsError
from curation.desk import Desk
from curation.serving import Shelf
from curation.telling import Teller, Wording
from handlers.routes import House, routes
from knowledge_base.engine import KnowledgeBase
from knowledge_base.library import Library
from knowledge_base.loading import load_menu
from knowledge_base.menu import platform_form
from knowledge_base.reranking import Reranker
from knowledge_base.workdays import Calendar
from members import demo
from members.binding import Codes
from replies import notices, talk
from scheduler.clock import Clockwork, Ticker
from scheduler.delivery import Delivery
from scheduler.pushes import Push, Timetable, pushes
from storage import demo_inbox
from storage.conversation import SqlTransaction, SqlTransactions
from storage.database import connect, ping, upgrade
from storage.retention import Housekeeper
from storage.tokens import SqlTokens
from web import pages
from web.demo import pages as demo_pages
from web.demo.local import only_here
from web.demo.ports import Demo, Said

log = structlog.get_logger("app")


def make_services(
    settings: Settings, clock: Clock | None = None, current: Callable[[datetime], KnowledgeBase] | None = None
) -> Services:
    """All parts; the expensive ones (database, content) come into being when first used.

    `clock` and `current` stand in for the settings' clock and the content folder, in tests.
    """
    logs.configure(settings.log_level)
    clock = clock or clock_for(settings.now)
    if settings.is_demo:
        clock = TravellingClock(clock, settings.instance_dir / "demo_clock")
    return _Parts(settings, clock, current).services()


class _Parts:
    """The parts of one product, each made once, when it is first asked for."""

    def __init__(self, settings: Settings, clock: Clock, current: Callable[[datetime], KnowledgeBase] | None) -> None:
        self._settings, self._clock = settings, clock
        self._current = current or (lambda now: self._library.current(now))
        # What a message is answered from: looked for once, before its transaction opens.
        self._held = current or (lambda _now: self._library.held)

    def services(self) -> Services:
        """The doors to the parts."""
        return Services(
            settings=self._settings,
            clock=self._clock,
            database=lambda: self._database,
            current=self._current,
            codes=lambda: self._codes,
            desk=lambda: self._desk,
            routes=lambda: self._routes,
            pipeline=lambda clock, limit: Pipeline(self._routes, self._opened, clock, talk.PIPELINE, limit),
            platforms=lambda: self._platforms,
            pushes=lambda: self._pushes,
            quiet_until=_quiet_until(self._settings),
            clockwork=lambda: self._clockwork,
            delivery=lambda: self._delivery,
            serve=self._serve,
            reranker=lambda: self._reranker,
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
        shelf = Shelf(lambda: self._database, self._settings.content_dir, follows_files=self._settings.is_demo)
        return Library(shelf, self._jieba_dir, _log_reload, self._clock(), self._reranker)

    @cached_property
    def _reranker(self) -> Reranker | None:
        return _dense(self._settings.dense_model) if self._settings.dense_model else None

    @cached_property
    def _desk(self) -> Desk:
        folder = self._settings.content_dir
        return Desk(lambda: self._database, folder, self._jieba_dir, self._teller, self._clock, self._current)

    @cached_property
    def _teller(self) -> Teller:
        return Teller(lambda: self._database, Wording(notices.correction, notices.answered))

    @property
    def _jieba_dir(self) -> Path:
        return self._settings.instance_dir / "jieba"

    @cached_property
    def _transactions(self) -> SqlTransactions:
        return SqlTransactions(self._database)

    def _opened(self, address: Address, key: str, now: datetime) -> SqlTransaction:
        """A message's transaction. Before it opens, and while nothing is held, a look at what is published."""
        self._teller.tell(self._current(now), now)
        return self._transactions(address, key, now)

    @cached_property
    def _codes(self) -> Codes:
        return Codes(self._settings.resolved_secret_key(), secrets.choice)

    @cached_property
    def _routes(self) -> tuple[Route, ...]:
        settings = self._settings
        house = House(settings.contact, settings.office_hours, settings.quiz_count, _quiz_when(settings))
        return routes(self._held, self._codes, house)

    @cached_property
    def _platforms(self) -> Mapping[str, OfficialSender | WorkSender]:
        return _platforms(self._settings, SqlTokens(self._database), self._clock)

    @cached_property
    def _senders(self) -> Mapping[str, Sender]:
        return {**self._platforms, **({"/".join(demo.PAGE): self._local_sender()} if self._settings.is_demo else {})}

    def _local_sender(self) -> LocalSender:
        """Speaks to the demo page's accounts."""

        def keep(platform_id: str, client_id: str, text: str) -> None:
            with self._database.begin() as connection:
                demo_inbox.keep(connection, platform_id, client_id, self._clock(), text)

        return LocalSender(keep, lambda: not _cannot_push(self._settings).exists())

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
        demo = self._settings.is_demo
        serve_forever(app, host, port, workers, lambda: _start_ticking(services), demo=demo)


def _dense(folder: Path) -> Reranker:
    """The second opinion that the deployer asked for. Raises SettingsError where it cannot be had."""
    try:
        from knowledge_base.dense import DenseError, DenseReranker  # the extra `dense`, which few need
    except ModuleNotFoundError as error:
        remedy = "请安装附加包 dense：pip install onnxruntime tokenizers，或不填这一项。"
        raise SettingsError([f"ZHIBU_DENSE_MODEL 要用的 {error.name} 没有安装。{remedy}"]) from error
    try:
        return DenseReranker(folder)
    except DenseError as error:
        raise SettingsError([f"ZHIBU_DENSE_MODEL：{error}"]) from error


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


def _platforms(settings: Settings, store: TokenStore, clock: Clock) -> Mapping[str, OfficialSender | WorkSender]:
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
    demo_page = _add_demo(app, services) if settings.is_demo else None
    app.register_blueprint(
        pages.blueprint(
            lambda: _ready_problem(services.database()),
            mp_enabled=bool(settings.wechat_mp_token),
            demo_page=demo_page,
        )
    )
    return app


def _add_demo(app: Flask, services: Services) -> Callable[[], str]:
    """The demo's official account and page, for this machine only. Gives the page."""
    pipeline = services.pipeline(services.clock, services.settings.rate_limit)
    secret = services.settings.resolved_secret_key()
    account = DemoAccount(secret, pipeline.reply_to, services.clock, lambda: secrets.randbits(62))
    for door in account.blueprints():
        door.before_request(only_here)
        app.register_blueprint(door)

    def say(said: Said) -> dict[str, Any]:
        exchange = asdict(account.say(app, said.mode, said.kind, said.person, said.text, said.menu_id))
        replied = exchange.pop("replied") or {}
        return exchange | {name: replied.get(name) for name in ("decision", "entry", "version")}

    the_demo = _demo(services, say)
    app.register_blueprint(demo_pages.blueprint(the_demo))
    return lambda: demo_pages.page(the_demo)


def _cannot_push(settings: Settings) -> Path:
    """Where the demo keeps that its account may not speak first: a file, so that all worker processes see the same."""
    return settings.instance_dir / "demo_cannot_push"


def _demo(services: Services, say: Callable[[Said], dict[str, Any]]) -> Demo:
    """What the demo page can do."""
    settings, clock, engine = services.settings, cast(TravellingClock, services.clock), services.database()
    cannot_push = _cannot_push(settings)

    def people() -> list[demo.PageAccount]:
        with engine.connect() as connection:
            return demo.page_accounts(connection)

    def received(after: int) -> list[demo_inbox.Pushed]:
        with engine.connect() as connection:
            return demo_inbox.received(connection, after)

    def explain(text: str, person: str) -> dict[str, Any]:
        now = clock()
        bound = any(each.name for each in people() if each.platform_id == person)
        day = now.astimezone(SHANGHAI).date()
        return services.current(now).explain(text, day, "member" if bound else "all")

    def code(person: str) -> str:
        with engine.begin() as connection:
            return demo.code_for(connection, services.codes(), person, clock())

    def travel(moment: datetime) -> None:
        clock.travel(moment)
        services.clockwork().try_to_tick(clock)

    def next_card() -> datetime:
        quiz = next(push for push in services.pushes() if push.schedule.name == "quiz")
        return services.clockwork().following(quiz, clock())[1]

    def restart() -> None:
        clock.restart()
        cannot_push.unlink(missing_ok=True)
        with engine.begin() as connection:
            demo.restart(connection, clock())

    return Demo(
        people=people,
        say=say,
        explain=explain,
        received=received,
        code=code,
        now=clock,
        real_now=clock.base,
        travel=travel,
        restart=restart,
        next_card=next_card,
        may_push=lambda: not cannot_push.exists(),
        allow_push=lambda allowed: cannot_push.unlink(missing_ok=True) if allowed else cannot_push.touch(),
        menu=platform_form(load_menu(services.settings.content_dir)),
        quiz_at=settings.quiz_at,
        zone=ZoneInfo(settings.timezone),
    )


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
