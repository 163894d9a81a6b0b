"""What people settled, and how long it took them. What was undone was not settled."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, DurationField, ExpressionWrapper, F, QuerySet

from reviews.models import CaseEvent, Decision, Delivery, Kind, Reissue, Sending
from reviews.reports.percentiles import Percentile, percentile
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.span import Span, span
from reviews.reports.weeks import ends

# How a re-issue can end. One that its person took back did not happen.
ENDINGS = (Sending.ANSWERED, Sending.DECLINED, Sending.FAILED, Sending.UNKNOWN, Sending.TURNED_DOWN)

# Longer than an act can be undone for: the setting `UNDO_SECONDS`, or ten minutes.
UNDONE_WITHIN = timedelta(weeks=1)


@dataclass(slots=True)
class Reviewed:
    """What people settled in a week."""

    decisions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Kind.values, 0))
    reissues: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ENDINGS, 0))
    delivered: int = 0


def reviewed(weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Reviewed]:
    """Return what people settled in each of some weeks in a row, of the site's time zone, oldest first."""
    read = span(weeks, now=ends(weeks[-1]))
    found = [Reviewed() for _ in weeks]
    for week, kind, n in _counted(decided(read, scope=scope), read, "at", "kind"):
        found[week - 1].decisions[kind] = n
    ended = Reissue.objects.filter(read.holds("finished_at"), scope.cases("case__"), state__in=ENDINGS)
    for week, state, n in _counted(ended, read, "finished_at", "state"):
        found[week - 1].reissues[state] = n
    given = Delivery.objects.filter(read.holds("at"), scope.cases("case__"), taken_back_at=None)
    for week, n in _counted(given, read, "at"):
        found[week - 1].delivered = n
    return found


def decided(read: Span, *, scope: Scope) -> QuerySet[Decision]:
    """Return the decisions of some weeks that nobody undid."""
    # The bounds are there for the index: an act can be undone for minutes.
    undone = CaseEvent.objects.filter(
        undoes__isnull=False,
        undoes__decision__isnull=False,
        at__gte=read.begin,
        at__lt=read.end + UNDONE_WITHIN,
    )
    standing = Decision.objects.exclude(pk__in=undone.values("undoes__decision"))
    return standing.filter(read.holds("at"), scope.cases("case__"))


def _counted(
    rows: QuerySet[Decision] | QuerySet[Reissue] | QuerySet[Delivery], read: Span, at: str, *names: str
) -> list[tuple[Any, ...]]:
    """Count rows by the number of their week, and by columns. Of no column more than an index has."""
    weekly = rows.order_by().values(*names, week=read.week_number(at))
    return list(weekly.annotate(n=Count("*")).values_list("week", *names, "n"))


@dataclass(frozen=True, slots=True)
class Took:
    """How long decisions took, of those of which it is known: median, and what nine of ten stayed within."""

    n: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None


def time_to_decision(week: date, *, now: datetime, scope: Scope = EVERYTHING) -> dict[str, Took]:
    """Return how long the decisions of a week took by kind, and of all kinds under an empty name.

    From when the case began to wait, this time, until it was decided.
    """
    timed = decided(span([week], now=now), scope=scope).filter(held_since__isnull=False).order_by()
    by_kind = _by_database(timed) if connection.vendor == "postgresql" else _by_values(timed)
    return {kind: by_kind.get(kind, Took()) for kind in ["", *Kind.values]}


def _by_database(timed: QuerySet[Decision]) -> dict[str, Took]:
    took = ExpressionWrapper(F("at") - F("held_since"), output_field=DurationField())
    figures = {"n": Count("*"), "median": Percentile(took, at=0.5), "p90": Percentile(took, at=0.9)}
    by_kind = timed.values("kind").annotate(**figures).values_list("kind", *figures)
    return {kind: Took(*found) for kind, *found in by_kind} | {"": Took(**timed.aggregate(**figures))}


def _by_values(timed: QuerySet[Decision]) -> dict[str, Took]:
    values: dict[str, list[timedelta]] = defaultdict(list)
    for kind, at, held_since in timed.values_list("kind", "at", "held_since"):
        if held_since:
            values[kind].append(at - held_since)
            values[""].append(at - held_since)
    return {kind: _took(sorted(some)) for kind, some in values.items()}


def _took(some: list[timedelta]) -> Took:
    return Took(len(some), percentile(some, at=0.5), percentile(some, at=0.9))
