"""What people settled, week by week, and what waits now, as tables."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from reviews.models import Kind
from reviews.reports import settled
from reviews.reports.counts import WEEKS
from reviews.reports.scope import Scope
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name, weeks_until


def flow_tables(week: date, *, scope: Scope, now: datetime) -> list[Table]:
    """Return what people settled and what waits. Of all pipelines and topics, whatever the scope."""
    weeks = weeks_until(week, count=WEEKS)
    kinds = [
        (Kind.REISSUE, _("Re-issued")),
        (Kind.UPHOLD, _("Upheld")),
        (Kind.BY_HAND, _("By hand")),
        (Kind.RECLASSIFY, _("Reclassified")),
        (Kind.WITHDRAW, _("Withdrawn")),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(week_name(one)),
            *(Cell(reviewed.decisions[kind]) for kind, _title in kinds),
            Cell(reviewed.reissues.get("answered", 0)),
            Cell(reviewed.reissues.get("declined", 0)),
            Cell(reviewed.delivered),
        )
        for one, reviewed in zip(weeks, settled.reviewed(weeks), strict=True)
    ]
    waiting = settled.backlog()
    return [
        Table(
            name="waiting",
            title=_("What waits for a person, now"),
            columns=(
                Column("held", _("Held")),
                Column("answered", _("Answered and to be read")),
                Column("oldest", _("Oldest since"), Unit.DATE),
            ),
            rows=[
                (
                    Cell(waiting.held, {"state": "held"}),
                    Cell(waiting.answered, {"state": "answered"}),
                    Cell(waiting.oldest),
                )
            ],
            note=_("Of all pipelines and topics."),
        ),
        Table(
            name="settled",
            title=_("What people settled, week by week"),
            columns=(
                Column("week", _("Week"), Unit.TEXT),
                *(Column(str(kind), title) for kind, title in kinds),
                Column("answered", _("Answered")),
                Column("declined_again", _("Declined again")),
                Column("delivered", _("Delivered")),
            ),
            rows=rows[::-1],
            note=_(
                "Of all pipelines and topics. Decisions in the week they were taken; answers and deliveries "
                "in the week they came. Upholding a decline is a result like any other."
            ),
        ),
    ]
