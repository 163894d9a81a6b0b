"""Charts: one Altair specification each, rendered to SVG once per distinct data.

Rendering costs tens of milliseconds and memory, so a chart has an address of its own, a page does
not wait for it, and the picture is kept under the digest of its specification.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Literal

import altair
import vl_convert
from django.core.cache import caches
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews.reports.counts import Series
from reviews.reports.weeks import week_name

# The hues that Okabe and Ito (2008) tell apart without red against green, dark enough for 3:1 on a
# white ground and light enough for 3:1 on the dark one.
PALETTE = ["#2f74c8", "#c9710a", "#1f9670", "#c2559b", "#3f9fc4", "#d2583a", "#8c6fe0", "#7d8696"]
# How the axis of a language writes its numbers, as d3 calls it.
NUMBERS: dict[str, Literal["en-US", "de-DE"]] = {"en": "en-US", "de": "de-DE"}


def stacked_weeks(
    *, series: list[Series], weeks: list[date], link: Callable[[Series, date], str] | None
) -> altair.Chart:
    """Return stacked bars, a bar a week. `link` gives the absolute address that a piece of a bar leads to."""
    names = {week: week_name(week) for week in weeks}
    order = [one.name for one in series]
    values = [
        {
            "week": names[week],
            "name": one.name,
            "rank": order.index(one.name),
            "declines": count,
            **({"href": address} if link and (address := link(one, week)) else {}),
        }
        for one in series
        for week, count in zip(weeks, one.counts, strict=True)
        if count
    ]
    chart = altair.Chart(altair.InlineData(values=values), width=1080, height=240)
    chart = chart.mark_bar(stroke="currentColor", strokeWidth=0.5, strokeOpacity=0.4)
    encodings = {
        "x": altair.X(
            "week:O",
            title=None,
            axis=altair.Axis(labelAngle=0, labelExpr="split(datum.label, '-')[1]"),
            scale=altair.Scale(domain=list(names.values())),
        ),
        "y": altair.Y("declines:Q", title=_("declines"), axis=altair.Axis(tickMinStep=1)),
        "color": altair.Color(
            "name:N", title=None, sort=order, scale=altair.Scale(domain=order, range=PALETTE[: len(order)])
        ),
        # The largest at the foot, where weeks are easiest to compare.
        "order": altair.Order("rank:Q"),
        "tooltip": [
            altair.Tooltip("week:O", title=_("week")),
            altair.Tooltip("name:N", title=_("name")),
            altair.Tooltip("declines:Q", title=_("declines")),
        ],
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
        legend={"labelColor": "currentColor", "orient": "bottom", "columns": 4,
                # Room for letters wider than those that were measured here.
                "columnPadding": 40, "labelLimit": 220},
        title={"color": "currentColor", "anchor": "start"},
        view={"stroke": None},
    ).to_json()  # fmt: skip
    numbers = NUMBERS.get(get_language() or "", "en-US")
    digest = hashlib.sha256(f"{numbers} {spec}".encode()).hexdigest()
    pictures = caches["charts"]
    picture: str | None = pictures.get(digest)
    if picture is None:
        picture = vl_convert.vegalite_to_svg(json.loads(spec), format_locale=numbers)
        pictures.set(digest, picture)
    return picture
