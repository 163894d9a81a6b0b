"""`/suspected/`: answers that read like a refusal. A person holds one, or dismisses the mark."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.functions import Left
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from pipelines.models import Run
from pipelines.numbers import number_in
from reviews.access import DECIDE, READ_TEXT, PersonRequest, allowed
from reviews.models import Mark, Suspicion
from reviews.suspect import AlreadySettled, dismiss, hold_suspected

PAGE_SIZE = 25
# How much of a prompt and an answer the list shows, in characters: they can be of any length.
SHOWN = 2000


def _show(request: PersonRequest, *, settled: bool = False) -> HttpResponse:
    waiting = Suspicion.objects.filter(mark=Mark.WAITING).order_by("-run")
    listed = waiting.select_related("run__pipeline", "run__topic", "run__deletion__pipeline").annotate(
        **{text: Left(f"run__content__{text}", SHOWN + 1) for text in ("prompt", "answer")}
    )
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    template = "reviews/suspected.html#rows" if request.htmx else "reviews/suspected.html"
    return render(request, template, {"page": page, "settled": settled, "shown": SHOWN})


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def suspected(request: PersonRequest) -> HttpResponse:
    """Show the runs that wait for a person's eye, newest first."""
    return _show(request)


@require_POST
@allowed(DECIDE)
def suspected_settle(request: PersonRequest, pk: int, mark: str) -> HttpResponse:
    """Hold the run or dismiss its mark."""
    get_object_or_404(Suspicion, run=get_object_or_404(Run, pk=pk))
    try:
        if mark == Mark.HELD:
            case = hold_suspected(run_id=pk, by=request.user, now=timezone.now())
            said = _("Held as case %(case)s.") % {"case": case.pk}
        else:
            dismiss(run_id=pk, by=request.user, now=timezone.now())
            said = _("Mark dismissed: the answer stands.")
    except AlreadySettled as settled:
        said = str(settled)
    if request.htmx:
        return trigger_client_event(_show(request, settled=True), "toast", {"value": said})
    messages.info(request, said)
    page = number_in(request.GET.get("page", ""))
    return redirect(reverse("suspected") + (f"?page={page}" if page else ""))
