"""Changing a case's state: one locked row, one version, one allowed move, one line of history."""

from datetime import datetime

from django.contrib.auth.models import User

from pipelines.models import Run
from reviews.models import MOVES, Case, CaseEvent, EventKind, Resolution, State

# What a move changes on the case.
MOVED_FIELDS = ["state", "resolution", "closed_at", "held_since", "version"]


class StaleCase(Exception):
    """The case changed since the person's page was made; nothing was settled."""


class MoveNotAllowed(Exception):
    """The case's state does not allow this."""


def locked(*, case_id: int, version: int | None = None) -> Case:
    """Lock a case's row for the transaction. Raises StaleCase if it is not at the version that was seen."""
    case = Case.objects.select_for_update(of=("self",)).select_related("pipeline", "topic").get(pk=case_id)
    if version is not None and case.version != version:
        raise StaleCase(f"Case {case_id} changed since you opened it. It is now: {case.get_state_display()}.")
    return case


def move(case: Case, to: State, *, now: datetime, resolution: Resolution | None = None) -> None:
    """Move a locked case to another state. Raises MoveNotAllowed where `MOVES` does not list it."""
    moved(case, to, now=now, resolution=resolution)
    case.save(update_fields=MOVED_FIELDS)


def moved(case: Case, to: State, *, now: datetime, resolution: Resolution | None = None) -> None:
    """Move a locked case in memory; the caller saves `MOVED_FIELDS`, of many cases at once."""
    if to not in MOVES[State(case.state)]:
        raise MoveNotAllowed(f"Case {case.pk} is {case.get_state_display()}: it cannot become {to.label}.")
    case.state = to
    case.resolution = resolution or ""
    case.closed_at = now if to == State.CLOSED else None
    if to == State.HELD:
        case.held_since = now
    case.version += 1


def note(
    case: Case,
    kind: EventKind,
    *,
    now: datetime,
    by: User | None = None,
    run: Run | None = None,
    text: str = "",
) -> None:
    """Add a line to the case's history."""
    CaseEvent.objects.create(case=case, kind=kind, at=now, by=by, run=run, text=text)
