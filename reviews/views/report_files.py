"""Reports as files: any table as CSV or XLSX, all of a report as XLSX, the week as PDF. Numbers only."""

from collections.abc import Callable
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from reviews.access import SEE_NUMBERS, PersonRequest, allowed
from reviews.download import as_download
from reviews.forms.report import scope_of
from reviews.reports.files.csv import csv_of
from reviews.reports.files.pdf import pdf_of
from reviews.reports.files.xlsx import xlsx_of
from reviews.reports.report import Report
from reviews.reports.scope import NONE_NAMED
from reviews.reports.subjects import SUBJECTS, Asked
from reviews.reports.week import TABLES, report_of, report_of_table
from reviews.reports.weeks import current_week
from reviews.tagged import tagged
from reviews.views.weeks import asked_week

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
MAKERS: dict[str, Callable[[Report], bytes]] = {
    "csv": lambda report: csv_of(report.tables[0]),  # asked for by a table's name alone
    "xlsx": xlsx_of,
    "pdf": pdf_of,
}


@require_GET
@allowed(SEE_NUMBERS)
def report_file(request: PersonRequest, name: str, kind: str) -> HttpResponse:
    """Answer with the whole week as a PDF or as a workbook."""
    asked = _asked(request, name)
    report = report_of(asked.week, scope=asked.scope, now=timezone.now())
    return _download(request, report, kind=kind)


@require_GET
@allowed(SEE_NUMBERS)
def report_table(request: PersonRequest, name: str, table: str, kind: str) -> HttpResponse:
    """Answer with one table of the week as CSV or as a workbook."""
    asked = _asked(request, name)
    if table not in TABLES:
        raise Http404(f"The week has no table {table!r}.")
    report = report_of_table(table, asked.week, scope=asked.scope, now=timezone.now())
    return _download(request, report, kind=kind, table=table)


@require_GET
@allowed(SEE_NUMBERS)
def subject_file(
    request: PersonRequest, subject: str, name: str = "", table: str = "", kind: str = "xlsx"
) -> HttpResponse:
    """Answer with another report as a workbook, or with one of its tables.

    Its week is the one that the address names, else `?until`, else the one that runs.
    """
    report = SUBJECTS[subject](_asked(request, name or request.GET.get("until", "")), now=timezone.now())
    if table:
        if (found := report.table(table)) is None:
            raise Http404(f"This report has no table {table!r}.")
        report = replace(report, tables=[found])
    return _download(request, report, kind=kind, table=table)


def _asked(request: HttpRequest, name: str) -> Asked:
    """Return what an address asks for. Raises Http404 if there is no such week or scope."""
    week = asked_week(name) if name else current_week(now=timezone.now())
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    if "\0" in code + state:
        raise Http404("There is no such code or state.")
    return Asked(week=week, scope=scope_of(request.GET), code=code, state=state)


def _download(request: HttpRequest, report: Report, *, kind: str, table: str = "") -> HttpResponse:
    """Answer with a file, or with 304 where the caller has it: nothing is made while no number has changed."""

    def made() -> HttpResponse:
        response = HttpResponse(MAKERS[kind](report), content_type=TYPES[kind])
        return as_download(response, file_name(report, kind=kind, table=table))

    return tagged(request, tag=report.digest(kind, table, get_language() or ""), make=made)


def file_name(report: Report, *, kind: str, table: str = "") -> str:
    """Return what a file is called: what it holds, of which week, and of whose work."""
    subject = "" if report.subject == "week" else report.subject
    topic = "no-topic" if report.scope.topic == NONE_NAMED else report.scope.topic
    parts = ["refusalhub", subject, report.name, report.scope.pipeline, topic, table]
    return f"{'-'.join(part for part in parts if part)}.{kind}"
