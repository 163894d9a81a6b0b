"""The page of a week: its tables in sections, the charts above them, and the way to other weeks.

What people did, and what waited for them, have addresses of their own, and the page fetches them as it does its
charts: to read the cases of twelve weeks, and the runs behind them, takes longer than all the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from reviews.forms.report import ReportForm
from reviews.reports.counts import WEEKS
from reviews.reports.coverage import rules_changes
from reviews.reports.gathered import Gathered
from reviews.reports.headline import endings, headlines
from reviews.reports.scope import Scope
from reviews.reports.table import Table
from reviews.reports.week import PARTS, Part, tables_of
from reviews.reports.weeks import EARLIEST, WEEK, current_week, week_name, weeks_until

# Of a long table, the rows in sight; the others open below it.
IN_SIGHT = 12


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart: its address, and the address of the page with the other scale where it has a choice."""

    name: str
    title: str
    address: str
    switch: str = ""
    switch_to: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A table of the page with the charts of its numbers, and its addresses as files.

    `rest` is what a long one has out of sight.
    """

    table: Table
    csv: str
    xlsx: str
    plots: list[Plot] = field(default_factory=list)
    rest: Table | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; one with an address is fetched from there."""

    name: str
    title: str | Promise
    blocks: list[Block]
    address: str = ""


class _Addresses:
    """The addresses of a week's page and of its charts, with what narrows it down."""

    def __init__(self, week: date, scope: Scope, *, own_scale: bool) -> None:
        self.week, self.scope = week, scope
        self.scale = {"scale": "own"} if own_scale else {}

    def page(self, week: date | None = None) -> str:
        return self._with("report-week", self.scale, week=week)

    def other_scale(self, at: str) -> str:
        """Return the address of the same page with the other scale, at the chart."""
        return f"{self._with('report-week', {} if self.scale else {'scale': 'own'})}#{at}"

    def chart(self, name: str, *, scaled: bool = False) -> str:
        return self._with("report-chart", self.scale if scaled else {}, chart=name)

    def part(self, name: str) -> str:
        return self._with("report-part", {}, part=name)

    def file(self, table: str, kind: str) -> str:
        return self._with("report-table", {}, table=table, kind=kind)

    def _with(self, view: str, more: Mapping[str, str], *, week: date | None = None, **named: str) -> str:
        address = reverse(view, kwargs={"name": week_name(week or self.week), **named})
        query = urlencode({**self.scope.query(), **more})
        return f"{address}?{query}" if query else address


def page_of(week: date, *, scope: Scope, now: datetime, own_scale: bool) -> dict[str, Any]:
    """Return what the page of a week shows."""
    gathered, latest = Gathered(week, scope, now), current_week(now=now)
    to = _Addresses(week, scope, own_scale=own_scale)
    changes = rules_changes((row.week, row.rules) for row in gathered.ended)
    return {
        **_about(gathered),
        "rules": [(change.version, week_name(change.week)) for change in changes],
        "new_rules": [change.version for change in changes if change.week == week],
        "headlines": headlines(gathered),
        "endings": endings(gathered),
        "form": ReportForm(week, scope=scope, latest=latest),
        "sections": _sections(gathered, to, own_scale=own_scale),
        "everything": reverse("report-week", kwargs={"name": week_name(week)}),
        "earlier": to.page(week - WEEK) if week > EARLIEST else "",
        "later": to.page(week + WEEK) if week < latest else "",
    }


def part_of(week: date, part: str, *, scope: Scope, now: datetime) -> dict[str, Any]:
    """Return what the page of one of a week's `PARTS` shows."""
    gathered, to = Gathered(week, scope, now), _Addresses(week, scope, own_scale=False)
    blocks = [_block(table, to, []) for table in tables_of(gathered, part)]
    return {
        **_about(gathered),
        "everything": reverse("report-part", kwargs={"name": week_name(week), "part": part}),
        "section": Section(part, PARTS[part].title, blocks),
        "back": to.page(),
    }


def _about(gathered: Gathered) -> dict[str, Any]:
    """Return what a page says that it is about."""
    week, scope = gathered.week, gathered.scope
    year, number, _day = week.isocalendar()
    return {
        "week": week_name(week),
        "monday": week,
        "sunday": week + timedelta(days=6),
        "number": number,
        "year": year,
        "unfinished": gathered.unfinished,
        "scope": scope,
        "topic": gathered.topics.get(scope.topic, _("no topic")) if scope.topic else "",
    }


def _sections(gathered: Gathered, to: _Addresses, *, own_scale: bool) -> list[Section]:
    """Return the parts of the week with their tables, or with the address to fetch them from."""
    plots = _plots(to, own_scale=own_scale)

    def section(name: str, part: Part) -> Section:
        if part.apart:
            return Section(name, part.title, [], to.part(name))
        tables = tables_of(gathered, name)
        return Section(name, part.title, [_block(table, to, plots.get(table.name, [])) for table in tables])

    return [section(name, part) for name, part in PARTS.items()]


def _block(table: Table, to: _Addresses, plots: list[Plot]) -> Block:
    files = to.file(table.name, "csv"), to.file(table.name, "xlsx")
    if plots or len(table.rows) <= IN_SIGHT + 2:
        return Block(table, *files, plots)
    title = _("%(table)s: the others") % {"table": table.title}
    rest = replace(table, name=f"{table.name}-rest", title=title, rows=table.rows[IN_SIGHT:], note="")
    return Block(replace(table, rows=table.rows[:IN_SIGHT], total=None), *files, plots, rest)


def _plots(to: _Addresses, *, own_scale: bool) -> dict[str, list[Plot]]:
    """Return the charts of each table that has some."""
    switch = _("Show all on one scale") if own_scale else _("Show each on its own scale")
    scale = _("each on its own scale") if own_scale else _("all on one scale")
    first, last = (
        week_name(week).partition("-")[2] for week in weeks_until(to.week, count=WEEKS)[:: WEEKS - 1]
    )
    since = _("%(first)s to %(last)s, %(scale)s") % {"first": first, "last": last, "scale": scale}

    def weekly(name: str, whole: str, each: str) -> list[Plot]:
        small = f"{name}-each"
        return [
            Plot(name, whole, to.chart(name)),
            Plot(small, f"{each}, {since}", to.chart(small, scaled=True), switch, to.other_scale(small)),
        ]

    return {
        "declines-by-code": weekly("by-code", _("Declines by reason code"), _("Each reason code")),
        "declines-by-topic": weekly("by-topic", _("Declines by topic"), _("Each topic")),
        "topics-by-codes": [
            Plot("topics-by-codes", _("Declines by topic and reason code"), to.chart("topics-by-codes"))
        ],
        "endings": [
            Plot("success-rate", _("Success rate"), to.chart("success-rate")),
            Plot("decline-rate", _("Decline rate"), to.chart("decline-rate")),
        ],
    }
