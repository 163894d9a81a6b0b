"""ISO weeks: their names, their Mondays, and when they begin and end in the site's time zone."""

import re
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from pipelines.models.run import week_of

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
# Before this, `previous week` would run out of dates; after the latest, a week's end would.
EARLIEST, LATEST = date(2000, 1, 3), date(9998, 12, 21)
_NAME = re.compile(r"([0-9]{4})-W([0-9]{2})")


def week_name(monday: date) -> str:
    """Return what a week is called in addresses, files and tables: "2026-W47"."""
    year, week, _day = monday.isocalendar()
    return f"{year}-W{week:02d}"


def week_named(name: str) -> date:
    """Return the Monday of a week by its name. Raises ValueError for none, one before `EARLIEST` or after `LATEST`."""
    if not (match := _NAME.fullmatch(name)):
        raise ValueError(f"{name!r} is no name of a week, such as 2026-W47")
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise ValueError(f"{name} is no week of its year") from error
    if monday < EARLIEST:
        raise ValueError(f"{name} is before {week_name(EARLIEST)}")
    if monday > LATEST:
        raise ValueError(f"{name} is after {week_name(LATEST)}")
    return monday


def week_begun(name: str, *, now: datetime) -> date:
    """Return the Monday of a week by its name. Raises ValueError if it names none, or one that is yet to come."""
    if (monday := week_named(name)) > current_week(now=now):
        raise ValueError(f"{name} is yet to come")
    return monday


def current_week(*, now: datetime) -> date:
    """Return the Monday of the week that `now` is in, in the site's time zone."""
    return week_of(timezone.localtime(now))


def weeks_until(last: date, *, count: int) -> list[date]:
    """Return the Mondays of `count` weeks, oldest first, the last one being `last`."""
    return [last - back * WEEK for back in range(count - 1, -1, -1)]


def begins(day: date) -> datetime:
    """Return the moment at which a day begins in the site's time zone: a week, where it is a Monday."""
    return timezone.make_aware(datetime.combine(day, time.min))


def ends(monday: date) -> datetime:
    """Return the moment at which a week is over: the next one's beginning."""
    return begins(monday + WEEK)
