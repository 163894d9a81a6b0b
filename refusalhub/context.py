"""What every template knows of the site, and of the person who looks at it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from pipelines.running import asks_sandbox
from refusalhub.words import words
from reviews import note
from reviews.access import READ_TEXT
from reviews.models import EventKind, Preferences
from reviews.queue import waiting_count
from reviews.roles import role_names


def site(request: HttpRequest) -> dict[str, object]:
    """Say whether model calls go to the sandbox, so that no simulated answer passes for a real one.

    Where a re-issue went that has been sent stands with the re-issue: its worker decided it. And give the scripts
    their words, and the language in which workers write what no person asked them for.
    """
    return {
        "model_calls_simulated": asks_sandbox(),
        "site_language": settings.LANGUAGE_CODE,
        "words": words(),
    }


def person(request: HttpRequest) -> dict[str, Any]:
    """Say what waits for the person, and how they want their pages. Nothing for whoever is not signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    waiting = note.unseen_kinds(user)
    known: dict[str, Any] = {
        "preferences": Preferences.of(user),
        "mention_count": len(waiting),
        "asked_count": waiting.count(EventKind.ASKED),
        # A function: a part of a page needs no roles.
        "role_names": lambda: role_names(user),
    }
    if user.has_perm(READ_TEXT):
        known["held_count"] = waiting_count(now=timezone.now())
    return known
