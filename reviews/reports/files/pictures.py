"""The week's charts for paper and mail: dark on white, whatever the reader's screen prefers, and without links."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

import altair
import vl_convert
from django.core.cache import caches
from django.utils.translation import get_language

from reviews.reports import counts
from reviews.reports.charts import NUMBERS, stacked_weeks
from reviews.reports.report import Report
from reviews.reports.weeks import weeks_until

# Which tables have a chart, and what it counts by.
CHARTED = {"declines-by-code": "code", "declines-by-topic": "topic"}
INK, LINES = "#1c2733", "#c9d1da"
# The picture of a mail is shown at half of its size, so that it is sharp on dense screens.
PNG_SCALE = 2
SIZES = {"svg": {"width": 640, "height": 190}, "png": {"width": 560, "height": 190}}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart, and the table that holds its numbers."""

    table: str
    title: str
    content: bytes


def pictures(report: Report, *, kind: Literal["svg", "png"]) -> list[Picture]:
    """Draw the charts of a report's tables, in the tables' order; none where there is nothing to draw."""
    weeks = weeks_until(report.week, count=counts.WEEKS)
    drawn = []
    for table in report.tables:
        if by := CHARTED.get(table.name):
            series = counts.drawn(counts.declines_by(by, weeks, scope=report.scope))
            if series:
                chart = stacked_weeks(series=series, weeks=weeks, link=None).properties(**SIZES[kind])
                drawn.append(Picture(table.name, table.title, _drawn(chart, kind)))
    return drawn


def _drawn(chart: altair.Chart, kind: str) -> bytes:
    """Return the chart as a picture, from the cache where the same was drawn before."""
    spec = _inked(
        chart.configure(
            background="white",
            font="Libertinus Serif, Roboto, sans-serif",
            axis={
                "labelColor": INK,
                "titleColor": INK,
                "domainColor": LINES,
                "tickColor": LINES,
                "gridColor": LINES,
            },
            legend={"labelColor": INK, "orient": "bottom", "columns": 4, "columnPadding": 16, "labelLimit": 130},
            view={"stroke": None},
        ).to_dict()
    )
    numbers = NUMBERS.get(get_language() or "", "en-US")
    text = json.dumps(spec, sort_keys=True)
    digest = hashlib.sha256(f"{kind} {numbers} {text}".encode()).hexdigest()
    kept: bytes | None = caches["charts"].get(digest)
    if kept is None:
        if kind == "svg":
            kept = str(vl_convert.vegalite_to_svg(spec, format_locale=numbers)).encode()
        else:
            kept = bytes(vl_convert.vegalite_to_png(spec, format_locale=numbers, scale=PNG_SCALE))
        caches["charts"].set(digest, kept)
    return kept


def _inked(spec: Any) -> Any:
    """Return the specification with a colour of paper wherever it takes the page's own."""
    if isinstance(spec, dict):
        return {name: _inked(value) for name, value in spec.items()}
    if isinstance(spec, list):
        return [_inked(value) for value in spec]
    return INK if spec == "currentColor" else spec
