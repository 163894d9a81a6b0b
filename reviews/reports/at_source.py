"""Changes at the source as a table, and what it shares with others: a state that is overdue, a rate that moved."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from reviews import standing_changes
from reviews.models import StandingChange
from reviews.people import name_of
from reviews.reports.moved import Moved
from reviews.reports.table import Cell, Column, Table, Unit


def changes_table(found: Sequence[StandingChange], *, note: str, now: datetime) -> Table:
    """Return changes, with their pipelines and owners loaded, and whether the rate of those that are done moved."""
    rates = standing_changes.worked(found, now=now)
    return Table(
        name="changes",
        title=_("Changes at the source"),
        columns=(
            Column("change", _("Change"), Unit.TEXT),
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("owner", _("Owner"), Unit.TEXT),
            Column("due", _("Due"), Unit.DATE),
            Column("state", _("State"), Unit.TEXT),
            Column("done_on", _("Done on"), Unit.DATE),
            *rate_columns(),
        ),
        rows=[_row(change, rates.get(change.pk), now=now) for change in found],
        note=note + rates_note(),
    )


def _row(change: StandingChange, moved: Moved | None, *, now: datetime) -> tuple[Cell, ...]:
    state = overdue(str(change.get_state_display()), change.due, open_=not change.done_on, now=now)
    return (
        Cell(change.title),
        Cell(change.pipeline.slug),
        Cell(name_of(change.owner)),
        Cell(change.due),
        Cell(state),
        Cell(change.done_on),
        *rate_cells(moved),
    )


def rate_columns() -> tuple[Column, ...]:
    """Return the columns of a rate before and after something."""
    return (
        Column("before", _("Decline rate before"), Unit.SHARE),
        Column("after", _("Decline rate after"), Unit.SHARE),
        Column("said", _("Did it move"), Unit.TEXT),
    )


def rate_cells(moved: Moved | None) -> tuple[Cell, ...]:
    """Return a row's cells under `rate_columns`; empty ones where nothing is asked of it."""
    return (Cell(moved.before), Cell(moved.after), Cell(moved.said)) if moved else (Cell(None),) * 3


def rates_note() -> str:
    """Say what the rates are, and what they cannot say."""
    return _(
        "Rates: four whole weeks before it was done against four after, of the pipeline and the code that it is "
        "about, by Fisher's exact test (mid-p, 5 %). That a rate moved does not say why."
    )


def overdue(state: str, due: date, *, open_: bool, now: datetime) -> str:
    """Return a state in words, which say so where it is still `open_` after its day."""
    late = open_ and due < timezone.localdate(now)
    return _("%(state)s, overdue") % {"state": state} if late else state
