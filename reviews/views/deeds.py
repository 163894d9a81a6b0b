"""What a person does with a case beside settling it: hand it over, snooze it, merge it, ask, note, reopen.

Each form posts to an address of its own and answers as a decision does: to htmx with the live part of
the case, else by leading back to its page. What is missing or refused comes back with everything typed.
"""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from reviews import decide, draft, label, merge, note, snooze
from reviews.access import DECIDE, READ_TEXT, PersonRequest, allowed
from reviews.claim import HeldByAnother
from reviews.decide import NotComplete
from reviews.forms import SnoozeForm
from reviews.label import NotAReviewer
from reviews.merge import NotTheSame
from reviews.models import Snooze
from reviews.move import MoveNotAllowed, StaleCase
from reviews.people import name_of
from reviews.views.beside import deed_form, deed_forms
from reviews.views.case_page import done, find_case, show


def _done(request: PersonRequest, pk: int, name: str, said: str) -> HttpResponse:
    """Say what was done; what was typed for it is kept no longer."""
    draft.let_go(case_id=pk, form=name, by=request.user)
    return done(request, pk, said, deed_done=name)


def _deed(request: PersonRequest, pk: int, name: str, step: Callable[[Any], str]) -> HttpResponse:
    """Run a step with the posted form; what is missing, refused or stale comes back with what was typed."""
    form = deed_form(name, find_case(pk), data=request.POST)
    if not form.is_valid():
        return _back(request, pk, name, form, status=422)
    try:
        return _done(request, pk, name, step(form.cleaned_data | {"form": form}))
    except NotComplete as missing:
        form.add_error(missing.field, str(missing))
    except NotAReviewer as refused:
        form.add_error("to", str(refused))
    except NotTheSame as refused:
        form.add_error("into", str(refused))
    except (StaleCase, HeldByAnother, MoveNotAllowed) as refused:
        form = deed_form(name, find_case(pk), data=_fresh(request, pk))
        form.add_error(None, str(refused))
        return _back(request, pk, name, form, status=409)
    return _back(request, pk, name, form, status=422)


def _fresh(request: PersonRequest, pk: int) -> Any:
    """Return what was posted, with the version that the case has now: the person sees it and may go on."""
    data = request.POST.copy()
    data["version"] = str(find_case(pk).version)
    return data


def _back(request: PersonRequest, pk: int, name: str, form: Form, *, status: int) -> HttpResponse:
    found = find_case(pk)
    deeds = deed_forms(found, by=request.user) | {name: form}
    return show(request, found, status=status, deeds=deeds, deed_opened=name)


@require_POST
@allowed(DECIDE)
def case_assign(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand the case to somebody, to oneself (`me`), or to nobody."""

    def step(data: dict[str, Any]) -> str:
        to = request.user if "me" in request.POST else data["to"]
        label.assign(case_id=pk, to=to, by=request.user, now=timezone.now())
        if to is None:
            return _("Case %(case)s is everybody's again.") % {"case": pk}
        return _("Case %(case)s handed to %(who)s.") % {"case": pk, "who": name_of(to)}

    return _deed(request, pk, "assign", step)


@require_POST
@allowed(DECIDE)
def case_topic(request: PersonRequest, pk: int) -> HttpResponse:
    """Say what the case is about."""

    def step(data: dict[str, Any]) -> str:
        label.set_topic(case_id=pk, topic=data["topic"], by=request.user, now=timezone.now())
        return _("Topic of case %(case)s: %(topic)s.") % {"case": pk, "topic": data["topic"] or _("none")}

    return _deed(request, pk, "topic", step)


@require_POST
@allowed(DECIDE)
def case_snooze(request: PersonRequest, pk: int) -> HttpResponse:
    """Let the case rest."""

    def step(data: dict[str, Any]) -> str:
        form: SnoozeForm = data["form"]
        waits = form.waits()
        snooze.snooze(case_id=pk, by=request.user, now=timezone.now(), **waits)
        if waits["kind"] == Snooze.GROWTH:
            return ngettext(
                "Case %(case)s snoozed until %(n)s more decline.",
                "Case %(case)s snoozed until %(n)s more declines.",
                waits["more"] or 0,
            ) % {"case": pk, "n": waits["more"]}
        if waits["kind"] == Snooze.MODEL:
            return _("Case %(case)s snoozed until its pipeline asks another model.") % {"case": pk}
        return _("Case %(case)s snoozed until %(day)s.") % {
            "case": pk,
            "day": date_format(timezone.localtime(waits["until"]), "Y-m-d"),
        }

    return _deed(request, pk, "snooze", step)


@require_POST
@allowed(DECIDE)
def case_wake(request: PersonRequest, pk: int) -> HttpResponse:
    """Put the snoozed case back into the queue."""

    def step(data: dict[str, Any]) -> str:
        snooze.wake(case_id=pk, by=request.user, now=timezone.now())
        return _("Case %(case)s is awake.") % {"case": pk}

    return _deed(request, pk, "wake", step)


@require_POST
@allowed(DECIDE)
def case_merge(request: PersonRequest, pk: int) -> HttpResponse:
    """Close the case as the same as another."""

    def step(data: dict[str, Any]) -> str:
        target = merge.merge(
            case_id=pk, version=data["version"], into=data["into"], by=request.user, now=timezone.now()
        )
        return _("Case %(case)s merged into case %(into)s.") % {"case": pk, "into": target.pk}

    return _deed(request, pk, "merge", step)


@require_POST
@allowed(DECIDE)
def case_split(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the merged case apart from the other again."""

    def step(data: dict[str, Any]) -> str:
        merge.split(case_id=pk, by=request.user, now=timezone.now())
        return _("Case %(case)s stands by itself again and is held.") % {"case": pk}

    return _deed(request, pk, "split", step)


@require_POST
@allowed(DECIDE)
def case_ask(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask the pipeline's owner for background."""

    def step(data: dict[str, Any]) -> str:
        note.ask(case_id=pk, question=data["text"], by=request.user, now=timezone.now())
        return _("The owner of case %(case)s finds your question.") % {"case": pk}

    return _deed(request, pk, "ask", step)


@require_POST
@allowed(DECIDE)
def case_reply(request: PersonRequest, pk: int) -> HttpResponse:
    """Give the background that the owner was asked for, where somebody else knows it."""

    def step(data: dict[str, Any]) -> str:
        note.reply(case_id=pk, text=data["text"], by=request.user, now=timezone.now())
        return _("Background given.")

    return _deed(request, pk, "reply", step)


@require_POST
@allowed(READ_TEXT)
def case_note(request: PersonRequest, pk: int) -> HttpResponse:
    """Add a note; whoever it names finds it."""

    def step(data: dict[str, Any]) -> str:
        _event, unknown = note.note(case_id=pk, text=data["text"], by=request.user, now=timezone.now())
        if unknown:
            names = ", ".join(f"@{name}" for name in unknown)
            return _("Noted. It reached nobody called %(names)s: no such person may read it.") % {
                "names": names
            }
        return _("Noted.")

    return _deed(request, pk, "note", step)


@require_POST
@allowed(DECIDE)
def case_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    """Hold the closed case again."""

    def step(data: dict[str, Any]) -> str:
        decide.reopen(
            case_id=pk, version=data["version"], reason=data["reason"], by=request.user, now=timezone.now()
        )
        return _("Case %(case)s is held again.") % {"case": pk}

    return _deed(request, pk, "reopen", step)
