"""Claims: a person's lease on a case, so that two never work on one.

A claim binds others until `claimed_until`. The page renews it while it is visible and gives it back
when it is left; one that is forgotten runs out by itself. It never binds its own holder.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from reviews.access import DECIDE, LEAD, require
from reviews.models import Case, EventKind, State
from reviews.move import UNCLAIMED, MoveNotAllowed, change, locked
from reviews.people import name_of
from reviews.queue import Filter, behind, snoozed

LEASE = timedelta(minutes=10)
CLAIMABLE = (State.HELD, State.ANSWERED)


class HeldByAnother(Exception):
    """Somebody else's claim stands; `holder` and `until` say whose and how long."""

    def __init__(self, case: Case, holder: User) -> None:
        self.holder = holder
        self.until = case.claimed_until
        super().__init__(
            _("Case %(case)s is claimed by %(who)s.") % {"case": case.pk, "who": name_of(holder)}
        )


@transaction.atomic
def claim(*, case_id: int, by: User, now: datetime) -> Case:
    """Claim a case that waits, or renew one's own claim.

    Raises PermissionDenied, HeldByAnother, or MoveNotAllowed where the case waits for nobody.
    """
    require(by, DECIDE)
    case = locked(case_id=case_id)
    unheld_by_others(case, by=by, now=now)
    lease(case, by=by, now=now)
    return case


def unheld_by_others(case: Case, *, by: User, now: datetime) -> None:
    """Raise HeldByAnother if a claim of somebody else stands on a locked case."""
    holder = case.holder(now=now)
    if holder is not None and holder.pk != by.pk:
        raise HeldByAnother(case, holder)


def lease(case: Case, *, by: User, now: datetime, kind: EventKind = EventKind.CLAIMED) -> None:
    """Let a person hold a locked case from now on; a claim that is merely renewed leaves no line of history."""
    if case.state not in CLAIMABLE:
        raise MoveNotAllowed(
            _("Case %(case)s is %(state)s: there is nothing to claim.")
            % {"case": case.pk, "state": case.get_state_display()}
        )
    held = case.holder(now=now)
    if held is not None and held.pk == by.pk:
        case.claimed_until = now + LEASE
        case.save(update_fields=["claimed_until"])
        return
    text = name_of(held) if held else ""
    change(case, kind, now=now, by=by, text=text, claimed_by_id=by.pk, claimed_until=now + LEASE)


@transaction.atomic
def give_back(*, case_id: int, by: User, until: datetime | None = None) -> None:
    """Give one's own claim back. A claim of somebody else, or none, stays as it is.

    With `until`, only the claim that ended then: a page that is left speaks late, and what its person
    has renewed since, by opening the case anew or in another tab, is theirs still.
    """
    claims = Case.objects.filter(pk=case_id, claimed_by=by)
    if until is not None:
        claims = claims.filter(claimed_until=until)
    claims.update(**UNCLAIMED)


@transaction.atomic
def take_over(*, case_id: int, by: User, now: datetime) -> Case:
    """Take a case from whoever holds it: a lead's right, and a line of its history."""
    require(by, LEAD)
    case = locked(case_id=case_id)
    kind = EventKind.TAKEN_OVER if case.holder(now=now) else EventKind.CLAIMED
    lease(case, by=by, now=now, kind=kind)
    return case


def free(*, wanted: Filter, by: User, now: datetime) -> QuerySet[Case]:
    """Return the cases of a list that the person can claim now: nobody else holds them or was handed them."""
    unclaimed = Q(claimed_by=None) | Q(claimed_until__lte=now) | Q(claimed_by=by)
    open_to = Q(assigned_to=None) | Q(assigned_to=by)
    cases = wanted.cases(now=now).filter(unclaimed, open_to, state__in=CLAIMABLE)
    return cases if wanted.state == "snoozed" else cases.exclude(snoozed(now))


@transaction.atomic
def claim_next(*, wanted: Filter, by: User, now: datetime, after: Case | None = None) -> Case | None:
    """Claim the next case of a list that nobody else holds, and return it; None where there is none.

    Without `after`, what the person holds already comes first: that is where they left off. With it,
    the claim on that case is given back and the list goes on behind it, from its top again after its end.
    What is on its way or handed to somebody else is passed over, and so is what is snoozed, unless the list
    is one of such cases.
    """
    require(by, DECIDE)
    cases = free(wanted=wanted, by=by, now=now)
    if after is None:
        held = cases.filter(claimed_by=by, claimed_until__gt=now)
        found = _first(held) or _first(cases)
    else:
        others = cases.exclude(pk=after.pk)
        found = _first(others.filter(behind(after, wanted.order, now=now))) or _first(others)
    if found is not None:
        lease(found, by=by, now=now)
    if after is not None:
        give_back(case_id=after.pk, by=by)
    return found


def _first(cases: QuerySet[Case]) -> Case | None:
    """Lock the first case that no other transaction has locked. (SQLite lets one writer in at a time.)"""
    skip = connection.features.has_select_for_update_skip_locked
    return cases.select_for_update(of=("self",), skip_locked=skip).first()
