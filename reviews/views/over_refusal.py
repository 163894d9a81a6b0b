"""`/over-refusal/`: what first reviews of declines came to, and what moved the rates. Numbers, but for contexts.

Contexts are text, for readers alone; they have an address of their own, from which the page fetches them.
"""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from refusals import KNOWN_CODES, Outcome, describe
from reviews.access import READ_TEXT, SEE_NUMBERS, PersonRequest, allowed
from reviews.forms.over_refusal import OverRefusalForm
from reviews.reports import over_refusal as report
from reviews.reports.contexts import AGAIN, AGAIN_WEEKS, added_again
from reviews.reports.marked_chart import picture
from reviews.reports.marks import MOST, WEEKS, happened, marks, marks_table, weekly_rates
from reviews.reports.pictures import declined_in
from reviews.reports.weeks import EARLIEST, WEEK, begins, current_week, ends, week_name
from reviews.views.charts import to_cases_of


def _form(request: PersonRequest, *, now: datetime) -> OverRefusalForm:
    codes = sorted(
        str(code) for code in KNOWN_CODES if describe(code).usual_outcome.value == Outcome.DECLINED.value
    )
    return OverRefusalForm(request.GET, codes=codes, now=now)


@require_GET
@allowed(SEE_NUMBERS)
def over_refusal(request: PersonRequest) -> HttpResponse:
    """Show the twelve months until the week in the address."""
    now = timezone.now()
    form = _form(request, now=now)
    week, scope, code = form.week(), form.scope(), form.code_asked()
    found = report.read(week, scope=scope, now=now)
    marked = marks(week, scope=scope, code=code, now=now)
    asked = urlencode({**scope.query(), **({"code": code} if code else {}), "until": week_name(week)})
    context = {
        "form": form,
        "scope": scope,
        "week": week_name(week),
        "months": report.months_until(week),
        "headlines": report.headlines(found, week=week, scope=scope),
        "rest": report.rest(found, week=week, scope=scope),
        "tables": report.tables_of(found, week=week, scope=scope),
        "note": report.note(),
        "marks": marks_table(marked),
        "most_marks": MOST,
        "asked": asked,
        "earlier": week_name(week - WEEK) if week > EARLIEST else "",
        "later": week_name(week + WEEK) if week < current_week(now=now) else "",
        "chart": f"{reverse('over-refusal-chart')}?{asked}",
        "again": f"{reverse('over-refusal-again')}?{asked}",
        "weeks": WEEKS,
    }
    return render(request, "reviews/over_refusal.html", context)


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def over_refusal_again(request: PersonRequest) -> HttpResponse:
    """Show contexts that were added again and again: inside the page for htmx, else as a page of their own."""
    form = _form(request, now=timezone.now())
    week, scope = form.week(), form.scope()
    context = {
        "again": added_again(begins(week - (AGAIN_WEEKS - 1) * WEEK), ends(week), scope=scope),
        "again_from": AGAIN,
        "again_weeks": AGAIN_WEEKS,
        "back": f"{reverse('over-refusal')}?{request.GET.urlencode()}",
    }
    template = "reviews/_added_again.html" if request.htmx else "reviews/added_again.html"
    return render(request, template, context)


@require_GET
@vary_on_headers("HX-Request")
@allowed(SEE_NUMBERS)
def over_refusal_chart(request: PersonRequest) -> HttpResponse:
    """Draw the decline rate by week with its marks: inside the page for htmx, else as a picture."""
    now = timezone.now()
    form = _form(request, now=now)
    week, scope, code = form.week(), form.scope(), form.code_asked()
    rates = weekly_rates(week, scope=scope, code=code)
    if not any(share.n for _week, share in rates):
        return HttpResponse(status=204)
    marked = happened(week, scope=scope, code=code)
    numbered = [(number, one.subject.week, one.what) for number, one in enumerate(marked, start=1)]
    to_cases = to_cases_of(request)
    links = {
        of_week: to_cases(declined_in(of_week, scope, code=code))
        for of_week, share in rates
        if to_cases and share.part
    }
    drawn = picture(rates=rates, marks=numbered, links=links)
    return HttpResponse(drawn, content_type="text/html" if request.htmx else "image/svg+xml")
