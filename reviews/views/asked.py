"""`/asked/`: what reviewers ask a pipeline's owner about its cases, and the owner's replies.

An owner need not have the right to read texts. So the page shows the question and which run it is about,
and nothing of the request or the answer.
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reviews import note
from reviews.access import PersonRequest, signed_in
from reviews.decide import NotComplete
from reviews.forms import ReplyForm
from reviews.models import Case, CaseEvent, EventKind


def _show(
    request: PersonRequest, *, replied: tuple[int, Form] | None = None, status: int = 200
) -> HttpResponse:
    """Show the open questions about one's own pipelines, oldest first; `replied` is a form that came back."""
    cases = Case.objects.filter(pipeline__owner=request.user, asked_at__isnull=False)
    listed = list(cases.select_related("pipeline", "first_run").order_by("asked_at", "pk"))
    events = CaseEvent.objects.filter(case__in=listed, kind=EventKind.ASKED).select_related("by")
    latest = {event.case_id: event for event in events.order_by("at", "pk")}
    forms = {case.pk: ReplyForm(auto_id=f"reply-{case.pk}-%s") for case in listed} | dict(
        [replied] if replied else []
    )
    questions = [(case, latest[case.pk], forms[case.pk]) for case in listed]
    return render(request, "reviews/asked.html", {"questions": questions}, status=status)


@require_GET
@signed_in
def asked(request: PersonRequest) -> HttpResponse:
    """Show what the person is asked. Whoever owns no pipeline is asked nothing."""
    return _show(request)


@require_POST
@signed_in
def asked_reply(request: PersonRequest, pk: int) -> HttpResponse:
    """Give the background that was asked for. Only the owner of the case's pipeline does it here."""
    case = get_object_or_404(Case.objects.select_related("pipeline"), pk=pk)
    if case.pipeline.owner_id != request.user.pk:
        raise PermissionDenied("the case belongs to a pipeline of somebody else")
    form = ReplyForm(request.POST, auto_id=f"reply-{pk}-%s")
    if form.is_valid():
        try:
            note.reply(case_id=pk, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
        except NotComplete as missing:
            form.add_error(missing.field, str(missing))
        else:
            messages.success(request, _("Thank you. The reviewers have your reply."))
            return redirect("asked")
    return _show(request, replied=(pk, form), status=422)
