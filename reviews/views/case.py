"""`/cases/N/`: one held request, what a person can settle, and what became of it.

One address gives the page, and to htmx its live part: the state, the forms, the chain and the
history. Every form posts to an address of its own and answers with that part again. The queue's
filters stay in all these addresses, so that the next case is the next of that list.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from refusals import Outcome
from reviews import decide, deliver, note
from reviews.access import DECIDE, READ_TEXT, PersonRequest, allowed
from reviews.compose import CannotCompose
from reviews.decide import NotComplete
from reviews.forms import ByHandForm, ReasonForm, ReclassifyForm, ReissueForm, VersionedForm
from reviews.models import Case, Kind, State
from reviews.move import MoveNotAllowed, StaleCase
from reviews.reissue import preview, reissue
from reviews.tasks import ring
from reviews.views.case_context import case_context, seen

FORMS: dict[str, type[VersionedForm]] = {
    Kind.REISSUE: ReissueForm,
    Kind.UPHOLD: ReasonForm,
    Kind.BY_HAND: ByHandForm,
    Kind.RECLASSIFY: ReclassifyForm,
    Kind.WITHDRAW: ReasonForm,
    "accept": VersionedForm,
    "turn_down": ReasonForm,
}


def found_case(pk: int) -> Case:
    cases = Case.objects.select_related(
        "pipeline__owner", "topic", "assigned_to", "merged_into", "first_run__topic"
    )
    return get_object_or_404(cases, pk=pk)


def _form(name: str, data: QueryDict | None = None, *, version: int | None = None) -> VersionedForm:
    return FORMS[name](data, auto_id=f"{name}-%s", initial={"version": version})


def show(
    request: PersonRequest,
    case: Case,
    *,
    bound: tuple[str, VersionedForm] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Render the case, whole or its live part; `bound` is the name of a form that came back, and the form."""
    opened, back = bound or ("", None)
    forms = {name: _form(name, version=case.version) for name in FORMS}
    if back:
        forms[opened] = back
    needs = State.ANSWERED if opened in ("accept", "turn_down") else State.HELD
    context = case_context(request, case, now=timezone.now()) | {
        "forms": forms,
        "opened": opened,
        # A form that the case has no place for any more: what was typed is still shown.
        "draft": back if case.state != needs else None,
        **more,
    }
    template = "reviews/case.html#live" if request.htmx else "reviews/case.html"
    return render(request, template, context, status=status)


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def case(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the case. A page that waits for an answer says what it has `seen` and is told only what is new."""
    found = found_case(pk)
    if not request.htmx:
        note.see(person=request.user, case=found, now=timezone.now())
        return show(request, found)
    if request.GET.get("seen") == seen(found):
        return HttpResponse(status=204)
    response = show(request, found)
    if found.state == State.REISSUING:
        return response
    said = _("Case %(case)s is now: %(state)s.") % {"case": pk, "state": found.get_state_display()}
    return trigger_client_event(response, "toast", {"value": said})


def _done(request: PersonRequest, pk: int, said: str) -> HttpResponse:
    """Answer a settled form: to htmx the live part and an announcement, else back to the page."""
    found = found_case(pk)
    if request.htmx:
        return trigger_client_event(show(request, found, settled=True), "toast", {"value": said})
    messages.success(request, said)
    query = request.GET.urlencode()
    return redirect(found.get_absolute_url() + (f"?{query}" if query else ""))


def _settled(request: PersonRequest, pk: int, name: str, step: Callable[[Any], str]) -> HttpResponse:
    """Run a step with the posted form; what is missing or stale comes back with everything typed still there."""
    found = found_case(pk)
    form = _form(name, request.POST)
    if not form.is_valid():
        return show(request, found, bound=(name, form), status=422)
    try:
        return _done(request, pk, step(form.cleaned_data | {"form": form}))
    except NotComplete as missing:
        form.add_error(missing.field, str(missing))
    except CannotCompose as refused:
        form.add_error(None, str(refused))
    except (StaleCase, MoveNotAllowed) as refused:
        return _stale(request, pk, name, str(refused))
    return show(request, found, bound=(name, form), status=422)


def _stale(request: PersonRequest, pk: int, name: str, why: str) -> HttpResponse:
    """Nothing was settled. The draft stays in the form, the fresh version goes with it."""
    found = found_case(pk)
    data = request.POST.copy()
    data["version"] = str(found.version)
    form = _form(name, data)
    form.add_error(None, why)
    return show(request, found, bound=(name, form), status=409)


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
        ring(sending.pk)
        return _("Re-issue %(number)s is on its way.") % {"number": sending.number}

    return _settled(request, pk, Kind.REISSUE, step)


def _preview(request: PersonRequest, pk: int) -> HttpResponse:
    found = found_case(pk)
    form = ReissueForm(request.POST, auto_id="reissue-%s")
    if not form.is_valid():
        return show(request, found, bound=(Kind.REISSUE, form), status=422)
    if found.state != State.HELD:
        why = _("Case %(case)s changed since you opened it. It is now: %(state)s.")
        return _stale(request, pk, Kind.REISSUE, why % {"case": pk, "state": found.get_state_display()})
    try:
        composed = preview(case=found, context=form.context())
    except CannotCompose as refused:
        form.add_error(None, str(refused))
        return show(request, found, bound=(Kind.REISSUE, form), status=422)
    return show(
        request, found, bound=(Kind.REISSUE, form), preview=composed, context_block=form.context().block()
    )


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
