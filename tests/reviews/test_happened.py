"""What each number of what people did and what waited leads to: exactly the cases that it counts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import Pipeline
from reviews.forms import QueueFilterForm
from reviews.happened import words
from reviews.models import Case, Decision, Kind
from reviews.queue import Filter
from reviews.reports.gathered import Gathered
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Table
from reviews.reports.week import tables_of
from reviews.reports.weeks import DAY
from tests.reviews.making import HOUR, NOW, held
from tests.reviews.test_report_flow import (
    BEFORE,
    HOURLY,
    MONDAY,
    TONIGHT,
    WEEKS,
    Hours,
    two_weeks,
    undo_last,
    withdraw,
)

# What is no number of cases, and leads nowhere.
TIMES = {"median", "p90"}


def tables_of_people(week: date, *, scope: Scope = EVERYTHING, now: Any = TONIGHT) -> list[Table]:
    gathered = Gathered(week, scope, now)
    return [*tables_of(gathered, "people"), *tables_of(gathered, "blocked")]


def numbers(tables: list[Table]) -> Iterator[tuple[str, Any, str, Cell]]:
    """Yield (the table's name, what heads the row, the column's name, the cell)."""
    for table in tables:
        for row in [*table.rows, *([table.total] if table.total else [])]:
            for column, cell in zip(table.columns[1:], row[1:], strict=True):
                yield table.name, row[0].value, column.name, cell


def behind(cell: Cell) -> set[str]:
    """Return the prompts of the cases that a number leads to."""
    if not cell.cases:
        return set()
    wanted = QueueFilterForm(cell.cases).filter()
    assert wanted == Filter(**cell.cases), "the address says all of it"
    return set(wanted.cases(now=TONIGHT).values_list("first_run__content__prompt", flat=True))


def test_behind_each_number_of_two_weeks_are_the_cases_that_a_hand_counts(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    two_weeks(pipeline, other_pipeline, reviewer)
    linked = {
        (table, heading, column): "".join(sorted(behind(cell)))
        for table, heading, column, cell in numbers(tables_of_people(MONDAY))
        if cell.cases
    }
    now, before = "2026-W10", "2026-W09"
    assert linked == {
        ("backlog", now, "open"): "cde", ("backlog", now, "oldest"): "cde", ("backlog", now, "new"): "e",
        ("backlog", now, "came_back"): "d", ("backlog", now, "closed"): "b",
        ("backlog", before, "open"): "bc", ("backlog", before, "oldest"): "bc",
        ("backlog", before, "new"): "abcd", ("backlog", before, "closed"): "ad",
        ("backlog-by-code", "PII", "open"): "cd", ("backlog-by-code", "PII", "oldest"): "cd",
        ("backlog-by-code", "PII", "held"): "cd",
        ("backlog-by-code", "PII", "came_back"): "d",
        ("backlog-by-code", "CYBER", "open"): "e", ("backlog-by-code", "CYBER", "oldest"): "e",
        ("backlog-by-code", "CYBER", "answered"): "e",
        ("backlog-by-code", "CYBER", "new"): "e", ("backlog-by-code", "CYBER", "closed"): "b",
        ("backlog-by-pipeline", "lesson-plans", "open"): "ce",
        ("backlog-by-pipeline", "lesson-plans", "oldest"): "ce",
        ("backlog-by-pipeline", "lesson-plans", "held"): "c",
        ("backlog-by-pipeline", "lesson-plans", "answered"): "e",
        ("backlog-by-pipeline", "lesson-plans", "new"): "e",
        ("backlog-by-pipeline", "museum-guide", "open"): "d",
        ("backlog-by-pipeline", "museum-guide", "oldest"): "d",
        ("backlog-by-pipeline", "museum-guide", "held"): "d",
        ("backlog-by-pipeline", "museum-guide", "came_back"): "d",
        ("backlog-by-pipeline", "museum-guide", "closed"): "b",
        ("time-to-decision", "re-issue", "n"): "e", ("time-to-decision", "withdraw", "n"): "b",
        ("time-to-decision", "all", "n"): "be",
        ("decisions", now, "reissue"): "e", ("decisions", now, "withdraw"): "b", ("decisions", now, "all"): "be",
        ("decisions", before, "uphold"): "a", ("decisions", before, "withdraw"): "d",
        ("decisions", before, "all"): "ad",
        ("reissues", now, "answered"): "e",
        ("closed", now, "withdrawn"): "b", ("closed", now, "all"): "b",
        ("closed", before, "upheld"): "a", ("closed", before, "withdrawn"): "d", ("closed", before, "all"): "ad",
        ("blocked-by-code", "CYBER", "hours"): "be", ("blocked-by-code", "PII", "hours"): "cd",
        ("blocked-by-code", "all", "hours"): "bcde",
        ("blocked-by-topic", "no topic", "hours"): "bcde", ("blocked-by-topic", "all", "hours"): "bcde",
        ("blocked-by-pipeline", "lesson-plans", "hours"): "ce",
        ("blocked-by-pipeline", "museum-guide", "hours"): "bd",
        ("blocked-by-pipeline", "all", "hours"): "bcde",
    }  # fmt: skip


def test_a_report_of_one_pipeline_leads_to_its_cases_alone(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    two_weeks(pipeline, other_pipeline, reviewer)
    found = numbers(tables_of_people(MONDAY, scope=Scope(pipeline="lesson-plans")))
    assert set().union(*(behind(cell) for *_where, cell in found)) == {"c", "e"}


@pytest.mark.django_db
@given(steps=st.lists(HOURLY, max_size=14))
@settings(max_examples=25, deadline=None)
def test_after_anything_a_number_leads_to_as_many_cases_as_it_can_have(
    steps: list[tuple[str, Any]],
) -> None:
    with transaction.atomic():
        site = Hours()
        site.play(steps)
        for week in WEEKS:
            for table, _heading, column, cell in numbers(tables_of_people(week, now=site.now)):
                assert bool(cell.cases) == (bool(cell.value) and column not in TIMES), (table, column)
                if not cell.cases:
                    continue
                n = Filter(**cell.cases).cases(now=site.now).count()
                if column in ("open", "held", "answered") and table.startswith("backlog"):
                    assert n == cell.value
                elif isinstance(cell.value, int) and not table.startswith("blocked"):
                    assert 0 < n <= cell.value, "what happened twice to a case is counted twice"
                else:
                    assert n > 0
        transaction.set_rollback(True)


def test_what_was_undone_is_found_by_nothing(pipeline: Pipeline, reviewer: User) -> None:
    with override_settings(UNDO_SECONDS=60):
        case = held(pipeline)
        withdraw(case, reviewer, at=NOW + HOUR)
        undo_last(case, reviewer, at=NOW + HOUR)
    found = {what for what in words() if Filter(state="all", happened=what).cases(now=TONIGHT).exists()}
    assert found == {"open", "waited", "opened", "opened-new"}


def test_a_decision_from_before_its_time_was_kept_is_found_among_decisions_alone(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    Decision.objects.create(case=case, kind=Kind.UPHOLD, reason="r", by=reviewer, at=NOW, case_version=7)

    def finds(happened: str) -> bool:
        return Filter(state="all", happened=happened).cases(now=TONIGHT).exists()

    assert (finds("decided-uphold"), finds("decided"), finds("timed-uphold"), finds("timed")) == (
        *(True, True),
        *(False, False),
    )


def test_days_are_the_sites_and_both_are_included(pipeline: Pipeline) -> None:
    held(pipeline, at=NOW.replace(hour=23, minute=30))  # in Berlin, half past midnight of the day after

    def finds(day: date) -> bool:
        asked = {"happened_from": day.isoformat(), "happened_until": day.isoformat()}
        return Filter(state="all", happened="opened", **asked).cases(now=NOW + DAY).exists()

    assert [finds(MONDAY), finds(MONDAY + DAY)] == [True, False]
    with override_settings(TIME_ZONE="Europe/Berlin"):
        assert [finds(MONDAY), finds(MONDAY + DAY)] == [False, True]


def test_what_the_address_cannot_say_is_left_out() -> None:
    for address in (
        {"happened": "vanished", "happened_from": "2026-03-02"},
        {"happened_from": "2026-03-02", "happened_until": "2026-03-08"},
        {"happened_from": "0001-01-01", "happened_until": "yesterday"},
    ):
        assert QueueFilterForm(address).filter() == Filter()
    far = {"happened": "open", "happened_from": "2000-01-03", "happened_until": "9999-12-01", "state": "all"}
    assert QueueFilterForm(far).filter() == Filter(**far)


def test_a_case_is_open_at_the_end_of_each_day_until_it_is_closed(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline, at=NOW - timedelta(weeks=1))
    withdraw(case, reviewer, at=NOW)

    def finds(happened: str, last: date) -> bool:
        asked = {"happened_from": last.isoformat(), "happened_until": last.isoformat()}
        return Case.objects.filter(
            pk__in=Filter(state="all", happened=happened, **asked).cases(now=NOW)
        ).exists()

    days = [BEFORE - DAY, BEFORE, MONDAY - DAY, MONDAY, MONDAY + DAY]
    assert [finds("open", day) for day in days] == [False, True, True, False, False]
    assert [finds("waited", day) for day in days] == [False, True, True, True, False]
