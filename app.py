"""The root: makes every part and hands each what it needs. The only place that wires."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import structlog
from flask import Flask, Response
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.pipeline import Pipeline
from channels.wechat_mp import webhook
from cli import main as cli
from cli.server import serve_forever
from cli.services import Services
from config import logs
from config import settings as config
from config.clock import Clock, clock_for
from config.settings import Settings, SettingsError
from handlers.routes import routes
from knowledge_base.engine import KnowledgeBase
from knowledge_base.library import Library
from knowledge_base.reranking import Reranker
from members import demo
from members.binding import Codes
from replies import talk
from storage.conversation import SqlTransactions
from storage.database import connect, ping, upgrade
from storage.retention import Housekeeper
from web import pages

log = structlog.get_logger("app")


def make_services(
    settings: Settings, clock: Clock | None = None, current: Callable[[datetime], KnowledgeBase] | None = None
) -> Services:
    """All parts; the expensive ones (database, content) come into being when first used.

    `clock` and `current` stand in for the settings' clock and the content folder, in tests.
    """
    logs.configure(settings.log_level)
    clock = clock or clock_for(settings.now)

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
        return Library(settings.content_dir, settings.instance_dir / "jieba", _log_reload, reranker())

    @cache
    def reranker() -> Reranker | None:
        return _dense(settings.dense_model) if settings.dense_model else None

    def from_folder(now: datetime) -> KnowledgeBase:
        return library().current(now)

    @cache
    def codes() -> Codes:
        return Codes(settings.resolved_secret_key(), secrets.choice)

    def pipeline(clock: Clock, rate_limit: int) -> Pipeline:
        table = routes(current or library().current, codes(), settings.contact, settings.office_hours)
        return Pipeline(table, SqlTransactions(database()), clock, talk.PIPELINE, rate_limit)

    def serve() -> None:
        serve_forever(create_app(settings, services), settings.host, settings.port, settings.workers)

    services = Services(settings, clock, database, current or from_folder, pipeline, codes, serve, reranker)
    return services


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
