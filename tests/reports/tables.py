"""Tables that a test makes by hand: every unit, hostile texts, missing values, a total."""

from datetime import UTC, date, datetime, timedelta

from reviews.reports.rates import Share
from reviews.reports.report import Report
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Column, Table, Unit, Value
from reviews.reports.weeks import week_name

WEEK = date(2026, 3, 2)
MADE = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    '<b>&"',
    "#let x = 1; $x$ *bold* \\ [",
    "Ünïcode 漢字 \U0001f600",
]


def row(*values: Value) -> tuple[Cell, ...]:
    """Return a row of these values."""
    return tuple(Cell(value) for value in values)


EVERY_UNIT = Table(
    name="every-unit",
    title="Every unit",
    columns=(
        Column("name", "Name", Unit.TEXT),
        Column("runs", "Runs"),
        Column("change", "Change", Unit.CHANGE),
        Column("rate", "Decline rate", Unit.SHARE),
        Column("median", "Median", Unit.PERCENT),
        Column("hours", "Hours", Unit.HOURS),
        Column("age", "Age", Unit.DURATION),
        Column("day", "Day", Unit.DATE),
        Column("moment", "Moment", Unit.DATE),
    ),
    rows=[
        row("CYBER", 1234, -3, Share(1, 8), 12.5, 7.25, timedelta(hours=30, minutes=5), WEEK, MADE),
        row("nothing counted", 0, None, Share(0, 0), None, None, None, None, None),
    ],
    note="Final attempts. A share is of ok, degraded and declined.",
    total=row("Total", 1234, -3, Share(1, 8), 12.5, 7.25, timedelta(hours=30), WEEK, None),
)
TEXTS = Table(
    name="texts",
    title="Texts <of> #somebody",
    columns=(Column("name", "Name *of* $it$", Unit.TEXT), Column("n", "n")),
    rows=[(Cell(text), Cell(len(text))) for text in HOSTILE],
    note="A note with #let, <i>, & and \\.",
)
EMPTY = Table(name="empty", title="Nothing here", columns=(Column("n", "n"),), rows=[])


def report(*tables: Table, scope: Scope = EVERYTHING, made_at: datetime = MADE) -> Report:
    """Return a report of these tables, or of all of them."""
    return Report(
        subject="week",
        title=f"Week {week_name(WEEK)}",
        week=WEEK,
        scope=scope,
        made_at=made_at,
        tables=list(tables or (EVERY_UNIT, TEXTS, EMPTY)),
    )
