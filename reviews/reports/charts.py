"""The week's charts: an Altair specification each. `reviews.reports.drawing` makes pictures of them."""

from collections.abc import Callable, Sequence
from datetime import date
from math import ceil, floor
from typing import Any, TypeVar

import altair
from altair.utils import schemapi
from django.utils.translation import gettext as _

from reviews.reports.counts import Series
from reviews.reports.drawing import Drawing
from reviews.reports.rates import Share
from reviews.reports.weeks import week_name

# The hues that Okabe and Ito (2008) tell apart without red against green, dark enough for 3:1 on a
# white ground and light enough for 3:1 on the dark one.
PALETTE = ["#2f74c8", "#c9710a", "#1f9670", "#c2559b", "#3f9fc4", "#d2583a", "#8c6fe0", "#7d8696"]
# The token --declined-line, and --ok-line.
DECLINED, OK = "#9061d9", "#2a9461"
WIDTH = 1080
# As many small charts as a page holds at a glance; the table has the rest.
MOST_SMALL = 12
_COLUMNS = 4

# Altair checks each part of a specification while it is put together, which takes as long as drawing it.
# Ours are checked by a test instead: no data of a report can make a valid one invalid.
schemapi.disable_debug_mode()

# What a screen reader says of a mark.
SAID = altair.Description("said:N")
_DECLINES = altair.NamedData(name="declines")
_Chart = TypeVar("_Chart", bound=altair.TopLevelMixin)

Link = Callable[[Series, date], str]
Marker = tuple[date, str]


def stacked_weeks(
    *, series: list[Series], weeks: list[date], link: Link | None, markers: Sequence[Marker] = ()
) -> Drawing:
    """Return stacked bars, a bar a week. `link` gives the absolute address that a piece of a bar leads to.

    A marker is a dashed line before its week, with a few words: what changed there.
    """
    order = [one.name for one in series]
    chart = altair.Chart(_DECLINES, width=WIDTH, height=240)
    chart = chart.mark_bar(stroke="currentColor", strokeWidth=0.5, strokeOpacity=0.4)
    encodings = {
        "x": _weeks_axis(weeks),
        "y": altair.Y("declines:Q", title=_("declines"), axis=altair.Axis(tickMinStep=1)),
        "color": altair.Color(
            "name:N", title=None, sort=order, scale=altair.Scale(domain=order, range=PALETTE[: len(order)])
        ),
        # The largest at the foot, where weeks are easiest to compare.
        "order": altair.Order("rank:Q"),
        "tooltip": _declines_tooltip(),
        "description": SAID,
    }
    if link:
        encodings["href"] = to_cases()
    encoded: altair.Chart = chart.encode(**encodings)
    data = {"declines": _values(series, weeks, link), "markers": _markers(markers, weeks)}
    return _with(altair.layer(encoded, *_marks()) if markers else encoded, data)


def small_weeks(*, series: list[Series], weeks: list[date], link: Link | None, own_scale: bool) -> Drawing:
    """Return a small chart for each of the largest series, all on one scale or each on its own.

    Without axes, which would cost more than all the rest: the heading says the highest week.
    """
    shown = series[:MOST_SMALL]
    values = _values(shown, weeks, link)
    headings = {
        one.name: _("%(name)s: at most %(n)d a week") % {"name": one.name, "n": max(one.counts)}
        for one in shown
    }
    for value in values:
        value["heading"] = headings[value["name"]]
    chart = altair.Chart(_DECLINES, width=WIDTH / _COLUMNS - 22, height=60)
    domain = altair.Scale(domain=[week_name(week) for week in weeks])
    encodings = {
        "x": altair.X("week:O", scale=domain, axis=None),
        "y": altair.Y("declines:Q", axis=None),
        "tooltip": _declines_tooltip(),
        "description": SAID,
    }
    if link:
        encodings["href"] = to_cases()
    ground = altair.ViewBackground(fill="currentColor", fillOpacity=0.04)
    encoded = chart.mark_bar(color=DECLINED).encode(**encodings).properties(view=ground)
    facets: altair.FacetChart = encoded.facet(
        facet=altair.Facet("heading:N", title=None, sort=list(headings.values())), columns=_COLUMNS
    )
    return _with(facets.resolve_scale(y="independent") if own_scale else facets, {"declines": values})


