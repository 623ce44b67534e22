"""Deleting what is past its time, in short transactions so that the webhook never waits long."""

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, delete

from storage.tables.chat import inbox
from storage.tables.curation import handover, receipt
from storage.tables.members import binding_code
from storage.tables.push import outbox
from storage.tables.study import attempt, paper

# Longer than any retry of a platform; the stored reply is personal, so it goes soon.
REPLIES_LAST = timedelta(hours=24)
# Notes of these kinds are told with the next reply or not at all.
_RIDING = ("late", "correction", "answer")


def purge(engine: Engine, now: datetime, keep: timedelta) -> dict[str, int]:
    """Deletes replies after 24 h; receipts, notes, answers and pushes after `keep`; dead codes, late answers.

    Returns how many rows went, by a Chinese name.
    """
    statements = {
        "消息回复": delete(inbox).where(inbox.c.received_at < now - REPLIES_LAST),
        "未送达的迟到答复": delete(outbox).where(outbox.c.kind.in_(_RIDING), outbox.c.expires_at < now),
        "推送记录": delete(outbox).where(outbox.c.done_at < now - keep),
        "作答记录": delete(attempt).where(attempt.c.at < now - keep),
        "答卷": delete(paper).where(paper.c.started_at < now - keep),
        "答案回执": delete(receipt).where(receipt.c.day < (now - keep).date().isoformat()),
        "留言": delete(handover).where(handover.c.created_at < now - keep),
        "过期的绑定码": delete(binding_code).where(binding_code.c.expires_at < now),
    }
    deleted = {}
    for name, statement in statements.items():
        with engine.begin() as connection:
            deleted[name] = connection.execute(statement).rowcount
    return deleted


class Housekeeper:
    """Purges once an hour, when somebody asks it to look."""

    EVERY = timedelta(hours=1)

    def __init__(self, engine: Engine, keep: timedelta) -> None:
        self._engine, self._keep = engine, keep
        self._last: datetime | None = None
        self._lock = Lock()

    def due(self, now: datetime) -> bool:
        """True once an hour and process, for one caller, who is then to `purge`."""
        if self._last is not None and now - self._last < self.EVERY:
            return False
        with self._lock:
            due = self._last is None or now - self._last >= self.EVERY
            self._last = now
            return due

    def purge(self, now: datetime) -> None:
        """Deletes what is past its time."""
        purge(self._engine, now, self._keep)
