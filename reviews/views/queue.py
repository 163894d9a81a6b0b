"""`/queue/`: what is held, for a person to pick from."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from pipelines.models import Pipeline, Topic
from refusals import KNOWN_CODES
from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.forms import QueueFilterForm
from reviews.queue import PAGE_SIZE, counts_by, listed, waiting_count


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def queue(request: PersonRequest) -> HttpResponse:
    """Show the cases that match the address; to htmx, only the part that changes."""
    form = QueueFilterForm(request.GET)
    now = timezone.now()
    wanted = form.filter()
    cases = wanted.cases(now=now)
    page = Paginator(listed(cases), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "filter": wanted,
        "page": page,
        "by_code": counts_by(cases, "code"),
        "now": now,
        "held_count": waiting_count(),
        "codes": sorted(map(str, KNOWN_CODES)),
        "topics": Topic.objects.all(),
        "pipelines": Pipeline.objects.all(),
    }
    template = "reviews/queue.html#rows" if request.htmx else "reviews/queue.html"
    return render(request, template, context)
