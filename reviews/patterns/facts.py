"""The weekly counts behind patterns: declines by week, and the runs that they are measured against."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Min, Q, Sum

from refusals import Outcome
from reviews.models import WeekDeclines, WeekRuns
from reviews.patterns.escalation import Rate, Verdict, compared, judged, spread
from reviews.reports.weeks import WEEK, begins, weeks_until

# How many weeks a week is compared with.
BEFORE = 8
# So many whole weeks without a decline, and none in this one, and a pattern is quiet.
QUIET_AFTER = 4
# The runs that declines are measured against: those that a model or a guard had its say in.
EXPOSED = [Outcome.OK.value, Outcome.DEGRADED.value, Outcome.DECLINED.value]
# The least of a week that is taken to have passed, so that its first minutes are no rate.
LEAST_OF_A_WEEK = 1 / 168


class Key(NamedTuple):
    """What makes a pattern one: columns of `WeekDeclines` and of `Pattern`."""

    code: str
    topic: str
    pipeline_id: int
    model: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """The runs of one pipeline and topic in one week, and how many of them were not declined."""

    runs: int = 0
    undeclined: int = 0


NOTHING = Exposure()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the counts say of one pattern, seen from one week that may not be over.

    `passed` is the share of the week that is over. Without runs that were not declined, earlier, there is
    nothing to measure declines against (a guard that reports nothing else): time stands in for runs.
    """

    week: date
    passed: float
    declines: dict[date, int] = field(default_factory=dict)
    exposure: dict[date, Exposure] = field(default_factory=dict)
    first_week: date | None = None
    last_week: date | None = None
    # Before the four weeks that are looked at for silence: all declines, and the last week that had one.
    earlier: int = 0
    earlier_week: date | None = None

    def in_week(self, monday: date) -> int:
        return self.declines.get(monday, 0)

    @property
    def by_time(self) -> bool:
        """Whether time stands in for runs."""
        return not any(self.exposure.get(week, NOTHING).undeclined for week in self._before(self.week))

    def rate(self, monday: date) -> Rate:
        """Return a week's declines and what they are measured against; the week of the facts is as far as it is."""
        declines = self.in_week(monday)
        if self.by_time:
            return Rate(declines, max(self.passed, LEAST_OF_A_WEEK) if monday == self.week else 1.0)
        return Rate(declines, max(self.exposure.get(monday, NOTHING).runs, declines))

    def before(self, monday: date) -> list[Rate]:
        """Return the weeks that a week is compared with, oldest first."""
        return [self.rate(week) for week in self._before(monday)]

    def verdict(self, monday: date) -> Verdict | None:
        """Compare a week with those before it. None where there is nothing to compare with."""
        return judged(self.rate(monday), self.before(monday))

    def beyond(self, level: Rate) -> Verdict | None:
        """Compare the week with a rate it was made quiet at."""
        return compared(self.rate(self.week), level, spread=spread(self.before(self.week)))

    @staticmethod
    def _before(monday: date) -> list[date]:
        return weeks_until(monday - WEEK, count=BEFORE)


def summed(rates: Iterable[Rate]) -> Rate:
    """Return the rates of some weeks as the rate of all of them."""
    found = list(rates)
    return Rate(sum(rate.declines for rate in found), sum(rate.exposure for rate in found))


def passed_of(week: date, *, now: datetime) -> float:
    """Return the share of the week that is over."""
    whole = (begins(week + WEEK) - begins(week)) / timedelta(seconds=1)
    return min(1.0, max(0.0, (now - begins(week)) / timedelta(seconds=1) / whole))


def facts_of(*, week: date, now: datetime, keys: Q = Q(), weeks: int = BEFORE + 4) -> dict[Key, Facts]:  # noqa: B008  # never changed
    """Return what the counts say of every pattern that ever was, or of those under the condition.

    `weeks` is how many weeks until `week` are read; the first and the last week of a pattern count them all.
    """
    mondays = weeks_until(week, count=max(weeks, BEFORE + 2))
    passed, exposure = passed_of(week, now=now), _exposure(mondays)
    counted = WeekDeclines.objects.filter(keys, declines__gt=0, week__lte=week)
    found = {
        Key(*key): Facts(
            week,
            passed,
            exposure=exposure.get((key[2], key[1]), {}),
            first_week=first,
            last_week=last,
            earlier=earlier,
            earlier_week=earlier_week,
        )
        for *key, first, last, earlier, earlier_week in counted.values_list(*Key._fields)
        .annotate(
            first=Min("week"),
            last=Max("week"),
            earlier=Sum("declines", filter=Q(week__lt=week - QUIET_AFTER * WEEK), default=0),
            earlier_week=Max("week", filter=Q(week__lt=week - QUIET_AFTER * WEEK)),
        )
        .order_by()
    }
    recent = counted.filter(week__in=mondays).values_list(*Key._fields, "week").annotate(n=Sum("declines"))
    for *key, monday, n in recent.order_by():
        found[Key(*key)].declines[monday] = n
    return found


def _exposure(mondays: list[date]) -> dict[tuple[int, str], dict[date, Exposure]]:
    rows = WeekRuns.objects.filter(week__in=mondays, outcome__in=EXPOSED)
    declined = Q(outcome=Outcome.DECLINED.value)
    found: dict[tuple[int, str], dict[date, Exposure]] = defaultdict(dict)
    summed_up = rows.values_list("pipeline_id", "topic", "week").annotate(
        n=Sum("runs"), undeclined=Sum("runs", filter=~declined, default=0)
    )
    for pipeline_id, topic, monday, n, undeclined in summed_up.order_by():
        found[pipeline_id, topic][monday] = Exposure(n, undeclined)
    return found


def degraded_runs(*, week: date) -> dict[int, list[Rate]]:
    """Return each pipeline's degraded runs of the eight weeks before and of this one, oldest first.

    Each is measured against the runs that were judged: ok, degraded or declined.
    """
    mondays = weeks_until(week, count=BEFORE + 1)
    rows = WeekRuns.objects.filter(week__in=mondays, outcome__in=EXPOSED).values_list("pipeline_id", "week")
    degraded = Q(outcome=Outcome.DEGRADED.value)
    found: dict[int, dict[date, Rate]] = defaultdict(dict)
    for pipeline_id, monday, n, bad in rows.annotate(
        n=Sum("runs"), bad=Sum("runs", filter=degraded, default=0)
    ).order_by():
        found[pipeline_id][monday] = Rate(bad, n)
    return {
        pipeline_id: [by_week.get(monday, Rate(0, 0)) for monday in mondays]
        for pipeline_id, by_week in found.items()
    }
