"""Patterns as the pages show them: a page of them with twelve weeks each, and one with all that is known."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from reviews.access import SEE_NUMBERS
from reviews.models import Life, Pattern, WeekDeclines
from reviews.patterns.facts import Facts, Key, key_of
from reviews.patterns.hush import facts_about
from reviews.queue import Filter
from reviews.reports.counts import topic_names
from reviews.reports.rates import Share
from reviews.reports.scope import NONE_NAMED
from reviews.reports.weeks import current_week, week_name, weeks_until

PAGE_SIZE = 50
WEEKS = 12
TO_LOOK_AT = (Life.ESCALATING, Life.REGRESSED, Life.NEW)
# The little bars: how high the highest is, from where to where each, and what is between, in units of the picture.
HEIGHT, WIDTH, GAP = 20, 8, 2


def visible(person: User) -> QuerySet[Pattern]:
    """Return the patterns that a person may see: all of them, or those of their own pipelines.

    Raises PermissionDenied for whoever has neither the right nor a pipeline.
    """
    if person.has_perm(SEE_NUMBERS):
        return Pattern.objects.all()
    if not person.pipelines.exists():
        raise PermissionDenied(f"needs the right {SEE_NUMBERS!r}, or a pipeline")
    return Pattern.objects.filter(pipeline__owner=person)


@dataclass(frozen=True, slots=True)
class Listed:
    """A pattern of the list, with what its topic is called, and its declines a week, oldest first."""

    pattern: Pattern
    topic: str
    counts: list[int]

    @property
    def total(self) -> int:
        """Its declines in these weeks."""
        return sum(self.counts)

    @property
    def bars(self) -> str:
        """The little bars as one outline of an SVG path, the highest as high as the picture."""
        highest = max(self.counts) or 1
        heights = (max(1, round(HEIGHT * count / highest)) if count else 0 for count in self.counts)
        return "".join(
            f"M{place * WIDTH} {HEIGHT}v-{height}h{WIDTH - GAP}v{height}z"
            for place, height in enumerate(heights)
            if height
        )


def page_of(
    person: User, *, wanted: Mapping[str, Any], before: str, now: datetime
) -> tuple[list[Listed], str]:
    """Return a page of patterns, the latest seen first, and what the next page begins before.

    `before` is the edge that a page gave; one that cannot be read means the first page.
    """
    found = with_declines(visible(person).filter(**wanted))
    if edge := _edge(before):
        week, pk = edge
        found = found.filter(Q(last_week__lt=week) | Q(last_week=week, pk__lt=pk))
    patterns = list(found[: PAGE_SIZE + 1])
    shown = patterns[:PAGE_SIZE]
    weeks = weeks_until(current_week(now=now), count=WEEKS)
    listed = listed_with_counts(shown, weeks)
    more = len(patterns) > PAGE_SIZE
    return listed, f"{shown[-1].last_week.isoformat()}.{shown[-1].pk}" if more else ""


def moving(person: User, *, wanted: Mapping[str, Any]) -> list[tuple[Life, int]]:
    """Return how many patterns a filter finds in each state that wants to be looked at, where it finds any.

    Whatever state the filter itself asks for.
    """
    others = {name: value for name, value in wanted.items() if name != "state"}
    found = with_declines(visible(person).filter(state__in=TO_LOOK_AT, **others))
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    return [(state, counts[state]) for state in TO_LOOK_AT if state in counts]


def with_declines(patterns: QuerySet[Pattern]) -> QuerySet[Pattern]:
    """Return the patterns of which declines are left, with their pipelines, the latest seen first.

    One of which no decline is left, because people corrected them all, is no pattern; its own page stays, for
    its history and for the alerts that lead there.
    """
    declines = WeekDeclines.objects.filter(
        declines__gt=0, **{column: OuterRef(column) for column in Key._fields}
    )
    return patterns.filter(Exists(declines)).select_related("pipeline").order_by("-last_week", "-pk")


def listed_with_counts(patterns: list[Pattern], weeks: list[date]) -> list[Listed]:
    """Return the patterns with their declines of each of the weeks."""
    counts, topics = _counts(patterns, weeks), topic_names()
    return [
        Listed(
            pattern,
            topics.get(pattern.topic, pattern.topic),
            [counts[key_of(pattern)].get(week, 0) for week in weeks],
        )
        for pattern in patterns
    ]


def _edge(text: str) -> tuple[date, int] | None:
    week, _dot, pk = text.partition(".")
    try:
        return (date.fromisoformat(week), int(pk)) if len(pk) < 19 else None
    except ValueError:
        return None


def _counts(patterns: list[Pattern], weeks: list[date]) -> dict[Key, dict[date, int]]:
    rows = WeekDeclines.objects.filter(
        week__in=weeks,
        pipeline__in={pattern.pipeline_id for pattern in patterns},
        code__in={pattern.code for pattern in patterns},
    )
    found: dict[Key, dict[date, int]] = defaultdict(dict)
    for *key, week, n in rows.values_list(*Key._fields, "week").annotate(n=Sum("declines")).order_by():
        found[Key(*key)][week] = n
    return found


@dataclass(frozen=True, slots=True)
class WeekOf:
    """A week of a pattern: how many declines, of how many runs of its pipeline and topic, and the queue's filter
    that finds the cases behind them.
    """

    name: str
    declines: int
    share: Share | None
    cases: Filter | None


def weeks_of(pattern: Pattern, *, now: datetime) -> tuple[Facts, list[WeekOf]]:
    """Return what the counts say of a pattern now, and its weeks, oldest first.

    A share is None where no runs are counted: then there is nothing that the declines are a share of. Where no
    decline has a case, for a fallback hid them all, there are none behind it.
    """
    facts = facts_about(pattern, now=now, weeks=WEEKS)
    weeks = weeks_until(facts.week, count=WEEKS)
    of_it = WeekDeclines.objects.filter(
        week__in=weeks, hidden=False, declines__gt=0, **key_of(pattern)._asdict()
    )
    with_cases = set(of_it.values_list("week", flat=True))
    counted = replace(cases_like(pattern), model=pattern.model or NONE_NAMED)
    found = []
    for week in weeks:
        declines, runs = facts.declines.get(week, 0), facts.exposure.get(week)
        share = Share(declines, runs.runs) if runs else None
        cases = replace(counted, week=week.isoformat()) if week in with_cases else None
        found.append(WeekOf(week_name(week), declines, share, cases))
    return facts, found


def cases_like(pattern: Pattern) -> Filter:
    """Return the queue's filter for the cases that have the pattern's code, topic and pipeline now."""
    return Filter(
        state="all", code=pattern.code, topic=pattern.topic or NONE_NAMED, pipeline=pattern.pipeline.slug
    )
