"""Undoing what one did a moment ago: the case is put back, and the history gets another line.

What leaves the building (a re-issue, a deliverable) waits `UNDO_SECONDS` and can be undone for as
long. What stays inside can be undone for `KEPT`, unless the case has changed again since. Until then nobody outside
is told of it: not by the API, and not by a webhook.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.claim import CLAIMABLE, HeldByAnother, unheld_by_others
from reviews.count import restore
from reviews.label import restore_topics
from reviews.merge import apart, together
from reviews.models import Bulk, Case, CaseEvent, Delivery, EventKind, Reissue, Sending, State
from reviews.move import KEPT, UNCLAIMED, UNDOABLE, change, locked, locked_groups, plain, undoable_for

# What the changes of an event hold besides columns of its case.
BESIDES = ("approved", "corrections", "delivery", "topics")
# What would be overlooked if a case that an act held again were closed or answered as before.
SINCE_HELD = (EventKind.REPEATED, EventKind.SNOOZED)


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
    return event.at + undoable_for(event)


@transaction.atomic
def undo(*, event_id: int, by: User, now: datetime) -> CaseEvent:
    """Put the case back as it was before one's own act. Raises PermissionDenied or NotUndoable."""
    require(by, DECIDE)
    event = CaseEvent.objects.select_related("decision").get(pk=event_id)
    into, _none = event.changes.get("merged_into_id", [None, None])
    locked_groups(case_ids=[event.case_id, *([into] if into else [])])
    case = locked(case_id=event.case_id)
    _check(event, case, by=by, now=now)
    if event.kind == EventKind.MERGED:
        apart(case, now=now, by=by)
    to = {name: _column(case, name, before) for name, before, _after in _columns(event)}
    if "version" in to:  # it only rises: pages that were opened since are old ones
        to["version"] = case.version + 1
    if to.get("state", case.state) not in CLAIMABLE:
        to |= UNCLAIMED
    undone = change(case, EventKind.UNDONE, now=now, by=by, undoes=event, **to)
    if event.kind == EventKind.SPLIT:
        together(case, now=now, by=by)
    _put_back(event, now=now)
    return undone


def _put_back(event: CaseEvent, *, now: datetime) -> None:
    """Put back what the act changed besides columns of its case; the weekly counts last, for all share them."""
    sending = Reissue.objects.filter(decision=event.decision).first() if event.decision else None
    if sending:
        _take_back(sending, now=now)
    if pk := event.changes.get("approved"):
        _propose_again(pk)
    if pk := event.changes.get("delivery"):
        _keep_back(pk, now=now)
    if corrected := event.changes.get("corrections"):
        restore(corrected)
    if topics := event.changes.get("topics"):
        restore_topics(topics)


def undo_bulk(*, bulk_id: int, by: User, now: datetime) -> tuple[int, list[str]]:
    """Undo a bulk act on every case that has not changed since. Returns how many, and why the others not.

    Each case by itself: one that cannot be undone, or a crash half way, leaves the others undone.
    """
    require(by, DECIDE)
    bulk = Bulk.objects.get(pk=bulk_id)
    done, refused = 0, []
    for event in bulk.events.order_by("pk"):
        try:
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
    if _changed_since(event, case):
        raise NotUndoable(_("Case %(case)s has changed since “%(act)s”: it is not undone.") % said)
    if "version" in event.changes:
        try:
            unheld_by_others(case, by=by, now=now)
        except HeldByAnother as why:
            raise NotUndoable(str(why)) from why


def _changed_since(event: CaseEvent, case: Case) -> bool:
    """Whether something happened since that undoing would overlook. What was undone itself did not happen."""
    columns = [(name, after) for name, _before, after in _columns(event) if name != "version"]
    if any(plain(getattr(case, name)) != after for name, after in columns):
        return True
    since = case.events.filter(pk__gt=event.pk, undone_by=None).exclude(kind=EventKind.UNDONE)
    if "version" in event.changes and since.filter(changes__has_key="version").exists():
        return True
    held_by_it = event.changes.get("state", [None, None])[1] == State.HELD
    if held_by_it and since.filter(kind__in=SINCE_HELD).exists():
        return True
    if event.kind != EventKind.SPLIT:
        return False
    target = Case.objects.get(pk=event.changes["merged_into_id"][0])
    return target.merged_into_id is not None or case.merged.exists()


def _columns(event: CaseEvent) -> list[tuple[str, Any, Any]]:
    return [(name, *values) for name, values in event.changes.items() if name not in BESIDES]


def _column(case: Case, name: str, value: Any) -> Any:
    """Return a value from the history as its column holds it."""
    field = Case._meta.get_field(name.removesuffix("_id"))
    if isinstance(field, models.DateTimeField) and value is not None:
        return datetime.fromisoformat(value)
    return value


def _keep_back(delivery: int, *, now: datetime) -> None:
    """Take a deliverable back that no pipeline has been told of."""
    waiting = Delivery.objects.filter(pk=delivery, send_after__gt=now, taken_back_at=None)
    if not waiting.update(taken_back_at=now):
        raise NotUndoable(_("The answer has been delivered already."))


def _take_back(sending: Reissue, *, now: datetime) -> None:
    """Stop a re-issue that has not left. Only one of this and the worker's taking it can win."""
    waiting = Reissue.objects.filter(pk=sending.pk, state__in=[Sending.PROPOSED, Sending.PENDING])
    stopped = waiting.update(state=Sending.TAKEN_BACK, finished_at=now)
    if not stopped:
        raise NotUndoable(_("Re-issue %(number)s has left already.") % {"number": sending.number})


def _propose_again(reissue: int) -> None:
    """Take an approval back before the re-issue has left: it is a proposal once more."""
    approved = Reissue.objects.filter(pk=reissue, state=Sending.PENDING)
    if not approved.update(state=Sending.PROPOSED, approved_by=None, approved_at=None, approval_nonce=None):
        raise NotUndoable(_("The re-issue has left already."))
