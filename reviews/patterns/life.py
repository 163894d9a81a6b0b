"""A pattern's life: which state its weekly counts put it in, and which patterns moved in a week."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from reviews.models import Life, Pattern, PatternEvent
from reviews.patterns.facts import QUIET_AFTER, Facts, Key, facts_of, key_of
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import WEEK

# An escalation that later counts speak against is taken back: a person corrected them, or the rate fell again
# before its week was over.
TAKEN_BACK = 0.05
# What a week's movers are.
MOVING = (Life.ESCALATING, Life.NEW)


def state_of(facts: Facts, *, escalated_week: date | None) -> tuple[Life, date | None]:
    """Return a pattern's state, and the week it escalated in if that is to be remembered.

    New and regressed last for their week and the next: until a whole week of it is over, there is nothing to
    compare a pattern with. An escalation, too, lasts for its week and the next.
    """
    week = facts.week
    if not any(facts.in_week(week - back * WEEK) for back in range(QUIET_AFTER + 1)):
        return Life.QUIET, None
    began = facts.began(week)
    if began and began >= week - WEEK:
        return (Life.NEW if began == facts.first_week else Life.REGRESSED), None
    if escalated := _escalated(facts, remembered=escalated_week):
        return Life.ESCALATING, escalated
    return Life.ONGOING, None


def _escalated(facts: Facts, *, remembered: date | None) -> date | None:
    """Return the week that escalates, this one or the one before, or that did and still stands; None without one.

    The week before is judged again, for what is reported late (a nightly batch, a client that was away) counts in
    the week it happened in.
    """
    for week in (facts.week, facts.week - WEEK):
        verdict = facts.compared(week).verdict
        if verdict and (verdict.escalates or (week == remembered and verdict.p_value <= TAKEN_BACK)):
            return week
    return None


@dataclass(frozen=True, slots=True)
class Mover:
    """A pattern that moves, with the week's count, what was to be expected, and the test's p-value.

    The last two are None where there is nothing to compare with.
    """

    pattern: Pattern
    state: Life
    declines: int
    expected: float | None
    p_value: float | None


def movers(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> list[Mover]:
    """Return the patterns that were escalating or new at the end of the week, or are now: strongest first.

    What was found later, from counts of the week that came after its end, is included.
    Escalating ones come first, by p-value; then new ones, by declines. What a person made quiet is left out.
    """
    seen_by = PatternEvent.objects.filter(pattern=OuterRef("pk"), week__lte=week, at__lte=now)
    latest = seen_by.order_by("-pk")
    moved = (
        Pattern.objects.filter(scope.counts(), hushed_at=None, first_week__lte=week, last_week__gte=week)
        .annotate(was=Subquery(latest.values("to_state")[:1]))
        .filter(was__in=MOVING)
        .select_related("pipeline")
    )
    found = list(moved)
    of_these = {name: OuterRef(name) for name in Key._fields}
    these = Exists(Pattern.objects.filter(pk__in=[pattern.pk for pattern in found], **of_these))
    facts = facts_of(week=week, now=now, keys=Q(these)) if found else {}
    moving = []
    for pattern in found:
        seen = facts.get(key_of(pattern))
        if seen is None or not seen.in_week(week):
            continue
        verdict = seen.compared(week).verdict
        moving.append(
            Mover(
                pattern,
                Life(pattern.was),
                seen.in_week(week),
                verdict.expected if verdict else None,
                verdict.p_value if verdict else None,
            )
        )
    return sorted(moving, key=_strength)


def _strength(mover: Mover) -> tuple[bool, float, int, int]:
    p_value = 1.0 if mover.p_value is None or mover.state == Life.NEW else mover.p_value
    return mover.state != Life.ESCALATING, p_value, -mover.declines, mover.pattern.pk
