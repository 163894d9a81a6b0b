"""What was read of a week or a month, kept for as long as nothing of it changes.

What is over stands still: of the twelve weeks on a page, eleven need not be added up again. Each is kept by
itself, under the stamp of the rows it was read from. Whoever changes such a row gives it another stamp in the
same transaction, so what is kept under the present stamp is what a read would find.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from django.core.cache import caches
from django.db.models import Sum

from reviews.models import WeekStamp
from reviews.reports.scope import Scope

Row = tuple[Any, ...]
Read = Callable[[list[date]], Iterable[Row]]
Stamps = Mapping[date, str]


def of_weeks(
    name: str, weeks: Sequence[date], *, scope: Scope, read: Read, stamps: Stamps | None = None
) -> list[Row]:
    """Return the rows that are read from the counts of the weeks: see `of_spans`.

    `stamps` are those of these weeks and perhaps of others, if they were looked up before.
    """
    known = week_stamps(weeks, scope=scope) if stamps is None else stamps
    ours = {week: known[week] for week in weeks if week in known}
    return of_spans(name, weeks, stamps=ours, scope=scope, read=read)


def of_spans(
    name: str,
    begins: Sequence[date],
    *,
    stamps: Stamps,
    scope: Scope,
    read: Read,
    stamp_of: Callable[[list[Row]], str] | None = None,
) -> list[Row]:
    """Return the rows of some weeks or months, which begin on these days; every row begins with its span's day.

    `name` and `scope` say which rows, and `read` reads those that are not kept. `stamps` must have been
    looked up before: rows that are newer than their stamp are kept under one that stands no longer, and
    found by nobody. That holds where no stamp ever stands again. Where it can, because rows are deleted,
    `stamp_of` says under which stamp the rows that were read belong, and they are kept under no other.
    A span without a stamp has no rows, or such as were stored past the steps: it is read.
    """
    asked = sha256(repr((name, scope)).encode()).hexdigest()[:32]
    keys = {begin: f"{asked}:{begin}:{stamp}" for begin, stamp in stamps.items()}
    kept: dict[str, list[Row]] = caches["counts"].get_many(keys.values())
    found = {begin: kept[key] for begin, key in keys.items() if key in kept}
    if missing := [begin for begin in begins if begin not in found]:
        found |= {begin: [] for begin in missing}
        for row in read(missing):
            found[row[0]].append(tuple(row))
        caches["counts"].set_many(
            {
                keys[begin]: found[begin]
                for begin in missing
                if begin in keys and (stamp_of is None or stamp_of(found[begin]) == stamps[begin])
            }
        )
    return [row for begin in begins for row in found[begin]]


def week_stamps(weeks: Sequence[date], *, scope: Scope) -> dict[date, str]:
    """Return the stamp of each of the weeks that has counts: another one whenever a count of it changed."""
    stamps = WeekStamp.objects.filter(week__in=weeks)
    if scope.pipeline:
        stamps = stamps.filter(pipeline__slug=scope.pipeline)
    return {week: str(stamp) for week, stamp in stamps.values_list("week").annotate(stamp=Sum("stamp"))}
