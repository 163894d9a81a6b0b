"""`/patterns/`: the same declines over their weeks. Numbers only; cases behind them for who may read them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pipelines.models import Pipeline
from reviews.access import DECIDE, SEE_NUMBERS, PersonRequest, allowed, signed_in
from reviews.forms.alerts import PatternFilterForm
from reviews.models import Pattern
from reviews.patterns.hush import NotPossible, hush, listen_again
from reviews.patterns.listing import cases_like, moving, page_of, visible, weeks_of
from reviews.reports.counts import topic_names


@require_GET
@signed_in
def patterns(request: PersonRequest) -> HttpResponse:
    """List the patterns that the person may see, the latest seen first."""
    owned = Pipeline.objects.all()
    if not request.user.has_perm(SEE_NUMBERS):
        owned = owned.filter(owner=request.user)
    form = PatternFilterForm(request.GET, pipelines=owned)
    listed, older = page_of(
        request.user, wanted=form.chosen(), before=request.GET.get("before", ""), now=timezone.now()
    )
    state = form.chosen().get("state")
    context = {
        "form": form,
        "states": [
            {
                "label": one.label,
                "n": n,
                "on": one == state,
                "asked": form.asked(state="" if one == state else one),
            }
            for one, n in moving(request.user, wanted=form.chosen())
        ],
        "listed": listed,
        "older": older,
        "filtered": bool(form.chosen()),
        "table": {"name": "patterns", "title": _("Patterns")},
        "asked": form.asked(),
    }
    return render(request, "reviews/patterns.html", context)


@require_GET
@signed_in
def pattern(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one pattern: its life in words, its weeks in numbers."""
    found = get_object_or_404(visible(request.user).select_related("pipeline", "hushed_by"), pk=pk)
    facts, weeks = weeks_of(found, now=timezone.now())
    context = {
        "pattern": found,
        "weeks": weeks,
        "now": facts.compared(facts.week),
        "events": found.events.select_related("by").order_by("-pk")[:100],
        "cases": cases_like(found),
        "topic": topic_names().get(found.topic, found.topic),
    }
    return render(request, "reviews/pattern.html", context)


@require_POST
@allowed(DECIDE)
def pattern_hush(request: PersonRequest, pk: int) -> HttpResponse:
    """Make a pattern quiet until it grows."""
    found = get_object_or_404(Pattern, pk=pk)
    try:
        hush(pattern_id=pk, by=request.user, now=timezone.now())
    except NotPossible as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, _("Quiet until it grows beyond its rate of now."))
    return redirect(found)


@require_POST
@allowed(DECIDE)
def pattern_listen(request: PersonRequest, pk: int) -> HttpResponse:
    """Listen to a pattern again."""
    found = get_object_or_404(Pattern, pk=pk)
    try:
        listen_again(pattern_id=pk, by=request.user, now=timezone.now())
    except NotPossible as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, _("It is listened to again."))
    return redirect(found)
