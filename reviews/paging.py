"""One page of the queue, found by its place in the order: no page is found by counting those before it.

A cursor is such a place as text in an address: the order's name, the moment at which blocked work was
reckoned, and the values of the row at the page's edge. One that cannot be read means the first page.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from reviews.models import Case
from reviews.queue import Filter, key_of, listed, past, turned

PAGE_SIZE = 50

# Whole numbers in a database end here.
LARGEST = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in an order: the values of the columns there, and when they were reckoned."""

    key: list[Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The cases of a page, and the cursors of its neighbours; empty where there is none."""

    cases: list[Case]
    before: str
    after: str


def page_of(*, wanted: Filter, now: datetime, after: str = "", before: str = "") -> Page:
    """Return the page that follows the cursor `after`, or stands before `before`; else the first one.

    So does a page that would stand beyond the end, or be shorter than a page at the top of the list.
    """
    size = PAGE_SIZE
    place = place_of(after or before, wanted=wanted, now=now)
    at = place.at if place else now
    cases = wanted.cases(now=now, blocked_at=at)
    if place and after:
        found = _ids(cases.filter(past(place.key, wanted.order)), size)
        if found:
            return _page(found[:size], wanted=wanted, at=at, more=(True, len(found) > size))
    elif place:
        found = _ids(cases.filter(past(place.key, turned(wanted.order))).reverse(), size)
        if len(found) > size:
            return _page(found[:size][::-1], wanted=wanted, at=at, more=(True, True))
    found = _ids(cases, size)
    return _page(found[:size], wanted=wanted, at=at, more=(False, len(found) > size))


def _ids(cases: QuerySet[Case], size: int) -> list[int]:
    """Return the ids of a page and of one case more. Only then are texts read: sorting would carry them all."""
    return list(cases.values_list("pk", flat=True)[: size + 1])


def _page(ids: list[int], *, wanted: Filter, at: datetime, more: tuple[bool, bool]) -> Page:
    found = {case.pk: case for case in listed(Case.objects.filter(pk__in=ids))}
    cases = [found[pk] for pk in ids]
    earlier, later = more
    return Page(
        cases=cases,
        before=cursor(cases[0], wanted=wanted, at=at) if earlier else "",
        after=cursor(cases[-1], wanted=wanted, at=at) if later else "",
    )


def cursor(case: Case, *, wanted: Filter, at: datetime) -> str:
    """Return the case's place in the list as text for an address; blocked work is reckoned at `at`."""
    key = [_plain(value) for value in key_of(case, wanted.order, now=at)]
    text = json.dumps([wanted.sort, int(at.timestamp()), *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(text: str, *, wanted: Filter, now: datetime) -> Place | None:
    """Read a cursor; None where it cannot be read, or is of another order than the list's."""
    try:
        held = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        sort, at, *key = held
        if sort != wanted.sort or len(key) != len(wanted.order):
            return None
        return Place(
            key=[_value(value, column) for value, column in zip(key, wanted.order, strict=True)],
            at=min(datetime.fromtimestamp(_number(at), UTC), now),
        )
    except (ValueError, TypeError, OverflowError, OSError, RecursionError):
        return None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(value: Any, column: str) -> Any:
    """Return a column's value from its plain form. Raises ValueError, TypeError or OverflowError."""
    if column.removeprefix("-") != "held_since":
        return _number(value)
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)


def _number(value: Any) -> int:
    if type(value) is not int or abs(value) >= LARGEST:
        raise ValueError("not a whole number of a database")
    return value
