"""The way to a re-issue in a test: a person signs in, and their form's pass goes with what they ask for."""

import re
from datetime import datetime
from html import unescape
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from reviews import passes
from reviews.compose import Asked
from reviews.models import Case, Reissue
from reviews.reissue import reissue


def session_of(by: User) -> str:
    """Sign the person in and return the key of their session; nobody has none."""
    if not by.pk:
        return ""
    client = Client()
    client.force_login(by)
    key = client.session.session_key
    assert key
    return key


def pass_for(
    case: Case, *, by: User, now: datetime, act: passes.Act = "reissue", version: int | None = None
) -> passes.Pass:
    """Return the pass that the case's page would give this person, for the case as it was read."""
    return passes.issue(
        act=act,
        case_id=case.pk,
        version=case.version if version is None else version,
        by=by,
        session_key=session_of(by),
        now=now,
    )


def reissued(
    case: Case,
    *,
    asked: Asked,
    by: User,
    now: datetime,
    given: passes.Pass | None = None,
    attested: bool = True,
    **more: Any,
) -> Reissue:
    """Re-issue a case as the form does: signed in, attested."""
    return reissue(
        case_id=case.pk,
        version=case.version,
        asked=asked,
        by=by,
        now=now,
        given=given or pass_for(case, by=by, now=now),
        attested=attested,
        **more,
    )


def form_on(page: str) -> dict[str, str]:
    """Return what the re-issue form of a page carries besides what a person types, the tick included."""
    form = re.search(r'<form[^>]*action="/cases/\d+/reissue/.*?</form>', page, re.DOTALL)
    assert form, "no re-issue form"
    found = re.findall(r'<input type="hidden" name="(pass|version)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in found} | {"way": "context", "attested": "on"}


def form_of(client: Client, case: Case) -> dict[str, str]:
    """Open the case's page and return what its re-issue form carries."""
    return form_on(client.get(case.get_absolute_url()).content.decode())
