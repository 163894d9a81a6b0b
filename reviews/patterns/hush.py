"""A person makes a pattern quiet until it grows, or listens to it again."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.models import Pattern, PatternEvent, Turn
from reviews.patterns.escalation import Rate
from reviews.patterns.evaluate import evidence, listen
from reviews.patterns.facts import Facts, Key, facts_of, passed_of, summed
from reviews.reports.weeks import current_week


class NotPossible(Exception):
    """The pattern is as it was; the message says why, for people."""


def facts_about(pattern: Pattern, *, now: datetime, weeks: int = 0) -> Facts:
    """Return what the counts say of one pattern now."""
    week = current_week(now=now)
    key = Key(pattern.code, pattern.topic, pattern.pipeline_id, pattern.model)
    found = facts_of(week=week, now=now, keys=Q(**key._asdict()), weeks=weeks)
    return found.get(key, Facts(week, passed_of(week, now=now)))


@transaction.atomic
def hush(*, pattern_id: int, by: User, now: datetime) -> Pattern:
    """Make a pattern quiet until it grows beyond its rate of now. Raises NotPossible where there is none.

    That rate is the one of this week or of the weeks before, whichever is higher: who has seen an escalation
    and wants to hear no more of it hears of the next one.
    """
    require(by, DECIDE)
    pattern = Pattern.objects.select_for_update().get(pk=pattern_id)
    if pattern.hushed_at:
        raise NotPossible(_("It is quiet until it grows already."))
    facts = facts_about(pattern, now=now)
    level = _level(facts)
    if not level.declines:
        raise NotPossible(_("It has had no decline in these weeks: there is nothing it could grow from."))
    pattern.hushed_at, pattern.hushed_by = now, by
    pattern.hushed_declines, pattern.hushed_exposure = level.declines, level.exposure
    return _settled(pattern, Turn.HUSHED, facts, by=by, now=now)


@transaction.atomic
def listen_again(*, pattern_id: int, by: User, now: datetime) -> Pattern:
    """End a pattern's quiet. Raises NotPossible where it has none."""
    require(by, DECIDE)
    pattern = Pattern.objects.select_for_update().get(pk=pattern_id)
    if not pattern.hushed_at:
        raise NotPossible(_("It is not quiet: it is listened to."))
    listen(pattern)
    return _settled(pattern, Turn.LISTENED, facts_about(pattern, now=now), by=by, now=now)


def _level(facts: Facts) -> Rate:
    now, before = facts.rate(facts.week), summed(facts.before(facts.week))
    return max(before, now, key=lambda rate: rate.per_exposure)


def _settled(pattern: Pattern, kind: Turn, facts: Facts, *, by: User, now: datetime) -> Pattern:
    pattern.save(update_fields=["hushed_at", "hushed_by", "hushed_declines", "hushed_exposure"])
    event = PatternEvent(
        pattern=pattern, kind=kind, from_state=pattern.state, to_state=pattern.state, at=now, by=by
    )
    evidence(event, facts=facts, verdict=facts.verdict(facts.week)).save()
    return pattern
