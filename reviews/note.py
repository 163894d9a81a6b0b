"""What people tell each other on a case: notes with mentions, a question to the owner, and the reply."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews import search
from reviews.access import DECIDE, READ_TEXT, able, require
from reviews.decide import NotComplete
from reviews.models import Case, CaseEvent, EventKind, Mention, State
from reviews.move import change, locked

# The characters that Django allows in a user name; a full stop at the end is the sentence's.
MENTION = re.compile(r"(?<![\w@.+-])@([\w@.+-]*\w)")


@transaction.atomic
def note(*, case_id: int, text: str, by: User, now: datetime) -> tuple[CaseEvent, list[str]]:
    """Add a note. Everybody named in it by @name finds it under their mentions.

    Returns the note, and the names that belong to nobody who may read it.
    """
    require(by, READ_TEXT)
    case = locked(case_id=case_id)
    event = change(case, EventKind.NOTED, now=now, by=by, text=_needed(text))
    names = set(MENTION.findall(text))
    people = [
        one for one in User.objects.filter(username__in=names, is_active=True) if one.has_perm(READ_TEXT)
    ]
    _mention(event, people)
    search.index(case_ids=[case.pk])
    return event, sorted(names - {one.username for one in people})


@transaction.atomic
def ask(*, case_id: int, question: str, by: User, now: datetime) -> CaseEvent:
    """Ask the pipeline's owner for background. The case stays held; the owner finds the question."""
    require(by, DECIDE)
    case = locked(case_id=case_id)
    owner = case.pipeline.owner
    if owner is None or not owner.is_active:
        raise NotComplete("text", _("Pipeline %(slug)s has no owner to ask.") % {"slug": case.pipeline.slug})
    event = change(case, EventKind.ASKED, now=now, by=by, text=_needed(question), asked_at=now)
    _mention(event, [owner])
    return event


@transaction.atomic
def reply(*, case_id: int, text: str, by: User, now: datetime) -> CaseEvent:
    """Give the background that was asked for: the pipeline's owner, or whoever settles cases."""
    case = locked(case_id=case_id)
    if case.pipeline.owner_id != by.pk and not by.has_perm(DECIDE):
        raise PermissionDenied("only the pipeline's owner, or a reviewer, gives background")
    asked = case.events.filter(kind=EventKind.ASKED).select_related("by").last()
    if asked is None or case.asked_at is None:
        raise NotComplete("text", _("Nothing is asked about case %(case)s any more.") % {"case": case.pk})
    event = change(case, EventKind.REPLIED, now=now, by=by, text=_needed(text), asked_at=None)
    Mention.objects.filter(event__case=case, event__kind=EventKind.ASKED, seen_at=None).update(seen_at=now)
    _mention(event, [asked.by] if asked.by else [])
    search.index(case_ids=[case.pk])
    return event


def unseen_kinds(person: User) -> list[str]:
    """Return the kind of each event whose mention waits for a person: notes, questions, replies; a hundred at most."""
    waiting = Mention.objects.filter(person=person, seen_at=None)
    return list(waiting.values_list("event__kind", flat=True)[:100])


def readers() -> QuerySet[User]:
    """Return the people who can be named in a note, by name: those who may read it."""
    return able(READ_TEXT)


def see(*, person: User, case: Case, now: datetime) -> None:
    """Mark the person's mentions on a case as seen. A question to an owner waits for its reply, or for the end."""
    waiting = Mention.objects.filter(person=person, event__case=case, seen_at=None)
    if case.asked_at and case.state != State.CLOSED:
        waiting = waiting.exclude(event__kind=EventKind.ASKED)
    waiting.update(seen_at=now)


def _mention(event: CaseEvent, people: Iterable[User]) -> None:
    Mention.objects.bulk_create([Mention(event=event, person=one) for one in people])


def _needed(text: str) -> str:
    if not text.strip():
        raise NotComplete("text", _("Write something first."))
    return text.strip()
