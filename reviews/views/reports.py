"""`/reports/`: twelve weeks of declines, runs and rates. Numbers only: a viewer never reaches text."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from pipelines.models.run import week_of
from reviews import report
from reviews.access import READ_TEXT, SEE_NUMBERS, PersonRequest, allowed
from reviews.charts import stacked_weeks, svg_of

CHARTS = {"by-code": ("code", "Declines by reason code"), "by-topic": ("topic", "Declines by topic")}


def _weeks(request: PersonRequest) -> list[date]:
    """Return the weeks that the address asks for: those until `until`, else until now."""
    today = timezone.localdate()
    asked = parse_date(request.GET.get("until", ""))
    return report.weeks_until(week_of(min(asked or today, today)))


def _link(request: PersonRequest, field: str) -> Callable[[report.Series, date], str] | None:
    """Return what leads from a count to the cases behind it; None for who may not read them."""
    if not request.user.has_perm(READ_TEXT):
        return None

    def to_cases(series: report.Series, week: date) -> str:
        wanted = {"state": "all", "week": week.isoformat()} | ({field: series.value} if series.value else {})
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
        for series in report.declines_by(field, weeks)
    ]


@require_GET
@allowed(SEE_NUMBERS)
def reports(request: PersonRequest) -> HttpResponse:
    """Show the twelve weeks until the one in the address."""
    weeks = _weeks(request)
    this_week = week_of(timezone.localdate())
    endings = report.endings(weeks)
    context = {
        "weeks": weeks,
        "charts": [
            {
                "name": name,
                "title": title,
                "rows": _table(request, field, weeks),
                "address": f"{reverse('chart', args=[name])}?until={weeks[-1].isoformat()}",
            }
            for name, (field, title) in CHARTS.items()
        ],
        "endings": list(zip(weeks, endings, report.reviewed(weeks), strict=True))[::-1],
        "latest": endings[-1],
        "coverage": report.coverage(weeks),
        "backlog": report.backlog(),
        "earlier": (weeks[0] - timedelta(weeks=1)).isoformat(),
        "later": (weeks[-1] + timedelta(weeks=report.WEEKS)).isoformat() if weeks[-1] < this_week else "",
    }
    return render(request, "reviews/reports.html", context)


@require_GET
@allowed(SEE_NUMBERS)
def chart(request: PersonRequest, name: str) -> HttpResponse:
    """Draw one chart: inside the page for htmx, so that its marks are links, else as a picture."""
    if name not in CHARTS:
        raise Http404(f"There is no chart {name!r}.")
    field, _title = CHARTS[name]
    weeks = _weeks(request)
    series = report.drawn(report.declines_by(field, weeks))
    if not series:
        return HttpResponse(status=204)
    picture = svg_of(stacked_weeks(series=series, weeks=weeks, link=_link(request, field)))
    return HttpResponse(picture, content_type="text/html" if request.htmx else "image/svg+xml")
