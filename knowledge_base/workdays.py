"""Which days are worked: the State Council's calendar with 调休, and the curators' own corrections to it.

The `holidays` library carries what has been announced; calendar.yaml of the content adds what it does not know yet,
or what a place orders on its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from holidays import HolidayBase


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off by themselves, and days worked by themselves: they win over the library."""

    workdays: frozenset[date] = frozenset()
    rest_days: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """True for a day on which offices work."""
        if day in self.workdays:
            return True
        return day not in self.rest_days and _known(day.year).is_working_day(day)

    def is_announced(self, year: int) -> bool:
        """False for a year whose 调休 is not known yet: what is computed for it is provisional (暂算)."""
        own = any(day.year == year for day in self.workdays | self.rest_days)
        return own or any(day.year == year for day in _known(year).weekend_workdays)

    def next_workday(self, day: date) -> date:
        """The first workday after a day."""
        following = day + timedelta(days=1)
        return following if self.is_workday(following) else self.next_workday(following)


@cache
def _known(year: int) -> HolidayBase:
    # The year before: New Year's 调休 may be worked in December.
    return holidays.country_holidays("CN", years=[year, year + 1], expand=False)
