"""The tables of people's work: what waits and for how long, and what was settled."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reviews.models import Began, Kind, Resolution, Sending, State
from reviews.reports.backlog import Standing, by_part, by_week
from reviews.reports.counts import WEEKS
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.settled import ENDINGS, reviewed, time_to_decision
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name, weeks_until


def flow_tables(week: date, *, now: datetime, scope: Scope = EVERYTHING) -> list[Table]:
    """Return the tables of a week, or of what has passed of it, those over time with the weeks before it."""
    weeks = weeks_until(week, count=WEEKS)
    standings = by_week(weeks, now=now, scope=scope)
    parts = by_part(week, now=now, scope=scope)
    return [
        _backlog(weeks, standings),
        _backlog_by("code", _("Backlog by reason code"), _("Reason code"), parts["code"], scope=scope),
        _backlog_by("pipeline", _("Backlog by pipeline"), _("Pipeline"), parts["pipeline"], scope=scope),
        _time_to_decision(week, now=now, scope=scope),
        *_settled(weeks, scope=scope),
        _closed(weeks, standings),
    ]


def _backlog(weeks: list[date], standings: list[Standing]) -> Table:
    columns = (Column("week", _("Week"), Unit.TEXT), *_open_columns(), *_moved_columns())
    rows = [
        (Cell(week_name(week)), Cell(one.open), Cell(one.oldest), *_moved(one))
        for week, one in reversed(list(zip(weeks, standings, strict=True)))
    ]
    note = _(
        "Cases that were open at the end of the week, or are now where it still runs, snoozed ones included; "
        "and how many of them were opened and closed in the week. What was undone did not happen. A case that "
        "was merged is closed. A run that is reported late belongs to the week in which it happened."
    )
    return Table("backlog", _("Backlog"), columns, rows, note)


def _backlog_by(name: str, title: str, what: str, parts: dict[str, Standing], *, scope: Scope) -> Table:
    columns = (
        Column(name, what, Unit.TEXT),
        *_open_columns(),
        Column("held", _("Held")),
        Column("answered", _("Answered, to be read")),
        *_moved_columns(),
    )
    rows = [
        (
            Cell(part),
            Cell(one.open),
            Cell(one.oldest),
            _waiting(State.HELD, one.held, scope=scope, **{name: part}),
            _waiting(State.ANSWERED, one.answered, scope=scope, **{name: part}),
            *_moved(one),
        )
        for part, one in parts.items()
    ]
    note = _(
        "Of what is open now, held and answered cases wait for a person; the rest is on its way. How many of "
        "them waited at the end of a past week is not known. A case counts under the code that it has now."
    )
    return Table(f"backlog-by-{name}", title, columns, rows, note)


def _waiting(state: State, n: int | None, *, scope: Scope, **part: str) -> Cell:
    """Return how many cases wait in a state, with the way to them; nothing where that is not known."""
    return Cell(n, None if n is None else {"state": state.value} | scope.query() | part)


def _open_columns() -> tuple[Column, ...]:
    return (Column("open", _("Open")), Column("oldest", _("Age of the oldest"), Unit.DURATION))


def _moved_columns() -> tuple[Column, ...]:
    return (
        Column("new", _("New")),
        Column("came_back", _("Came back")),
        Column("reopened", _("Held again by hand")),
        Column("closed", _("Closed")),
    )


def _moved(one: Standing) -> tuple[Cell, ...]:
    opened = one.opened_as
    return (
        Cell(opened[Began.NEW]),
        Cell(opened[Began.CAME_BACK]),
        Cell(opened[Began.REOPENED] + opened[Began.SPLIT]),
        Cell(one.closed),
    )


def _time_to_decision(week: date, *, now: datetime, scope: Scope) -> Table:
    columns = (
        Column("kind", _("Decision"), Unit.TEXT),
        Column("n", _("Decisions")),
        Column("median", _("Median"), Unit.DURATION),
        Column("p90", _("90 of 100 within"), Unit.DURATION),
    )
    took = time_to_decision(week, now=now, scope=scope)
    names = {kind.value: str(kind.label) for kind in Kind} | {"": _("all")}
    cells = {
        kind: (Cell(names[kind]), Cell(one.n), Cell(one.median), Cell(one.p90)) for kind, one in took.items()
    }
    note = _(
        "From when a case began to wait, this time, until it was decided; time that it was snoozed included. "
        "Decisions of the week that nobody undid. Percentiles interpolate between the nearest two values."
    )
    total = cells.pop("")
    return Table("time-to-decision", _("Time to decision"), columns, list(cells.values()), note, total)


def _settled(weeks: list[date], *, scope: Scope) -> tuple[Table, Table]:
    """Return what was decided week by week, and how re-issues ended."""
    found = reviewed(weeks, scope=scope)
    kinds = [(kind.value, str(kind.label)) for kind in Kind]
    decisions = _weekly(
        "decisions",
        _("Decisions by kind"),
        kinds,
        [(week, one.decisions) for week, one in zip(weeks, found, strict=True)],
        _(
            "Decisions in the week in which they were taken, if nobody undid them. All kinds are results alike."
        ),
        (_("All"), lambda counts: sum(counts.values())),
    )
    endings = [(state.value, str(Sending(state).label)) for state in ENDINGS]
    reissues = _weekly(
        "reissues",
        _("Re-issues and how they ended"),
        [*endings, ("delivered", pgettext("of an answer", "delivered"))],
        [(week, one.reissues | {"delivered": one.delivered}) for week, one in zip(weeks, found, strict=True)],
        _(
            "Re-issues in the week in which they ended. What its person took back before it left is not "
            "counted. Delivered: answers that a person accepted, and texts and files that people gave "
            "themselves, in the week in which they did."
        ),
    )
    return decisions, reissues


def _closed(weeks: list[date], standings: list[Standing]) -> Table:
    order = [
        Resolution.DELIVERED,
        Resolution.UPHELD,
        Resolution.BY_HAND,
        Resolution.RECLASSIFIED,
        Resolution.WITHDRAWN,
        Resolution.MERGED,
    ]
    return _weekly(
        "closed",
        _("How cases were closed"),
        [(resolution.value, str(resolution.label)) for resolution in order],
        [(week, one.closed_as) for week, one in zip(weeks, standings, strict=True)],
        _(
            "Cases in the week in which they were closed. Answered and delivered, and upheld, are results of "
            "equal weight. A case that came back and was closed again counts each time."
        ),
        (_("All"), lambda counts: sum(counts.values())),
    )


Counts = dict[str, int] | Counter[str]


def _weekly(
    name: str,
    title: str,
    what: Iterable[tuple[str, str]],
    weeks: list[tuple[date, Counts]],
    note: str,
    last: tuple[str, Callable[[Counts], int]] | None = None,
) -> Table:
    """Return a table with a row for each week, the latest first, and a column for each thing that was counted."""
    counted, weeks = list(what), weeks[::-1]
    columns = [Column("week", _("Week"), Unit.TEXT), *(Column(value, label) for value, label in counted)]
    rows = [
        [Cell(week_name(week)), *(Cell(counts.get(value, 0)) for value, _label in counted)]
        for week, counts in weeks
    ]
    if last:
        label, total = last
        columns.append(Column("all", label))
        for row, (_week, counts) in zip(rows, weeks, strict=True):
            row.append(Cell(total(counts)))
    return Table(name, title, tuple(columns), [tuple(row) for row in rows], note)
