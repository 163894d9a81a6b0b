"""From when until when weeks are read, and which of them a moment is in: on the database's side, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Func, IntegerField, Q

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

    def week_number(self, field: str) -> "Reached":
        """Return the expression for which of the weeks a moment is in: 1 is the first, 0 is before it.

        The number of weeks and one is after the last, or no moment at all.
        """
        return Reached(field, edges=[*self.begins, self.end])


class Reached(Func):
    """How many of some moments in order a column has reached; all of them where it is empty.

    One expression, for a CASE of so many branches takes Django longer to write than a database to answer.
    """

    output_field = IntegerField()

    def __init__(self, expression: str, *, edges: list[datetime]) -> None:
        super().__init__(expression, edges=edges)

    def as_sql(  # type: ignore[override]  # moments are parameters too
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        """Write a CASE with a branch for each moment."""
        column, params = compiler.compile(self.source_expressions[0])
        edges = [connection.ops.adapt_datetimefield_value(edge) for edge in self.extra["edges"]]
        branches = " ".join(f"WHEN {column} < %s THEN {n}" for n in range(len(edges)))
        return f"CASE {branches} ELSE {len(edges)} END", [one for edge in edges for one in (*params, edge)]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        """Let PostgreSQL search the moments by halves."""
        column, params = compiler.compile(self.source_expressions[0])
        edges = self.extra["edges"]
        return f"COALESCE(width_bucket({column}, %s::timestamptz[]), {len(edges)})", [*params, edges]


def span(weeks: Sequence[date], *, now: datetime) -> Span:
    """Return the span of weeks in a row, oldest first, as far as they have passed."""
    starts = tuple(begins(week) for week in weeks)
    begin, end = starts[-1], ends(weeks[-1])
    return Span(starts, max(begin, min(end, now)), max(begin, min(end, now + MOMENT)))
