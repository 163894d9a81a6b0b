"""Claiming a case, giving it back, taking it over: small forms in the queue and on a case's page.

A page that stays open renews its claim with a `fetch` that accepts JSON, and reads from the answer
whose the case is. To htmx each answers with a toast and the event `cases-changed`; else it leads
back to where the form says (`next`), or to the case.
"""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from reviews.access import DECIDE, LEAD, PersonRequest, allowed
from reviews.claim import HeldByAnother, claim, give_back, take_over
from reviews.models import Case
from reviews.move import MoveNotAllowed
from reviews.people import name_of
from reviews.views.given import case_address, way_back


class GiveBackForm(forms.Form):
    """Which claim is given back: the one that ends then, or any."""

    until = forms.DateTimeField(required=False)


@require_POST
@allowed(DECIDE)
def case_claim(request: PersonRequest, pk: int) -> HttpResponse:
    """Claim the case, or renew one's own claim."""
    get_object_or_404(Case, pk=pk)

    def step() -> str:
        claim(case_id=pk, by=request.user, now=timezone.now())
        return _("Case %(case)s is yours.") % {"case": pk}

    return _answer(request, pk, step)


@require_POST
@allowed(DECIDE)
def case_give_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Give one's own claim back; with `until`, as a page that is left sends it, only the claim that ended then."""
    get_object_or_404(Case, pk=pk)
    form = GiveBackForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("“until” is no moment in time."), content_type="text/plain")
    until = form.cleaned_data["until"]

    def step() -> str:
        give_back(case_id=pk, by=request.user, until=until)
        return _("Case %(case)s is given back.") % {"case": pk}

    return _answer(request, pk, step)


@require_POST
@allowed(LEAD)
def case_take_over(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the case from whoever holds it."""
    get_object_or_404(Case, pk=pk)

    def step() -> str:
        take_over(case_id=pk, by=request.user, now=timezone.now())
        return _("Case %(case)s is yours now.") % {"case": pk}

    return _answer(request, pk, step)


def _answer(request: PersonRequest, pk: int, step: Callable[[], str]) -> HttpResponse:
    """Run a step and answer as the request asks: JSON, a toast, or the way back with a message."""
    try:
        said, done = step(), True
    except (HeldByAnother, MoveNotAllowed) as refused:
        said, done = str(refused), False
    if "application/json" in request.headers.get("Accept", ""):
        return _stand(request, pk, said, done=done)
    if request.htmx:
        response = trigger_client_event(HttpResponse(status=204), "toast", {"value": said})
        return trigger_client_event(response, "cases-changed", {})
    (messages.success if done else messages.warning)(request, said)
    address = case_address(Case.objects.get(pk=pk), request)
    return HttpResponseRedirect(way_back(request, otherwise=address))


def _stand(request: PersonRequest, pk: int, said: str, *, done: bool) -> JsonResponse:
    """Say whose the case is: `holder` by name or null, `until` when in ISO, `mine`, and what happened (`said`).

    409 where it was refused.
    """
    case = Case.objects.select_related("claimed_by").get(pk=pk)
    holder = case.holder(now=timezone.now())
    stand = {
        "holder": name_of(holder) if holder else None,
        "until": case.claimed_until.isoformat() if holder and case.claimed_until else None,
        "mine": holder == request.user,
        "said": said,
    }
    return JsonResponse(stand, status=200 if done else 409)
