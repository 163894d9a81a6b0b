"""How many hours of a pipeline's work were blocked in a week: the time that its runs waited for people.

A run waits from its own ending for as long as its case is open, and not before the case was opened. The
runs of a merged case wait with the other one for as long as it is merged. The runs of a case that came
back wait from when they brought it back; those before them had their ending when it was closed.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    DateTimeField,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Least

from reviews.models import CaseRun, Folded, Opening
from reviews.reports.scope import EVERYTHING, NONE_NAMED, Scope
from reviews.reports.span import span

# What a run's link is compared with where a case never came back: every one is after it.
NO_RUN = 0
# What the time is told apart by, and where an opening has it.
PARTS = {"code": "code", "topic": "topic__slug", "pipeline": "pipeline__slug"}


@dataclass(slots=True)
class Blocked:
    """The time that runs waited, added up: all of it, and by each of `PARTS`, where a topic is its slug."""

    time: timedelta = timedelta()
    by: dict[str, dict[str, timedelta]] = field(default_factory=lambda: {name: {} for name in PARTS})

    def add(self, time: timedelta, *, code: str, topic: str | None, pipeline: str) -> None:
        """Add what waited for cases of one code, topic and pipeline."""
        self.time += time
        for name, part in (("code", code), ("topic", topic or NONE_NAMED), ("pipeline", pipeline)):
            self.by[name][part] = self.by[name].get(part, timedelta()) + time


def blocked(week: date, *, now: datetime, scope: Scope = EVERYTHING) -> Blocked:
    """Return what was blocked in a week, or until now where it still runs."""
    read = span([week], now=now)
    begin, end = (Value(moment, output_field=DateTimeField()) for moment in (read.begin, read.until))
    openings = Opening.objects.filter(read.open(), scope.cases()).annotate(
        starts=Greatest("since", begin), stops=Least(Coalesce("until", end), end)
    )
    # Opening by opening, so that the database looks the runs of these cases up, and reads no others.
    waited = openings.annotate(own=Subquery(_own()), merged=Subquery(_merged()))
    sums = waited.order_by().values(*PARTS.values()).annotate(of_own=Sum("own"), of_merged=Sum("merged"))
    found = Blocked()
    for code, topic, pipeline, own, merged in sums.values_list(*PARTS.values(), "of_own", "of_merged"):
        time = (own or timedelta()) + (merged or timedelta())
        if time:
            found.add(time, code=code, topic=topic, pipeline=pipeline)
    return found


def _own() -> QuerySet[CaseRun, Any]:
    """Return how long the runs of an opening's case waited."""
    runs = _declined().filter(case=OuterRef("case"), pk__gte=_brought(OuterRef("returned_with")))
    return _added(runs, by="case", starts=Greatest(_moment("starts"), "ended_at"), stops=_moment("stops"))


def _merged() -> QuerySet[CaseRun, Any]:
    """Return how long the runs of the cases waited that were merged into an opening's case."""
    # Those before a case's coming back had their ending: its own, or the other's since it was merged.
    own = Q(pk__gte=_brought(F("case__openings__returned_with")))
    others = Q(pk__gte=_brought(OuterRef("returned_with"))) | Q(
        case__openings__until__gt=OuterRef("returned_at")
    )
    runs = _declined().filter(own, others, case__openings__merged_into=OuterRef("case"))
    return _added(
        runs,
        by="case__openings__merged_into",
        starts=Greatest(_moment("starts"), "case__openings__until", "ended_at"),
        stops=Least(_moment("stops"), Coalesce("case__openings__split_at", _moment("stops"))),
    )


def _declined() -> QuerySet[CaseRun]:
    return CaseRun.objects.filter(kind__in=[Folded.FIRST, Folded.REPEAT]).order_by()


def _brought(link: F) -> Coalesce:
    return Coalesce(link, NO_RUN)


def _moment(name: str) -> Expression:
    """Return a moment of the opening that the runs are looked up for."""
    return ExpressionWrapper(OuterRef(name), output_field=DateTimeField())


def _added(
    runs: QuerySet[CaseRun], *, by: str, starts: Expression, stops: Expression
) -> QuerySet[CaseRun, Any]:
    time = ExpressionWrapper(F("run_stops") - F("run_starts"), output_field=DurationField())
    waiting = runs.annotate(run_starts=starts, run_stops=stops).filter(run_starts__lt=F("run_stops"))
    added: QuerySet[CaseRun, Any] = waiting.values(by).annotate(time=Sum(time)).values("time")
    return added
