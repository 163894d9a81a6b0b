"""Reads of the weekly counts: few grouped queries, from which every table and chart of a report is made."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from pipelines.models import Pipeline, Surface, Topic
from reviews.models import WeekDeclines, WeekRuns
from reviews.reports.rates import Endings
from reviews.reports.scope import EVERYTHING, NO_TOPIC, Scope

WEEKS = 12
# More series than this cannot be told apart by colour; the rest is one series, and whole in the table.
MAX_SERIES = 8
# What declines can be counted by, and the column that holds it.
DECLINES_BY = {
    "code": "code",
    "topic": "topic",
    "pipeline": "pipeline__slug",
    "surface": "surface",
    "model": "model",
}
_HIDDEN = Sum("declines", filter=Q(hidden=True), default=0)

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Ended:
    """How many final runs of a pipeline ended so in a week, judged by one version of the rules."""

    week: date
    pipeline: str
    outcome: str
    rules: str
    runs: int


@dataclass(frozen=True, slots=True)
class Asked:
    """How many final runs of a week asked one model, were served by one, and ended so; how many have a topic."""

    requested: str
    served: str
    outcome: str
    runs: int
    with_topic: int


@dataclass(frozen=True, slots=True)
class Declined:
    """How many declines a week has of a code and a topic; `hidden` of them by a fallback."""

    week: date
    code: str
    topic: str
    declines: int
    hidden: int


@dataclass(frozen=True, slots=True)
class Refused:
    """How many declines a week has from a surface, a model and a code; `hidden` of them by a fallback."""

    surface: str
    model: str
    code: str
    declines: int
    hidden: int


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


def ended(weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Ended]:
    """Return the final runs of the weeks by pipeline, outcome and rules version."""
    slugs = dict(Pipeline.objects.values_list("pk", "slug"))
    rows = (
        WeekRuns.objects.filter(scope.counts(), week__in=weeks)
        .values_list("week", "pipeline", "outcome", "rules_version")
        .annotate(n=Sum("runs"))
        .filter(n__gt=0)
    )
    return [Ended(week, slugs[pk], outcome, rules, n) for week, pk, outcome, rules, n in rows]


def rules(weeks: list[date], *, scope: Scope = EVERYTHING) -> list[tuple[date, str]]:
    """Return in which of the weeks runs were judged by which version of the rules."""
    rows = WeekRuns.objects.filter(scope.counts(), week__in=weeks, runs__gt=0)
    return list(rows.values_list("week", "rules_version").distinct())


def asked(week: date, *, scope: Scope = EVERYTHING) -> list[Asked]:
    """Return the final runs of a week by requested and serving model and outcome."""
    rows = (
        WeekRuns.objects.filter(scope.counts(), week=week)
        .values_list("requested_model", "serving_model", "outcome")
        .annotate(n=Sum("runs"), with_topic=Sum("runs", filter=~Q(topic=""), default=0))
        .filter(n__gt=0)
    )
    return [Asked(*row) for row in rows]


def declined(weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Declined]:
    """Return the declines of the weeks by code and topic."""
    rows = (
        WeekDeclines.objects.filter(scope.counts(), week__in=weeks)
        .values_list("week", "code", "topic")
        .annotate(n=Sum("declines"), of_these_hidden=_HIDDEN)
        .filter(n__gt=0)
    )
    return [Declined(*row) for row in rows]


def refused(week: date, *, scope: Scope = EVERYTHING) -> list[Refused]:
    """Return the declines of a week by surface, declining model and code."""
    rows = (
        WeekDeclines.objects.filter(scope.counts(), week=week)
        .values_list("surface", "model", "code")
        .annotate(n=Sum("declines"), of_these_hidden=_HIDDEN)
        .filter(n__gt=0)
    )
    return [Refused(*row) for row in rows]


def endings_by(rows: Iterable[tuple[Key, str, int]]) -> dict[Key, Endings]:
    """Sum runs, given as (key, outcome, runs), to the endings of each key."""
    found: dict[Key, Endings] = defaultdict(Endings)
    for key, outcome, runs in rows:
        setattr(found[key], outcome, getattr(found[key], outcome) + runs)
    return found


def endings(weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Endings]:
    """Return how the runs of each week ended."""
    rows = WeekRuns.objects.filter(scope.counts(), week__in=weeks).values_list("week", "outcome")
    found: dict[date, Endings] = endings_by(rows.annotate(n=Sum("runs")))
    return [found.get(week, Endings()) for week in weeks]


def series_of(rows: Iterable[Declined], by: str, weeks: list[date], names: dict[str, str]) -> list[Series]:
    """Return declines by "code" or "topic", a count a week, the most frequent first."""
    of_code: Callable[[Declined], str] = (lambda row: row.code) if by == "code" else (lambda row: row.topic)
    return _series(((of_code(row), row.week, row.declines, row.hidden) for row in rows), by, weeks, names)


def declines_by(name: str, weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Series]:
    """Return the decline events of each week by one of `DECLINES_BY`, the most frequent first."""
    rows = (
        WeekDeclines.objects.filter(scope.counts(), week__in=weeks)
        .values_list(DECLINES_BY[name], "week")
        .annotate(n=Sum("declines"), of_these_hidden=_HIDDEN)
        .filter(n__gt=0)
    )
    return _series(rows, name, weeks, names_of(name))


def _series(
    rows: Iterable[tuple[str, date, int, int]], by: str, weeks: list[date], names: dict[str, str]
) -> list[Series]:
    counts: dict[str, dict[date, int]] = defaultdict(lambda: dict.fromkeys(weeks, 0))
    hidden: dict[str, dict[date, int]] = defaultdict(lambda: dict.fromkeys(weeks, 0))
    for value, week, n, of_these_hidden in rows:
        counts[value][week] += n
        hidden[value][week] += of_these_hidden
    series = [
        Series(
            names.get(value, value) or none_of(by),
            value or NO_TOPIC,
            list(by_week.values()),
            list(hidden[value].values()),
        )
        for value, by_week in counts.items()
    ]
    return sorted(series, key=lambda one: (-one.total, one.name))


def names_of(name: str) -> dict[str, str]:
    """Return what values are called where their name is another than the value."""
    if name == "topic":
        return dict(Topic.objects.values_list("slug", "name"))
    return {value: str(label) for value, label in Surface.choices} if name == "surface" else {}


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
