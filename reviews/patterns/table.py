"""Every pattern with its twelve weeks, as one table: for files, and for the API."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reviews.models import Pattern
from reviews.patterns.listing import WEEKS, Listed, listed_with_counts, with_declines
from reviews.reports.scope import Scope
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name, weeks_until


def patterns_table(week: date, *, scope: Scope, code: str = "", state: str = "") -> Table:
    """Return the patterns within a scope, and of a code or a state if they are given: the latest seen first."""
    weeks = weeks_until(week, count=WEEKS)
    found = with_declines(
        Pattern.objects.filter(_wanted(scope, code=code, state=state), first_week__lte=week)
    )
    return Table(
        name="patterns",
        title=_("Patterns"),
        columns=(
            Column("code", _("Reason code"), Unit.TEXT),
            Column("topic", _("Topic"), Unit.TEXT),
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("model", _("Model"), Unit.TEXT),
            Column("state", _("State"), Unit.TEXT),
            Column("since", _("Since"), Unit.DATE),
            Column("quiet_until_it_grows", _("Quiet until it grows, since"), Unit.DATE),
            Column("first_week", _("First week"), Unit.TEXT),
            Column("last_week", pgettext("of a pattern", "Last week"), Unit.TEXT),
            *(Column(week_name(one), week_name(one).partition("-")[2]) for one in weeks),
            Column("total", _("Total")),
        ),
        rows=[_row(one) for one in listed_with_counts(list(found), weeks)],
        note=_(
            "The state is that of now; the counts are decline events, hidden ones included. Made quiet until it "
            "grows: since when, empty where nobody did."
        ),
        empty=_("None is like this."),
    )


def _wanted(scope: Scope, *, code: str, state: str) -> Q:
    return scope.counts() & Q(**{name: value for name, value in (("code", code), ("state", state)) if value})


def _row(one: Listed) -> tuple[Cell, ...]:
    pattern = one.pattern
    return (
        Cell(pattern.code),
        Cell(one.topic or None),
        Cell(pattern.pipeline.slug),
        Cell(pattern.model or None),
        Cell(str(pattern.get_state_display())),
        Cell(pattern.since),
        Cell(pattern.hushed_at),
        Cell(week_name(pattern.first_week)),
        Cell(week_name(pattern.last_week)),
        *map(Cell, one.counts),
        Cell(one.total),
    )
