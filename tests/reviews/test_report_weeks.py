"""Weeks by name, and shares with their intervals."""

from datetime import UTC, date, datetime

import pytest
from django.test import override_settings

from reviews.reports.rates import Share
from reviews.reports.table import Cell, Column, Table
from reviews.reports.weeks import begins, current_week, ends, week_name, week_named, weeks_until


@pytest.mark.parametrize(
    ("name", "monday"),
    [
        ("2026-W47", date(2026, 11, 16)),
        ("2026-W53", date(2026, 12, 28)),
        ("2027-W01", date(2027, 1, 4)),
        ("2000-W01", date(2000, 1, 3)),
        ("9998-W52", date(9998, 12, 21)),
    ],
)
def test_a_week_is_found_by_its_name(name: str, monday: date) -> None:
    assert week_named(name) == monday
    assert week_name(monday) == name


@pytest.mark.parametrize(
    "name",
    [
        "2026-W00",
        "2027-W53",
        "2026-W54",
        "1999-W52",
        "2026-47",
        "W47",
        "",
        "0000-W01",
        "9999-W01",
        "9999-W52",
    ],
)
def test_what_names_no_week_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name or "no name"):
        week_named(name)


def test_weeks_are_mondays_in_a_row() -> None:
    last = date(2026, 3, 2)
    assert weeks_until(last, count=3) == [date(2026, 2, 16), date(2026, 2, 23), last]


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_week_begins_and_ends_in_the_sites_time_zone_over_the_change_of_clocks() -> None:
    monday = date(2026, 3, 23)  # the clocks go forward on its Sunday
    assert begins(monday) == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert ends(monday) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert current_week(now=datetime(2026, 3, 29, 21, 59, tzinfo=UTC)) == monday
    assert current_week(now=datetime(2026, 3, 29, 22, 0, tzinfo=UTC)) == date(2026, 3, 30)


def test_a_share_of_nothing_has_neither_rate_nor_interval() -> None:
    assert (Share(0, 0).percent, Share(0, 0).interval, Share(0, 0).is_small) == (None, None, False)


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    # Brown, Cai and DasGupta's formula, by hand to four places.
    [(0, 10, 0.0, 27.7533), (10, 10, 72.2467, 100.0), (5, 10, 23.6593, 76.3407), (1, 20, 0.8881, 23.6131)],
)
def test_the_interval_is_wilsons(part: int, n: int, low: float, high: float) -> None:
    assert Share(part, n).interval == pytest.approx((low, high), abs=0.0005)


def test_a_row_with_too_few_cells_is_no_row_of_the_table() -> None:
    columns = (Column("code", "Code"), Column("declines", "Declines"))
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
        Table("by-code", "By code", columns, [(Cell("PII"),)])
