"""The answer of a re-issue, read by a person: accepted as the deliverable, or not."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from reviews.access import DECIDE, require
from reviews.decide import NotComplete
from reviews.models import Case, Delivery, EventKind, Reissue, Resolution, Sending, State
from reviews.move import MoveNotAllowed, locked, move, note


@transaction.atomic
def accept(*, case_id: int, version: int, by: User, now: datetime) -> Delivery:
    """Make the answer the deliverable and close the case."""
    case, reissue = _answered(case_id=case_id, version=version, by=by)
    delivery = Delivery.objects.create(case=case, run=reissue.run, by=by, at=now)
    note(case, EventKind.ACCEPTED, now=now, by=by, run=reissue.run)
    move(case, State.CLOSED, now=now, resolution=Resolution.DELIVERED)
    return delivery


@transaction.atomic
def turn_down(*, case_id: int, version: int, reason: str, by: User, now: datetime) -> None:
    """Say why the answer will not do; the case is held again."""
    case, reissue = _answered(case_id=case_id, version=version, by=by)
    if not reason.strip():
        raise NotComplete("reason", "Say what is wrong with the answer: the reason is kept.")
    note(case, EventKind.NOT_ACCEPTED, now=now, by=by, run=reissue.run, text=reason.strip())
    move(case, State.HELD, now=now, held_since=now)


def _answered(*, case_id: int, version: int, by: User) -> tuple[Case, Reissue]:
    require(by, DECIDE)
    case = locked(case_id=case_id, version=version)
    if case.state != State.ANSWERED:
        raise MoveNotAllowed(f"Case {case.pk} is {case.get_state_display()}: there is no answer to accept.")
    return case, case.reissues.filter(state=Sending.ANSWERED).latest("number")
