"""What a reviewer settles: uphold, handle by hand, withdraw, reclassify. (Re-issuing is in `reissue`.)

Each step checks the person's right, locks the case at the version that the person saw, writes the
decision and moves the case, in one transaction. None of them can be reached without a person.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from refusals import KNOWN_CODES, Outcome
from reviews.access import DECIDE, require
from reviews.count import correct
from reviews.models import Case, CaseEvent, Decision, Delivery, EventKind, Folded, Kind, Resolution, State
from reviews.move import MoveNotAllowed, locked, move


class NotComplete(ValueError):
    """A decision lacks something; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


CLOSES_AS = {
    Kind.UPHOLD: Resolution.UPHELD,
    Kind.BY_HAND: Resolution.BY_HAND,
    Kind.WITHDRAW: Resolution.WITHDRAWN,
}


@transaction.atomic
def settle(
    *, case_id: int, version: int, kind: Kind, reason: str, by: User, now: datetime, text: str = ""
) -> Decision:
    """Close a held case: the decline was right, a person answers by hand (`text`), or nobody needs it any more."""
    if kind not in CLOSES_AS or (text.strip() and kind != Kind.BY_HAND):
        raise ValueError(f"{kind.value} closes no case, or takes no text")
    case = held_case(case_id=case_id, version=version, by=by)
    decision = decide(case, kind=kind, reason=reason, by=by, now=now)
    if text.strip():
        Delivery.objects.create(case=case, text=text, by=by, at=now)
    move(case, State.CLOSED, now=now, resolution=CLOSES_AS[kind])
    return decision


@transaction.atomic
def reclassify(
    *, case_id: int, version: int, outcome: Outcome, code: str, reason: str, by: User, now: datetime
) -> Decision:
    """Correct what the machine judged, for every run of the case that a pipeline reported.

    Another code of a decline leaves the case held; another outcome means that it was no decline,
    and closes it. The machine's judgement stays; the numbers count the correction.
    """
    case = held_case(case_id=case_id, version=version, by=by)
    code = code_for(outcome, code)
    decision = decide(
        case, kind=Kind.RECLASSIFY, reason=reason, by=by, now=now, to_outcome=outcome.value, to_code=code
    )
    reported = case.folded.exclude(kind=Folded.REISSUE)
    correct(run_ids=[link.run_id for link in reported], outcome=outcome.value, code=code)
    if outcome is Outcome.DECLINED:
        case.code = code
        case.version += 1
        case.save(update_fields=["code", "version"])
    else:
        move(case, State.CLOSED, now=now, resolution=Resolution.RECLASSIFIED)
    return decision


def held_case(*, case_id: int, version: int, by: User) -> Case:
    """Lock a held case for a person's decision. Raises PermissionDenied, StaleCase or MoveNotAllowed."""
    require(by, DECIDE)
    case = locked(case_id=case_id, version=version)
    if case.state != State.HELD:
        raise MoveNotAllowed(f"Case {case.pk} is {case.get_state_display()}, not held: nothing to settle.")
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
) -> Decision:
    """Write down what a person decided on a case that `held_case` locked. Raises NotComplete without a reason."""
    require(by, DECIDE)
    if not reason.strip():
        raise NotComplete("reason", "Say why: the reason is kept with the decision.")
    decision = Decision.objects.create(
        case=case,
        kind=kind,
        reason=reason.strip(),
        by=by,
        at=now,
        case_version=case.version,
        to_outcome=to_outcome,
        to_code=to_code,
    )
    CaseEvent.objects.create(case=case, kind=EventKind.DECIDED, at=now, by=by, decision=decision)
    return decision


def code_for(outcome: Outcome, code: str) -> str:
    """Return the code that goes with an outcome: none with ok, else one of the code book (or NotComplete)."""
    if outcome is Outcome.OK:
        return ""
    if code not in KNOWN_CODES:
        raise NotComplete("code", f"{outcome.value} needs a reason code from the code book.")
    return code
