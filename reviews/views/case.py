"""`/cases/N/`: one held request, what a person can settle, and what became of it.

One address gives the page, and to htmx its live part: the state, the forms, the chain and the
history. Every form posts to an address of its own and answers with that part again.
"""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from pipelines.prompts import standing_text
from refusals import Outcome, describe
from reviews import decide, deliver
from reviews.access import DECIDE, READ_TEXT, PersonRequest, allowed
from reviews.compose import CannotCompose
from reviews.decide import NotComplete
from reviews.forms import ByHandForm, ReasonForm, ReclassifyForm, ReissueForm, VersionedForm
from reviews.history import history
from reviews.models import Case, Kind
from reviews.move import MoveNotAllowed, StaleCase
from reviews.queue import waiting_count
from reviews.reissue import preview, reissue
from reviews.tasks import send_reissue

FORMS: dict[str, type[VersionedForm]] = {
    Kind.REISSUE: ReissueForm,
    Kind.UPHOLD: ReasonForm,
    Kind.BY_HAND: ByHandForm,
    Kind.RECLASSIFY: ReclassifyForm,
    Kind.WITHDRAW: ReasonForm,
    "accept": VersionedForm,
    "turn_down": ReasonForm,
}


def _case(pk: int) -> Case:
    cases = Case.objects.select_related("pipeline__owner", "topic", "first_run__content", "first_run__topic")
    return get_object_or_404(cases, pk=pk)


def _show(
    request: PersonRequest,
    case: Case,
    *,
    bound: dict[str, VersionedForm] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Render the case, whole or its live part; `bound` holds a form that came back with errors, by its name."""
    forms = {
        name: form(initial={"version": case.version}, auto_id=f"{name}-%s") for name, form in FORMS.items()
    }
    context = {
        "case": case,
        "run": case.first_run,
        "content": case.first_run.content,
        "standing": _standing(case),
        "meaning": describe(case.code),
        "forms": forms | (bound or {}),
        "opened": next(iter(bound or {}), ""),
        "reissues": case.reissues.select_related("by", "run__content").order_by("-number"),
        "deliveries": case.deliveries.select_related("by", "run__content"),
        "folded": case.folded.select_related("run").order_by("-run__happened_at")[:50],
        "declines": case.first_run.declines.order_by("hop"),
        "history": history(case),
        "held_count": waiting_count(),
        **more,
    }
    template = "reviews/case.html#live" if request.htmx else "reviews/case.html"
    return render(request, template, context, status=status)


def _standing(case: Case) -> str:
    """Return the system prompt of the original request, empty where no request came."""
    request = case.first_run.content.request
    return standing_text(json.loads(request)) if request else ""


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def case(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the case."""
    return _show(request, _case(pk))


def _done(request: PersonRequest, pk: int, said: str) -> HttpResponse:
    """Answer a settled form: to htmx the live part and an announcement, else back to the page."""
    if request.htmx:
        return trigger_client_event(_show(request, _case(pk)), "toast", {"value": said})
    messages.success(request, said)
    return redirect("case", pk=pk)


def _settled(request: PersonRequest, pk: int, name: str, step: Callable[[Any], str]) -> HttpResponse:
    """Run a step with the posted form; what is missing or stale comes back with everything typed still there."""
    form = FORMS[name](request.POST, auto_id=f"{name}-%s")
    if not form.is_valid():
        return _show(request, _case(pk), bound={name: form}, status=422)
    try:
        return _done(request, pk, step(form.cleaned_data | {"form": form}))
    except NotComplete as missing:
        form.add_error(missing.field, str(missing))
        return _show(request, _case(pk), bound={name: form}, status=422)
    except (StaleCase, MoveNotAllowed, CannotCompose) as refused:
        # Nothing was settled. The draft stays in the form, the fresh version goes with it.
        found = _case(pk)
        data = request.POST.copy()
        data["version"] = str(found.version)
        form = FORMS[name](data, auto_id=f"{name}-%s")
        form.add_error(None, str(refused))
        return _show(request, found, bound={name: form}, status=409)


@require_POST
@allowed(DECIDE)
def case_reissue(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the exact request that would leave, or put it into the outbox and ring the doorbell."""
    if request.POST.get("action") == "preview":
        return _preview(request, pk)

    def step(data: dict[str, Any]) -> str:
        sending = reissue(
            case_id=pk,
            version=data["version"],
            context=data["form"].context(),
            by=request.user,
            now=timezone.now(),
        )
        send_reissue.delay_on_commit(sending.pk)
        return _("Re-issue %(number)s is on its way.") % {"number": sending.number}

    return _settled(request, pk, Kind.REISSUE, step)


def _preview(request: PersonRequest, pk: int) -> HttpResponse:
    found = _case(pk)
    form = ReissueForm(request.POST, auto_id="reissue-%s")
    if not form.is_valid():
        return _show(request, found, bound={Kind.REISSUE: form}, status=422)
    try:
        composed = preview(case=found, context=form.context())
    except CannotCompose as refused:
        form.add_error(None, str(refused))
        return _show(request, found, bound={Kind.REISSUE: form}, status=422)
    return _show(request, found, bound={Kind.REISSUE: form}, preview=composed)


@require_POST
@allowed(DECIDE)
def case_settle(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """Uphold, handle by hand, or withdraw."""

    def step(data: dict[str, Any]) -> str:
        decision = decide.settle(
            case_id=pk,
            version=data["version"],
            kind=Kind(kind),
            reason=data["reason"],
            text=data.get("text", ""),
            by=request.user,
            now=timezone.now(),
        )
        return _("Case %(case)s closed: %(decision)s.") % {
            "case": pk,
            "decision": decision.get_kind_display(),
        }

    return _settled(request, pk, kind, step)


@require_POST
@allowed(DECIDE)
def case_reclassify(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct what the machine judged."""

    def step(data: dict[str, Any]) -> str:
        decide.reclassify(
            case_id=pk,
            version=data["version"],
            outcome=Outcome(data["outcome"]),
            code=data["code"],
            reason=data["reason"],
            by=request.user,
            now=timezone.now(),
        )
        return _("Case %(case)s reclassified.") % {"case": pk}

    return _settled(request, pk, Kind.RECLASSIFY, step)


@require_POST
@allowed(DECIDE)
def case_accept(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the answer the deliverable."""

    def step(data: dict[str, Any]) -> str:
        deliver.accept(case_id=pk, version=data["version"], by=request.user, now=timezone.now())
        return _("Answer accepted: case %(case)s is closed and its pipeline has its deliverable.") % {
            "case": pk
        }

    return _settled(request, pk, "accept", step)


@require_POST
@allowed(DECIDE)
def case_turn_down(request: PersonRequest, pk: int) -> HttpResponse:
    """Do not accept the answer; the case is held again."""

    def step(data: dict[str, Any]) -> str:
        deliver.turn_down(
            case_id=pk, version=data["version"], reason=data["reason"], by=request.user, now=timezone.now()
        )
        return _("Answer not accepted: case %(case)s is held again.") % {"case": pk}

    return _settled(request, pk, "turn_down", step)
