"""What the report of a week is made from: each read once, and not before it is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from reviews.reports import backlog, counts, kept, settled
from reviews.reports.blocked import Blocked, blocked
from reviews.reports.rates import Endings
from reviews.reports.scope import Scope
from reviews.reports.table import Cell, Value
from reviews.reports.weeks import DAY, WEEK, ends, weeks_until


@dataclass
class Gathered:
    """A week and those before it as they are `now`, each read when it is first asked for; `weeks` ends with it.

    First the counts, then what people did, from their cases.
    """

    week: date
    scope: Scope
    now: datetime

    @property
    def unfinished(self) -> bool:
        """Whether the week still runs: its counts will grow."""
        return ends(self.week) > self.now

    @cached_property
    def weeks(self) -> list[date]:
        return weeks_until(self.week, count=counts.WEEKS)

    @cached_property
    def stamps(self) -> dict[date, str]:
        """The stamps of the weeks' counts, looked up before any of these is read."""
        return kept.week_stamps(self.weeks, scope=self.scope)

    @cached_property
    def narrowed(self) -> dict[str, str]:
        """The scope as the queue's filter has it."""
        return self.scope.query()

    @cached_property
    def ended(self) -> list[counts.Ended]:
        return counts.ended(self.weeks, scope=self.scope, stamps=self.stamps)

    @cached_property
    def asked(self) -> list[counts.Asked]:
        return counts.asked(self.week, scope=self.scope, stamps=self.stamps)

    @cached_property
    def declined(self) -> list[counts.Declined]:
        return counts.declined(self.weeks, scope=self.scope, stamps=self.stamps)

    @cached_property
    def refused(self) -> list[counts.Refused]:
        return counts.refused(self.week, scope=self.scope, stamps=self.stamps)

    @cached_property
    def topics(self) -> dict[str, str]:
        return counts.topic_names()

    @cached_property
    def endings(self) -> dict[date, Endings]:
        """How runs ended, in those weeks that have runs."""
        return counts.endings_by((row.week, row.outcome, row.runs) for row in self.ended)

    @cached_property
    def by_code(self) -> list[counts.Series]:
        return counts.series_of(self.declined, "code", self.weeks, {})

    @cached_property
    def by_topic(self) -> list[counts.Series]:
        return counts.series_of(self.declined, "topic", self.weeks, self.topics)

    @cached_property
    def standings(self) -> list[backlog.Standing]:
        """How much waited at the end of each of the weeks."""
        return backlog.by_week(self.weeks, now=self.now, scope=self.scope)

    @cached_property
    def parts(self) -> dict[str, dict[str, backlog.Standing]]:
        """How much waited at the end of the week, by "code" and by "pipeline"."""
        return backlog.by_part(self.week, now=self.now, scope=self.scope)

    @cached_property
    def reviewed(self) -> list[settled.Reviewed]:
        """What people settled in each of the weeks."""
        return settled.reviewed(self.weeks, scope=self.scope)

    @cached_property
    def blocked(self) -> Blocked:
        return blocked(self.week, now=self.now, scope=self.scope)

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

    def worked(
        self, value: Value, happened: str, *, week: date | None = None, part: Mapping[str, str] | None = None
    ) -> Cell:
        """Return the cell of what happened to cases in a week, this one unless said: see `reviews.happened`.

        `part` narrows the queue's filter down to what was counted.
        """
        if not value:
            return Cell(value)
        monday = week or self.week
        days = {"happened_from": monday.isoformat(), "happened_until": (monday + WEEK - DAY).isoformat()}
        return Cell(value, {"state": "all", "happened": happened, **days, **self.narrowed, **(part or {})})


def summed(rows: Iterable[Endings]) -> Endings:
    """Return the endings of all the rows together."""
    total = Endings()
    for row in rows:
        for outcome in ("ok", "infra_error", "declined", "degraded"):
            setattr(total, outcome, getattr(total, outcome) + getattr(row, outcome))
    return total
