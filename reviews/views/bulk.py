"""Acting on many cases: select in the queue, see exactly which and confirm, see what was done, undo it.

The list of cases is fixed when the confirmation is shown; from there on the filter is words alone.
"""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from pipelines.numbers import number_in
from reviews.access import DECIDE, PersonRequest, allowed
from reviews.bulk import AT_ONCE, MOST, Act, Seen, act_on, begin, read, written
from reviews.forms import QueueFilterForm
from reviews.forms.bulk import BulkForm, form_for
from reviews.guidance import folded_codes
from reviews.models import Bulk, Case, ReasonTemplate
from reviews.move import KEPT
from reviews.queue import Filter, listed
from reviews.reasons import in_words
from reviews.undo import undo_bulk
from reviews.views.given import row_in
from reviews.views.queue import chips, row_of

# Where a session keeps what the page of its last act says and no table does.
KEPT_AS = "bulk"


@require_http_methods(["GET", "POST"])
@allowed(DECIDE)
def bulk(request: PersonRequest) -> HttpResponse:
    """Show what is about to be done, and to which cases; nothing is done yet."""
    if request.method != "POST":
        return redirect("queue")
    wanted = QueueFilterForm(request.GET).filter()
    if (act := _act(request)) is None:
        return HttpResponseBadRequest(_("There is no such act on many cases."))
    try:
        cases = _all(wanted) if request.POST.get("all") else read(request.POST.getlist("cases"))
    except ValueError as wrong:
        return HttpResponseBadRequest(str(wrong))
    if not cases:
        return _nothing_selected(request)
    template = row_in(request.POST.get("template", ""), ReasonTemplate.objects.all())
    form = form_for(act, cases, initial={"reason": in_words(template).text} if template else None)
    return _confirm(request, act, cases, form)


@require_POST
@allowed(DECIDE)
def bulk_act(request: PersonRequest) -> HttpResponse:
    """Do it to the cases that were confirmed, some at a time, and lead to what came of it.

    What is left to do stands in the page between, with everything that was filled in, and comes back
    with the act that was begun (`bulk`).
    """
    if (act := _act(request)) is None:
        return HttpResponseBadRequest(_("There is no such act on many cases."))
    try:
        cases = read(request.POST.getlist("cases"))
    except ValueError as wrong:
        return HttpResponseBadRequest(str(wrong))
    if not cases:
        return _nothing_selected(request)
    form = form_for(act, cases, request.POST)
    if not form.is_valid():
        return _confirm(request, act, cases, form, status=422)
    now = timezone.now()
    done = _begun(request, act) or begin(
        act=act,
        chosen=len(cases),
        by=request.user,
        now=now,
        query=QueueFilterForm(request.GET).filter().query,
    )
    part, rest = cases[:AT_ONCE], cases[AT_ONCE:]
    left = act_on(bulk=done, deed=form.deed(), cases=part, by=request.user, now=now)
    kept = _kept(request, done.pk)
    request.session[KEPT_AS] = kept | {
        "left": [*kept.get("left", []), *([one.case_id, one.why] for one in left)]
    }
    return _go_on(request, done, form, rest) if rest else _to_result(request, done)


def _nothing_selected(request: PersonRequest) -> HttpResponse:
    messages.info(request, _("No case is selected."))
    return redirect(reverse("queue") + QueueFilterForm(request.GET).filter().query)


def _begun(request: PersonRequest, act: Act) -> Bulk | None:
    """Return the act that this goes on with, if it is the person's own."""
    number = number_in(request.POST.get("bulk", ""))
    if number is None:
        return None
    return get_object_or_404(Bulk, pk=number, by=request.user, act=act.value)


def _go_on(request: PersonRequest, done: Bulk, form: BulkForm, rest: list[Seen]) -> HttpResponse:
    """Say how far it is; the page goes on by itself, or with its button."""
    filled = [
        (name, value) for name, value in request.POST.items() if name in form.fields and name != "typed"
    ]
    own = [("act", done.act), ("bulk", done.pk), ("cases", written(rest)), ("typed", len(rest))]
    context = {
        "bulk": done,
        "act": Act(done.act),
        "fields": [*filled, *own],
        "so_far": done.chosen - len(rest),
        "filter": QueueFilterForm(request.GET).filter(),
    }
    template = "reviews/bulk_progress.html#progress" if request.htmx else "reviews/bulk_progress.html"
    return render(request, template, context)


