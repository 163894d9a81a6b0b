"""From when until when weeks are read, and which of them a moment is in: on the database's side, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, IntegerField, Q, Value, When

from reviews.reports.weeks import begins, ends

# What happens in the moment `now` has happened: a week that still runs is read to just after it.
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Some weeks in a row: when each begins, and when the last one is over, or now where it still runs.

    What happened before `end` has happened; lengths of time are reckoned until `until`. Of a week that is
    yet to come, nothing has happened.
    """

    begins: tuple[datetime, ...]
    until: datetime
    end: datetime

    @property
    def begin(self) -> datetime:
        return self.begins[0]

    def ends(self) -> list[datetime]:
        """Return until when each week is reckoned."""
        return [*self.begins[1:], self.until]

    def holds(self, field: str) -> Q:
        """Return the condition that a moment is in one of the weeks."""
        return Q(**{f"{field}__gte": self.begin, f"{field}__lt": self.end})

    def open(self) -> Q:
        """Return the condition that a case was open at some time in the weeks, over openings."""
        return Q(since__lt=self.end) & (Q(until=None) | Q(until__gte=self.begin))

    def week_number(self, field: str) -> Case:
        """Return the expression for which of the weeks a moment is in: 1 is the first, 0 is before it.

        The number of weeks and one is after the last, or no moment at all.
        """
        edges = [*self.begins, self.end]
        whens = [When(**{f"{field}__lt": edge}, then=Value(n)) for n, edge in enumerate(edges)]
        return Case(*whens, default=Value(len(edges)), output_field=IntegerField())


def span(weeks: Sequence[date], *, now: datetime) -> Span:
    """Return the span of weeks in a row, oldest first, as far as they have passed."""
    starts = tuple(begins(week) for week in weeks)
    begin, end = starts[-1], ends(weeks[-1])
    return Span(starts, max(begin, min(end, now)), max(begin, min(end, now + MOMENT)))
