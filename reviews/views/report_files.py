"""A week's report as files: any table as CSV or XLSX, all of them as XLSX, the whole as PDF. Numbers only."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from reviews.access import SEE_NUMBERS, PersonRequest, allowed
from reviews.forms.report import scope_of
from reviews.reports.files.csv import csv_of
from reviews.reports.files.pdf import pdf_of
from reviews.reports.files.xlsx import xlsx_of
from reviews.reports.report import Report, report_of
from reviews.reports.scope import NO_TOPIC
from reviews.reports.weeks import current_week, week_named

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@require_GET
@allowed(SEE_NUMBERS)
def report_file(request: PersonRequest, name: str, kind: str) -> HttpResponse:
    """Answer with the whole week as a PDF or as a workbook."""
    report = _report(request, name)
    make = pdf_of if kind == "pdf" else xlsx_of
    return _download(request, report, kind=kind, make=partial(make, report))


@require_GET
@allowed(SEE_NUMBERS)
def report_table(request: PersonRequest, name: str, table: str, kind: str) -> HttpResponse:
    """Answer with one table as CSV or as a workbook."""
    report = _report(request, name)
    found = report.table(table)
    if found is None:
        raise Http404(f"The week has no table {table!r}.")
    make = partial(csv_of, found) if kind == "csv" else partial(xlsx_of, report, [found])
    return _download(request, report, kind=kind, make=make, table=table)


def _report(request: PersonRequest, name: str) -> Report:
    """Return the report that an address asks for. Raises Http404 if there is no such week or scope."""
    now = timezone.now()
    try:
        week = week_named(name)
    except ValueError as error:
        raise Http404(str(error)) from error
    if week > current_week(now=now):
        raise Http404(f"{name} is yet to come.")
    return report_of(week, scope=scope_of(request.GET), now=now)


def _download(
    request: PersonRequest, report: Report, *, kind: str, make: Callable[[], bytes], table: str = ""
) -> HttpResponse:
    """Answer with a file, or with 304 where the caller has it: nothing is made while no number has changed."""
    tag = f'"{report.digest(kind, table, get_language() or "")}"'
    if tag in {
        known.strip().removeprefix("W/") for known in request.headers.get("If-None-Match", "").split(",")
    }:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(make(), content_type=TYPES[kind])
        response["Content-Disposition"] = (
            f'attachment; filename="{file_name(report, kind=kind, table=table)}"'
        )
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def file_name(report: Report, *, kind: str, table: str = "") -> str:
    """Return what a file is called: what it holds, of which week, and of whose work."""
    topic = "no-topic" if report.scope.topic == NO_TOPIC else report.scope.topic
    parts = ["refusalhub", report.name, report.scope.pipeline, topic, table]
    return f"{'-'.join(part for part in parts if part)}.{kind}"
