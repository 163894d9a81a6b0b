"""How many hours of a pipeline's work were blocked in a week: the time that its runs waited for people.

A run waits from its own ending for as long as its case is open, and not before the case was opened. The
runs of a merged case wait with the other one for as long as it is merged. The runs of a case that came
back wait from when they brought it back; those before them had their ending when it was closed.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from reviews.models import Folded, Opening
from reviews.reports.scope import EVERYTHING, NO_TOPIC, Scope
from reviews.reports.span import Span, span

OWN = Q(case__folded__kind__in=[Folded.FIRST, Folded.REPEAT])
MERGED = "case__followed_by__"
THEIR = Q(**{f"{MERGED}case__folded__kind__in": [Folded.FIRST, Folded.REPEAT]})


@dataclass(slots=True)
class Blocked:
    """The time that runs waited, added up: all of it, and by code, topic (its slug) and pipeline of their cases."""

    time: timedelta
    by_code: Counter[str]
    by_topic: Counter[str]
    by_pipeline: Counter[str]


def blocked(week: date, *, now: datetime, scope: Scope = EVERYTHING) -> Blocked:
    """Return what was blocked in a week, or until now where it still runs. The parts are in microseconds."""
    read = span([week], now=now)
    parts: list[Counter[str]] = [Counter(), Counter(), Counter()]
    whole = timedelta()
    for waited in (_own(read, scope=scope), _merged(read, scope=scope)):
        for *names, time in waited:
            whole += time
            for part, name in zip(parts, names, strict=True):
                part[name or NO_TOPIC] += time // timedelta(microseconds=1)
    return Blocked(whole, *parts)


def _own(read: Span, *, scope: Scope) -> "Rows":
    """Return what waited for its own case."""
    ended = "case__folded__run__happened_at"
    back = Q(returned_with=None) | Q(case__folded__gte=F("returned_with"))
    openings = Opening.objects.filter(
        read.open(), scope.cases("case__"), OWN, back, **{f"{ended}__lt": read.end}
    )
    return _waited(openings, read, since=["since", ended], until=["until"])


def _merged(read: Span, *, scope: Scope) -> "Rows":
    """Return what waited for the case that its own was merged into."""
    ended = f"{MERGED}case__folded__run__happened_at"
    folded = f"{MERGED}case__folded__gte"
    # What came back before the merging had an ending of its own; what came back after it, with the others.
    own_back = Q(**{f"{MERGED}returned_with": None}) | Q(**{folded: F(f"{MERGED}returned_with")})
    back = Q(returned_with=None) | Q(**{f"{MERGED}until__gt": F("returned_at")})
    back |= Q(**{folded: F("returned_with")})
    openings = Opening.objects.filter(
        read.open(), scope.cases("case__"), THEIR, own_back, back, **{f"{ended}__lt": read.end}
    )
    return _waited(
        openings, read, since=["since", f"{MERGED}until", ended], until=["until", f"{MERGED}split_at"]
    )


Rows = QuerySet[Opening, tuple[Any, ...]]


def _waited(openings: QuerySet[Opening], read: Span, *, since: list[str], until: list[str]) -> Rows:
    """Add up, by code, topic and pipeline, the time from the last of some moments to the first of others."""
    begin, end = (Value(moment, output_field=DateTimeField()) for moment in (read.begin, read.end))
    # A moment that is empty is yet to come.
    stops = [Coalesce(name, end) for name in until]
    waiting = openings.annotate(starts=Greatest(begin, *since), stops=Least(end, *stops))
    time = Sum(ExpressionWrapper(F("stops") - F("starts"), output_field=DurationField()))
    rows = waiting.filter(starts__lt=F("stops")).order_by().values("case__code").annotate(time=time)
    return cast(Rows, rows.values_list("case__code", "case__topic__slug", "case__pipeline__slug", "time"))
