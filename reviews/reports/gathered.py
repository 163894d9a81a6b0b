"""What the report of a week is made from: read once, in a handful of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from reviews.reports import counts
from reviews.reports.rates import Endings
from reviews.reports.scope import Scope
from reviews.reports.table import Cell
from reviews.reports.weeks import weeks_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The counts of a week, and of the weeks before it; `weeks` ends with it. `narrowed` is the scope as the
    queue's filter has it."""

    week: date
    weeks: list[date]
    scope: Scope
    narrowed: dict[str, str]
    ended: list[counts.Ended]
    asked: list[counts.Asked]
    declined: list[counts.Declined]
    refused: list[counts.Refused]
    topics: dict[str, str]
    endings: dict[date, Endings]
    by_code: list[counts.Series]
    by_topic: list[counts.Series]

    def series(self, by: str) -> list[counts.Series]:
        """Return the declines by "code" or "topic" over the weeks."""
        return self.by_code if by == "code" else self.by_topic

    def cell(
        self,
        value: int,
        behind: Mapping[str, str],
        *,
        week: date | None = None,
        cases: int | None = None,
    ) -> Cell:
        """Return the cell of a count in a week, this one unless said, with the queue's filter behind it.

        `behind` narrows the filter down to what was counted; see `reviews.queue.Filter`. `cases` is how
        many of the counted have a case, all of them unless said: hidden declines have none.
        """
        if not (value if cases is None else cases):
            return Cell(value)
        of_week = (week or self.week).isoformat()
        return Cell(value, {"state": "all", "week": of_week, **self.narrowed, **behind})


def gather(week: date, *, scope: Scope) -> Gathered:
    """Read what the report of a week is made from. `endings` has those weeks that have runs."""
    weeks = weeks_until(week, count=counts.WEEKS)
    ended, declined = counts.ended(weeks, scope=scope), counts.declined(weeks, scope=scope)
    topics = counts.topic_names()
    return Gathered(
        week=week,
        weeks=weeks,
        scope=scope,
        narrowed=scope.query(),
        ended=ended,
        asked=counts.asked(week, scope=scope),
        declined=declined,
        refused=counts.refused(week, scope=scope),
        topics=topics,
        endings=counts.endings_by((row.week, row.outcome, row.runs) for row in ended),
        by_code=counts.series_of(declined, "code", weeks, {}),
        by_topic=counts.series_of(declined, "topic", weeks, topics),
    )


def summed(rows: Iterable[Endings]) -> Endings:
    """Return the endings of all the rows together."""
    total = Endings()
    for row in rows:
        for outcome in ("ok", "infra_error", "declined", "degraded"):
            setattr(total, outcome, getattr(total, outcome) + getattr(row, outcome))
    return total
