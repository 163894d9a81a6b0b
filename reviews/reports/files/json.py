"""A table as plain values for the API: typed by its columns, every share with its basis and interval."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from reviews.reports.files.flat import header
from reviews.reports.rates import Share
from reviews.reports.report import Report
from reviews.reports.table import Cell, Column, Table, Value
from reviews.reports.weeks import begins, ends


def report_json(report: Report) -> dict[str, Any]:
    """Return the whole report."""
    return {
        **report_facts(report),
        "headlines": [
            {
                "title": one.title,
                "unit": str(one.unit),
                "value": _value(one.cell.value),
                "basis": one.basis,
                "change": one.change,
            }
            for one in report.headlines
        ],
        "tables": [table_json(table) for table in report.tables],
    }


def report_facts(report: Report) -> dict[str, Any]:
    """Return what a report is about, without its tables."""
    return {
        "week": report.name,
        "begins": begins(report.week).isoformat(),
        "ends": ends(report.week).isoformat(),
        "over": report.is_over,
        "pipeline": report.scope.pipeline or None,
        "topic": report.scope.topic or None,
        "made_at": timezone.localtime(report.made_at).isoformat(),
    }


def table_json(table: Table) -> dict[str, Any]:
    """Return one table; each row is an object under its columns' names. Raises ValueError where two share one."""
    header(table)
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "columns": [
            {"name": column.name, "title": column.title, "unit": str(column.unit)} for column in table.columns
        ],
        "rows": [_row(row, table.columns) for row in table.rows],
        "total": _row(table.total, table.columns) if table.total else None,
    }


def _row(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> dict[str, Any]:
    return {column.name: _value(cell.value) for cell, column in zip(row, columns, strict=True)}


def _value(value: Value) -> Any:
    """Return a value as JSON holds it: times as ISO 8601, stretches of time in seconds."""
    if isinstance(value, Share):
        return {
            "percent": value.percent,
            "part": value.part,
            "n": value.n,
            "interval": list(value.interval) if value.interval else None,
        }
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value
