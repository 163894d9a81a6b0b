"""Tables as a workbook: a sheet each, with real numbers, rates and dates, and the head kept in sight.

Every text is written as a text: nothing in a workbook is computed, and no address becomes a link.
"""

import io
import re
from datetime import date, datetime, timedelta

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reviews.reports.files.flat import Plain, field_names, header, rows
from reviews.reports.report import Report, scope_in_words
from reviews.reports.table import Column, Table, Unit

# What the format allows a sheet to be called: so many characters, and none of these.
LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
# The longest text that a cell holds.
LONGEST_TEXT = 32_767

_HEAD = 4  # the row of the columns' titles: title, note, what it is about and an empty one stand above
_CHANGE, _CHANGE_OF_WHOLE = "+#,##0.0;-#,##0.0;0", "+#,##0;-#,##0;0"
_RATE, _COUNT, _DAY, _MOMENT = "0.0%", "#,##0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
_NUMBERS = {
    Unit.COUNT: _COUNT,
    Unit.PERCENT: _RATE,
    Unit.CHANGE: _CHANGE,
    Unit.HOURS: "#,##0.0",
    Unit.DURATION: "[h]:mm:ss",
}


def xlsx_of(report: Report) -> bytes:
    """Return a workbook of the tables of a report."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        workbook.set_properties(
            {
                "title": report.title,
                "created": timezone.localtime(report.made_at).replace(tzinfo=None),
            }
        )
        formats = _Formats(workbook)
        names = sheet_names([table.name for table in report.tables])
        for table, name in zip(report.tables, names, strict=True):
            _write(workbook.add_worksheet(name), table, report=report, formats=formats)
    return out.getvalue()


def sheet_names(names: list[str]) -> list[str]:
    """Return what the sheets are called: as short as the format wants it, and each its own, case aside."""
    given: dict[str, str] = {}
    for name in names:
        plain = _FORBIDDEN.sub("-", name).strip("'")[:LONGEST_NAME] or "-"
        wanted, number = plain, 1
        while wanted.lower() in given:
            number += 1
            wanted = f"{plain[: LONGEST_NAME - len(str(number)) - 1]} {number}"
        given[wanted.lower()] = wanted
    return list(given.values())


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._workbook = workbook
        self._made: dict[str, Format] = {}
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def number(self, pattern: str) -> Format:
        """Return the format that writes numbers by this pattern."""
        if pattern not in self._made:
            self._made[pattern] = self._workbook.add_format({"num_format": pattern})
        return self._made[pattern]


def _write(sheet: Worksheet, table: Table, *, report: Report, formats: _Formats) -> None:
    """Write a table from top to bottom, for what is written is gone from memory."""
    header(table)  # refuses fields of one name, as in every file
    titles = [title for column in table.columns for title in _titles(column)]
    for place, title in enumerate(titles):
        sheet.set_column(place, place, 28 if place == 0 else max(10, min(24, len(title) + 2)))
    sheet.write_string(0, 0, table.title, formats.title)
    sheet.write_string(1, 0, table.note)
    sheet.write_string(2, 0, _about(report))
    for place, title in enumerate(titles):
        sheet.write_string(_HEAD, place, title, formats.head)
    sheet.freeze_panes(_HEAD + 1, 1)
    patterns = [pattern for column in table.columns for pattern in _patterns(column)]
    for number, row in enumerate(rows(table), start=_HEAD + 1):
        for place, (value, pattern) in enumerate(zip(row, patterns, strict=True)):
            _put(sheet, number, place, value, pattern=pattern, formats=formats)


def _titles(column: Column) -> list[str]:
    """Return the titles of a column's fields, in the reader's language."""
    if len(field_names(column)) == 1:
        return [column.title]
    return [
        column.title,
        _("%(title)s: part") % {"title": column.title},
        _("%(title)s: n") % {"title": column.title},
        _("%(title)s: lowest") % {"title": column.title},
        _("%(title)s: highest") % {"title": column.title},
    ]


def _patterns(column: Column) -> list[str]:
    """Return how the numbers of a column's fields are written."""
    if column.unit == Unit.SHARE:
        return [_RATE, _COUNT, _COUNT, _RATE, _RATE]
    return [_NUMBERS.get(column.unit, "General")]


def _about(report: Report) -> str:
    made = timezone.localtime(report.made_at)
    return _("%(title)s, %(scope)s. As of %(made)s.") % {
        "title": report.title,
        "scope": scope_in_words(report.scope),
        "made": made.isoformat(sep=" ", timespec="minutes"),
    }


def _put(sheet: Worksheet, row: int, place: int, value: Plain, *, pattern: str, formats: _Formats) -> None:
    """Write one value as what it is; nothing where there is none."""
    if isinstance(value, str):
        sheet.write_string(row, place, value[:LONGEST_TEXT])
    elif isinstance(value, datetime):
        local = timezone.localtime(value).replace(tzinfo=None)
        sheet.write_datetime(row, place, local, formats.number(_MOMENT))
    elif isinstance(value, date):
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), formats.number(_DAY))
    elif isinstance(value, timedelta):
        sheet.write_number(row, place, value / timedelta(days=1), formats.number(pattern))
    elif value is not None:
        shown = value / 100 if pattern == _RATE else value
        pattern = _CHANGE_OF_WHOLE if pattern == _CHANGE and isinstance(value, int) else pattern
        sheet.write_number(row, place, shown, formats.number(pattern))
