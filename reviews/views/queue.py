"""`/queue/`: what is held, for a person to pick from, or to be given the next of."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, push_url, trigger_client_event

from reviews import saved
from reviews.access import DECIDE, READ_TEXT, PersonRequest, allowed
from reviews.bulk import MOST, Act
from reviews.claim import CLAIMABLE, claim_next, free
from reviews.forms import QueueFilterForm, SavedViewForm
from reviews.guidance import folded_codes
from reviews.holders import taken
from reviews.models import Case
from reviews.paging import Page, page_of
from reviews.queue import COUNTED, Filter, counted, counts_by, shown
from reviews.views.given import row_in

# The filters that narrow the list, in the order of their chips.
NARROWING = (
    *("q", "state", "resolution", "code", "topic", "pipeline"),
    *("week", "counted", "surface", "model", "requested", "served"),
    *("settled_from", "settled_until", "ending", "first_model"),
    *("happened", "happened_from", "happened_until"),
    *("age", "assigned", "claim", "decider"),
)
# Those that are in sight beside the search; the others open with "More filters".
FOREMOST = ("state", "code", "pipeline", "topic", "sort")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    name: str
    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case as a row of the list shows it."""

    case: Case
    blocked: float  # hours of work that wait for it
    holder: User | None
    snoozed: bool
    claimable: bool


def chips(form: QueueFilterForm, wanted: Filter) -> list[Chip]:
    """Return the filters that are on, each with the way to take it off."""
    neutral = Filter(sort=wanted.sort)
    return [
        Chip(
            name=name,
            label=str(form.fields[name].label),
            value=form.in_words(name),
            without=replace(wanted, **{name: getattr(neutral, name)}).query,
        )
        for name in NARROWING
        if getattr(wanted, name) != getattr(neutral, name)
    ]


def row_of(case: Case, *, person: User, now: datetime) -> Row:
    """Return a case as a row. Small amounts of blocked work keep a decimal."""
    hours = case.blocked(now=now).total_seconds() / 3600
    holder = case.holder(now=now)
    return Row(
        case=case,
        blocked=round(hours, 1) if hours < 10 else round(hours),
        holder=holder,
        snoozed=case.is_snoozed(now=now),
        claimable=case.state in CLAIMABLE and holder is None and case.assigned_to in (None, person),
    )


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def queue(request: PersonRequest) -> HttpResponse:
    """Show the cases that match the address; to htmx, the filters and the list."""
    return show(request)


def show(
    request: PersonRequest, *, saving: SavedViewForm | None = None, said: str = "", status: int = 200
) -> HttpResponse:
    """Show the list: to htmx alone, with a toast where something is to be `said`.

    `saving` is the form of a view to save that came back with errors.
    """
    form = QueueFilterForm(request.GET)
    wanted = form.filter()
    now = timezone.now()
    place = {name: request.GET.get(name, "") for name in ("after", "before")}
    page = page_of(wanted=wanted, now=now, after=place["after"], before=place["before"])
    # What fits on the first page needs no counting.
    whole = not (page.before or page.after)
    count = len(page.cases) if whole else counted(wanted.cases(now=now))
    at = _address(wanted, page, **place)
    context = {
        **_filters(request, form, wanted),
        **_list(request, wanted, page, count, now=now),
        "saving": saving or SavedViewForm(),
        "at": at,
        "now": now,
    }
    if not request.htmx:
        return render(request, "reviews/queue.html", context, status=status)
    response = render(request, "reviews/queue.html#list", context, status=status)
    counts = ngettext("%(n)s case", "%(n)s cases", count) % {"n": context["count"]}
    trigger_client_event(response, "toast" if said else "announce", {"value": said or counts})
    return response if request.htmx.current_url_abs_path == at else push_url(response, at)


def _filters(request: PersonRequest, form: QueueFilterForm, wanted: Filter) -> dict[str, Any]:
    """Return what the upper part of the page shows: the views, the filters, what is on."""
    on = chips(form, wanted)
    mine = request.user.username
    return {
        "form": form,
        "foremost": [form[name] for name in FOREMOST],
        "counted": [field for field in form.hidden_fields() if getattr(wanted, field.name)],
        "further": [field for field in form.visible_fields() if field.name not in ("q", *FOREMOST)],
        "further_on": any(chip.name not in ("q", *FOREMOST) for chip in on),
        "filter": wanted,
        "chips": on,
        "views": [
            (_("Everything that waits"), Filter().query),
            (_("Mine"), Filter(assigned=mine).query),
            (_("Claimed by me"), Filter(claim=f"@{mine}").query),
            (_("Owner asked"), Filter(state="asked").query),
            (_("Snoozed"), Filter(state="snoozed").query),
        ],
        "saved": saved.shown_to(request.user),
    }


def _list(request: PersonRequest, wanted: Filter, page: Page, count: int, *, now: datetime) -> dict[str, Any]:
    """Return what the lower part shows: how many, the rows, and who holds what where none of it is free."""
    rows = [row_of(case, person=request.user, now=now) for case in page.cases]
    something = (
        any(row.claimable or row.holder == request.user for row in rows)
        or free(wanted=wanted, by=request.user, now=now).order_by().exists()
    )
    by_code = counts_by(wanted.cases(now=now), "code")
    return {
        "rows": rows,
        "page": page,
        "count": shown(count),
        "many": min(count, MOST),
        "counted_first": intcomma(COUNTED) if count > COUNTED else "",
        "by_code": [(code, n, replace(wanted, code=code).query) for code, n in by_code],
        "acts": Act.choices,
        "folded_codes": folded_codes(request.user),
        "free": something,
        "taken": None if something else taken(wanted=wanted, by=request.user, now=now),
    }


def _address(wanted: Filter, page: Page, *, after: str, before: str) -> str:
    """Return the address of a page of the list, without what goes without saying."""
    place = f"after={after}" if after else f"before={before}"
    query = wanted.query
    if page.before:
        query += f"{'&' if query else '?'}{place}"
    return reverse("queue") + query


@require_POST
@allowed(DECIDE)
def queue_next(request: PersonRequest) -> HttpResponse:
    """Claim the next case of the list that is free, behind `after` where that is given, and lead to it."""
    wanted = QueueFilterForm(request.GET).filter()
    after = row_in(request.POST.get("after") or request.GET.get("after", ""), Case.objects.all())
    found = claim_next(wanted=wanted, by=request.user, now=timezone.now(), after=after)
    if found is None:
        messages.info(request, _("Nothing in this list is free for you now."))
    address = (found.get_absolute_url() if found else reverse("queue")) + wanted.query
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
