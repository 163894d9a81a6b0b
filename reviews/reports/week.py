"""The week: every table of its report, in the order of the page."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from reviews.reports import counts
from reviews.reports.counts import Series
from reviews.reports.rates import Endings
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name, weeks_until


def week_tables(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> list[Table]:
    """Return every table of the report of a week, which is named by its Monday."""
    weeks = weeks_until(week, count=counts.WEEKS)
    return [
        endings_table(weeks, scope=scope),
        declines_table("code", weeks, scope=scope),
        declines_table("topic", weeks, scope=scope),
    ]


def endings_table(weeks: list[date], *, scope: Scope) -> Table:
    """Return how the runs of each week ended, the latest week first."""
    columns = (
        Column("week", _("Week"), Unit.TEXT),
        Column("runs", _("Runs")),
        Column("ok", _("ok")),
        Column("declined", _("declined")),
        Column("degraded", _("degraded")),
        Column("infra_error", _("infrastructure")),
        Column("success", _("Success rate"), Unit.SHARE),
        Column("decline", _("Decline rate"), Unit.SHARE),
    )
    found = zip(weeks, counts.endings(weeks, scope=scope), strict=True)
    return Table(
        name="endings",
        title=_("How runs ended"),
        columns=columns,
        rows=[(Cell(week_name(week)), *ending_cells(ended)) for week, ended in found][::-1],
        note=_(
            "Final attempts, without re-issues. Success rate: ok of ok, degraded and infrastructure errors. "
            "Decline rate: declined of ok, degraded and declined. What is held counts as neither success "
            "nor failure."
        ),
    )


def ending_cells(ended: Endings) -> tuple[Cell, ...]:
    """Return the cells of how some runs ended, and what rates that makes."""
    numbers = (ended.runs, ended.ok, ended.declined, ended.degraded, ended.infra_error)
    return (*map(Cell, numbers), Cell(ended.success), Cell(ended.decline))


def declines_table(by: str, weeks: list[date], *, scope: Scope) -> Table:
    """Return the declines of each week by one of `counts.DECLINES_BY`, the most frequent first."""
    titles = {"code": _("Declines by reason code"), "topic": _("Declines by topic")}
    names = {"code": _("Reason code"), "topic": _("Topic")}
    columns = (
        Column(by, names[by], Unit.TEXT),
        *(Column(week_name(week), week_name(week)) for week in weeks),
        Column("total", _("Total")),
    )
    return Table(
        name=f"declines-by-{by}",
        title=titles[by],
        columns=columns,
        rows=[
            (Cell(one.name), *(_behind(one, week, n, by, scope) for week, n in zip(weeks, one.counts, strict=True)),
             Cell(one.total))
            for one in counts.declines_by(by, weeks, scope=scope)
        ],
        note=_("Decline events, hidden ones and those of re-issues included."),
    )  # fmt: skip


def _behind(series: Series, week: date, count: int, by: str, scope: Scope) -> Cell:
    cases = {"state": "all", "week": week.isoformat(), by: series.value, **scope.query()}
    return Cell(count, cases if count else None)
