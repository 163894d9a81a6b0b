"""The week's charts for paper and mail: dark on white, whatever the reader's screen prefers, and without links."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import vl_convert

from reviews.reports import charts, counts
from reviews.reports.drawing import svg_of
from reviews.reports.pictures import picture
from reviews.reports.report import Report
from reviews.reports.weeks import weeks_until

# Which tables have a chart on paper, by its name.
CHARTED = {
    "declines-by-code": "by-code",
    "declines-by-topic": "by-topic",
    "topics-by-codes": "topics-by-codes",
    "endings": "rates",
}
# What a mail shows, by what it counts.
MAILED = {"declines-by-code": "code", "declines-by-topic": "topic"}
INK = "#1c2733"
# Of a mail's picture, in its own units; twice as many dots, so that it is sharp on dense screens.
MAIL_WIDTH, MAIL_HEIGHT, DOTS = 560, 200, 2
_OPENING = re.compile(r"<svg[^>]*>")
_FONT = re.compile(r'font-family="[^"]*"')


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart, and the table that holds its numbers."""

    table: str
    title: str
    content: bytes


def for_paper(report: Report) -> list[Picture]:
    """Draw the charts of a report as SVG, in the order of its tables; none where there is nothing to draw."""
    return _each(report, lambda table: _of_page(report, table))


def for_mail(report: Report) -> list[Picture]:
    """Draw the charts of declines as PNG."""
    return _each(report, lambda table: _narrow(report, table))


def _each(report: Report, draw: Callable[[str], bytes | None]) -> list[Picture]:
    found = []
    for table in report.tables:
        content = draw(table.name)
        if content is not None:
            found.append(Picture(table.name, table.title, content))
    return found


def _of_page(report: Report, table: str) -> bytes | None:
    """Return the chart of the page, without its links."""
    if table not in CHARTED:
        return None
    drawn = picture(CHARTED[table], week=report.week, scope=report.scope, to_cases=None)
    return _inked(drawn).encode() if drawn else None


def _narrow(report: Report, table: str) -> bytes | None:
    """Return a chart as narrow as a mail: its letters must stay large enough to read."""
    if table not in MAILED:
        return None
    weeks = weeks_until(report.week, count=counts.WEEKS)
    series = counts.drawn(counts.declines_series(MAILED[table], weeks, scope=report.scope))
    if not series:
        return None
    chart = charts.stacked_weeks(series=series, weeks=weeks, link=None)
    sized = chart.properties(width=MAIL_WIDTH, height=MAIL_HEIGHT)
    # A mail's reader may look at it in the dark: the picture brings its own ground.
    return bytes(vl_convert.svg_to_png(_inked(svg_of(sized), ground="white"), scale=DOTS))


def _inked(svg: str, *, ground: str = "none") -> str:
    """Return a picture with a colour of paper wherever it takes the page's own."""
    svg = _FONT.sub('font-family="Libertinus Serif, sans-serif"', svg.replace("currentColor", INK))
    if ground == "none":
        return svg
    return _OPENING.sub(
        lambda found: f'{found[0]}<rect width="100%" height="100%" fill="{ground}"/>', svg, count=1
    )
