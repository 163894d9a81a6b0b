"""A table as CSV, for machines and for spreadsheets alike.

UTF-8 with a byte order mark, without which Excel reads it as another encoding, and which readers of
`utf-8-sig` (pandas among them) leave out; commas, CRLF (RFC 4180). Numbers have a point, times are
ISO 8601 in the site's time zone, stretches of time are seconds.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from reviews.reports.files.flat import Plain, header, rows
from reviews.reports.table import Table

# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(table: Table) -> bytes:
    """Return the table as a CSV file: the columns' stable names, its rows, its total last."""
    return csv_lines([header(table), *rows(table)])


def csv_lines(lines: Iterable[Sequence[Plain]]) -> bytes:
    """Return a CSV file of these lines, the names of the fields first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for line in lines:
        writer.writerow([_field(value) for value in line])
    return out.getvalue().encode("utf-8-sig")


def _field(value: Plain) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value if isinstance(value, int | float) else value.isoformat()


def _text(text: str) -> str:
    """Return a text that no spreadsheet computes: an apostrophe stands before what it would."""
    return f"'{text}" if text.startswith(FORMULA) else text
