"""The tables of people's work: what waits and for how long, what was settled, and what it held up meanwhile."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reviews.happened import (
    BY_HAND,
    CLOSED,
    DECIDED,
    DELIVERED,
    OPEN,
    OPENED,
    REISSUED,
    TIMED,
    WAITED,
)
from reviews.models import Began, Kind, Resolution, State
from reviews.reports.backlog import Standing
from reviews.reports.gathered import Gathered
from reviews.reports.scope import NONE_NAMED, Scope
from reviews.reports.settled import ENDINGS, time_to_decision
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name

HOUR = timedelta(hours=1)


def backlog_table(gathered: Gathered) -> Table:
    """Return how much waited at the end of each week, or now where it still runs."""
    columns = (Column("week", _("Week"), Unit.TEXT), *_open_columns(), *_moved_columns())
    rows = [
        (
            Cell(week_name(week)),
            *_open(gathered, one, week=week),
            *_moved(gathered, one, week=week),
        )
        for week, one in reversed(list(zip(gathered.weeks, gathered.standings, strict=True)))
    ]
    note = _(
        "Cases that were open at the end of the week, or are now where it still runs, snoozed ones included; "
        "and how many of them were opened and closed in the week. What was undone did not happen. A case that "
        "was merged is closed. A run that is reported late belongs to the week in which it happened."
    )
    return Table("backlog", _("Backlog"), columns, rows, note)


def backlog_by_table(gathered: Gathered, by: str) -> Table:
    """Return how much waited at the end of the week by "code" or "pipeline", the most first."""
    titles = {"code": _("Backlog by reason code"), "pipeline": _("Backlog by pipeline")}
    names = {"code": _("Reason code"), "pipeline": _("Pipeline")}
    columns = (
        Column(by, names[by], Unit.TEXT),
        *_open_columns(),
        Column("held", _("Held")),
        Column("answered", _("Answered, to be read")),
        *_moved_columns(),
    )
    rows = [
        (
            Cell(part),
            *_open(gathered, one, part={by: part}),
            _waiting(State.HELD, one.held, scope=gathered.scope, **{by: part}),
            _waiting(State.ANSWERED, one.answered, scope=gathered.scope, **{by: part}),
            *_moved(gathered, one, part={by: part}),
        )
        for part, one in gathered.parts[by].items()
    ]
    note = _(
        "Of what is open now, held and answered cases wait for a person; the rest is on its way. How many of "
        "them waited at the end of a past week is not known. A case counts under the code that it has now."
    )
    return Table(f"backlog-by-{by}", titles[by], columns, rows, note)


def _waiting(state: State, n: int | None, *, scope: Scope, **part: str) -> Cell:
    """Return how many cases wait in a state, with the way to them; nothing where that is not known."""
    return Cell(n, {"state": state.value} | scope.query() | part if n else None)


def _open_columns() -> tuple[Column, ...]:
    return (Column("open", _("Open")), Column("oldest", _("Age of the oldest"), Unit.DURATION))


def _moved_columns() -> tuple[Column, ...]:
    return (
        Column("new", _("New")),
        Column("came_back", _("Came back")),
        Column("reopened", _("Held again by hand")),
        Column("closed", _("Closed")),
    )


def _open(
    gathered: Gathered, one: Standing, *, week: date | None = None, part: Mapping[str, str] | None = None
) -> tuple[Cell, Cell]:
    return (
        gathered.worked(one.open, OPEN, week=week, part=part),
        gathered.worked(one.oldest, OPEN, week=week, part=part),
    )


def _moved(
    gathered: Gathered, one: Standing, *, week: date | None = None, part: Mapping[str, str] | None = None
) -> tuple[Cell, ...]:
    opened = one.opened_as
    counted = {
        f"{OPENED}-{Began.NEW}": opened[Began.NEW],
        f"{OPENED}-{Began.CAME_BACK}": opened[Began.CAME_BACK],
        f"{OPENED}-{Began.REOPENED}": sum(opened[began] for began in BY_HAND),
        CLOSED: one.closed,
    }
    return tuple(gathered.worked(n, happened, week=week, part=part) for happened, n in counted.items())


def time_to_decision_table(gathered: Gathered) -> Table:
    """Return how long the decisions of the week took, by kind."""
    columns = (
        Column("kind", _("Decision"), Unit.TEXT),
        Column("n", _("Decisions")),
        Column("median", _("Median"), Unit.DURATION),
        Column("p90", _("90 of 100 within"), Unit.DURATION),
    )
    took = time_to_decision(gathered.week, now=gathered.now, scope=gathered.scope)
    names = {kind.value: str(kind.label) for kind in Kind} | {"": _("all")}
    cells = {
        kind: (
            Cell(names[kind]),
            gathered.worked(one.n, f"{TIMED}-{kind}" if kind else TIMED),
            Cell(one.median),
            Cell(one.p90),
        )
        for kind, one in took.items()
    }
    note = _(
        "From when a case began to wait, this time, until it was decided; time that it was snoozed included. "
        "Decisions of the week that nobody undid. Percentiles interpolate between the nearest two values."
    )
    total = cells.pop("")
    return Table("time-to-decision", _("Time to decision"), columns, list(cells.values()), note, total)


def decisions_table(gathered: Gathered) -> Table:
    """Return what was decided week by week."""
    return _weekly(
        gathered,
        "decisions",
        _("Decisions by kind"),
        [Counted(kind.value, str(kind.label), f"{DECIDED}-{kind.value}") for kind in Kind],
        [(week, one.decisions) for week, one in zip(gathered.weeks, gathered.reviewed, strict=True)],
        _(
            "Decisions in the week in which they were taken, if nobody undid them. All kinds are results alike."
        ),
        all_are=DECIDED,
    )


def reissues_table(gathered: Gathered) -> Table:
    """Return how re-issues ended week by week, and what was delivered."""
    endings = [Counted(state.value, str(state.label), f"{REISSUED}-{state.value}") for state in ENDINGS]
    delivered = Counted("delivered", pgettext("of an answer", "delivered"), DELIVERED)
    counted = [
        (week, one.reissues | {"delivered": one.delivered})
        for week, one in zip(gathered.weeks, gathered.reviewed, strict=True)
    ]
    return _weekly(
        gathered,
        "reissues",
        _("Re-issues and how they ended"),
        [*endings, delivered],
        counted,
        _(
            "Re-issues in the week in which they ended. What its person took back before it left is not "
            "counted. Delivered: answers that a person accepted, and texts and files that people gave "
            "themselves, in the week in which they did."
        ),
    )


def closed_table(gathered: Gathered) -> Table:
    """Return how cases were closed week by week."""
    order = [
        Resolution.DELIVERED,
        Resolution.UPHELD,
        Resolution.BY_HAND,
        Resolution.RECLASSIFIED,
        Resolution.WITHDRAWN,
        Resolution.MERGED,
    ]
    return _weekly(
        gathered,
        "closed",
        _("How cases were closed"),
        [Counted(one.value, str(one.label), f"{CLOSED}-{one.value}") for one in order],
        [(week, one.closed_as) for week, one in zip(gathered.weeks, gathered.standings, strict=True)],
        _(
            "Cases in the week in which they were closed. Answered and delivered, and upheld, are results of "
            "equal weight. A case that came back and was closed again counts each time."
        ),
        all_are=CLOSED,
    )


class Counted(NamedTuple):
    """A column of what is counted week by week: its name, its title, and what happened to the counted."""

    name: str
    title: str
    happened: str


Counts = dict[str, int] | Counter[str]


def _weekly(
    gathered: Gathered,
    name: str,
    title: str,
    counted: list[Counted],
    weeks: list[tuple[date, Counts]],
    note: str,
    *,
    all_are: str = "",
) -> Table:
    """Return a table with a row for each week, the latest first, and a column for each thing that was counted.

    `all_are` is what happened to all of them, if they are to be added up.
    """
    columns = [Column("week", _("Week"), Unit.TEXT), *(Column(one.name, one.title) for one in counted)]
    if all_are:
        columns.append(Column("all", _("All")))
    rows = []
    for week, counts in reversed(weeks):
        cells = [gathered.worked(counts.get(one.name, 0), one.happened, week=week) for one in counted]
        total = [gathered.worked(sum(counts.values()), all_are, week=week)] if all_are else []
        rows.append((Cell(week_name(week)), *cells, *total))
    return Table(name, title, tuple(columns), rows, note)


def blocked_table(gathered: Gathered, by: str) -> Table:
    """Return the hours of pipeline work that were blocked in the week, by "code", "topic" or "pipeline"."""
    found, times = gathered.blocked, gathered.blocked.by[by]
    titles = {
        "code": _("Hours of work blocked, by reason code"),
        "topic": _("Hours of work blocked, by topic"),
        "pipeline": _("Hours of work blocked, by pipeline"),
    }
    names = {"code": _("Reason code"), "topic": _("Topic"), "pipeline": _("Pipeline")}
    called = {NONE_NAMED: _("no topic"), **gathered.topics} if by == "topic" else {}
    return Table(
        name=f"blocked-by-{by}",
        title=titles[by],
        columns=(Column(by, names[by], Unit.TEXT), Column("hours", _("Hours"), Unit.HOURS)),
        rows=[
            (Cell(called.get(part, part)), gathered.worked(time / HOUR, WAITED, part={by: part}))
            for part, time in sorted(times.items(), key=lambda item: (-item[1], item[0]))
        ],
        total=(Cell(_("all")), gathered.worked(found.time / HOUR, WAITED)),
        note=_(
            "Each declined run waits from its own ending until its case is closed, as far as that is in the week; "
            "the hours of all runs are added up. Runs of a merged case wait with the other. While a case is closed, "
            "nothing of it waits, and when it comes back, what waited before has had its ending."
        ),
    )
