"""Fixing at the source: changes of a pipeline's standing brief, who makes them, and whether the rate moved.

Whoever settles cases suggests one; its owner or a lead edits it and says when it took effect. Nothing here
changes a pipeline: people do, where it lives.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pipelines.models import Pipeline, Topic
from pipelines.models.run import week_of
from reviews.access import DECIDE, LEAD, READ_TEXT, require
from reviews.models import ChangeState, StandingChange, StandingChangeEvent
from reviews.reports.moved import Moved, Subject, moved
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import WEEK

# What can be edited; the pipeline stays.
FIELDS = ("title", "words", "code", "topic", "model", "owner", "due")
# From which state to which.
MOVES = {
    ChangeState.PLANNED: {ChangeState.DONE, ChangeState.DROPPED},
    ChangeState.DONE: {ChangeState.PLANNED},
    ChangeState.DROPPED: {ChangeState.PLANNED},
}


class StaleChange(Exception):
    """The change was edited since the person's page was made; nothing was stored."""


class NotSo(ValueError):
    """Something cannot be as it was given; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def suggest(
    *,
    pipeline: Pipeline,
    title: str,
    words: str,
    owner: User,
    due: date,
    by: User,
    now: datetime,
    code: str = "",
    topic: Topic | None = None,
    model: str = "",
    context_digest: str = "",
) -> StandingChange:
    """Store a change that somebody is to make, by a date. Raises NotSo."""
    require(by, DECIDE)
    given = {
        "title": title, "words": words, "code": code, "topic": topic, "model": model, "owner": owner, "due": due
    }  # fmt: skip
    _sound(given)
    change = StandingChange.objects.create(
        pipeline=pipeline, context_digest=context_digest, created_by=by, created_at=now, **given
    )
    _line(change, {name: [None, _plain(getattr(change, name))] for name in FIELDS}, by=by, now=now)
    return change


@transaction.atomic
def edit(*, change_id: int, version: int, by: User, now: datetime, **to: Any) -> StandingChange:
    """Change what `to` names, of `FIELDS`. Raises PermissionDenied, StaleChange or NotSo."""
    change = _locked(change_id, version, by=by)
    if unknown := to.keys() - set(FIELDS):
        raise ValueError(f"a standing change has no {', '.join(sorted(unknown))} to edit")
    _sound(to)
    changes = {
        name: [_plain(getattr(change, name)), _plain(value)]
        for name, value in to.items()
        if getattr(change, name) != value
    }
    return _stored(change, to, changes, by=by, now=now) if changes else change


@transaction.atomic
def settle(
    *, change_id: int, version: int, state: ChangeState, by: User, now: datetime, done_on: date | None = None
) -> StandingChange:
    """Say that it is done (and since which day), dropped, or planned again.

    Raises PermissionDenied, StaleChange or NotSo.
    """
    change = _locked(change_id, version, by=by)
    before = ChangeState(change.state)
    if state not in MOVES[before]:
        said = _("It is %(state)s: it cannot become %(to)s.")
        raise NotSo("state", said % {"state": before.label, "to": state.label})
    today = timezone.localdate(now)
    if state == ChangeState.DONE and (done_on is None or done_on > today):
        raise NotSo("done_on", _("Say on which day it took effect: today, or a day before."))
    day = done_on if state == ChangeState.DONE else None
    changes = {"state": [before.value, state.value]}
    if day != change.done_on:
        changes["done_on"] = [_plain(change.done_on), _plain(day)]
    return _stored(change, {"state": state.value, "done_on": day}, changes, by=by, now=now)


def may_edit(change: StandingChange, by: User) -> bool:
    """Whether a person may edit and settle it: its owner, who reads text, or a lead."""
    return by.has_perm(LEAD) or (by.pk == change.owner_id and by.has_perm(READ_TEXT))


def subject_of(change: StandingChange) -> Subject | None:
    """Return what is asked of a change that is done: did the rate it aims at move. None of another one."""
    if change.done_on is None:
        return None
    topic = change.topic.slug if change.topic else ""
    return Subject(change.pipeline_id, week_of(change.done_on), change.code, topic, change.model)


def worked(changes: Iterable[StandingChange], *, now: datetime) -> dict[int, Moved]:
    """Return whether the rate moved, of those that are done, by their keys. A few reads."""
    subjects = {change.pk: subject for change in changes if (subject := subject_of(change))}
    return dict(zip(subjects, moved(list(subjects.values()), now=now), strict=True))


def done_in(since: date, until: date, *, scope: Scope = EVERYTHING) -> list[StandingChange]:
    """Return what was done from the week `since` to the week `until`, the latest first.

    Of a topic, also what aims at every topic.
    """
    done = StandingChange.objects.filter(done_on__gte=since, done_on__lt=until + WEEK)
    if scope.pipeline:
        done = done.filter(pipeline__slug=scope.pipeline)
    if scope.topic:
        done = done.filter(Q(topic=None) | Q(topic__slug=scope.topic))
    return list(done.select_related("pipeline", "topic", "owner").order_by("-done_on", "-pk"))


def _locked(change_id: int, version: int, *, by: User) -> StandingChange:
    change = (
        StandingChange.objects.select_for_update(of=("self",))
        .select_related("topic", "owner")
        .get(pk=change_id)
    )
    if not may_edit(change, by):
        raise PermissionDenied("needs its owner or a lead")
    if change.version != version:
        raise StaleChange(_("Somebody changed it since you opened it. Look at it again."))
    return change


def _stored(
    change: StandingChange, to: dict[str, Any], changes: dict[str, Any], *, by: User, now: datetime
) -> StandingChange:
    for name, value in to.items():
        setattr(change, name, value)
    change.version += 1
    change.save()
    _line(change, changes, by=by, now=now)
    return change


def _line(change: StandingChange, changes: dict[str, Any], *, by: User, now: datetime) -> None:
    StandingChangeEvent.objects.create(change=change, at=now, by=by, state=change.state, changes=changes)


def _sound(given: dict[str, Any]) -> None:
    for name in ("title", "words"):
        if name in given and not given[name].strip():
            raise NotSo(name, _("Say what is changed."))
    owner = given.get("owner")
    if owner is not None and not (owner.is_active and owner.has_perm(READ_TEXT)):
        raise NotSo("owner", _("%(who)s cannot read what is to be changed.") % {"who": owner.username})


def _plain(value: Any) -> Any:
    """Return a field's value as the history holds it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Topic):
        return value.slug
    return value.get_username() if isinstance(value, User) else value
