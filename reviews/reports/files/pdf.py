"""The week as a PDF, set by typst from `week.typ`.

All that the report says goes to typst as data (one JSON text among its inputs): no name or note ever
becomes markup, and no file but the template is read. The first font is one that the wheel carries, so
a page looks the same on every machine; the machine's own fonts only fill in for letters that it lacks.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typst
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews.reports.files.pictures import Picture, for_paper
from reviews.reports.report import Report, scope_in_words
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.written import basis, day, written

TEMPLATE = Path(__file__).with_name("week.typ")


def pdf_of(report: Report) -> bytes:
    """Return the report as a tagged PDF."""
    return _set(report_data(report, for_paper(report)), report=report)


def _set(data: dict[str, Any], *, report: Report) -> bytes:
    made = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        sys_inputs={"report": json.dumps(data)},
        format="pdf",
        timestamp=int(report.made_at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError(f"typst gave {type(made).__name__}, not one document")
    return made


def report_data(report: Report, drawn: list[Picture]) -> dict[str, Any]:
    """Return all that the template sets, every word in the reader's language."""
    by_table = {picture.table: picture for picture in drawn}
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": report.title,
        "days": days(report.week),
        "scope": scope_in_words(report.scope),
        "state": "" if report.is_over else _("The week is not over: numbers so far."),
        "made": _("As of %(made)s") % {"made": moment(report)},
        # The braces are filled by the template, which alone knows the pages.
        "page": _("Page {page} of {pages}"),
        "headlines": [
            {
                "title": one.title,
                "value": written(one.cell.value, one.unit),
                "basis": one.basis,
                "change": one.change,
            }
            for one in report.headlines
        ],
        "tables": [_table(table, by_table.get(table.name)) for table in report.tables],
    }


def days(monday: date) -> str:
    """Return the days of a week in words: from Monday to Sunday."""
    return _("%(first)s to %(last)s") % {"first": day(monday), "last": day(monday + timedelta(days=6))}


def moment(report: Report) -> str:
    """Return when a report was made, with the time zone that its weeks are in."""
    return f"{day(report.made_at)} {timezone.localtime(report.made_at).tzname()}"


def _table(table: Table, picture: Picture | None) -> dict[str, Any]:
    return {
        "title": table.title,
        "note": table.note,
        "empty": table.empty or _("Nothing in this week."),
        "columns": [
            {"title": column.title, "text": column.unit in (Unit.TEXT, Unit.DATE)} for column in table.columns
        ],
        "rows": [_row(row, table.columns) for row in table.rows],
        "total": _row(table.total, table.columns) if table.total else None,
        "picture": picture.content.decode() if picture else None,
    }


def _row(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> list[dict[str, str]]:
    return [
        {"value": written(cell.value, column.unit), "basis": basis(cell.value)}
        for cell, column in zip(row, columns, strict=True)
    ]