def _to_result(request: PersonRequest, done: Bulk) -> HttpResponse:
    address = reverse("bulk-result", args=[done.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _kept(request: PersonRequest, pk: int) -> dict[str, Any]:
    """Return what the session keeps of this act; a session keeps it of the last one."""
    kept: dict[str, Any] = request.session.get(KEPT_AS, {})
    return kept if kept.get("pk") == pk else {"pk": pk}


@require_GET
@allowed(DECIDE)
def bulk_result(request: PersonRequest, pk: int) -> HttpResponse:
    """Show what an act came to: how many, which were left alone and why, and the way to undo it."""
    done = get_object_or_404(Bulk.objects.select_related("by"), pk=pk)
    kept = _kept(request, pk)
    events = done.events.all()
    standing = events.filter(undone_by=None).count()
    in_time = done.by_id == request.user.pk and done.at + KEPT > timezone.now()
    context = {
        "bulk": done,
        "act": Act(done.act),
        "done": events.count(),
        "standing": standing,
        "left": kept.get("left", []),
        "refused": kept.get("refused", []),
        "undoable": in_time and standing and "refused" not in kept,
    }
    return render(request, "reviews/bulk_result.html", context)


@require_POST
@allowed(DECIDE)
def bulk_undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo one's own act on every case that has not changed since."""
    done = get_object_or_404(Bulk, pk=pk)
    if done.by_id != request.user.pk:
        raise PermissionDenied("only whoever acted undoes it")
    undone, refused = undo_bulk(bulk_id=pk, by=request.user, now=timezone.now())
    request.session[KEPT_AS] = _kept(request, pk) | {"refused": refused}
    said = ngettext("Undone on %(n)s case.", "Undone on %(n)s cases.", undone) % {"n": undone}
    (messages.warning if refused else messages.success)(request, said)
    return redirect("bulk-result", pk=pk)


def _act(request: PersonRequest) -> Act | None:
    name = request.POST.get("act", "")
    return Act(name) if name in Act.values else None


def _all(wanted: Filter) -> list[Seen]:
    """Return the cases that match, as they stand now; of more than `MOST`, the first in the list's order."""
    cases = wanted.cases(now=timezone.now())
    return [Seen(*pair) for pair in cases.values_list("pk", "version")[:MOST]]


def _confirm(
    request: PersonRequest, act: Act, cases: list[Seen], form: BulkForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    filters = QueueFilterForm(request.GET)
    wanted = filters.filter()
    found = {case.pk: case for case in listed(Case.objects.filter(pk__in=[one.case_id for one in cases]))}
    # In the order in which they were listed, as far as they are still there.
    rows = [
        (row_of(case, person=request.user, now=now), case.version != seen.version)
        for seen in cases
        if (case := found.get(seen.case_id))
    ]
    context: dict[str, Any] = {
        "act": act,
        "form": form,
        "cases": written(cases),
        "count": len(cases),
        "rows": rows,
        "folded_codes": folded_codes(request.user),
        "most": MOST if len(cases) == MOST else 0,
        "filter": wanted,
        "chips": chips(filters, wanted),
        "templates": _templates(act, [row.case for row, _changed in rows]),
        "undo_minutes": KEPT // timedelta(minutes=1),
        "now": now,
    }
    return render(request, "reviews/bulk.html", context, status=status)


def _templates(act: Act, cases: list[Case]) -> list[ReasonTemplate]:
    """Return the reasons to pick from: those of every pipeline, and those of one that all the cases share."""
    pipelines = {case.pipeline_id for case in cases}
    suited = Q(pipeline=None) | (Q(pipeline__in=pipelines) if len(pipelines) == 1 else Q(pk__in=[]))
    return [in_words(one) for one in ReasonTemplate.objects.filter(suited, kind=act.value)]
