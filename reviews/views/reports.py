"""`/reports/`: twelve weeks of declines, runs and rates. Numbers only: a viewer never reaches text."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MinValueValidator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from pipelines.models.run import week_of
from reviews.access import READ_TEXT, SEE_NUMBERS, PersonRequest, allowed
from reviews.reports import counts, settled
from reviews.reports.charts import stacked_weeks, svg_of
from reviews.reports.weeks import EARLIEST, current_week, weeks_until

# By name: the field that is counted by, the title, and what its table's rows are.
CHARTS = {
    "by-code": ("code", _("Declines by reason code"), _("Reason code")),
    "by-topic": ("topic", _("Declines by topic"), _("Topic")),
}


class UntilForm(forms.Form):
    """Which week the report ends with. A day that is none, or before `EARLIEST`, is left out."""

    until = forms.DateField(required=False, validators=[MinValueValidator(EARLIEST)])


def _weeks(request: PersonRequest) -> list[date]:
    """Return the weeks that the address asks for: those until `until`, else until now."""
    today = timezone.localdate()
    form = UntilForm(request.GET)
    asked = form.cleaned_data["until"] if form.is_valid() else None
    return weeks_until(week_of(min(asked or today, today)), count=counts.WEEKS)


def _link(request: PersonRequest, field: str) -> Callable[[counts.Series, date], str] | None:
    """Return what leads from a count to the cases behind it; None for who may not read them.

    The addresses are absolute: the picture may stand anywhere.
    """
    if not request.user.has_perm(READ_TEXT):
        return None

    def to_cases(series: counts.Series, week: date) -> str:
        if not series.value:
            return ""  # the rest in one: no filter finds just these
        wanted = {"state": "all", "week": week.isoformat(), field: series.value}
        return request.build_absolute_uri(f"{reverse('queue')}?{urlencode(wanted)}")

    return to_cases


def _table(request: PersonRequest, field: str, weeks: list[date]) -> list[dict[str, Any]]:
    """Return a chart's numbers as the rows of its table, each cell with the address behind it."""
    link = _link(request, field)
    return [
        {
            "series": series,
            "cells": [
                (count, link(series, week) if link and count else "")
                for week, count in zip(weeks, series.counts, strict=True)
            ],
        }
        for series in counts.declines_by(field, weeks)
    ]


def _figure(request: PersonRequest, name: str, weeks: list[date]) -> dict[str, Any]:
    """Return what the page says of a chart: its title, its picture's address and its table."""
    field, title, what = CHARTS[name]
    rows = _table(request, field, weeks)
    return {
        "title": title,
        "what": what,
        "rows": rows,
        "total": sum(row["series"].total for row in rows),
        "address": f"{reverse('chart', args=[name])}?until={weeks[-1].isoformat()}",
    }


@require_GET
@allowed(SEE_NUMBERS)
def reports(request: PersonRequest) -> HttpResponse:
    """Show the twelve weeks until the one in the address."""
    weeks = _weeks(request)
    this_week = current_week(now=timezone.now())
    endings = counts.endings(weeks)
    context = {
        "weeks": weeks,
        "charts": [_figure(request, name, weeks) for name in CHARTS],
        "endings": list(zip(weeks, endings, settled.reviewed(weeks), strict=True))[::-1],
        "latest": endings[-1],
        "coverage": counts.coverage(weeks),
        "backlog": settled.backlog(),
        "ends": weeks[-1] + timedelta(days=6),
        "unfinished": weeks[-1] == this_week,
        "earlier": (weeks[0] - timedelta(weeks=1)).isoformat(),
        "later": (weeks[-1] + timedelta(weeks=counts.WEEKS)).isoformat() if weeks[-1] < this_week else "",
    }
    return render(request, "reviews/reports.html", context)


@require_GET
@allowed(SEE_NUMBERS)
def chart(request: PersonRequest, name: str) -> HttpResponse:
    """Draw one chart: inside the page for htmx, so that its marks are links, else as a picture."""
    if name not in CHARTS:
        raise Http404(f"There is no chart {name!r}.")
    field, _title, _what = CHARTS[name]
    weeks = _weeks(request)
    series = counts.drawn(counts.declines_by(field, weeks))
    if not series:
        return HttpResponse(status=204)
    picture = svg_of(stacked_weeks(series=series, weeks=weeks, link=_link(request, field)))
    return HttpResponse(picture, content_type="text/html" if request.htmx else "image/svg+xml")
