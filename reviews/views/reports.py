"""`/reports/2026-W47/`: a week in numbers. Numbers only: a viewer never reaches text."""

from datetime import date

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from pipelines.models.run import week_of
from reviews.access import SEE_NUMBERS, PersonRequest, allowed
from reviews.forms.report import scope_of
from reviews.models import WeekRuns
from reviews.reports.pictures import NAMES, picture
from reviews.reports.scope import Scope
from reviews.reports.weeks import EARLIEST, current_week, week_name
from reviews.views.charts import to_cases_of
from reviews.views.report_page import page_of, part_of
from reviews.views.weeks import asked_week

# The switch of the small charts: each on a scale of its own.
OWN = "own"


class UntilForm(forms.Form):
    """The week that an old address ends with. A day that is none, or before `EARLIEST`, is left out."""

    until = forms.DateField(required=False, validators=[MinValueValidator(EARLIEST)])


def _latest() -> date:
    """Return the latest week that has runs, the running one at most; the running one where none has."""
    this_week = current_week(now=timezone.now())
    latest: date | None = WeekRuns.objects.filter(week__lte=this_week, runs__gt=0).aggregate(
        latest=Max("week")
    )["latest"]
    return latest or this_week


def _asked_week(request: PersonRequest) -> date:
    """Return the week that a form or an old address asks for, else the latest."""
    if name := request.GET.get("week"):
        return asked_week(name)
    form = UntilForm(request.GET)
    until = form.cleaned_data["until"] if form.is_valid() else None
    return week_of(min(until, timezone.localdate())) if until else _latest()


@require_GET
@allowed(SEE_NUMBERS)
def reports(request: PersonRequest) -> HttpResponse:
    """Show the latest week, or lead to the week that a form or an old address asks for."""
    if request.GET.get("week") or request.GET.get("until"):
        return redirect(_address("report-week", _asked_week(request), scope_of(request.GET)))
    return _page(request, _latest())


@require_GET
@allowed(SEE_NUMBERS)
def old_chart(request: PersonRequest, chart: str) -> HttpResponse:
    """Lead from the address that a chart had to the same chart of its week."""
    _known(chart)
    return redirect(_address("report-chart", _asked_week(request), scope_of(request.GET), chart=chart))


@require_GET
@allowed(SEE_NUMBERS)
def report_week(request: PersonRequest, name: str) -> HttpResponse:
    """Show the report of a week."""
    return _page(request, asked_week(name))


def _page(request: PersonRequest, week: date) -> HttpResponse:
    own_scale = request.GET.get("scale") == OWN
    context = page_of(week, scope=scope_of(request.GET), now=timezone.now(), own_scale=own_scale)
    return render(request, "reviews/report.html", context)


@require_GET
@vary_on_headers("HX-Request")
@allowed(SEE_NUMBERS)
def report_part(request: PersonRequest, name: str, part: str) -> HttpResponse:
    """Show what people did in a week, or what waited: inside the week's page for htmx, else as a page of its own."""
    context = part_of(asked_week(name), part, scope=scope_of(request.GET), now=timezone.now())
    template = "reviews/_report_section.html" if request.htmx else "reviews/report_part.html"
    return render(request, template, context)


@require_GET
@vary_on_headers("HX-Request")
@allowed(SEE_NUMBERS)
def report_chart(request: PersonRequest, name: str, chart: str) -> HttpResponse:
    """Draw one chart: inside the page for htmx, so that its marks are links, else as a picture."""
    _known(chart)
    drawn = picture(
        chart,
        week=asked_week(name),
        scope=scope_of(request.GET),
        to_cases=to_cases_of(request),
        own_scale=request.GET.get("scale") == OWN,
    )
    if drawn is None:
        return HttpResponse(status=204)
    return HttpResponse(drawn, content_type="text/html" if request.htmx else "image/svg+xml")


def _known(chart: str) -> None:
    if chart not in NAMES:
        raise Http404(f"There is no chart {chart!r}.")


def _address(view: str, week: date, scope: Scope, **named: str) -> str:
    address = reverse(view, kwargs={"name": week_name(week), **named})
    return f"{address}?{scope}" if scope.query() else address
