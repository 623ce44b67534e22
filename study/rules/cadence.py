"""How often a member is written to, and what counts as a streak. Whoever does not answer is asked less often."""

from datetime import date, timedelta

from knowledge_base.workdays import Calendar

# (cards without an answer, days until the next one)
_GAPS = ((10, 7), (5, 3))


def next_card(unanswered: int, day: date) -> date:
    """The first day for the next card after the `unanswered`-th one in a row that brought no answer."""
    return day + timedelta(days=next((gap for least, gap in _GAPS if unanswered >= least), 1))


def streak(before: int, last: date | None, day: date, calendar: Calendar) -> int:
    """Days in a row with a finished paper, `day` included; days off neither count against nor break it."""
    if last == day:
        return before
    between = last and (last + timedelta(days=n) for n in range(1, (day - last).days))
    missed = last is None or any(calendar.is_workday(each) for each in between or ())
    return 1 if missed else before + 1
