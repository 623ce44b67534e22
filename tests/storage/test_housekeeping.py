"""What is past its time goes by itself, while the service runs."""

import os
from collections.abc import Callable

from sqlalchemy import func, select

from storage.database import connect
from storage.tables.chat import inbox
from tests.platform import Platform


def test_replies_go_after_a_day_without_anybody_asking(make_platform: Callable[..., Platform]) -> None:
    platform = make_platform("plain")
    platform.say("预备期多长", "1")
    platform.clock.travel(hours=25)
    platform.client.get("/healthz").close()
    with platform.services.database().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(inbox)) == 0


def test_a_connection_never_lives_on_in_a_child(tmp_path: object) -> None:
    engine = connect(f"sqlite:///{tmp_path}/x.sqlite3")
    with engine.connect():
        pass
    assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]  # QueuePool has it
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert engine.pool.checkedin() == 0  # type: ignore[attr-defined]  # QueuePool has it
