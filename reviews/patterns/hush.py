"""A person makes a pattern quiet until it grows, or listens to it again."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.models import Pattern, PatternEvent, Turn
from reviews.patterns.escalation import LEAST, Rate
from reviews.patterns.evaluate import evidence, listen
from reviews.patterns.facts import Comparison, Facts, facts_of, key_of, passed_of
from reviews.reports.weeks import WEEK, current_week


class NotPossible(Exception):
    """The pattern is as it was; the message says why, for people."""


def facts_about(pattern: Pattern, *, now: datetime, weeks: int = 0) -> Facts:
    """Return what the counts say of one pattern now."""
    week = current_week(now=now)
    key = key_of(pattern)
    found = facts_of(week=week, now=now, keys=Q(**key._asdict()), weeks=weeks)
    return found.get(key, Facts(week, passed_of(week, now=now)))


@transaction.atomic
def hush(*, pattern_id: int, by: User, now: datetime) -> Pattern:
    """Make a pattern quiet until it grows beyond its rate of now. Raises NotPossible where there is none.

    That rate is the one of this week, of the one before, or of all that this week is compared with, whichever is
    highest: who has seen an escalation and wants to hear no more of it hears of the next one. A few
    declines of this week are taken for all that it brings.
    """
    require(by, DECIDE)
    pattern = Pattern.objects.select_for_update().get(pk=pattern_id)
    if pattern.hushed_at:
        raise NotPossible(_("It is quiet until it grows already."))
    facts = facts_about(pattern, now=now)
    counts = facts.compared(facts.week)
    last = facts.compared(facts.week - WEEK, by_time=counts.by_time)
    level = max(counts.before, last.now, _of_now(counts, facts), key=lambda rate: rate.per_exposure)
    if not level.declines:
        raise NotPossible(_("It has had no decline in these weeks: there is nothing it could grow from."))
    pattern.hushed_at, pattern.hushed_by = now, by
    pattern.hushed_declines, pattern.hushed_exposure = level.declines, level.exposure
    pattern.hushed_by_time = counts.by_time
    return _settled(pattern, Turn.HUSHED, counts, by=by, now=now)


def _of_now(counts: Comparison, facts: Facts) -> Rate:
    """Return the rate of the running week. What is too little to be growth is no rate: it is that of a whole week.

    One decline in a week's first minutes would else be a rate that nothing ever grows beyond.
    """
    now = counts.now
    if now.declines >= LEAST:
        return now
    if counts.by_time:
        return Rate(now.declines, max(now.exposure, 1.0))
    runs = [one.runs for monday, one in facts.exposure.items() if monday < facts.week]
    return Rate(now.declines, max(now.exposure, sum(runs) / len(runs) if runs else 0.0))


@transaction.atomic
def listen_again(*, pattern_id: int, by: User, now: datetime) -> Pattern:
    """End a pattern's quiet. Raises NotPossible where it has none."""
    require(by, DECIDE)
    pattern = Pattern.objects.select_for_update().get(pk=pattern_id)
    if not pattern.hushed_at:
        raise NotPossible(_("It is not quiet: it is listened to."))
    listen(pattern)
    facts = facts_about(pattern, now=now)
    return _settled(pattern, Turn.LISTENED, facts.compared(facts.week), by=by, now=now)


def _settled(pattern: Pattern, kind: Turn, counts: Comparison, *, by: User, now: datetime) -> Pattern:
    pattern.save(
        update_fields=["hushed_at", "hushed_by", "hushed_declines", "hushed_exposure", "hushed_by_time"]
    )
    event = PatternEvent(
        pattern=pattern, kind=kind, from_state=pattern.state, to_state=pattern.state, at=now, by=by
    )
    evidence(event, counts).save()
    return pattern
