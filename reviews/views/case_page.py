"""The page of a case as an answer: shown, settled, or come back with what was typed still there.

One address gives the page, and to htmx its live part. The queue's filters stay in all addresses, so
that the next case is the next of that list.
"""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from reviews import draft
from reviews.access import PersonRequest
from reviews.approve import OwnProposal
from reviews.brakes import Braked
from reviews.claim import HeldByAnother, claim_next
from reviews.compose import CannotCompose
from reviews.decide import NotComplete
from reviews.forms import (
    ByHandForm,
    QueueFilterForm,
    ReasonForm,
    ReclassifyForm,
    ReissueForm,
    VersionedForm,
)
from reviews.models import Case, Draft, Kind, Preferences, State
from reviews.move import MoveNotAllowed, StaleCase
from reviews.passes import BadPass
from reviews.views.case_context import answer_of, case_context
from reviews.views.given import case_address
from reviews.views.reissue_form import prepared

FORMS: dict[str, type[VersionedForm]] = {
    Kind.REISSUE.value: ReissueForm,
    Kind.UPHOLD.value: ReasonForm,
    Kind.BY_HAND.value: ByHandForm,
    Kind.RECLASSIFY.value: ReclassifyForm,
    Kind.WITHDRAW.value: ReasonForm,
    "accept": VersionedForm,
    "turn_down": ReasonForm,
    "approve": VersionedForm,
    "not_approved": ReasonForm,
}


def find_case(pk: int) -> Case:
    """Return the case with what its page shows of it, or a 404."""
    related = ("pipeline__owner", "topic", "first_run__topic", "claimed_by", "assigned_to", "merged_into")
    return get_object_or_404(Case.objects.select_related(*related), pk=pk)


# The states of a case in which a form can be sent; any other form is one of a held case.
OF_AN_ANSWER = {
    "accept": (State.ANSWERED,),
    "turn_down": (State.ANSWERED,),
    Kind.BY_HAND.value: (State.HELD, State.ANSWERED),
}


def form_of(
    name: str,
    data: QueryDict | None = None,
    files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
    *,
    version: int | None = None,
    start: dict[str, str] | None = None,
) -> VersionedForm:
    """Return a form of the page: as it was posted, or with what it starts from in it."""
    return FORMS[name](data, files, auto_id=f"{name}-%s", initial=(start or {}) | {"version": version})


def show(
    request: PersonRequest,
    case: Case,
    *,
    bound: tuple[str, VersionedForm] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Render the case, whole or its live part; `bound` is the name of a form that came back, and the form."""
    now = timezone.now()
    drafts = draft.drafts_of(case, by=request.user)
    context = case_context(request, case, now=now)
    starts = {name: one.values for name, one in drafts.items()}
    if case.state == State.ANSWERED and (taken_over := answer_of(context["unread"])):
        starts[Kind.BY_HAND] = {"text": taken_over} | starts.get(Kind.BY_HAND, {})
    forms = {name: form_of(name, version=case.version, start=starts.get(name)) for name in FORMS}
    opened, back = bound or (_latest(drafts), None)
    if back:
        forms[opened] = back
    context |= prepared(request, case, cast(ReissueForm, forms["reissue"]), now=now)
    context |= {
        "forms": forms,
        "opened": opened,
        "drafts": drafts,
        # A form that the case has no place for any more: what was typed is still shown.
        "draft": back if case.state not in OF_AN_ANSWER.get(opened, (State.HELD,)) else None,
        **more,
    }
    template = "reviews/case.html#live" if request.htmx else "reviews/case.html"
    return render(request, template, context, status=status)


def _latest(drafts: dict[str, Draft]) -> str:
    """Return the decision whose form the person wrote in last; empty where there is no draft."""
    decisions = [one for name, one in drafts.items() if name in FORMS]
    return max(decisions, key=lambda one: one.saved_at).form if decisions else ""


def done(request: PersonRequest, pk: int, said: str, *, advances: bool = False, **more: Any) -> HttpResponse:
    """Answer a form that did its work.

    A decision leads to the next case of the list, claimed, if the person wants that and there is one.
    Else htmx gets the live part, with `more` for its template, and an announcement; everybody else the page again.
    """
    found = find_case(pk)
    if advances and (address := _next_address(request, found)):
        messages.success(request, said)
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    if request.htmx:
        return trigger_client_event(show(request, found, **more), "toast", {"value": said})
    messages.success(request, said)
    return redirect(case_address(found, request))


def _next_address(request: PersonRequest, after: Case) -> str:
    if not Preferences.of(request.user).auto_advance:
        return ""
    wanted = QueueFilterForm(request.GET).filter()
    found = claim_next(wanted=wanted, by=request.user, now=timezone.now(), after=after)
    return found.get_absolute_url() + wanted.query if found else ""


def settled(
    request: PersonRequest,
    pk: int,
    name: str,
    step: Callable[[Any], str],
    *,
    advances: bool = True,
) -> HttpResponse:
    """Run a step with the posted form; what is missing or stale comes back with everything typed still there."""
    found = find_case(pk)
    form = form_of(name, request.POST, request.FILES)
    if not form.is_valid():
        return show(request, found, bound=(name, form), status=422)
    try:
        said = step(form.cleaned_data | {"form": form})
    except NotComplete as missing:
        form.add_error(missing.field, str(missing))
    except (CannotCompose, Braked, BadPass, OwnProposal) as refused:
        form.add_error(None, str(refused))
    except (StaleCase, MoveNotAllowed, HeldByAnother) as refused:
        return stale(request, pk, name, str(refused))
    else:
        return done(request, pk, said, advances=advances, settled=True)
    return show(request, found, bound=(name, form), status=422)


def stale(request: PersonRequest, pk: int, name: str, why: str) -> HttpResponse:
    """Nothing was settled: somebody else was there. Both drafts are shown, and this one is kept.

    The draft stays in the form, the fresh version goes with it.
    """
    found = find_case(pk)
    data = request.POST.copy()
    data["version"] = str(found.version)
    form = form_of(name, data)
    form.add_error(None, why)
    draft.save(
        case_id=pk,
        form=name,
        values=draft.typed(
            type(form),
            {one.name: one.value() or "" for one in form.visible_fields() if one.name != "file"},
        ),
        version=found.version,
        by=request.user,
        now=timezone.now(),
        claiming=False,
    )
    others = draft.drafts_of_others(found, than=request.user)
    return show(request, found, bound=(name, form), status=409, collided=True, other_drafts=others)