def topics_by_codes(
    *,
    counts: dict[tuple[str, str], int],
    topics: list[str],
    codes: list[str],
    links: dict[tuple[str, str], str],
) -> Drawing:
    """Return a heat map: a cell for each topic and code that has declines, with its number in it."""
    values = [
        {
            "topic": topic,
            "code": code,
            "declines": n,
            "said": f"{topic}, {code}: {n}",
            **_href(links.get((topic, code), "")),
        }
        for (topic, code), n in counts.items()
        if n and topic in topics and code in codes
    ]
    chart = altair.Chart(_DECLINES, width=820, height=30 * len(topics)).encode(
        x=altair.X("code:N", sort=codes, title=None,
                   axis=altair.Axis(orient="top", labelAngle=-30, ticks=False, domain=False, labelLimit=180)),
        y=altair.Y("topic:N", sort=topics, title=None,
                   axis=altair.Axis(ticks=False, domain=False, labelLimit=170, minExtent=170)),
        tooltip=[altair.Tooltip("topic:N", title=_("topic")), altair.Tooltip("code:N", title=_("reason code")),
                 altair.Tooltip("declines:Q", title=_("declines"))],
        description=SAID,
    )  # fmt: skip
    if links:
        chart = chart.encode(href=to_cases())
    # Never so dark that its number could not be read on it.
    depth = altair.Opacity("declines:Q", scale=altair.Scale(range=[0.15, 0.6], domainMin=0), legend=None)
    squares = chart.mark_rect(color=DECLINED, stroke="currentColor", strokeOpacity=0.3).encode(opacity=depth)
    numbers = chart.mark_text(color="currentColor", fontSize=12, aria=False)
    layers = altair.layer(squares, numbers.encode(text=altair.Text("declines:Q")))
    # Room for letters wider than those that were measured here.
    padded = layers.properties(padding={"left": 20, "right": 60, "top": 5, "bottom": 5})
    return _with(padded, {"declines": values})


def rates_by_week(
    *,
    weeks: list[date],
    rates: Sequence[tuple[str, str, list[Share]]],
    links: dict[tuple[str, date], str],
    markers: Sequence[Marker] = (),
) -> Drawing:
    """Return a line with its 95 % interval as a band for each rate (title, colour, a share a week), side by side."""
    every = {f"rate-{at}": _weekly_rates(weeks, *one, links) for at, one in enumerate(rates)}
    width = WIDTH / len(rates) - (60 if len(rates) > 1 else 0)
    drawings = [
        _rate(name, every[name], weeks, title, colour, width=width, marked=bool(markers))
        for name, (title, colour, _shares) in zip(every, rates, strict=True)
    ]
    beside = drawings[0] if len(drawings) == 1 else altair.hconcat(*drawings, spacing=40)
    return _with(beside, every | {"markers": _markers(markers, weeks)})


def _rate(
    name: str,
    values: list[dict[str, Any]],
    weeks: list[date],
    title: str,
    colour: str,
    *,
    width: float,
    marked: bool,
) -> altair.LayerChart | altair.FacetChart:
    chart = altair.Chart(altair.NamedData(name=name), width=width, height=160)
    chart = chart.encode(x=_weeks_axis(weeks))
    scale = altair.Scale(domain=_around(values), nice=False)
    band = chart.mark_area(color=colour, opacity=0.2).encode(
        y=altair.Y("low:Q", title=_("%(rate)s, %%") % {"rate": title}, scale=scale), y2=altair.Y2("high")
    )
    rate = altair.Y("rate:Q")
    line = chart.mark_line(color=colour).encode(y=rate)
    points = chart.mark_point(color=colour, filled=True, size=60, opacity=1).encode(
        y=rate,
        tooltip=[
            altair.Tooltip("week:O", title=_("week")),
            altair.Tooltip("rate:Q", title=title),
            altair.Tooltip("n:Q", title="n"),
        ],
        description=SAID,
    )
    if any("href" in value for value in values):
        points = points.encode(href=to_cases())
    return altair.layer(band, line, points, *(_marks() if marked else ()))


