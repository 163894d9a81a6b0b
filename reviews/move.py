"""Changing a case: one locked row, one allowed move, one line of history that says what it changed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from pipelines.models import Run
from reviews.first_outcomes import bears_on, keep
from reviews.models import MOVES, Bulk, Case, CaseEvent, Decision, EventKind, Resolution, Sending, State
from reviews.openings import LABELS, Moved, follow, relabel
from reviews.webhooks.announce import announce

# What a move changes on the case.
MOVED_FIELDS = [
    "state",
    "resolution",
    "closed_at",
    "held_since",
    "version",
    "merged_into",
    "claimed_by",
    "claimed_until",
    "snooze",
    "snoozed_until",
    "wakes_at_declines",
    "snoozed_models",
]
AWAKE: dict[str, Any] = {
    "snooze": "",
    "snoozed_until": None,
    "wakes_at_declines": None,
    "snoozed_models": None,
}
UNCLAIMED: dict[str, Any] = {"claimed_by_id": None, "claimed_until": None}
# A claim is a lease of its own: no act on the case gives it back, and undoing one does not either.
NOT_RECORDED = UNCLAIMED.keys()


def leaves_after() -> timedelta:
    """How long what leaves the building waits, so that it can be undone: the setting `UNDO_SECONDS`."""
    return timedelta(seconds=settings.UNDO_SECONDS)


# How long an act can be undone by which nothing leaves; nobody outside is told of it before.
KEPT = timedelta(minutes=10)
UNDOABLE = (
    EventKind.DECIDED,
    EventKind.APPROVED,
    EventKind.REOPENED,
    EventKind.ACCEPTED,
    EventKind.NOT_ACCEPTED,
    EventKind.ASSIGNED,
    EventKind.TOPIC_SET,
    EventKind.SNOOZED,
    EventKind.MERGED,
    EventKind.SPLIT,
)


def undoable_for(event: CaseEvent) -> timedelta:
    """Return how long a line of history can be undone, or waits as if it could: nobody outside is told before."""
    leaves = event.changes.get("state", [None, None])[1] == State.REISSUING or "delivery" in event.changes
    return KEPT if event.kind in UNDOABLE and not leaves else leaves_after()


class StaleCase(Exception):
    """The case changed since the person's page was made; nothing was settled."""


class MoveNotAllowed(Exception):
    """The case's state does not allow this."""


def locked(*, case_id: int, version: int | None = None) -> Case:
    """Lock a case's row for the transaction. Raises StaleCase if it is not at the version that was seen."""
    # With the row, what never changes. PostgreSQL joins before it waits for the lock: a holder who claimed the
    # case meanwhile would be in the row, and missing beside it.
    case = Case.objects.select_for_update(of=("self",)).select_related("pipeline").get(pk=case_id)
    if version is not None and case.version != version:
        raise StaleCase(
            _("Case %(case)s changed since you opened it. It is now: %(state)s.")
            % {"case": case_id, "state": case.get_state_display()}
        )
    return case


def locked_groups(*, case_ids: Iterable[int]) -> dict[int, Case]:
    """Lock cases and whatever is merged with them, by their keys.

    All in one order, so that two transactions never wait for each other in a ring.
    """
    wanted = set(case_ids)
    into = Case.objects.filter(pk__in=wanted, merged_into__isnull=False)
    wanted |= set(into.values_list("merged_into_id", flat=True))
    wanted |= set(Case.objects.filter(merged_into__in=wanted).values_list("pk", flat=True))
    cases = {case.pk: case for case in Case.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    # Merged between our looking and our locking: the other one has committed that, so we do not wait for it.
    missed = {case.merged_into_id for case in cases.values() if case.merged_into_id} - cases.keys()
    return cases | locked_groups(case_ids=missed) if missed else cases


def moving(
    case: Case,
    to: State,
    *,
    now: datetime,
    resolution: Resolution | None = None,
    merged_into: Case | None = None,
) -> dict[str, Any]:
    """Return what a move to another state sets.

    Raises MoveNotAllowed where `MOVES` does not list it, or where closing would leave a proposal behind.

    A claim and a snooze end with it: whoever opens the case next starts anew.
    """
    if to not in MOVES[State(case.state)]:
        raise MoveNotAllowed(
            _("Case %(case)s is %(state)s: it cannot become %(to)s.")
            % {"case": case.pk, "state": case.get_state_display(), "to": to.label}
        )
    if to == State.CLOSED and case.reissues.filter(state=Sending.PROPOSED).exists():
        raise MoveNotAllowed(
            _("Case %(case)s has a proposed re-issue: approve it or turn it down first.") % {"case": case.pk}
        )
    return {
        "state": to.value,
        "resolution": resolution.value if resolution else "",
        "closed_at": now if to == State.CLOSED else None,
        "held_since": now if to == State.HELD else case.held_since,
        "version": case.version + 1,
        "merged_into_id": merged_into.pk if merged_into else None,
        **AWAKE,
        **UNCLAIMED,
    }


def move(
    case: Case,
    to: State,
    *,
    now: datetime,
    resolution: Resolution | None = None,
) -> None:
    """Move a locked case, where another line of its history says why. Raises MoveNotAllowed."""
    was = State(case.state)
    moved(case, to, now=now, resolution=resolution)
    case.save(update_fields=MOVED_FIELDS)
    follow([Moved(case, was, EventKind.REOPENED)], now=now)


def moved(case: Case, to: State, *, now: datetime, resolution: Resolution | None = None) -> None:
    """Move a locked case in memory; the caller saves `MOVED_FIELDS`, of many cases at once."""
    for name, value in moving(case, to, now=now, resolution=resolution).items():
        setattr(case, name, value)


def change(
    case: Case,
    kind: EventKind,
    *,
    now: datetime,
    by: User | None = None,
    run: Run | None = None,
    decision: Decision | None = None,
    text: str = "",
    bulk: Bulk | None = None,
    undoes: CaseEvent | None = None,
    besides: dict[str, Any] | None = None,
    **to: Any,
) -> CaseEvent:
    """Set columns of a locked case and write the line of history that can undo it.

    `to` names columns (`assigned_to_id`, not `assigned_to`); `besides` is what the act changed on other
    rows, for `undo` to read.
    """
    changes: dict[str, Any] = {
        name: [plain(getattr(case, name)), plain(value)]
        for name, value in to.items()
        if name not in NOT_RECORDED and getattr(case, name) != value
    }
    was = State(case.state)
    for name, value in to.items():
        setattr(case, name, value)
    if to:
        case.save(update_fields=list(to))
    follow([Moved(case, was, kind, EventKind(undoes.kind) if undoes else None)], now=now)
    if not LABELS.isdisjoint(to):
        relabel(case)
    event = CaseEvent.objects.create(
        case=case,
        kind=kind,
        at=now,
        by=by,
        run=run,
        decision=decision,
        text=text,
        bulk=bulk,
        undoes=undoes,
        changes=changes | (besides or {}),
    )
    if bears_on(case, event):
        keep(case_id=case.pk)
    announce([event], now=now, undoable_for=undoable_for(event))
    return event


def plain(value: Any) -> Any:
    """Return a column's value as JSON holds it: a time as ISO text in UTC, all else as it is."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
