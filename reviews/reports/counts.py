"""Reads of the weekly counts: few grouped queries, from which every table and chart of a report is made."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from pipelines.models import Pipeline, Topic
from reviews.models import WeekDeclines, WeekRuns
from reviews.reports import kept
from reviews.reports.rates import Endings
from reviews.reports.scope import EVERYTHING, NONE_NAMED, Scope

WEEKS = 12
# More series than this cannot be told apart by colour; the rest is one series, and whole in the table.
MAX_SERIES = 8
_HIDDEN = Sum("declines", filter=Q(hidden=True), default=0)

Key = TypeVar("Key")


class Ended(NamedTuple):
    """How many final runs of a pipeline ended so in a week, judged by one version of the rules."""

    week: date
    pipeline: str
    outcome: str
    rules: str
    runs: int


class Asked(NamedTuple):
    """How many final runs of a week asked one model, were served by one, and ended so; how many have a topic."""

    requested: str
    served: str
    outcome: str
    runs: int
    with_topic: int


class Declined(NamedTuple):
    """How many declines a week has of a code and a topic; `hidden` of them by a fallback."""

    week: date
    code: str
    topic: str
    declines: int
    hidden: int


class Refused(NamedTuple):
    """How many declines a week has from a surface, a model and a code; `hidden` of them by a fallback."""

    surface: str
    model: str
    code: str
    declines: int
    hidden: int


class Reach(NamedTuple):
    """The first and the last week in which a pipeline reported anything; None where it never did."""

    pipeline: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a table: a code or topic, its count in each week, and what the address calls it.

    A hidden decline's run was answered, so no case stands behind it.
    """

    name: str
    value: str
    counts: list[int]
    hidden: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


def ended(weeks: list[date], *, scope: Scope = EVERYTHING, stamps: kept.Stamps | None = None) -> list[Ended]:
    """Return the final runs of the weeks by pipeline, outcome and rules version."""
    rows = runs_by(("week", "pipeline_id", "outcome", "rules_version"), weeks, scope=scope, stamps=stamps)
    slugs = dict(Pipeline.objects.values_list("pk", "slug"))  # after the rows: a pipeline may be new in them
    return [Ended(week, slugs[pipeline], outcome, rules, n) for week, pipeline, outcome, rules, n in rows]


def asked(week: date, *, scope: Scope = EVERYTHING, stamps: kept.Stamps | None = None) -> list[Asked]:
    """Return the final runs of a week by requested and serving model and outcome."""

    def read(weeks: list[date]) -> Iterable[kept.Row]:
        return (
            WeekRuns.objects.filter(scope.counts(), week__in=weeks)
            .values_list("week", "requested_model", "serving_model", "outcome")
            .annotate(n=Sum("runs"), with_topic=Sum("runs", filter=~Q(topic=""), default=0))
            .filter(n__gt=0)
        )

    return [
        Asked(*row) for _week, *row in kept.of_weeks("asked", [week], scope=scope, read=read, stamps=stamps)
    ]


def declined(
    weeks: list[date], *, scope: Scope = EVERYTHING, stamps: kept.Stamps | None = None
) -> list[Declined]:
    """Return the declines of the weeks by code and topic."""
    return [
        Declined(*row) for row in declines_by(("week", "code", "topic"), weeks, scope=scope, stamps=stamps)
    ]


def refused(week: date, *, scope: Scope = EVERYTHING, stamps: kept.Stamps | None = None) -> list[Refused]:
    """Return the declines of a week by surface, declining model and code."""
    rows = declines_by(("week", "surface", "model", "code"), [week], scope=scope, stamps=stamps)
    return [Refused(*row) for _week, *row in rows]


def reaches(*, scope: Scope = EVERYTHING) -> dict[int, Reach]:
    """Return since when and until when each pipeline reported, on whatever topic, by its key."""
    runs, declines = WeekRuns.objects.filter(runs__gt=0), WeekDeclines.objects.filter(declines__gt=0)
    ends = [_end(counts, order) for order in ("week", "-week") for counts in (runs, declines)]
    pipelines = Pipeline.objects.filter(slug=scope.pipeline) if scope.pipeline else Pipeline.objects.all()
    return {
        pk: Reach(
            slug,
            min((week for week in weeks[:2] if week), default=None),
            max((week for week in weeks[2:] if week), default=None),
        )
        for pk, slug, *weeks in pipelines.values_list("pk", "slug", *ends)
    }