def _weekly_rates(
    weeks: list[date], title: str, _colour: str, shares: list[Share], links: dict[tuple[str, date], str]
) -> list[dict[str, Any]]:
    return [
        {
            "week": week_name(week),
            "rate": round(share.percent, 2),
            "n": share.n,
            "low": round(share.interval[0], 2),
            "high": round(share.interval[1], 2),
            "said": f"{week_name(week)}: {share.percent:.1f} %, n = {share.n}",
            **_href(links.get((title, week), "")),
        }
        for week, share in zip(weeks, shares, strict=True)
        if share.percent is not None and share.interval is not None
    ]


def _around(values: list[dict[str, Any]]) -> list[float]:
    """Return the span of an axis that holds every interval: from and to a multiple of five per cent."""
    low = min((value["low"] for value in values), default=0.0)
    high = max((value["high"] for value in values), default=100.0)
    return [5 * floor(low / 5), min(100, 5 * ceil(high / 5))]


def _values(series: list[Series], weeks: list[date], link: Link | None) -> list[dict[str, Any]]:
    return [
        {
            "week": week_name(week),
            "name": one.name,
            "rank": rank,
            "declines": count,
            "said": f"{week_name(week)}, {one.name}: {count}",
            **_href(link(one, week) if link else ""),
        }
        for rank, one in enumerate(series)
        for week, count in zip(weeks, one.counts, strict=True)
        if count
    ]


def to_cases() -> Any:
    """Return the encoding of where a mark leads; nowhere without a `href` of its own, which Vega would make up."""
    return altair.condition("isValid(datum.href)", altair.Href("href:N"), altair.value(None))


def _href(address: str) -> dict[str, str]:
    return {"href": address} if address else {}


def _weeks_axis(weeks: list[date]) -> altair.X:
    axis = altair.Axis(labelAngle=0, labelExpr="split(datum.label, '-')[1]")
    return altair.X(
        "week:O", title=None, axis=axis, scale=altair.Scale(domain=[week_name(week) for week in weeks])
    )


def _declines_tooltip() -> list[altair.Tooltip]:
    return [
        altair.Tooltip("week:O", title=_("week")),
        altair.Tooltip("name:N", title=_("name")),
        altair.Tooltip("declines:Q", title=_("declines")),
    ]


def _marks() -> tuple[altair.Chart, altair.Chart]:
    """Return the dashed lines before the marked weeks, and their words at the top."""
    chart = altair.Chart(altair.NamedData(name="markers")).encode(x=altair.X("week:O", bandPosition=0))
    line = chart.mark_rule(color="currentColor", strokeDash=[4, 3], opacity=0.7)
    words = chart.mark_text(align="left", dx=4, dy=4, baseline="top", color="currentColor", fontSize=11)
    return line, words.encode(text=altair.Text("words:N"), y=altair.value(0))


def _markers(markers: Sequence[Marker], weeks: list[date]) -> list[dict[str, str]]:
    return [{"week": week_name(week), "words": words} for week, words in markers if week in weeks]


def _with(chart: _Chart, data: dict[str, list[dict[str, Any]]]) -> _Chart:
    """Give a chart its data, by name: whatever stands in it earlier, Altair copies with every step."""
    given: _Chart = chart.properties(datasets=data)
    return given
