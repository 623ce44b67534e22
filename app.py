"""The root: makes every part and hands each what it needs. The only place that wires."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import structlog
from flask import Flask, Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.message import Address
from bot.pipeline import Pipeline
from channels.wechat_mp import webhook
from cli import main as cli
from cli.server import serve_forever
from cli.services import Services
from config import logs
from config import settings as config
from config.clock import Clock, clock_for
from config.settings import Settings
from curation.desk import Desk
from curation.serving import Shelf
from curation.telling import Teller, Wording
from handlers.routes import routes
from knowledge_base.engine import KnowledgeBase
from knowledge_base.library import Library
from members import demo
from members.binding import Codes
from replies import notices, talk
from storage.conversation import SqlTransaction, SqlTransactions
from storage.database import connect, ping, upgrade
from storage.retention import Housekeeper
from web import pages

log = structlog.get_logger("app")


def make_services(
    settings: Settings, clock: Clock | None = None, current: Callable[[datetime], KnowledgeBase] | None = None
) -> Services:
    """All parts; the expensive ones (database, content) come into being when first used.

    `clock` and `current` stand in for the settings' clock and the published content, in tests.
    """
    logs.configure(settings.log_level)
    clock = clock or clock_for(settings.now)
    jieba_dir = settings.instance_dir / "jieba"

    @cache
    def database() -> Engine:
        engine = connect(settings.database, settings.sqlite_synchronous)
        upgrade(engine)
        if settings.is_demo:
            with engine.begin() as connection:
                demo.seed(connection, clock())
        return engine

    @cache
    def library() -> Library:
        shelf = Shelf(database, settings.content_dir, follows_files=settings.is_demo)
        return Library(shelf, jieba_dir, _log_reload, clock())

    def published(now: datetime) -> KnowledgeBase:
        return library().current(now)

    def opened(address: Address, key: str, now: datetime) -> SqlTransaction:
        """A message's transaction. Before it opens, and while nothing is held, a look at what is published."""
        teller.tell(look(now), now)
        return transactions()(address, key, now)

    @cache
    def transactions() -> SqlTransactions:
        return SqlTransactions(database())

    @cache
    def codes() -> Codes:
        return Codes(settings.resolved_secret_key(), secrets.choice)

    def pipeline(clock: Clock, rate_limit: int) -> Pipeline:
        table = routes(current or held, codes(), settings.contact, settings.office_hours)
        return Pipeline(table, opened, clock, talk.PIPELINE, rate_limit)

    def held(_now: datetime) -> KnowledgeBase:
        return library().held

    def serve() -> None:
        serve_forever(create_app(settings, services), settings.host, settings.port, settings.workers)

    look = current or published
    teller = Teller(database, Wording(notices.correction, notices.answered))
    desk = Desk(database, settings.content_dir, jieba_dir, teller, clock, look)
    services = Services(settings, clock, database, look, desk, pipeline, codes, serve)
    return services


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
