"""Closing a meeting: what its screen said is kept, exactly, and no later data can change it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews.access import DECIDE, require
from reviews.models import MeetingRecord
from reviews.people import name_of
from reviews.reports.agenda import sections
from reviews.reports.rates import Share
from reviews.reports.section import Section
from reviews.reports.table import Cell, Column, Table, Unit, Value
from reviews.reports.weeks import DAY, WEEK, ends, week_name
from reviews.taken_on import one_at_a_time


class AlreadyClosed(Exception):
    """Somebody closed the meeting before; `record` is theirs."""

    def __init__(self, record: MeetingRecord) -> None:
        said = _("%(who)s has closed the meeting about %(week)s already: that record stays.")
        super().__init__(said % {"who": name_of(record.closed_by), "week": week_name(record.week)})
        self.record = record


class NotOver(Exception):
    """The week still runs: its meeting would keep numbers that grow."""

    def __init__(self, week: date) -> None:
        last = week + WEEK - DAY
        said = _("%(week)s runs until %(last)s: its meeting can be closed from %(first)s on.")
        super().__init__(said % {"week": week_name(week), "last": last, "first": week + WEEK})


@dataclass(frozen=True, slots=True)
class Kept:
    """A closed meeting as it was: its sections, who closed it and when, and the digest of it all.

    `language` is the one in which it says all that.
    """

    record: MeetingRecord
    sections: list[Section]
    language: str


@transaction.atomic
def close(*, week: date, by: User, now: datetime) -> MeetingRecord:
    """Keep the meeting about a week as it stands now. Of two at once, one closes it.

    Raises NotOver and AlreadyClosed.
    """
    require(by, DECIDE)
    one_at_a_time(week)
    closable(week, now=now)
    values = json.dumps(
        {
            "week": week_name(week),
            "closed_at": now.isoformat(),
            "closed_by": name_of(by),
            "language": get_language() or "en",
            "sections": [_plain_section(section) for section in sections(week, now=now)],
        },
        ensure_ascii=False,
    )
    return MeetingRecord.objects.create(
        week=week, closed_at=now, closed_by=by, values=values, digest=digest_of(values)
    )


def closable(week: date, *, now: datetime) -> None:
    """Raise NotOver or AlreadyClosed unless the meeting about a week can be closed now."""
    if now < ends(week):
        raise NotOver(week)
    if found := MeetingRecord.objects.select_related("closed_by").filter(week=week).first():
        raise AlreadyClosed(found)


def kept(week: date) -> Kept | None:
    """Return the closed meeting about a week; None while it is open."""
    record = MeetingRecord.objects.select_related("closed_by").filter(week=week).first()
    if record is None:
        return None
    values = json.loads(record.values)
    shown = [_section(section) for section in values["sections"]]
    return Kept(record, shown, values.get("language", settings.LANGUAGE_CODE))  # the first ones do not say


def digest_of(values: str) -> str:
    """Return the SHA-256 of a record's values, in hexadecimal digits."""
    return hashlib.sha256(values.encode()).hexdigest()


def _plain_section(section: Section) -> dict[str, Any]:
    table = section.table
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "columns": [
            {"name": column.name, "title": column.title, "unit": column.unit.value}
            for column in table.columns
        ],
        "lines": [
            {
                "key": key,
                "values": [_plain(cell.value) for cell in cells],
                "cases": [cell.cases for cell in cells],
            }
            for key, cells in section.lines
        ],
    }


def _section(values: dict[str, Any]) -> Section:
    columns = tuple(Column(one["name"], one["title"], Unit(one["unit"])) for one in values["columns"])
    rows = [
        tuple(
            Cell(_value(value, column.unit), cases)
            for column, value, cases in zip(columns, line["values"], _cases(line), strict=True)
        )
        for line in values["lines"]
    ]
    table = Table(name=values["name"], title=values["title"], columns=columns, rows=rows, note=values["note"])
    return Section(table, [line["key"] for line in values["lines"]])


def _cases(line: dict[str, Any]) -> list[dict[str, str] | None]:
    """Return what the values of a line lead to; nothing of a record from before that was kept."""
    return line["cases"] if "cases" in line else [None] * len(line["values"])


def _plain(value: Value) -> Any:
    """Return a value as JSON holds it: a share by its parts, a stretch of time in seconds, a moment as ISO text."""
    if isinstance(value, Share):
        return {"part": value.part, "n": value.n}
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, date) else value


def _value(value: Any, unit: Unit) -> Value:
    """Return what `_plain` was given, by the unit of its column."""
    if value is None:
        return None
    if unit == Unit.SHARE:
        return Share(**value)
    if unit == Unit.DURATION:
        return timedelta(seconds=value)
    if unit == Unit.DATE:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value  # type: ignore[no-any-return]  # a text or a number, as JSON has them
