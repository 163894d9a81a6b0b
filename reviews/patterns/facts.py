"""The weekly counts behind patterns: declines by week, and the runs that they are measured against."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Max, Min, Q, Sum

from refusals import Outcome
from reviews.models import Pattern, WeekDeclines, WeekRuns
from reviews.patterns.escalation import BEFORE, Rate, Verdict, compared, spread
from reviews.reports.weeks import WEEK, begins, weeks_until

# So many whole weeks without a decline, and none in this one, and a pattern is quiet.
QUIET_AFTER = 4
# A silence says something if so many declines or more were to be expected in it at the earlier rate: by chance,
# it would come about in 0.25 % of such stretches, for exp(-6) = 0.0025; of counts in bursts, in 1 %.
NO_CHANCE = 6.0
# This week and the one before are judged, each by the weeks before it.
JUDGED = 2
# The runs that declines are measured against: those that a model or a guard had its say in.
EXPOSED = [Outcome.OK.value, Outcome.DEGRADED.value, Outcome.DECLINED.value]
# So many pipelines and topics are looked up one by one.
FEW = 60
# The least of a week that is taken to have passed, so that its first minutes are no rate.
LEAST_OF_A_WEEK = 1 / 168


class Key(NamedTuple):
    """What makes a pattern one: columns of `WeekDeclines` and of `Pattern`."""

    code: str
    topic: str
    pipeline_id: int
    model: str


def key_of(pattern: Pattern) -> Key:
    """Return what makes this pattern one."""
    return Key(pattern.code, pattern.topic, pattern.pipeline_id, pattern.model)


@dataclass(frozen=True, slots=True)
class Exposure:
    """The runs of one pipeline and topic in one week, and how many of them were not declined."""

    runs: int = 0
    undeclined: int = 0


NOTHING = Exposure()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A week, as far as it is over, and the weeks before that it is compared with, oldest first.

    All are measured against final runs of the pipeline and topic, or against weeks, where `by_time`. A `level`, in
    the same unit, takes the place of the weeks before.
    """

    week: date
    by_time: bool
    now: Rate
    weeks: list[Rate]
    level: Rate | None = None

    @property
    def before(self) -> Rate:
        """The rate of the weeks before, all together."""
        return Rate(sum(week.declines for week in self.weeks), sum(week.exposure for week in self.weeks))

    @property
    def verdict(self) -> Verdict | None:
        """What the test says. None where there is nothing to compare with."""
        return compared(self.now, self.level or self.before, spread=spread(self.weeks))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the counts say of one pattern, seen from one week that may not be over.

    `passed` is the share of the week that is over. `declines` and `exposure` reach back over the weeks that
    this one and the one before are compared with; what was before them is summed up in `earlier`.
    """

    week: date
    passed: float
    declines: dict[date, int] = field(default_factory=dict)
    exposure: dict[date, Exposure] = field(default_factory=dict)
    first_week: date | None = None
    last_week: date | None = None
    # Before the weeks of `declines`: how many there were, and the last week that had one.
    earlier: int = 0
    earlier_week: date | None = None

    def in_week(self, monday: date) -> int:
        return self.declines.get(monday, 0)

    def began(self, monday: date) -> date | None:
        """Return the last week until this one in which the pattern came up, or came back after a silence that was
        no chance; None where that is longer ago than `declines` reach.

        What is rare is silent most of the time: that it comes again is no return.
        """
        for week in sorted((week for week in self.declines if week <= monday), reverse=True):
            if week == self.first_week or self._missed(until=week) >= NO_CHANCE:
                return week
        return None

    def _missed(self, *, until: date) -> float:
        """Return how many declines were to be expected in the silence before a week, at the rate until it began;
        0 where it was shorter than `QUIET_AFTER`.

        The last decline before a silence is what the silence is counted from, so it says nothing of the rate.
        """
        last = max((week for week in self.declines if week < until), default=self.earlier_week)
        if last is None or self.first_week is None:
            return 0.0
        silence = (until - last) // WEEK - 1
        if silence < QUIET_AFTER:
            return 0.0
        declines = self.earlier + sum(n for week, n in self.declines.items() if week < until)
        return (declines - 1) / ((last - self.first_week) // WEEK + 1) * silence

    def compared(self, monday: date, *, by_time: bool | None = None, level: Rate | None = None) -> Comparison:
        """Set a week beside those it is compared with: of the eight before, the whole ones since it began.

        The week in which a pattern begins says how much of it there was, and not for how long; the weeks
        before say nothing of it. `by_time` says whether to measure against weeks instead of runs. Unless it
        is given, time stands in for runs where those weeks have none that was not declined: then there is
        nothing to measure declines against (a guard that reports nothing else). While a week runs, it is taken
        to have as many runs as is usual by then: declines may be reported at once, and the other runs at night.
        """
        began = self.began(monday)
        weeks = [week for week in weeks_until(monday - WEEK, count=BEFORE) if began is None or week > began]
        if by_time is None:
            by_time = not any(self.exposure.get(week, NOTHING).undeclined for week in weeks or [monday])
        rates = [self._rate(week, by_time=by_time) for week in weeks]
        now = self._rate(monday, by_time=by_time)
        if monday == self.week and not by_time:
            now = as_usual(now, rates, passed=self.passed)
        return Comparison(monday, by_time, now, rates, level)

    def _rate(self, monday: date, *, by_time: bool) -> Rate:
        declines = self.in_week(monday)
        if by_time:
            return Rate(declines, max(self.passed, LEAST_OF_A_WEEK) if monday == self.week else 1.0)
        return Rate(declines, max(self.exposure.get(monday, NOTHING).runs, declines))


def as_usual(now: Rate, weeks: Sequence[Rate], *, passed: float) -> Rate:
    """Return the rate of a running week, of which so much has passed: of as many runs as is usual by then.

    Of as many as it has, where these are more.
    """
    usual = sum(week.exposure for week in weeks) / len(weeks) if weeks else 0.0
    return Rate(now.declines, max(now.exposure, passed * usual)) if passed < 1 else now


def passed_of(week: date, *, now: datetime) -> float:
    """Return the share of the week that is over."""
    # In UTC: between two moments of one zone Python counts what the clocks on the wall say.
    start, end = (begins(monday).astimezone(UTC) for monday in (week, week + WEEK))
    return min(1.0, max(0.0, (now - start) / (end - start)))


def facts_of(*, week: date, now: datetime, keys: Q = Q(), weeks: int = 0) -> dict[Key, Facts]:  # noqa: B008  # never changed
    """Return what the counts say of every pattern that ever was, or of those under the condition.

    `weeks` is how many weeks until `week` are read, at least; the first and the last week of a pattern, and what
    was earlier, count them all.
    """
    mondays = weeks_until(week, count=max(weeks, BEFORE + JUDGED))
    counted = WeekDeclines.objects.filter(keys, declines__gt=0, week__lte=week)
    ever = list(
        counted.values_list(*Key._fields)
        .annotate(
            first=Min("week"),
            last=Max("week"),
            earlier=Sum("declines", filter=Q(week__lt=mondays[0]), default=0),
            earlier_week=Max("week", filter=Q(week__lt=mondays[0])),
        )
        .order_by()
    )
    passed = passed_of(week, now=now)
    exposure = _exposure(mondays, {Key(*row[:4]) for row in ever})
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
        for *key, first, last, earlier, earlier_week in ever
    }
    recent = counted.filter(week__in=mondays).values_list(*Key._fields, "week").annotate(n=Sum("declines"))
    for *key, monday, n in recent.order_by():
        if one := found.get(Key(*key)):  # else it came in between the reads, and the next evaluation has it
            one.declines[monday] = n
    return found


def _exposure(mondays: list[date], keys: Collection[Key]) -> dict[tuple[int, str], dict[date, Exposure]]:
    """Return the runs of these patterns' pipelines and topics, or where they are many, of all of them."""
    pairs = {(key.pipeline_id, key.topic) for key in keys}
    rows = WeekRuns.objects.filter(week__in=mondays, outcome__in=EXPOSED)
    if len(pairs) <= FEW:
        rows = rows.filter(reduce(or_, (Q(pipeline=pk, topic=topic) for pk, topic in pairs), Q(pk=None)))
    declined = Q(outcome=Outcome.DECLINED.value)
    found: dict[tuple[int, str], dict[date, Exposure]] = defaultdict(dict)
    summed_up = rows.values_list("pipeline_id", "topic", "week").annotate(
        n=Sum("runs"), undeclined=Sum("runs", filter=~declined, default=0)
    )
    for pipeline_id, topic, monday, n, undeclined in summed_up.order_by():
        found[pipeline_id, topic][monday] = Exposure(n, undeclined)
    return found


