"""The reports beside the week's, each as the tables of its page: for files, and for the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from reviews import meeting as step
from reviews.models import StandingChange
from reviews.patterns.table import patterns_table
from reviews.reports.agenda import sections
from reviews.reports.at_source import changes_table
from reviews.reports.marks import marks, marks_table
from reviews.reports.over_refusal import headlines, read, tables_of
from reviews.reports.report import Report
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import week_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is asked for: the week it is about or ends with, and what it is narrowed down to.

    `code` and `state` narrow what has one: the marks of over-refusal, the patterns, changes at the source.
    """

    week: date
    scope: Scope
    code: str = ""
    state: str = ""


def over_refusal(asked: Asked, *, now: datetime) -> Report:
    """Return what first reviews came to in the twelve months until the week, and what moved the rates."""
    week, scope = asked.week, asked.scope
    found = read(week, scope=scope, now=now)
    moved = marks_table(marks(week, scope=scope, code=asked.code, now=now))
    return Report(
        subject="over-refusal",
        title=_("Over-refusal until week %(week)s") % {"week": week_name(week)},
        week=week,
        scope=scope,
        made_at=now,
        tables=[*tables_of(found, week=week, scope=scope), moved],
        headlines=headlines(found, week=week, scope=scope),
    )


def patterns(asked: Asked, *, now: datetime) -> Report:
    """Return every pattern with its twelve weeks until the week."""
    table = patterns_table(asked.week, scope=asked.scope, code=asked.code, state=asked.state)
    title = _("Patterns until week %(week)s") % {"week": week_name(asked.week)}
    return Report("patterns", title, asked.week, asked.scope, now, [table])


def meeting(asked: Asked, *, now: datetime) -> Report:
    """Return the meeting about the week: as it was where it is closed, else as things stand. It is about everything."""
    record = step.kept(asked.week)
    shown = record.sections if record else sections(asked.week, now=now)
    return Report(
        subject="meeting",
        title=_("Meeting about %(week)s") % {"week": week_name(asked.week)},
        week=asked.week,
        scope=EVERYTHING,
        made_at=record.record.closed_at if record else now,
        tables=[section.table for section in shown],
    )


def changes(asked: Asked, *, now: datetime) -> Report:
    """Return every change at the source, what is due first; those of a state alone if it is given."""
    found = StandingChange.objects.filter(asked.scope.cases()).select_related("pipeline", "topic", "owner")
    if asked.state:
        found = found.filter(state=asked.state)
    table = changes_table(list(found.order_by("due", "pk")), note="", now=now)
    return Report("changes", _("Changes at the source"), asked.week, asked.scope, now, [table])


SUBJECTS: dict[str, Callable[..., Report]] = {
    "over-refusal": over_refusal,
    "patterns": patterns,
    "meeting": meeting,
    "changes": changes,
}
# Their addresses hold a week; the others end with one, the present one unless it is said.
OF_A_WEEK = frozenset({"meeting"})
# They name people: no key sees them.
NAMING = frozenset({"meeting", "changes"})
