"""A pattern's life: which state its weekly counts put it in, and which patterns moved in a week."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Q, Subquery

from reviews.models import Life, Pattern, PatternEvent
from reviews.patterns.facts import QUIET_AFTER, Facts, Key, facts_of
from reviews.reports.scope import EVERYTHING, NO_TOPIC, Scope
from reviews.reports.weeks import WEEK, ends

# A silence says something if so many declines or more were to be expected in it at the earlier rate: by chance,
# it would come about in 0.25 % of such stretches, for exp(-6) = 0.0025; of counts in bursts, in 1 %.
NO_CHANCE = 6.0
# An escalation that later counts speak against is taken back: a person corrected them, or the rate fell again
# before its week was over.
TAKEN_BACK = 0.05
# What a week's movers are.
MOVING = (Life.ESCALATING, Life.NEW)


def state_of(facts: Facts, *, escalated_week: date | None) -> tuple[Life, date | None]:
    """Return a pattern's state, and the week it escalated in if that is to be remembered.

    New and regressed last for their week and the next; an escalation, too, and as long as every week or the
    one before it escalates. In the week it came back in, a pattern has nothing to be compared with.
    """
    week = facts.week
    if not any(facts.in_week(week - back * WEEK) for back in range(QUIET_AFTER + 1)):
        return Life.QUIET, None
    back_since = _back_since(facts)
    if back_since == week:
        return Life.REGRESSED, None
    verdict = facts.verdict(week)
    if verdict and verdict.escalates and facts.first_week != week:
        return Life.ESCALATING, week
    if escalated_week and _still(facts, escalated_week):
        return Life.ESCALATING, escalated_week
    if facts.first_week is not None and facts.first_week >= week - WEEK:
        return Life.NEW, None
    return (Life.REGRESSED if back_since else Life.ONGOING), None


def _still(facts: Facts, escalated_week: date) -> bool:
    """Whether an escalation of this week, or of the one before, still stands."""
    if escalated_week not in (facts.week, facts.week - WEEK):
        return False
    verdict = facts.verdict(escalated_week)
    return verdict is not None and verdict.p_value <= TAKEN_BACK


def _back_since(facts: Facts) -> date | None:
    """Return the week, this one or the one before, in which the pattern came back after a silence that was no chance.

    What is rare is silent most of the time: that it comes again is no return.
    """
    for week in (facts.week, facts.week - WEEK):
        silent = not any(facts.in_week(week - back * WEEK) for back in range(1, QUIET_AFTER + 1))
        if facts.in_week(week) and silent and _missed(facts, until=week) >= NO_CHANCE:
            return week
    return None


def _missed(facts: Facts, *, until: date) -> float:
    """Return how many declines were to be expected in the silence before a week, at the rate until it began.

    The last decline before a silence is what the silence is counted from, so it says nothing of the rate.
    """
    if facts.earlier_week is None or facts.first_week is None:
        return 0.0
    weeks = (facts.earlier_week - facts.first_week) // WEEK + 1
    silence = (until - facts.earlier_week) // WEEK - 1
    return (facts.earlier - 1) / weeks * silence


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


def movers(week: date, *, scope: Scope = EVERYTHING, now: datetime, most: int = 5) -> list[Mover]:
    """Return the patterns that were escalating or new at the end of the week, or are now: strongest first.

    Escalating ones come first, by p-value; then new ones, by declines. What a person made quiet is left out.
    """
    until = min(ends(week), now)
    latest = PatternEvent.objects.filter(pattern=OuterRef("pk"), at__lte=until).order_by("-pk")
    wanted = Q(pipeline__slug=scope.pipeline) if scope.pipeline else Q()
    if scope.topic:
        wanted &= Q(topic="" if scope.topic == NO_TOPIC else scope.topic)
    moved = (
        Pattern.objects.filter(wanted, hushed_at=None)
        .annotate(was=Subquery(latest.values("to_state")[:1]))
        .filter(was__in=MOVING)
        .select_related("pipeline")
    )
    found = list(moved)
    codes = Q(code__in={pattern.code for pattern in found})
    facts = facts_of(week=week, now=now, keys=codes) if found else {}
    moving = []
    for pattern in found:
        seen = facts.get(Key(pattern.code, pattern.topic, pattern.pipeline_id, pattern.model))
        if seen is None or not seen.in_week(week):
            continue
        verdict = seen.verdict(week)
        moving.append(
            Mover(
                pattern,
                Life(pattern.was),
                seen.in_week(week),
                verdict.expected if verdict else None,
                verdict.p_value if verdict else None,
            )
        )
    return sorted(moving, key=_strength)[:most]


def _strength(mover: Mover) -> tuple[bool, float, int, int]:
    p_value = 1.0 if mover.p_value is None or mover.state == Life.NEW else mover.p_value
    return mover.state != Life.ESCALATING, p_value, -mover.declines, mover.pattern.pk