def _end(counts: QuerySet[WeekRuns] | QuerySet[WeekDeclines], order: str) -> Subquery:
    """Return the week of a pipeline's counts that is first in this order."""
    # In order, and not with EXISTS, which is planned as a scan of all counts for a pipeline that has none.
    return Subquery(counts.filter(pipeline=OuterRef("pk")).order_by(order).values("week")[:1])


def runs_by(
    by: tuple[str, ...],
    weeks: list[date],
    *,
    scope: Scope = EVERYTHING,
    stamps: kept.Stamps | None = None,
) -> list[kept.Row]:
    """Return the final runs of the weeks by columns of `WeekRuns`, of which the week is the first: (*by, runs)."""

    def read(missing: list[date]) -> Iterable[kept.Row]:
        rows = WeekRuns.objects.filter(scope.counts(), week__in=missing).order_by().values_list(*by)
        return rows.annotate(n=Sum("runs")).filter(n__gt=0)

    return kept.of_weeks(f"runs {by}", weeks, scope=scope, read=read, stamps=stamps)


def declines_by(
    by: tuple[str, ...],
    weeks: list[date],
    *,
    scope: Scope = EVERYTHING,
    stamps: kept.Stamps | None = None,
) -> list[kept.Row]:
    """Return the declines of the weeks by columns of `WeekDeclines`, of which the week is the first.

    As (*by, declines, how many of them are hidden).
    """

    def read(missing: list[date]) -> Iterable[kept.Row]:
        rows = WeekDeclines.objects.filter(scope.counts(), week__in=missing).order_by().values_list(*by)
        return rows.annotate(n=Sum("declines"), of_these_hidden=_HIDDEN).filter(n__gt=0)

    return kept.of_weeks(f"declines {by}", weeks, scope=scope, read=read, stamps=stamps)


def endings_by(rows: Iterable[tuple[Key, str, int]]) -> dict[Key, Endings]:
    """Sum runs, given as (key, outcome, runs), to the endings of each key."""
    found: dict[Key, Endings] = defaultdict(Endings)
    for key, outcome, runs in rows:
        setattr(found[key], outcome, getattr(found[key], outcome) + runs)
    return found


def declines_series(by: str, weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Series]:
    """Return the decline events of each week by "code" or "topic", the most frequent first."""
    return series_of(declined(weeks, scope=scope), by, weeks, topic_names() if by == "topic" else {})


def series_of(rows: Iterable[Declined], by: str, weeks: list[date], names: dict[str, str]) -> list[Series]:
    """Return declines by "code" or "topic", a count a week, the most frequent first."""
    of_code: Callable[[Declined], str] = (lambda row: row.code) if by == "code" else (lambda row: row.topic)
    at = {week: place for place, week in enumerate(weeks)}
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(weeks))
    hidden: dict[str, list[int]] = defaultdict(lambda: [0] * len(weeks))
    for row in rows:
        value, place = of_code(row), at[row.week]
        counts[value][place] += row.declines
        hidden[value][place] += row.hidden
    series = [
        Series(names.get(value, value) or none_of(by), value or NONE_NAMED, by_week, hidden[value])
        for value, by_week in counts.items()
    ]
    return sorted(series, key=lambda one: (-one.total, one.name))


def topic_names() -> dict[str, str]:
    """Return what topics are called, by their slugs; where two have one name, with the slug behind it."""
    names = dict(Topic.objects.values_list("slug", "name"))
    twice = {name for name, n in Counter(names.values()).items() if n > 1}
    return {slug: f"{name} ({slug})" if name in twice else name for slug, name in names.items()}


def none_of(name: str) -> str:
    """Say what stands where a decline has no such value."""
    return _("no topic") if name == "topic" else _("no model named")


def drawn(series: list[Series]) -> list[Series]:
    """Return at most `MAX_SERIES` series for a chart: the largest, and the rest as one."""
    if len(series) <= MAX_SERIES:
        return series
    shown, rest = series[: MAX_SERIES - 1], series[MAX_SERIES - 1 :]
    counts = [sum(column) for column in zip(*(one.counts for one in rest), strict=True)]
    hidden = [sum(column) for column in zip(*(one.hidden for one in rest), strict=True)]
    return [*shown, Series(_("other"), "", counts, hidden)]
