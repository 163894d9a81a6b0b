"""The patterns that escalated or are new, as a section of the meeting's agenda."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from pipelines.models import Topic
from reviews.patterns.life import movers
from reviews.reports.section import Section
from reviews.reports.table import Cell, Column, Table, Unit


def patterns_section(week: date, *, now: datetime) -> Section:
    """Return the patterns that were escalating or new in the week, the strongest first."""
    found = movers(week, now=now)
    topics = dict(Topic.objects.values_list("slug", "name")) if found else {}
    table = Table(
        name="patterns",
        title=_("Patterns that moved"),
        columns=(
            Column("code", _("Reason code"), Unit.TEXT),
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("topic", _("Topic"), Unit.TEXT),
            Column("model", _("Model"), Unit.TEXT),
            Column("state", _("State"), Unit.TEXT),
            Column("declines", _("Declines")),
            Column("expected", _("Expected"), Unit.NUMBER),
        ),
        rows=[
            (
                Cell(one.pattern.code),
                Cell(one.pattern.pipeline.slug),
                Cell(topics.get(one.pattern.topic, one.pattern.topic) or None),
                Cell(one.pattern.model or None),
                Cell(str(one.state.label)),
                Cell(one.declines),
                Cell(one.expected),
            )
            for one in found
        ],
        note=_(
            "Declines of one code, topic, pipeline and model: what grew by more than chance, then what is new."
        ),
    )
    return Section(table, [f"pattern/{one.pattern.pk}" for one in found])
