"""Undoing what one did a moment ago: the case is put back, and the history gets another line.

What leaves the building (a re-issue, a deliverable) waits `UNDO_SECONDS` and can be undone for as
long. What stays inside can be undone for `KEPT`, unless the case has changed again since.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.count import restore
from reviews.label import restore_topics
from reviews.merge import apart, together
from reviews.models import Bulk, Case, CaseEvent, Delivery, EventKind, Reissue, Sending, State
from reviews.move import change, leaves_after, locked, plain

KEPT = timedelta(minutes=10)
UNDOABLE = (
    EventKind.DECIDED,
    EventKind.REOPENED,
    EventKind.ACCEPTED,
    EventKind.NOT_ACCEPTED,
    EventKind.ASSIGNED,
    EventKind.TOPIC_SET,
    EventKind.SNOOZED,
    EventKind.MERGED,
    EventKind.SPLIT,
)
# What the changes of an event hold besides columns of its case.
BESIDES = ("corrections", "delivery", "topics", "target")


class NotUndoable(Exception):
    """It cannot be undone; the message says why."""


def latest(*, by: User, now: datetime) -> CaseEvent | None:
    """Return what the person could undo now: their latest act, unless its time is over or it is undone."""
    acts = CaseEvent.objects.filter(by=by, kind__in=UNDOABLE, at__gt=now - KEPT, undone_by=None).exclude(
        changes={}
    )
    act = acts.select_related("case", "decision").order_by("at", "pk").last()
    return act if act is not None and until(act) > now else None


def until(event: CaseEvent) -> datetime:
    """Return when the time to undo an act is over."""
    return event.at + (leaves_after() if _leaves(event) else KEPT)


def _leaves(event: CaseEvent) -> bool:
    """Whether something leaves the building by this act: a re-issue, or a deliverable."""
    return event.changes.get("state", [None, None])[1] == State.REISSUING or "delivery" in event.changes


@transaction.atomic
def undo(*, event_id: int, by: User, now: datetime) -> CaseEvent:
    """Put the case back as it was before one's own act. Raises PermissionDenied or NotUndoable."""
    require(by, DECIDE)
    event = CaseEvent.objects.select_related("decision").get(pk=event_id)
    case = locked(case_id=event.case_id)
    _check(event, case, by=by, now=now)
    if event.decision and (sending := Reissue.objects.filter(decision=event.decision).first()):
        _take_back(sending, now=now)
    if pk := event.changes.get("delivery"):
        Delivery.objects.filter(pk=pk).update(taken_back_at=now)
    if corrected := event.changes.get("corrections"):
        restore(corrected)
    if topics := event.changes.get("topics"):
        restore_topics(topics)
    if event.kind == EventKind.MERGED:
        apart(case, now=now, by=by)
    to = {name: _column(case, name, before) for name, before, _after in _columns(event)}
    if "state" in to or "code" in to:
        to["version"] = case.version + 1
    undone = change(case, EventKind.UNDONE, now=now, by=by, undoes=event, **to)
    if event.kind == EventKind.SPLIT:
        together(case, now=now, by=by)
    return undone


@transaction.atomic
def undo_bulk(*, bulk_id: int, by: User, now: datetime) -> tuple[int, list[str]]:
    """Undo a bulk act on every case that has not changed since. Returns how many, and why the others not."""
    require(by, DECIDE)
    bulk = Bulk.objects.get(pk=bulk_id)
    done, refused = 0, []
    for event in bulk.events.order_by("pk"):
        try:
            with transaction.atomic():
                undo(event_id=event.pk, by=by, now=now)
            done += 1
        except NotUndoable as why:
            refused.append(str(why))
    return done, refused


def _check(event: CaseEvent, case: Case, *, by: User, now: datetime) -> None:
    said = {"case": case.pk, "act": event.get_kind_display()}
    if event.kind not in UNDOABLE or event.by_id != by.pk or not event.changes:
        raise NotUndoable(_("Case %(case)s: “%(act)s” is not yours to undo.") % said)
    if CaseEvent.objects.filter(undoes=event).exists():
        raise NotUndoable(_("Case %(case)s: “%(act)s” was undone before.") % said)
    if now >= until(event):
        raise NotUndoable(_("Case %(case)s: the time to undo “%(act)s” is over.") % said)
    for name, _before, after in _columns(event):
        if plain(getattr(case, name)) != after:
            raise NotUndoable(_("Case %(case)s has changed since “%(act)s”: it is not undone.") % said)


def _columns(event: CaseEvent) -> list[tuple[str, Any, Any]]:
    return [(name, *values) for name, values in event.changes.items() if name not in BESIDES]


def _column(case: Case, name: str, value: Any) -> Any:
    """Return a value from the history as its column holds it."""
    field = Case._meta.get_field(name.removesuffix("_id"))
    if isinstance(field, models.DateTimeField) and value is not None:
        return datetime.fromisoformat(value)
    return value


def _take_back(sending: Reissue, *, now: datetime) -> None:
    """Stop a re-issue that has not left. Only one of this and the worker's taking it can win."""
    stopped = Reissue.objects.filter(pk=sending.pk, state=Sending.PENDING).update(
        state=Sending.TAKEN_BACK, finished_at=now
    )
    if not stopped:
        raise NotUndoable(_("Re-issue %(number)s has left already.") % {"number": sending.number})
