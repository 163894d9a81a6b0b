"""The week: every table of its report, in the order of the page."""

from datetime import date, datetime

from reviews.reports.blocked import blocked_tables
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
from reviews.reports.flow import flow_tables
from reviews.reports.gathered import Gathered
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Table
from reviews.reports.weeks import ends


def week_tables(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> list[Table]:
    """Return every table of the report of a week, which is named by its Monday."""
    return tables_of(Gathered(week, scope), now=now)


def tables_of(gathered: Gathered, *, now: datetime) -> list[Table]:
    """Return every table of the report from what was read for it, from what people did and what waited for them."""
    week, scope = gathered.week, gathered.scope
    return [
        *counted_tables(gathered, now=now),
        *flow_tables(week, scope=scope, now=now),
        *blocked_tables(week, scope=scope, now=now),
        *coverage_tables(gathered),
    ]


def counted_tables(gathered: Gathered, *, now: datetime) -> list[Table]:
    """Return the tables that are made from the counts."""
    running = unfinished(gathered.week, now=now)
    return [
        changed_rates_table(gathered, unfinished=running),
        changed_counts_table(gathered, unfinished=running),
        declines_table(gathered, "code"),
        declines_table(gathered, "topic"),
        topic_code_table(gathered),
        pipelines_table(gathered),
        requested_models_table(gathered),
        serving_models_table(gathered),
        surfaces_table(gathered),
        hidden_table(gathered),
        endings_table(gathered),
    ]


def coverage_tables(gathered: Gathered) -> list[Table]:
    """Return the tables that say what the report covers."""
    return [silent_table(gathered), coverage_table(gathered), rules_table(gathered)]


def unfinished(week: date, *, now: datetime) -> bool:
    """Whether a week still runs: its counts will grow."""
    return ends(week) > now
