"""Charts: one Altair specification each, rendered to SVG once per distinct data.

Rendering costs tens of milliseconds and memory, so a chart has an address of its own, a page does
not wait for it, and the picture is kept under the digest of its specification.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import date

import altair
import vl_convert
from django.core.cache import caches

from reviews.report import Series

# Told apart without red against green, and readable on light and dark (Okabe and Ito, 2008).
PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c7ae6", "#8a8f98"]


def stacked_weeks(
    *, series: list[Series], weeks: list[date], link: Callable[[Series, date], str] | None
) -> altair.Chart:
    """Return stacked bars, a bar a week. `link` gives the absolute address that a piece of a bar leads to."""
    values = [
        {
            "week": f"{week.isocalendar().year}-W{week.isocalendar().week:02d}",
            "name": one.name,
            "declines": count,
            **({"href": link(one, week)} if link else {}),
        }
        for one in series
        for week, count in zip(weeks, one.counts, strict=True)
    ]
    order = [one.name for one in series]
    chart = altair.Chart(altair.InlineData(values=values), width=1080, height=240).mark_bar()
    encodings = {
        "x": altair.X(
            "week:O", title=None, axis=altair.Axis(labelAngle=0, labelExpr="split(datum.label, '-')[1]")
        ),
        "y": altair.Y("sum(declines):Q", title="declines", axis=altair.Axis(tickMinStep=1)),
        "color": altair.Color(
            "name:N", title=None, sort=order, scale=altair.Scale(domain=order, range=PALETTE[: len(order)])
        ),
        "tooltip": ["week:O", "name:N", "declines:Q"],
    }
    if link:
        encodings["href"] = altair.Href("href:N")
    encoded: altair.Chart = chart.encode(**encodings)
    return encoded


def svg_of(chart: altair.Chart) -> str:
    """Return the chart as SVG, from the cache where the same data was drawn before.

    Lines and letters are `currentColor`, so that they follow the page into dark mode.
    """
    spec = chart.configure(
        background="transparent", font="system-ui, sans-serif",
        axis={"labelColor": "currentColor", "titleColor": "currentColor", "domainColor": "currentColor",
              "tickColor": "currentColor", "gridColor": "currentColor", "gridOpacity": 0.15},
        legend={"labelColor": "currentColor", "orient": "bottom", "columns": 4},
        title={"color": "currentColor", "anchor": "start"},
        view={"stroke": None},
    ).to_json()  # fmt: skip
    digest = hashlib.sha256(spec.encode()).hexdigest()
    pictures = caches["charts"]
    picture: str | None = pictures.get(digest)
    if picture is None:
        picture = vl_convert.vegalite_to_svg(json.loads(spec))
        pictures.set(digest, picture)
    return picture
