"""What a reviewer settles: uphold, handle by hand, withdraw, reclassify. (Re-issuing is in `reissue`.)

Each step checks the person's right, locks the case at the version that the person saw, writes the
decision and moves the case, in one transaction. None of them can be reached without a person.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from refusals import KNOWN_CODES, Outcome
from reviews.access import DECIDE, require
from reviews.attach import OwnFile, keep
from reviews.claim import unheld_by_others
from reviews.count import correct, corrections
from reviews.models import (
    Bulk,
    Case,
    CaseRun,
    Decision,
    Delivery,
    Draft,
    EventKind,
    Folded,
    Kind,
    Resolution,
    State,
)
from reviews.move import MoveNotAllowed, change, leaves_after, locked, moving


class NotComplete(ValueError):
    """A decision lacks something; `field` names it, or is None where it is no field of a form."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field


CLOSES_AS = {
    Kind.UPHOLD: Resolution.UPHELD,
    Kind.BY_HAND: Resolution.BY_HAND,
    Kind.WITHDRAW: Resolution.WITHDRAWN,
}


@transaction.atomic
def settle(
    *,
    case_id: int,
    version: int,
    kind: Kind,
    reason: str,
    by: User,
    now: datetime,
    text: str = "",
    file: OwnFile | None = None,
    bulk: Bulk | None = None,
    waited_since: datetime | None = None,
) -> Decision:
    """Close a held case: the decline was right, a person answers by hand, or nobody needs it any more.

    By hand, `text` or `file` is what the pipeline gets, not both. `waited_since` is as in `decide`.
    """
    own = file is not None or bool(text.strip())
    if kind not in CLOSES_AS or (own and kind != Kind.BY_HAND):
        raise ValueError(f"{kind.value} closes no case, or takes no text and no file")
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    besides = {"delivery": deliver_own(case, text=text, file=file, by=by, now=now).pk} if own else {}
    to = moving(case, State.CLOSED, now=now, resolution=CLOSES_AS[kind])
    return decide(
        case,
        kind=kind,
        reason=reason,
        by=by,
        now=now,
        bulk=bulk,
        besides=besides,
        waited_since=waited_since,
        **to,
    )


def deliver_own(case: Case, *, text: str, file: OwnFile | None, by: User, now: datetime) -> Delivery:
    """Give a person's own text or file to the pipeline, once the time to undo it is over."""
    if file is not None and text.strip():
        raise NotComplete("file", _("The pipeline gets one thing: a text or a file, not both."))
    return Delivery.objects.create(
        case=case,
        text="" if file else text,
        file=keep(file) if file else None,
        by=by,
        at=now,
        send_after=now + leaves_after(),
    )


@transaction.atomic
def reclassify(
    *, case_id: int, version: int, outcome: Outcome, code: str, reason: str, by: User, now: datetime
) -> Decision:
    """Correct what the machine judged, for every run of the case, and of those merged into it, that a
    pipeline reported.

    Another code of a decline leaves the case held; another outcome means that it was no decline,
    and closes it. The machine's judgement stays; the numbers count the correction.
    """
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    code = code_for(outcome, code)
    of_group = CaseRun.objects.filter(Q(case=case) | Q(case__merged_into=case))
    reported = list(of_group.exclude(kind=Folded.REISSUE).values_list("run_id", flat=True))
    corrected = corrections(reported)
    if outcome is Outcome.DECLINED:
        to: dict[str, Any] = {"code": code, "version": case.version + 1}
    else:
        to = moving(case, State.CLOSED, now=now, resolution=Resolution.RECLASSIFIED)
    decision = decide(
        case,
        kind=Kind.RECLASSIFY,
        reason=reason,
        by=by,
        now=now,
        to_outcome=outcome.value,
        to_code=code,
        besides={"corrections": corrected},
        **to,
    )
    correct(run_ids=reported, outcome=outcome.value, code=code)
    return decision


@transaction.atomic
def reopen(*, case_id: int, version: int, reason: str, by: User, now: datetime) -> None:
    """Hold a closed case again: somebody changed their mind. What was decided before stays in its history."""
    require(by, DECIDE)
    case = locked(case_id=case_id, version=version)
    if case.state != State.CLOSED or case.resolution == Resolution.MERGED:
        raise MoveNotAllowed(_("Case %(case)s is not closed, or merged into another.") % {"case": case.pk})
    said = needed(reason)
    change(case, EventKind.REOPENED, now=now, by=by, text=said, **moving(case, State.HELD, now=now))


def held_case(*, case_id: int, version: int, by: User, now: datetime) -> Case:
    """Lock a held case for a person's decision.

    Raises PermissionDenied, StaleCase, HeldByAnother (somebody else's claim stands) or MoveNotAllowed.
    """
    require(by, DECIDE)
    case = locked(case_id=case_id, version=version)
    unheld_by_others(case, by=by, now=now)
    if case.state != State.HELD:
        raise MoveNotAllowed(
            _("Case %(case)s is %(state)s, not held: nothing to settle.")
            % {"case": case.pk, "state": case.get_state_display()}
        )
    return case


def decide(
    case: Case,
    *,
    kind: Kind,
    reason: str,
    by: User,
    now: datetime,
    to_outcome: str = "",
    to_code: str = "",
    bulk: Bulk | None = None,
    besides: dict[str, Any] | None = None,
    waited_since: datetime | None = None,
    **to: Any,
) -> Decision:
    """Write down what a person decided on a case that `held_case` locked, and set what follows from it (`to`).

    It waited for that since `waited_since`, or else since it was held. The person's drafts for the case go
    with it. Raises NotComplete without a reason.
    """
    require(by, DECIDE)
    decision = Decision.objects.create(
        case=case,
        kind=kind,
        reason=needed(reason),
        by=by,
        at=now,
        # A pipeline's clock can be ahead of ours.
        held_since=min(waited_since or case.held_since, now),
        case_version=case.version,
        to_outcome=to_outcome,
        to_code=to_code,
    )
    change(case, EventKind.DECIDED, now=now, by=by, decision=decision, bulk=bulk, besides=besides, **to)
    Draft.objects.filter(case=case, by=by).delete()
    return decision


def needed(reason: str) -> str:
    """Return the reason without the space around it. Raises NotComplete where there is none."""
    if not reason.strip():
        raise NotComplete("reason", _("Say why: the reason is kept with the decision."))
    return reason.strip()


def code_for(outcome: Outcome, code: str) -> str:
    """Return the code that goes with an outcome: none with ok, else one of the code book (or NotComplete)."""
    if outcome is Outcome.OK:
        return ""
    if code not in KNOWN_CODES:
        raise NotComplete(
            "code", _("%(outcome)s needs a reason code from the code book.") % {"outcome": outcome.value}
        )
    return code
