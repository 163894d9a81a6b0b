"""What people settled, and what waits for them."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Min, Q
from django.utils import timezone

from pipelines.models.run import week_of
from reviews.models import Case, Decision, Delivery, Kind, Reissue, State
from reviews.reports.weeks import begins


@dataclass(slots=True)
class Reviewed:
    """What people settled in a week."""

    decisions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Kind.values, 0))
    reissues: dict[str, int] = field(default_factory=dict)
    delivered: int = 0


def reviewed(weeks: list[date]) -> list[Reviewed]:
    """Return what people settled in each week of the site's time zone."""
    found = {week: Reviewed() for week in weeks}
    since = begins(weeks[0])
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
