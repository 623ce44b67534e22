"""Questions we could not answer. Kept without a person: nobody can see who asked."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, insert, select, update

from storage.tables.curation import missed_question

# A question longer than this is no question; the rest is not kept.
MAX_LENGTH = 200


def record_miss(connection: Connection, text: str, compared: str, nearest: Sequence[str], day: date) -> None:
    """Puts a missed question into the queue, or counts it where it already waits."""
    again = (
        update(missed_question)
        .where(missed_question.c.compared == compared[:MAX_LENGTH])
        .values(asked=missed_question.c.asked + 1, last_day=day.isoformat(), state="open")
        .returning(missed_question.c.id)
    )
    if connection.execute(again).one_or_none() is None:
        values = {
            "text": text[:MAX_LENGTH],
            "compared": compared[:MAX_LENGTH],
            "nearest": " ".join(nearest),
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
        }
        connection.execute(insert(missed_question).values(**values))


def open_misses(connection: Connection) -> list[tuple[str, int]]:
    """(question, how often asked), most asked first."""
    query = (
        select(missed_question.c.text, missed_question.c.asked)
        .where(missed_question.c.state == "open")
        .order_by(missed_question.c.asked.desc(), missed_question.c.id)
    )
    return [(row.text, row.asked) for row in connection.execute(query)]
