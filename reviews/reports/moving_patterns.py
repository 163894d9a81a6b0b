"""The patterns that escalated or are new, as a section of the meeting's agenda."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from reviews.models import Pattern, WeekDeclines
from reviews.patterns.facts import Key, key_of
from reviews.patterns.life import Mover, movers
from reviews.reports.counts import topic_names
from reviews.reports.scope import NONE_NAMED
from reviews.reports.section import MOST, Section, cut
from reviews.reports.table import Cell, Column, Table, Unit


def patterns_section(week: date, *, now: datetime) -> Section:
    """Return the patterns that were escalating or new in the week, the strongest first."""
    moved = movers(week, now=now)
    found = moved[:MOST]
    shown = _with_cases(found, week)
    topics = topic_names() if found else {}
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
                Cell(one.declines, _behind(one.pattern, week) if key_of(one.pattern) in shown else None),
                Cell(one.expected),
            )
            for one in found
        ],
        note=cut(
            _(
                "Declines of one code, topic, pipeline and model: what grew by more than chance, then what is new."
            ),
            of=len(moved),
        ),
    )
    return Section(table, [f"pattern/{one.pattern.pk}" for one in found])


def _with_cases(found: list[Mover], week: date) -> set[Key]:
    """Return the patterns of which not all declines of the week were hidden by a fallback: hidden ones have no case."""
    codes = {one.pattern.code for one in found}
    counted = WeekDeclines.objects.filter(week=week, code__in=codes, hidden=False, declines__gt=0)
    return {Key(*key) for key in counted.values_list(*Key._fields)} if found else set()


def _behind(pattern: Pattern, week: date) -> dict[str, str]:
    """Return the queue's filter that finds the cases behind a pattern's declines of the week."""
    return {
        "state": "all",
        "week": week.isoformat(),
        "pipeline": pattern.pipeline.slug,
        "code": pattern.code,
        "topic": pattern.topic or NONE_NAMED,
        "model": pattern.model or NONE_NAMED,
    }
