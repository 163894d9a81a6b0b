"""Evaluation: every pattern's state is brought to what the weekly counts say now. Run every hour, and twice is once.

The counts are the truth. They move with corrections, with runs that come late and with time, so patterns are
not followed run by run but read off them (docs/decisions/0011-patterns-are-read-off-the-counts.md).
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from reviews.alerts.raising import raise_evaluated
from reviews.models import LIVES, Life, Pattern, PatternClock, PatternEvent, Turn
from reviews.patterns.escalation import Rate
from reviews.patterns.facts import Comparison, Facts, Key, degraded_runs, facts_of, key_of, passed_of
from reviews.patterns.life import state_of
from reviews.reports.weeks import WEEK, current_week

AT_ONCE = 500
# What of a pattern an evaluation writes.
_WRITTEN = (
    "state",
    "since",
    "first_week",
    "last_week",
    "escalated_week",
    "hushed_at",
    "hushed_by",
    "hushed_declines",
    "hushed_exposure",
    "hushed_by_time",
)


@transaction.atomic
def evaluate(*, now: datetime) -> list[PatternEvent]:
    """Move every pattern to the state that its counts put it in, and return the lines that this added.

    Two evaluations at once are one after the other. One of an earlier moment than the last changes nothing.
    """
    if not _turn(now=now):
        return []
    week = current_week(now=now)
    facts = facts_of(week=week, now=now)
    known = {key_of(pattern): pattern for pattern in Pattern.objects.select_for_update().order_by("pk")}
    nothing = Facts(week, passed_of(week, now=now))
    events = [
        event
        for pattern in _made(facts.keys() - known.keys(), facts=facts, now=now)
        for event in [_event(pattern, Turn.BECAME, "", _behind(pattern, facts[key_of(pattern)]), now=now)]
    ]
    changed = []
    for key, pattern in known.items():
        before = [getattr(pattern, name) for name in _WRITTEN]
        events += _brought_up_to(pattern, facts.get(key, nothing), now=now)
        if before != [getattr(pattern, name) for name in _WRITTEN]:
            changed.append(pattern)
    Pattern.objects.bulk_update(changed, _WRITTEN, batch_size=AT_ONCE)
    PatternEvent.objects.bulk_create(events, batch_size=AT_ONCE)
    raise_evaluated(events=events, degraded=degraded_runs(week=week, now=now), now=now)
    return events


def _turn(*, now: datetime) -> bool:
    """Wait for one's turn, and return whether nobody had one at a later moment."""
    PatternClock.objects.get_or_create(pk=1, defaults={"evaluated_at": now})
    clock = PatternClock.objects.select_for_update().get(pk=1)
    if clock.evaluated_at > now:
        return False
    clock.evaluated_at = now
    clock.save(update_fields=["evaluated_at"])
    return True


def _made(keys: Iterable[Key], *, facts: dict[Key, Facts], now: datetime) -> list[Pattern]:
    """Store the patterns that were not there yet."""
    made = []
    for key in sorted(keys):
        seen = facts[key]
        if seen.first_week is None or seen.last_week is None:
            raise LookupError(f"no week has a decline of {key}")
        state, escalated_week = state_of(seen, escalated_week=None)
        made.append(
            Pattern(
                **key._asdict(),
                state=state,
                since=now,
                first_week=seen.first_week,
                last_week=seen.last_week,
                escalated_week=escalated_week,
            )
        )
    return Pattern.objects.bulk_create(made, batch_size=AT_ONCE)


def _brought_up_to(pattern: Pattern, facts: Facts, *, now: datetime) -> list[PatternEvent]:
    """Change a pattern to what its counts say, and return the lines that tell of it."""
    if facts.first_week and facts.last_week:
        pattern.first_week, pattern.last_week = facts.first_week, facts.last_week
    start, escalated = Life(pattern.state), pattern.escalated_week
    state, pattern.escalated_week = state_of(facts, escalated_week=escalated)
    if state != start:
        pattern.state, pattern.since = state, now
    if grown := _outgrown(pattern, facts):
        listen(pattern)
        return [_event(pattern, Turn.GREW, start, grown, now=now)]
    if state == start:
        again = escalated and pattern.escalated_week and pattern.escalated_week > escalated
        return [_event(pattern, Turn.AGAIN, start, _behind(pattern, facts), now=now)] if again else []
    kind = Turn.BECAME if state in LIVES[start] else Turn.REVISED
    if start == Life.ESCALATING and escalated and escalated >= facts.week - WEEK:
        # Taken back while it stood: the line is about the week that did not escalate after all.
        return [_event(pattern, kind, start, facts.compared(escalated), now=now)]
    return [_event(pattern, kind, start, _behind(pattern, facts), now=now)]


def _behind(pattern: Pattern, facts: Facts) -> Comparison:
    """Return the counts that a pattern's state rests on: of the week it came up, came back or escalated in, or else
    of this one.
    """
    began = facts.began(facts.week) if pattern.state in (Life.NEW, Life.REGRESSED) else None
    return facts.compared(pattern.escalated_week or began or facts.week)


def _outgrown(pattern: Pattern, facts: Facts) -> Comparison | None:
    """Return the week that outgrew the rate a pattern was made quiet at, beside that rate; None without one."""
    if pattern.hushed_declines is None or pattern.hushed_exposure is None:
        return None
    level = Rate(pattern.hushed_declines, pattern.hushed_exposure)
    for week in (facts.week, facts.week - WEEK):
        grown = facts.compared(week, by_time=pattern.hushed_by_time, level=level)
        if (verdict := grown.verdict) and verdict.escalates:
            return grown
    return None


def listen(pattern: Pattern) -> None:
    """End a pattern's quiet, without saving it."""
    pattern.hushed_at = pattern.hushed_by = None
    pattern.hushed_declines = pattern.hushed_exposure = pattern.hushed_by_time = None


def _event(pattern: Pattern, kind: Turn, start: str, counts: Comparison, *, now: datetime) -> PatternEvent:
    event = PatternEvent(pattern=pattern, kind=kind, from_state=start, to_state=pattern.state, at=now)
    return evidence(event, counts)


def evidence(event: PatternEvent, counts: Comparison) -> PatternEvent:
    """Put the counts that a line rests on into it."""
    now, before, verdict = counts.now, counts.before, counts.verdict
    event.week, event.by_time = counts.week, counts.by_time
    event.declines, event.exposure = now.declines, now.exposure
    event.declines_before, event.exposure_before = before.declines, before.exposure
    event.expected, event.p_value = (verdict.expected, verdict.p_value) if verdict else (None, None)
    return event
