"""Merging: a case that is the same as another one. What is decided there holds for both; splitting takes it apart.

A merged case is closed and keeps its own runs. Its declines count on the other as well, and its
pipeline's runs get what the other's get. Groups are one level deep, and of one pipeline: no answer
crosses from one pipeline to another.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.decide import held_case
from reviews.models import Case, EventKind, Resolution, State
from reviews.move import MoveNotAllowed, change, locked, locked_groups, moving
from reviews.snooze import wake_if_grown

CANDIDATES = 5
# Of a candidate's prompt, what tells it from the others, in characters.
EXCERPT = 160


class NotTheSame(ValueError):
    """These two cannot be merged; the message says why."""


@transaction.atomic
def merge(*, case_id: int, version: int, into: int, by: User, now: datetime) -> Case:
    """Close a held case as the same as another; return that one. Raises NotTheSame and what `held_case` raises."""
    require(by, DECIDE)
    cases = locked_groups(case_ids=[case_id, into])
    if into not in cases:
        raise NotTheSame(_("There is no case %(case)s.") % {"case": into})
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    target = cases[cases[into].merged_into_id or into]
    if target.pipeline_id != case.pipeline_id:
        raise NotTheSame(_("Both have to be of one pipeline: an answer never crosses to another."))
    if target.pk == case.pk:
        raise NotTheSame(_("A case cannot be merged into itself."))
    if case.merged.exists():
        raise NotTheSame(
            _("Others are merged into case %(case)s: merge the other way round.") % {"case": case.pk}
        )
    to = moving(case, State.CLOSED, now=now, resolution=Resolution.MERGED, merged_into=target)
    change(case, EventKind.MERGED, now=now, by=by, **to)
    together(case, now=now, by=by)
    return target


@transaction.atomic
def split(*, case_id: int, by: User, now: datetime) -> None:
    """Take a merged case apart from the other again: it is held, with its own runs."""
    require(by, DECIDE)
    locked_groups(case_ids=[case_id])
    case = locked(case_id=case_id)
    if not case.merged_into_id:
        raise MoveNotAllowed(_("Case %(case)s is merged into no other.") % {"case": case.pk})
    apart(case, now=now, by=by)
    to = moving(case, State.HELD, now=now)
    # The other's decisions held for its runs too: the case says what they count as by now.
    to["code"] = case.first_run.effective_code or case.code
    change(case, EventKind.SPLIT, now=now, by=by, **to)


def candidates(case: Case) -> QuerySet[Case]:
    """Return what a held case may be the same as: those of its pipeline that wait, with its code or its topic.

    Of each, `asked` is how its prompt begins. Those with both come first, then the latest; a handful.
    """
    same_code, same_topic = Q(code=case.code), Q(topic=case.topic_id)
    others = Case.objects.filter(same_code | same_topic, pipeline=case.pipeline_id).exclude(pk=case.pk)
    waiting = others.exclude(state=State.CLOSED).select_related("topic")
    both = ExpressionWrapper(same_code & same_topic, output_field=BooleanField())
    asked = Left("first_run__content__prompt", EXCERPT)
    return waiting.annotate(both=both, asked=asked).order_by("-both", "-last_seen", "pk")[:CANDIDATES]


def together(case: Case, *, now: datetime, by: User) -> None:
    """Count a merged case's declines on the other as well; its line of history keeps the number of the case."""
    target = _shared(case, 1)
    change(target, EventKind.MERGED, now=now, by=by, text=str(case.pk))
    wake_if_grown(target, now=now)


def apart(case: Case, *, now: datetime, by: User) -> None:
    """Take a merged case's declines off the other again."""
    change(_shared(case, -1), EventKind.SPLIT, now=now, by=by, text=str(case.pk))


def _shared(case: Case, sign: int) -> Case:
    """Add a merged case's numbers to the one that it is merged into, or take them away, and return that one."""
    target = Case.objects.select_for_update().get(merged=case)
    for name in ("declines", "blocked_runs", "blocked_since"):
        setattr(target, name, getattr(target, name) + sign * getattr(case, name))
    target.save(update_fields=["declines", "blocked_runs", "blocked_since"])
    return target
