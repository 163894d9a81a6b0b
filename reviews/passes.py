"""The pass of a re-issue form: what shows that a signed-in person had the form before them.

A page's form carries a signed text that is good for one sending: of one act, by one person, on one case at
one version, in one session. `spend` looks it over; the nonce inside is stored under a unique constraint, so
that it opens the door once. Whoever has no session of that person (a task, a command, an API key) gets none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from secrets import token_urlsafe
from typing import Literal

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

SALT = "reviews.passes"
# A page that was left open for longer is opened anew.
GOOD_FOR = timedelta(hours=24)

Act = Literal["reissue", "approve"]


class BadPass(Exception):
    """The form's pass does not open this door; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A pass as it came back with a form, and the key of the session that posted it."""

    text: str
    session_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A pass that was found good: what the row keeps of it."""

    nonce: str
    act: Act
    case_id: int
    by_id: int


def issue(*, act: Act, case_id: int, version: int, by: User, session_key: str | None, now: datetime) -> Pass:
    """Make the pass that goes into a person's form."""
    said = {
        "nonce": token_urlsafe(24),
        "act": act,
        "case": case_id,
        "version": version,
        "by": by.pk,
        "session": _fingerprint(session_key),
        "at": int(now.timestamp()),
    }
    return Pass(text=signing.dumps(said, salt=SALT), session_key=session_key)


def spend(*, given: Pass, act: Act, case_id: int, version: int, by: User, now: datetime) -> Spent:
    """Return what a good pass is worth. Raises BadPass. That it was not used before, the database sees to."""
    try:
        said = signing.loads(given.text, salt=SALT)
    except signing.BadSignature as why:
        raise BadPass(
            _("Only the form on the case's own page can do this: open the case and send it there.")
        ) from why
    if said["by"] != by.pk or said["session"] != _fingerprint(given.session_key):
        raise BadPass(_("This form was made for another person, or before you signed in: look again."))
    if (said["act"], said["case"]) != (act, case_id):
        raise BadPass(_("This form was made for another case or another act: look again."))
    if said["version"] != version:
        raise BadPass(_("This form was made for an older state of the case: look again."))
    if now.timestamp() - said["at"] > GOOD_FOR.total_seconds():
        raise BadPass(_("This form has been open for too long: look again."))
    if _signed_in(given.session_key) != by:
        raise BadPass(_("You are not signed in any more: sign in and look again."))
    return Spent(nonce=said["nonce"], act=act, case_id=case_id, by_id=by.pk)


def _fingerprint(session_key: str | None) -> str:
    """Return what stands for a session in a page: nobody can sign in with it."""
    return salted_hmac(SALT, session_key or "").hexdigest()[:32]


def _signed_in(session_key: str | None) -> object:
    """Return whose session it is, as the session store knows it."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    return get_user(request)
