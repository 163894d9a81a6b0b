"""The answer of a re-issue, read by a person: accepted as the deliverable, or not.

A machine judges shape, a person judges meaning: only an answer that has what its pipeline asks of every
answer can be accepted. What a person makes of one that has not is their own text, and delivered as such.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.attach import OwnFile
from reviews.check import flaws
from reviews.claim import unheld_by_others
from reviews.decide import NotComplete, settle
from reviews.models import (
    Case,
    Decision,
    Delivery,
    Draft,
    EventKind,
    Kind,
    Reissue,
    Resolution,
    Sending,
    State,
)
from reviews.move import MoveNotAllowed, change, leaves_after, locked, moving


class NotDone(NotComplete):
    """The answer lacks what its pipeline asks of every answer; `flaws` names each lack."""

    def __init__(self, flaws: list[str]) -> None:
        said = _(
            "The answer cannot be accepted, for it lacks what its pipeline asks of every answer: %(flaws)s."
        )
        super().__init__(None, said % {"flaws": "; ".join(flaws)})
        self.flaws = flaws


@transaction.atomic
def accept(*, case_id: int, version: int, by: User, now: datetime) -> Delivery:
    """Make the answer the deliverable and close the case. Raises NotDone."""
    case, reissue = _answered(case_id=case_id, version=version, by=by, now=now)
    if reissue.run and (found := flaws(run=reissue.run, pipeline=case.pipeline)):
        raise NotDone(found)
    delivery = Delivery.objects.create(
        case=case, run=reissue.run, by=by, at=now, send_after=now + leaves_after()
    )
    to = moving(case, State.CLOSED, now=now, resolution=Resolution.DELIVERED)
    change(
        case,
        EventKind.ACCEPTED,
        now=now,
        by=by,
        run=reissue.run,
        besides={"delivery": delivery.pk},
        **to,
    )
    return delivery


@transaction.atomic
def turn_down(*, case_id: int, version: int, reason: str, by: User, now: datetime) -> None:
    """Say why the answer will not do; the case is held again."""
    case, reissue = _answered(case_id=case_id, version=version, by=by, now=now)
    if not reason.strip():
        raise NotComplete("reason", _("Say what is wrong with the answer: the reason is kept."))
    to = moving(case, State.HELD, now=now)
    change(
        case,
        EventKind.NOT_ACCEPTED,
        now=now,
        by=by,
        run=reissue.run,
        text=reason.strip(),
        **to,
    )
    Draft.objects.filter(case=case, by=by).delete()


@transaction.atomic
def replace(
    *,
    case_id: int,
    version: int,
    reason: str,
    by: User,
    now: datetime,
    text: str = "",
    file: OwnFile | None = None,
) -> Decision:
    """Handle by hand instead of accepting: the answer is turned down, and what the person gives is theirs."""
    _case, answered = _answered(case_id=case_id, version=version, by=by, now=now)
    turn_down(case_id=case_id, version=version, reason=reason, by=by, now=now)
    now_at = Case.objects.values_list("version", flat=True).get(pk=case_id)
    return settle(
        case_id=case_id,
        version=now_at,
        kind=Kind.BY_HAND,
        reason=reason,
        by=by,
        now=now,
        text=text,
        file=file,
        # Turning the answer down held it again this very moment; the person was waited for since it came.
        waited_since=answered.finished_at,
    )


def unread_answer(case: Case) -> Reissue | None:
    """Return the re-issue whose answer came last, of those that nobody accepted or turned down."""
    turned_down = case.events.filter(kind=EventKind.NOT_ACCEPTED, undone_by=None, run__isnull=False)
    delivered = case.deliveries.filter(taken_back_at=None, run__isnull=False)
    answers = case.reissues.filter(state=Sending.ANSWERED)
    unread = answers.exclude(run__in=turned_down.values("run")).exclude(run__in=delivered.values("run"))
    return unread.order_by("finished_at", "number").last()


def _answered(*, case_id: int, version: int, by: User, now: datetime) -> tuple[Case, Reissue]:
    require(by, DECIDE)
    case = locked(case_id=case_id, version=version)
    unheld_by_others(case, by=by, now=now)
    reissue = unread_answer(case)
    if case.state != State.ANSWERED or reissue is None:
        raise MoveNotAllowed(
            _("Case %(case)s is %(state)s: there is no answer to accept.")
            % {"case": case.pk, "state": case.get_state_display()}
        )
    return case, reissue
