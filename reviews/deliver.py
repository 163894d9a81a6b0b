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
    move(case, State.HELD, now=now)


def unread_answer(case: Case) -> Reissue | None:
    """Return the re-issue whose answer came last, of those that nobody accepted or turned down."""
    turned_down = case.events.filter(kind=EventKind.NOT_ACCEPTED, run__isnull=False).values("run")
    answers = case.reissues.filter(state=Sending.ANSWERED, run__delivery__isnull=True)
    return answers.exclude(run__in=turned_down).order_by("finished_at", "number").last()


def _answered(*, case_id: int, version: int, by: User) -> tuple[Case, Reissue]:
    require(by, DECIDE)
    case = locked(case_id=case_id, version=version)
    reissue = unread_answer(case)
    if case.state != State.ANSWERED or reissue is None:
        raise MoveNotAllowed(f"Case {case.pk} is {case.get_state_display()}: there is no answer to accept.")
    return case, reissue
