"""What stands beside a case on its page: guidance for its code, reasons to start from, and the deeds."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from reviews.access import DECIDE
from reviews.draft import drafts_of
from reviews.forms import DEEDS, quick_days
from reviews.guidance import folded_codes, guidance_for
from reviews.merge import candidates
from reviews.models import Case, State
from reviews.note import readers
from reviews.reasons import templates_of

# Of the people who can be named in a note, the page lists the first.
READERS_SHOWN = 20


def beside(case: Case, *, by: User, now: datetime) -> dict[str, Any]:
    """Return what `_guidance`, `_reasons`, `_deeds` and `_excerpt` expect."""
    decides = by.has_perm(DECIDE)
    return {
        "guidance": guidance_for(case.code),
        "reasons": templates_of(case) if decides else [],
        "deeds": deed_forms(case, by=by),
        "deed_opened": "",
        "candidates": candidates(case) if decides and case.state == State.HELD else [],
        "folded_codes": folded_codes(by),
        "quick_days": quick_days(today=timezone.localdate(now)),
        "readers": readers()[:READERS_SHOWN],
        "snoozed": case.is_snoozed(now=now),
    }


def deed_forms(case: Case, *, by: User) -> dict[str, forms.Form]:
    """Return every deed's form by its name, with what the person has typed into it before."""
    drafts = drafts_of(case, by=by)
    typed = {name: drafts[name].values for name in DEEDS if name in drafts}
    return {name: deed_form(name, case, typed=typed.get(name)) for name in DEEDS}


def deed_form(
    name: str, case: Case, *, data: QueryDict | None = None, typed: dict[str, str] | None = None
) -> forms.Form:
    """Return one deed's form, as it was posted (`data`) or as it opens."""
    opens = {"to": case.assigned_to_id, "topic": case.topic_id}
    # A version from an old draft would refuse what is typed now.
    initial = opens | (typed or {}) | {"version": case.version}
    return DEEDS[name](data, auto_id=f"{name}-%s", initial=initial)
