"""A second person looks at a proposed re-issue: approves it, so that it leaves, or turns it down.

Who proposed it cannot approve it; the database says so as well.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from reviews import passes
from reviews.access import DECIDE, require
from reviews.decide import NotComplete, held_case
from reviews.models import Case, EventKind, Reissue, Sending, State
from reviews.move import MoveNotAllowed, change, leaves_after, moving
from reviews.send import give_back


class OwnProposal(Exception):
    """Nobody approves what they proposed themselves."""


@transaction.atomic
def approve(*, case_id: int, version: int, by: User, now: datetime, given: passes.Pass) -> Reissue:
    """Approve the exact request that was shown: it waits in the outbox, and can be undone as long as any other.

    Raises BadPass, OwnProposal and what `held_case` raises.
    """
    require(by, DECIDE)
    spent = passes.spend(given=given, act="approve", case_id=case_id, version=version, by=by, now=now)
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    proposed = _proposed(case)
    if proposed.by_id == by.pk:
        raise OwnProposal(_("You proposed this re-issue: somebody else has to approve it."))
    proposed.state, proposed.send_after = Sending.PENDING, now + leaves_after()
    proposed.approved_by, proposed.approved_at = by, now
    proposed.approval_nonce, proposed.spent = spent.nonce, spent
    names = ["state", "send_after", "approved_by", "approved_at", "approval_nonce"]
    proposed.save(update_fields=names)
    to = moving(case, State.REISSUING, now=now)
    change(case, EventKind.APPROVED, now=now, by=by, besides={"approved": proposed.pk}, **to)
    return proposed


@transaction.atomic
def turn_down_proposal(*, case_id: int, version: int, reason: str, by: User, now: datetime) -> Reissue:
    """Say why a proposed re-issue shall not leave; the case is held as before. One's own can be turned down too.

    Raises NotComplete and what `held_case` raises.
    """
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    proposed = _proposed(case)
    if not reason.strip():
        raise NotComplete("reason", _("Say why it shall not leave: the reason is kept."))
    proposed.state, proposed.finished_at = Sending.TURNED_DOWN, now
    proposed.turned_down_by, proposed.turned_down_why = by, reason.strip()
    proposed.save(update_fields=["state", "finished_at", "turned_down_by", "turned_down_why"])
    change(case, EventKind.NOT_APPROVED, now=now, by=by, text=reason.strip(), version=case.version + 1)
    give_back(case, now=now)
    return proposed


def _proposed(case: Case) -> Reissue:
    proposed = case.reissues.filter(state=Sending.PROPOSED).first()
    if proposed is None:
        raise MoveNotAllowed(_("Case %(case)s has no proposed re-issue.") % {"case": case.pk})
    return proposed
