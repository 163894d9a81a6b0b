"""`/queue/`: what is held, for a person to pick from."""

from dataclasses import dataclass, replace

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url, trigger_client_event

from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.forms import QueueFilterForm
from reviews.queue import Filter, counts_by, listed

PAGE_SIZE = 50

# The filters that narrow the list, in the order of their chips.
NARROWING = ("state", "resolution", "code", "topic", "pipeline", "week", "age")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    label: str
    value: str
    without: str


def chips(form: QueueFilterForm, wanted: Filter) -> list[Chip]:
    """Return the filters that are on, each with the way to take it off."""
    neutral = Filter(sort=wanted.sort)
    return [
        Chip(
            label=str(form.fields[name].label),
            value=form.in_words(name),
            without=replace(wanted, **{name: getattr(neutral, name)}).query,
        )
        for name in NARROWING
        if getattr(wanted, name) != getattr(neutral, name)
    ]


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def queue(request: PersonRequest) -> HttpResponse:
    """Show the cases that match the address; to htmx, the filters and the list."""
    form = QueueFilterForm(request.GET)
    wanted = form.filter()
    now = timezone.now()
    cases = wanted.cases(now=now)
    page = Paginator(listed(cases), PAGE_SIZE).get_page(request.GET.get("page"))
    by_code = [(code, count, replace(wanted, code=code).query) for code, count in counts_by(cases, "code")]
    context = {
        "form": form,
        "filter": wanted,
        "chips": chips(form, wanted),
        "page": page,
        "by_code": by_code,
        "now": now,
    }
    if not request.htmx:
        return render(request, "reviews/queue.html", context)
    response = render(request, "reviews/queue.html#list", context)
    said = ngettext("%(n)s case", "%(n)s cases", page.paginator.count) % {"n": page.paginator.count}
    trigger_client_event(response, "announce", {"value": said})
    return push_url(response, _address(wanted, page.number))


def _address(wanted: Filter, page: int) -> str:
    """Return the address of a page of the list, without what goes without saying."""
    query = wanted.query
    if page > 1:
        query += f"{'&' if query else '?'}page={page}"
    return reverse("queue") + query