def degraded_runs(*, week: date, now: datetime) -> dict[int, list[Comparison]]:
    """Return each pipeline's degraded runs of the week before and of this one, each beside its eight weeks before.

    They are measured against the runs that were judged: ok, degraded or declined.
    """
    mondays = weeks_until(week, count=BEFORE + JUDGED)
    rows = WeekRuns.objects.filter(week__in=mondays, outcome__in=EXPOSED).values_list("pipeline_id", "week")
    degraded = Q(outcome=Outcome.DEGRADED.value)
    found: dict[int, dict[date, Rate]] = defaultdict(dict)
    for pipeline_id, monday, n, bad in rows.annotate(
        n=Sum("runs"), bad=Sum("runs", filter=degraded, default=0)
    ).order_by():
        found[pipeline_id][monday] = Rate(bad, n)
    passed = passed_of(week, now=now)
    return {pipeline_id: _degraded(by_week, mondays, passed=passed) for pipeline_id, by_week in found.items()}


def _degraded(by_week: dict[date, Rate], mondays: list[date], *, passed: float) -> list[Comparison]:
    """Return the weeks that are judged; the last of them is the one of which so much has passed."""
    rates = [by_week.get(monday, Rate(0, 0)) for monday in mondays]
    judged = []
    for at in range(BEFORE, len(rates)):
        now, weeks = rates[at], rates[at - BEFORE : at]
        if at == len(rates) - 1:
            now = as_usual(now, weeks, passed=passed)
        judged.append(Comparison(mondays[at], by_time=False, now=now, weeks=weeks))
    return judged
