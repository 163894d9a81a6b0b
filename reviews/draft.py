"""Drafts: what a person has typed and not submitted, kept by the server so that no crash loses it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from pipelines.storable import storable
from reviews.access import DECIDE, require
from reviews.claim import CLAIMABLE, lease
from reviews.models import Case, Decision, Draft
from reviews.move import locked


@transaction.atomic
def save(
    *,
    case_id: int,
    form: str,
    values: dict[str, str],
    version: int,
    by: User,
    now: datetime,
    claiming: bool = True,
) -> Draft | None:
    """Keep a person's draft of one form of a case; one without a word in it is let go.

    Whoever begins to write on a case that nobody holds claims it by that, unless they are leaving it.
    """
    require(by, DECIDE)
    case = locked(case_id=case_id)
    values = {name: storable(value) for name, value in values.items()}
    if Decision.objects.filter(case=case, by=by, case_version=version).exists():
        return None  # it was on its way when their own decision came in
    if not any(value.strip() for value in values.values()):
        Draft.objects.filter(case=case, by=by, form=form).delete()
        return None
    if claiming and case.state in CLAIMABLE and case.holder(now=now) in (None, by):
        lease(case, by=by, now=now)
    draft, _ = Draft.objects.update_or_create(
        case=case, by=by, form=form, defaults={"values": values, "case_version": version, "saved_at": now}
    )
    return draft


def let_go(*, case_id: int, form: str, by: User) -> None:
    """Let go of a person's draft of one form: what it said is done."""
    Draft.objects.filter(case=case_id, by=by, form=form).delete()


def drafts_of(case: Case, *, by: User) -> dict[str, Draft]:
    """Return a person's drafts for a case, by the names of their forms."""
    return {draft.form: draft for draft in Draft.objects.filter(case=case, by=by)}


def drafts_of_others(case: Case, *, than: User) -> list[Draft]:
    """Return what others have begun to write on a case: shown where two met on it."""
    return list(Draft.objects.filter(case=case).exclude(by=than).select_related("by").order_by("-saved_at"))
