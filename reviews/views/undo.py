"""Undoing one's own latest act."""

from contextlib import suppress

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews import undo
from reviews.access import DECIDE, PersonRequest, allowed
from reviews.claim import HeldByAnother, claim
from reviews.models import CaseEvent
from reviews.move import MoveNotAllowed
from reviews.views.given import case_address


@require_POST
@allowed(DECIDE)
def undo_event(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo it and go to its case, where the page says what happened."""
    event = get_object_or_404(CaseEvent.objects.select_related("case"), pk=pk)
    if event.by_id != request.user.pk:
        raise PermissionDenied("not yours to undo")
    try:
        undo.undo(event_id=pk, by=request.user, now=timezone.now())
    except undo.NotUndoable as why:
        messages.error(request, str(why))
    else:
        with suppress(HeldByAnother, MoveNotAllowed):  # undone it is, whoever has the case now
            claim(case_id=event.case_id, by=request.user, now=timezone.now())
        messages.success(request, _("Undone. Case %(case)s is as it was before.") % {"case": event.case_id})
    return redirect(case_address(event.case, request))
