"""Drafts: what is typed on a case's page is kept while it is typed."""

from django.forms import Form
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pipelines.numbers import number_in
from reviews import draft
from reviews.access import DECIDE, PersonRequest, allowed
from reviews.forms import DEEDS
from reviews.models import Case
from reviews.views.case_page import FORMS
from reviews.views.given import case_address

# The forms whose drafts are kept: every decision, and of the other deeds those that take a text.
KEPT: dict[str, type[Form]] = {**FORMS, **{name: DEEDS[name] for name in ("ask", "reply", "note", "reopen")}}


@require_POST
@allowed(DECIDE)
def case_draft(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    """Keep what a form holds. A note claims nothing, nor does a page that is being left (`leaving`)."""
    case = get_object_or_404(Case, pk=pk)
    if name not in KEPT:
        raise Http404
    values = draft.typed(
        KEPT[name], {field: request.POST[field] for field in request.POST if field != "version"}
    )
    version = number_in(request.POST.get("version", ""))
    kept = draft.save(
        case_id=pk,
        form=name,
        values=values,
        version=case.version if version is None else version,
        by=request.user,
        now=timezone.now(),
        claiming=name in FORMS and "leaving" not in request.POST,
    )
    if kept is None:
        return JsonResponse({"said": ""})
    at = time_format(timezone.localtime(kept.saved_at), "H:i:s")
    return JsonResponse({"said": _("Draft saved at %(time)s") % {"time": at}})


@require_POST
@allowed(DECIDE)
def case_draft_discard(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    """Throw a draft away: the form is empty again."""
    case = get_object_or_404(Case, pk=pk)
    draft.save(case_id=pk, form=name, values={}, version=case.version, by=request.user, now=timezone.now())
    return redirect(case_address(case, request))
