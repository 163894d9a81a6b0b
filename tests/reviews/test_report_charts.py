"""The charts' specifications are valid, and lead only where they are told to."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import vl_convert
from altair.utils import schemapi

from reviews.reports import charts
from reviews.reports.counts import Series
from reviews.reports.rates import Share

MONDAY = date(2026, 3, 2)
WEEKS = [MONDAY - timedelta(weeks=1), MONDAY]
SERIES = [Series("CYBER", "CYBER", [0, 5], [0, 1]), Series("PII", "PII", [1, 2], [0, 0])]
MARKERS = [(MONDAY, "rules 2026.11")]


def link(series: Series, week: date) -> str:
    return f"https://hub.example/queue/?week={week}&code={series.value}" if series.value == "PII" else ""


def specifications(*, linked: bool) -> dict[str, Any]:
    to_cases = link if linked else None
    cell, point = (
        {("Harbour", "PII"): "https://hub.example/1"},
        {("Success", MONDAY): "https://hub.example/2"},
    )
    rates = [("Success", charts.OK, [Share(0, 0), Share(6, 9)])]
    drawings = {
        "stacked": charts.stacked_weeks(series=SERIES, weeks=WEEKS, link=to_cases, markers=MARKERS),
        "shared": charts.small_weeks(series=SERIES, weeks=WEEKS, link=to_cases, own_scale=False),
        "own": charts.small_weeks(series=SERIES, weeks=WEEKS, link=to_cases, own_scale=True),
        "heat": charts.topics_by_codes(
            counts={("Harbour", "PII"): 2, ("Harbour", "CYBER"): 1, ("No topic", "PII"): 0},
            topics=["Harbour", "No topic"], codes=["PII", "CYBER"], links=cell if linked else {},
        ),
        "rates": charts.rates_by_week(
            weeks=WEEKS, rates=rates, links=point if linked else {}, markers=MARKERS
        ),
    }  # fmt: skip
    return {name: drawing.to_dict(validate=True) for name, drawing in drawings.items()}


@pytest.mark.parametrize("linked", [True, False])
def test_every_specification_is_valid_and_holds_links_only_where_it_may(linked: bool) -> None:
    with schemapi.debug_mode(True):
        found = specifications(linked=linked)
    for name, specification in found.items():
        assert ("https://hub.example" in str(specification)) is linked, name
        assert ("href" in str(specification)) is linked, name


def test_a_drawn_mark_leads_to_its_cases_or_nowhere_and_says_what_it_is() -> None:
    for name, specification in specifications(linked=True).items():
        picture = vl_convert.vegalite_to_svg(specification)
        addresses = re.findall(r'href="([^"]*)"', picture)
        assert addresses, name
        assert all(address.startswith("https://hub.example/") for address in addresses), name
        said = " ".join(re.findall(r'aria-label="([^"]*)"', picture))
        assert "hub.example" not in said, name
        assert "undefined" not in picture, name
        assert {"heat": "Harbour, PII: 2", "rates": "2026-W10: 66.7 %, n = 9"}.get(
            name, "2026-W10, PII: 2"
        ) in said


def test_a_marker_stands_before_its_week_and_none_outside_the_shown_ones() -> None:
    shown = str(charts.stacked_weeks(series=SERIES, weeks=WEEKS, link=None, markers=MARKERS).to_dict())
    assert "rules 2026.11" in shown
    earlier = [(MONDAY - timedelta(weeks=9), "rules 2026.1")]
    without = str(charts.stacked_weeks(series=SERIES, weeks=WEEKS, link=None, markers=earlier).to_dict())
    assert "rules 2026.1" not in without


def test_a_small_chart_says_its_highest_week() -> None:
    shown = str(charts.small_weeks(series=SERIES, weeks=WEEKS, link=None, own_scale=True).to_dict())
    assert "CYBER: at most 5 a week" in shown
    assert "PII: at most 2 a week" in shown


def test_the_axis_of_a_rate_holds_every_interval() -> None:
    drawing = charts.rates_by_week(
        weeks=WEEKS, rates=[("Success", charts.OK, [Share(9, 10), Share(199, 200)])], links={}
    )
    # Wilson's intervals: 59.6 to 98.2 %, and 97.2 to 99.9 %.
    assert "'domain': [55, 100]" in str(drawing.to_dict())
