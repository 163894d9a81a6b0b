"""The week: the parts of its report in the order of the page, what makes each of their tables, and it as a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.reports.breakdown import (
    declines_table,
    endings_table,
    hidden_table,
    pipelines_table,
    requested_models_table,
    serving_models_table,
    surfaces_table,
    topic_code_table,
)
from reviews.reports.changed import changed_counts_table, changed_rates_table
from reviews.reports.coverage import coverage_table, rules_table, silent_table
from reviews.reports.flow import (
    backlog_by_table,
    backlog_table,
    blocked_table,
    closed_table,
    decisions_table,
    reissues_table,
    time_to_decision_table,
)
from reviews.reports.gathered import Gathered
from reviews.reports.headline import headlines
from reviews.reports.report import Report
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Table
from reviews.reports.weeks import week_name

Make = Callable[[Gathered], Table]


@dataclass(frozen=True, slots=True)
class Part:
    """Some tables of the week under one title, each by its name.

    To read what is `apart` takes longer than all the rest: who waits for a page does not wait for it.
    """

    title: str | Promise
    tables: dict[str, Make]
    apart: bool = False


PARTS = {
    "changed": Part(
        _("What changed"), {"changed-rates": changed_rates_table, "changed": changed_counts_table}
    ),
    "declines": Part(
        _("What was declined"),
        {
            "declines-by-code": partial(declines_table, by="code"),
            "declines-by-topic": partial(declines_table, by="topic"),
            "topics-by-codes": topic_code_table,
        },
    ),
    "where": Part(
        _("Where"),
        {
            "pipelines": pipelines_table,
            "surfaces": surfaces_table,
            "requested-models": requested_models_table,
            "serving-models": serving_models_table,
            "hidden": hidden_table,
        },
    ),
    "endings": Part(_("How runs ended"), {"endings": endings_table}),
    "people": Part(
        _("What people did"),
        {
            "backlog": backlog_table,
            "backlog-by-code": partial(backlog_by_table, by="code"),
            "backlog-by-pipeline": partial(backlog_by_table, by="pipeline"),
            "time-to-decision": time_to_decision_table,
            "decisions": decisions_table,
            "reissues": reissues_table,
            "closed": closed_table,
        },
        apart=True,
    ),
    "blocked": Part(
        _("Work that waited for people"),
        {
            "blocked-by-code": partial(blocked_table, by="code"),
            "blocked-by-topic": partial(blocked_table, by="topic"),
            "blocked-by-pipeline": partial(blocked_table, by="pipeline"),
        },
        apart=True,
    ),
    "coverage": Part(
        _("What this report covers"),
        {"silent": silent_table, "coverage": coverage_table, "rules": rules_table},
    ),
}  # fmt: skip
TABLES: dict[str, Make] = {name: make for part in PARTS.values() for name, make in part.tables.items()}


def tables_of(gathered: Gathered, part: str) -> list[Table]:
    """Return the tables of one of `PARTS`."""
    return [make(gathered) for make in PARTS[part].tables.values()]


def report_of(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> Report:
    """Return the report of a week, as it is now."""
    gathered = Gathered(week, scope, now)
    tables = [make(gathered) for make in TABLES.values()]
    return Report("week", _title(week), week, scope, now, tables, headlines(gathered))


def report_of_table(name: str, week: date, *, scope: Scope = EVERYTHING, now: datetime) -> Report:
    """Return a report of one table of a week alone: nothing else is read. Raises KeyError if there is none."""
    make = TABLES[name]
    return Report("week", _title(week), week, scope, now, [make(Gathered(week, scope, now))])


def _title(week: date) -> str:
    return gettext("Week %(week)s") % {"week": week_name(week)}
