"""Reads of the weekly counts: how runs ended, what was declined, and how much of it can be told apart."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext as _

from pipelines.models import Surface, Topic
from reviews.models import WeekDeclines, WeekRuns
from reviews.reports.rates import Endings, Share
from reviews.reports.scope import EVERYTHING, NO_TOPIC, Scope

WEEKS = 12
# More series than this cannot be told apart by colour; the rest is one series, and whole in the table.
MAX_SERIES = 8
# What declines and endings can be counted by, and the column that holds it.
DECLINES_BY = {
    "code": "code",
    "topic": "topic",
    "pipeline": "pipeline__slug",
    "surface": "surface",
    "model": "model",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a table: a code or topic, its count in each week, and what the address calls it."""

    name: str
    value: str
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


def endings(weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Endings]:
    """Return how the runs of each week ended."""
    found = {week: Endings() for week in weeks}
    rows = WeekRuns.objects.filter(scope.counts(), week__in=weeks).values("week", "outcome")
    for row in rows.annotate(n=Sum("runs")):
        setattr(found[row["week"]], row["outcome"], row["n"])
    return [found[week] for week in weeks]


def declines_by(name: str, weeks: list[date], *, scope: Scope = EVERYTHING) -> list[Series]:
    """Return the decline events of each week by one of `DECLINES_BY`, the most frequent first."""
    column = DECLINES_BY[name]
    rows = (
        WeekDeclines.objects.filter(scope.counts(), week__in=weeks)
        .values("week", column)
        .annotate(n=Sum("declines"))
        .filter(n__gt=0)
    )
    counts: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        counts[row[column]][row["week"]] = row["n"]
    names = _names(name)
    series = [
        Series(
            names.get(value, value) or _none(name),
            value or NO_TOPIC,
            [by_week.get(week, 0) for week in weeks],
        )
        for value, by_week in counts.items()
    ]
    return sorted(series, key=lambda one: (-one.total, one.name))


def _names(name: str) -> dict[str, str]:
    """Return what values are called where their name is another than the value."""
    if name == "topic":
        return dict(Topic.objects.values_list("slug", "name"))
    return {value: str(label) for value, label in Surface.choices} if name == "surface" else {}


def _none(name: str) -> str:
    """Say what stands where a decline has no such value."""
    return _("no topic") if name == "topic" else _("no model named")


def drawn(series: list[Series]) -> list[Series]:
    """Return at most `MAX_SERIES` series for a chart: the largest, and the rest as one."""
    if len(series) <= MAX_SERIES:
        return series
    shown, rest = series[: MAX_SERIES - 1], series[MAX_SERIES - 1 :]
    return [
        *shown,
        Series(_("other"), "", [sum(column) for column in zip(*(one.counts for one in rest), strict=True)]),
    ]


def coverage(weeks: list[date], *, scope: Scope = EVERYTHING) -> Share:
    """Return how many of the weeks' runs have a topic."""
    rows = WeekRuns.objects.filter(scope.counts(), week__in=weeks)
    n = rows.aggregate(n=Sum("runs"))["n"] or 0
    return Share(rows.exclude(topic="").aggregate(n=Sum("runs"))["n"] or 0, n)
