"""What each number of the over-refusal report leads to: exactly the cases that it counts."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone

from pipelines.models import Pipeline, Topic
from reviews.first_outcomes import outcomes
from reviews.forms import QueueFilterForm
from reviews.models import Case, FirstOutcome, State
from reviews.queue import Filter
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Table
from reviews.reports.weeks import WEEK
from tests.reviews.making import HOUR, NOW, guarded, held, record
from tests.reviews.test_over_refusal import LAST_MONTH, MONDAY, reviewed, tables_until

LATER = NOW + 2 * HOUR
# In Berlin it is half past midnight, of March and of the Monday after the week that ends on 22 February.
AT_MONTHS_END = datetime.fromisoformat("2026-02-28T23:30:00+00:00")
AT_WEEKS_END = datetime.fromisoformat("2026-02-22T23:30:00+00:00")


@pytest.fixture
def settled(pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User) -> None:
    """Cases of two pipelines, with a topic and without, settled in most ways and at the edges of time."""
    ways = {"a": "answered", "b": "answered", "c": "uphold", "d": "by_hand"}
    for name, how in ways.items():
        reviewed(held(pipeline, name, topic="harbour"), how, reviewer)
    for name, at in (("month", AT_MONTHS_END), ("week", AT_WEEKS_END), ("before", LAST_MONTH)):
        reviewed(held(pipeline, name, at=at - HOUR), "uphold", reviewer, now=at)
    record(other_pipeline, [guarded("e"), guarded("f", topic="cells")])
    for case in Case.objects.filter(pipeline=other_pipeline):
        reviewed(case, "withdraw", reviewer)
    record(other_pipeline, [guarded("e")], now=NOW + HOUR)
    assert Case.objects.filter(first_outcome__isnull=False, state=State.HELD).exists(), "one came back"
    held(pipeline, "waits")


def numbers(tables: list[Table]) -> Iterator[tuple[str, Any, str, Cell]]:
    """Yield (what the table is by, what heads the row, the column's name, the cell); no heading is the total."""
    for table in tables:
        by, *columns = [column.name for column in table.columns]
        assert table.total
        for heading, row in [*((row[0].value, row) for row in table.rows), (None, table.total)]:
            for column, cell in zip(columns, row[1:], strict=True):
                yield by, heading, column, cell


def counts(outcome: FirstOutcome, by: str, heading: Any, column: str) -> bool:
    """Say whether a first outcome belongs under a number, from its row's heading and its column alone."""
    values = {
        "month": f"{timezone.localtime(outcome.at):%Y-%m}",
        "code": outcome.code,
        "topic": outcome.topic or "no topic",
        "model": outcome.model or "no model named",
    }
    return heading in (None, values[by]) and column in ("reviewed", outcome.ending)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("week", [MONDAY, MONDAY - 2 * WEEK])
@pytest.mark.parametrize(
    "scope", [EVERYTHING, Scope(pipeline="lesson-plans"), Scope(topic="harbour"), Scope(topic="-")]
)
def test_behind_each_number_are_exactly_the_cases_that_it_counts(
    scope: Scope, week: date, zone: str, settled: None
) -> None:
    with override_settings(TIME_ZONE=zone):
        over = week + WEEK
        inside = [
            outcome
            for outcome in outcomes()
            if timezone.localtime(outcome.at).date() < over
            and scope.pipeline in ("", outcome.pipeline.slug)
            and scope.topic in ("", outcome.topic or "-")
        ]
        linked = 0
        for *where, cell in numbers(tables_until(week, scope=scope, now=LATER)):
            cases = {outcome.case_id for outcome in inside if counts(outcome, *where)}
            assert (cell.value.part if isinstance(cell.value, Share) else cell.value) == len(cases), where
            assert bool(cell.cases) is bool(cases), where
            if cell.cases:
                wanted = QueueFilterForm(cell.cases).filter()
                assert wanted == Filter(**cell.cases), "the address says all of it"
                assert {case.pk for case in wanted.cases(now=LATER)} == cases, where
                linked += 1
        assert bool(linked) is bool(inside)


def test_the_made_up_report_has_each_edge_inside_once_and_outside_once(settled: None) -> None:
    def reviewed_of(month: str, week: date) -> Any:
        found = tables_until(week, now=LATER)
        return next(cell.value for *where, cell in numbers(found) if where == ["month", month, "reviewed"])

    assert (reviewed_of("2026-02", MONDAY), reviewed_of("2026-02", MONDAY - 2 * WEEK)) == (3, 2)
    with override_settings(TIME_ZONE="Europe/Berlin"):
        assert (reviewed_of("2026-02", MONDAY), reviewed_of("2026-02", MONDAY - 2 * WEEK)) == (2, 1)


def test_what_is_settled_after_the_page_was_read_is_in_the_list_of_a_week_that_runs(
    pipeline: Pipeline, reviewer: User, settled: None
) -> None:
    tables = tables_until(MONDAY, now=LATER)
    (cell,) = [cell for *where, cell in numbers(tables) if where == ["month", None, "upheld"]]
    assert isinstance(cell.value, Share)
    assert cell.cases
    reviewed(held(pipeline, "later", at=LATER), "uphold", reviewer, now=LATER + HOUR)
    assert Filter(**cell.cases).cases(now=LATER + 2 * HOUR).count() == cell.value.part + 1


def test_topics_of_one_name_are_a_row_each_with_the_cases_of_each(settled: None) -> None:
    Topic.objects.update(name="Water")
    tables = tables_until(MONDAY, now=LATER)
    rows = [
        (heading, cell.value, cell.cases and cell.cases["topic"])
        for by, heading, column, cell in numbers(tables)
        if (by, column) == ("topic", "reviewed") and "Water" in str(heading)
    ]
    assert rows == [("Water (harbour)", 4, "harbour"), ("Water (cells)", 1, "cells")]


def test_what_heads_a_row_leads_nowhere(settled: None) -> None:
    for table in tables_until(MONDAY, now=LATER):
        assert not any(row[0].cases for row in [*table.rows, table.total or ()])


def test_a_filter_by_first_outcome_narrows_beside_the_others(settled: None) -> None:
    def prompts(**wanted: str) -> set[str]:
        cases = Filter(**{"state": "all", **wanted}).cases(now=LATER)
        return set(cases.values_list("first_run__content__prompt", flat=True))

    assert prompts(ending="withdrawn") == {"e", "f"}
    assert prompts(ending="withdrawn", state="waiting") == {"e"}, "it came back, and waits again"
    assert prompts(ending="upheld", topic="harbour") == {"c"}
    assert prompts(ending="upheld", q="before") == {"before"}
    assert prompts(first_model="-") == {"e", "f"}
    assert prompts(first_model="claude-opus-5-5", ending="upheld", settled_from="2026-02-28") == {
        "c",
        "month",
    }
    assert prompts(settled_until="2026-02-22") == {"before", "week"}
    of_week = {"week": MONDAY.isoformat(), "first_model": "claude-opus-5-5", "ending": "by_hand"}
    assert prompts(**of_week) == {"d"}
    assert "waits" in prompts(), "what was never settled is left out only when it is asked for"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_days_without_a_moment_are_left_out(zone: str, settled: None) -> None:
    with override_settings(TIME_ZONE=zone):
        for day in ("0001-01-01", "1999-12-31", "9999-12-31", "yesterday", "2026-02-31"):
            address = {"settled_from": day, "settled_until": day, "ending": "nothing"}
            assert QueueFilterForm(address).filter() == Filter()
        far = {"settled_from": "2000-01-03", "settled_until": "9999-12-01", "state": "all"}
        assert QueueFilterForm(far).filter().cases(now=LATER).count() == FirstOutcome.objects.count()
