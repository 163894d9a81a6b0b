"""The chart of a decline rate by week, with numbered lines where something happened."""

from collections.abc import Mapping, Sequence
from datetime import date

import altair
from django.utils.translation import gettext as _

from reviews.reports.charts import DECLINED, SAID, WIDTH, to_cases
from reviews.reports.drawing import Sketch, picture_of
from reviews.reports.rates import Share
from reviews.reports.weeks import week_name

# Numbers of weeks next to each other stand in different rows: several in one week are wider than a week.
ROWS = 3


def picture(
    *,
    rates: Sequence[tuple[date, Share]],
    marks: Sequence[tuple[int, date, str]],
    links: Mapping[date, str],
) -> str:
    """Return `marked_rates` as SVG, from the cache where the same was drawn before."""
    shown = [
        [_("decline rate, %"), _("runs"), _("what happened")],
        [(week, share.part, share.n) for week, share in rates],
        marks,
        sorted(links.items()),
    ]
    return picture_of(Sketch(shown, lambda: marked_rates(rates=rates, marks=marks, links=links)))


def marked_rates(
    *,
    rates: Sequence[tuple[date, Share]],
    marks: Sequence[tuple[int, date, str]],
    links: Mapping[date, str],
) -> altair.LayerChart:
    """Return the rates as a line with their intervals; `marks` are (number, week, what happened).

    `links` has the absolute address that the point of a week leads to, where it leads somewhere.
    """
    names = [week_name(week) for week, _share in rates]
    x = altair.X(
        "week:O",
        title=None,
        axis=altair.Axis(labelAngle=0, labelExpr="split(datum.label, '-')[1]", labelOverlap=True),
        scale=altair.Scale(domain=names),
    )
    values = [
        {
            "week": week_name(week),
            "rate": share.percent,
            "n": share.n,
            "low": bounds[0],
            "high": bounds[1],
            "said": f"{week_name(week)}: {share.percent:.1f} %, n = {share.n}",
            **({"href": links[week]} if week in links else {}),
        }
        for week, share in rates
        if (bounds := share.interval)
    ]
    data = altair.Chart(altair.InlineData(values=values), width=WIDTH, height=200)
    y = altair.Y("rate:Q", title=_("decline rate, %"), scale=altair.Scale(zero=True))
    tooltip = [
        altair.Tooltip("week:O", title=_("week")),
        altair.Tooltip("rate:Q", title=_("decline rate, %"), format=".1f"),
        altair.Tooltip("n:Q", title=_("runs")),
    ]
    points = data.mark_point(color=DECLINED, filled=True, size=40, opacity=1).encode(
        x=x, y=y, tooltip=tooltip, description=SAID
    )
    layers: list[altair.Chart] = [
        data.mark_rule(color=DECLINED, opacity=0.45).encode(x=x, y=altair.Y("low:Q", title=""), y2="high:Q"),
        data.mark_line(color=DECLINED).encode(x=x, y=y),
        points.encode(href=to_cases()) if links else points,
    ]
    if marks:
        layers += _lines(marks, x)
    return altair.LayerChart(layer=layers)


def _lines(marks: Sequence[tuple[int, date, str]], x: altair.X) -> list[altair.Chart]:
    """Return a dashed line and its number for each mark; several in one week share them."""
    by_week: dict[str, list[tuple[int, str]]] = {}
    for number, week, what in marks:
        by_week.setdefault(week_name(week), []).append((number, what))
    values = [
        {
            "week": week,
            "number": ", ".join(str(number) for number, _what in sorted(of_week)),
            "what": "; ".join(what for _number, what in sorted(of_week)),
        }
        for week, of_week in sorted(by_week.items())
    ]
    lines = altair.Chart(altair.InlineData(values=values))
    tooltip = [altair.Tooltip("week:O", title=_("week")), altair.Tooltip("what:N", title=_("what happened"))]
    numbers = [
        altair.Chart(altair.InlineData(values=values[row::ROWS]))
        .mark_text(color="currentColor", dx=8, dy=6 + 13 * row, align="left", fontWeight="bold")
        .encode(x=x, y=altair.value(0), text="number:N")
        for row in range(ROWS)
        if values[row::ROWS]
    ]
    return [
        lines.mark_rule(color="currentColor", strokeDash=[4, 3]).encode(x=x, tooltip=tooltip),
        *numbers,
    ]
