"""Drafts: what a person has typed and not submitted, kept by the server so that no crash loses it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.forms import BooleanField, Form

from pipelines.storable import storable
from reviews.access import DECIDE, require
from reviews.claim import CLAIMABLE, lease
from reviews.models import Case, Decision, Draft, Way
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


def typed(form: type[Form], values: dict[str, Any]) -> dict[str, str]:
    """Return what of a form's values is worth keeping: no ticks, and no text that is edited the other way.

    A tick is given anew each time. A choice alone is no draft.
    """
    kept = {
        name: str(value)
        for name, value in values.items()
        if name in form.base_fields and not isinstance(form.base_fields[name], BooleanField)
    }
    if kept.get("way") == Way.CONTEXT:
        kept.pop("text", None)
    chosen = {name for name in kept if name in ("way", "model")}
    return kept if any(value.strip() for name, value in kept.items() if name not in chosen) else {}
