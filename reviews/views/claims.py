"""Claiming a case, renewing the claim, giving it back, taking it over, and going on to the next one."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from reviews import claim
from reviews.access import DECIDE, LEAD, PersonRequest, allowed
from reviews.claim import HeldByAnother
from reviews.forms import QueueFilterForm
from reviews.models import Case
from reviews.move import MoveNotAllowed


@require_POST
@allowed(DECIDE)
def case_claim(request: PersonRequest, pk: int) -> HttpResponse:
    get_object_or_404(Case, pk=pk)
    try:
        held = claim.claim(case_id=pk, by=request.user, now=timezone.now())
    except (HeldByAnother, MoveNotAllowed) as why:
        return JsonResponse({"mine": False, "why": str(why)}, status=409)
    answer = JsonResponse({"mine": True, "until": held.claimed_until})
    return trigger_client_event(answer, "claim-changed", {})


@require_POST
@allowed(DECIDE)
def case_give_back(request: PersonRequest, pk: int) -> HttpResponse:
    claim.give_back(case_id=pk, by=request.user)
    return HttpResponse(status=204)


@require_POST
@allowed(LEAD)
def case_take_over(request: PersonRequest, pk: int) -> HttpResponse:
    case = claim.take_over(case_id=pk, by=request.user, now=timezone.now())
    return redirect(case)


@require_POST
@allowed(DECIDE)
def queue_next(request: PersonRequest) -> HttpResponse:
    wanted = QueueFilterForm(request.GET).filter()
    after = Case.objects.filter(pk=int(request.GET.get("after") or 0)).first()
    found = claim.claim_next(wanted=wanted, by=request.user, now=timezone.now(), after=after)
    if found is None:
        messages.info(request, _("Nothing else waits here."))
        return redirect("queue")
    return redirect(found.get_absolute_url() + wanted.query)
