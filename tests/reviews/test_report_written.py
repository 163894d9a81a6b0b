"""The values of a table in words, in the language of who reads them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import translation

from reviews.reports.rates import Share
from reviews.reports.table import Unit, Value
from reviews.reports.written import basis, p_value, written

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "unit", "english", "german"),
    [
        ("PII", Unit.TEXT, "PII", "PII"),
        (12345, Unit.COUNT, "12,345", "12.345"),
        (12345.678, Unit.HOURS, "12,345.7", "12.345,7"),
        (Share(1, 3), Unit.SHARE, f"33.3{SPACE}%", f"33,3{SPACE}%"),
        (Share(0, 0), Unit.SHARE, "—", "—"),
        (None, Unit.COUNT, "—", "—"),
        (7.25, Unit.PERCENT, f"7.2{SPACE}%", f"7,2{SPACE}%"),
        (1234, Unit.CHANGE, "+1,234", "+1.234"),
        (-3, Unit.CHANGE, f"{MINUS}3", f"{MINUS}3"),
        (0, Unit.CHANGE, "±0", "±0"),
        (-0.04, Unit.CHANGE, "±0.0", "±0,0"),
        (-2.36, Unit.CHANGE, f"{MINUS}2.4", f"{MINUS}2,4"),
        (timedelta(days=3, hours=4, minutes=59), Unit.DURATION, "3 d 4 h", None),
        (timedelta(hours=5, minutes=12, seconds=59), Unit.DURATION, "5 h 12 min", None),
        (timedelta(seconds=59), Unit.DURATION, "0 min", None),
        (date(2026, 11, 16), Unit.DATE, "2026-11-16", "2026-11-16"),
    ],
)
def test_a_value_is_written_in_the_readers_language(
    value: Value, unit: Unit, english: str, german: str | None
) -> None:
    with translation.override("en"):
        assert written(value, unit) == english
    if german is not None:
        with translation.override("de"):
            assert written(value, unit) == german


def test_no_p_value_is_written_as_nought() -> None:
    assert [p_value(value) for value in (1.0, 0.01234, 0.0001, 0.00009, 0.0)] == [
        "p = 1.0000", "p = 0.0123", "p = 0.0001", "p < 0.0001", "p < 0.0001",
    ]  # fmt: skip
    with translation.override("de"):
        assert p_value(0.00002) == "p < 0,0001"


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_moment_is_written_in_the_sites_time_zone() -> None:
    with translation.override("de"):
        assert written(datetime(2026, 11, 16, 23, 30, tzinfo=UTC), Unit.DATE) == "2026-11-17 00:30"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        # Wilson's interval of 5 of 10: 23.7 to 76.3 (test_report_weeks.py).
        (Share(5, 10), f"n = 10, 24\N{EN DASH}76{SPACE}%"),
        (Share(99, 100), "n = 100"),
        (Share(400, 1200), "n = 1,200"),
        (Share(0, 0), ""),
    ],
)
def test_a_rate_has_its_n_beside_it_and_its_interval_where_n_is_small(share: Share, words: str) -> None:
    with translation.override("en"):
        assert basis(share) == words


def test_what_is_no_rate_has_nothing_beside_it() -> None:
    assert basis(5) == basis("PII") == basis(None) == ""
