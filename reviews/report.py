"""The numbers of the reports, read from the weekly counts. Every rate comes with what it is a share of."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from pipelines.models import Topic
from pipelines.models.run import week_of
from reviews.models import Case, Decision, Delivery, Kind, Reissue, State, WeekDeclines, WeekRuns

WEEKS = 12
# More series than this cannot be told apart by colour; the rest is one series, and whole in the table.
MAX_SERIES = 8


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with its numerator and its denominator."""

    part: int
    n: int

    @property
    def percent(self) -> float | None:
        """The rate in per cent; None where nothing was counted."""
        return 100 * self.part / self.n if self.n else None


@dataclass(slots=True)
class Endings:
    """How a week's final runs ended. Held runs are neither success nor failure."""

    ok: int = 0
    infra_error: int = 0
    declined: int = 0
    degraded: int = 0

    @property
    def runs(self) -> int:
        return self.ok + self.infra_error + self.declined + self.degraded

    @property
    def success(self) -> Share:
        """ok of ok, degraded and infrastructure errors."""
        return Share(self.ok, self.ok + self.degraded + self.infra_error)

    @property
    def decline(self) -> Share:
        """declined of ok, degraded and declined."""
        return Share(self.declined, self.ok + self.degraded + self.declined)


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a table: a code or topic, its count in each week, and what the address calls it."""

    name: str
    value: str
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(slots=True)
class Reviewed:
    """What people settled in a week."""

    decisions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Kind.values, 0))
    reissues: dict[str, int] = field(default_factory=dict)
    delivered: int = 0


def weeks_until(last: date, *, count: int = WEEKS) -> list[date]:
    """Return the Mondays of `count` weeks, the last one being `last`."""
    return [last - timedelta(weeks=back) for back in range(count - 1, -1, -1)]


def endings(weeks: list[date]) -> list[Endings]:
    """Return how the runs of each week ended."""
    found = {week: Endings() for week in weeks}
    rows = WeekRuns.objects.filter(week__in=weeks).values("week", "outcome").annotate(n=Sum("runs"))
    for row in rows:
        setattr(found[row["week"]], row["outcome"], row["n"])
    return [found[week] for week in weeks]


def declines_by(field_name: str, weeks: list[date]) -> list[Series]:
    """Return the decline events of each week by `code` or by `topic`, the most frequent first."""
    rows = (
        WeekDeclines.objects.filter(week__in=weeks)
        .values("week", field_name)
        .annotate(n=Sum("declines"))
        .filter(n__gt=0)
    )
    counts: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        counts[row[field_name]][row["week"]] = row["n"]
    names = dict(Topic.objects.values_list("slug", "name")) if field_name == "topic" else {}
    series = [
        Series(
            names.get(value, value) or _("no topic"), value or "-", [by_week.get(week, 0) for week in weeks]
        )
        for value, by_week in counts.items()
    ]
    return sorted(series, key=lambda one: (-one.total, one.name))


def drawn(series: list[Series]) -> list[Series]:
    """Return at most `MAX_SERIES` series for a chart: the largest, and the rest as one."""
    if len(series) <= MAX_SERIES:
        return series
    shown, rest = series[: MAX_SERIES - 1], series[MAX_SERIES - 1 :]
    return [
        *shown,
        Series(_("other"), "", [sum(column) for column in zip(*(one.counts for one in rest), strict=True)]),
    ]


def coverage(weeks: list[date]) -> Share:
    """Return how many of the weeks' runs have a topic."""
    rows = WeekRuns.objects.filter(week__in=weeks)
    n = rows.aggregate(n=Sum("runs"))["n"] or 0
    return Share(rows.exclude(topic="").aggregate(n=Sum("runs"))["n"] or 0, n)


def reviewed(weeks: list[date]) -> list[Reviewed]:
    """Return what people settled in each week of the site's time zone."""
    found = {week: Reviewed() for week in weeks}
    since = timezone.make_aware(datetime.combine(weeks[0], time.min))
    for kind, at in Decision.objects.filter(at__gte=since).values_list("kind", "at"):
        if week := found.get(week_of(timezone.localtime(at))):
            week.decisions[kind] += 1
    for state, finished_at in Reissue.objects.filter(finished_at__gte=since).values_list(
        "state", "finished_at"
    ):
        if finished_at and (week := found.get(week_of(timezone.localtime(finished_at)))):
            week.reissues[state] = week.reissues.get(state, 0) + 1
    for delivered_at in Delivery.objects.filter(at__gte=since).values_list("at", flat=True):
        if week := found.get(week_of(timezone.localtime(delivered_at))):
            week.delivered += 1
    return [found[week] for week in weeks]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a person now."""

    held: int
    answered: int
    oldest: datetime | None


def backlog() -> Backlog:
    """Return how much waits, and since when the oldest does."""
    waiting = Case.objects.filter(state__in=[State.HELD, State.ANSWERED])
    found = waiting.aggregate(
        held=Count("pk", filter=Q(state=State.HELD)),
        answered=Count("pk", filter=Q(state=State.ANSWERED)),
        oldest=Min("held_since"),
    )
    return Backlog(**found)
