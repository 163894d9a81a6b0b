"""Patterns as an evaluation leaves them: read off the counts, once, and after corrections again."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline
from reviews.count import correct
from reviews.models import Alert, Life, Pattern, PatternEvent, Turn
from reviews.patterns import facts
from reviews.patterns.evaluate import evaluate
from reviews.patterns.hush import facts_about, hush
from reviews.patterns.life import movers, state_of
from reviews.reports.scope import Scope
from reviews.reports.weeks import begins, current_week
from tests.patterns.making import WEEK, usual_weeks, week_of_runs
from tests.reviews.making import HOUR, NOW, answered, guarded, record

pytestmark = pytest.mark.django_db
MONDAY = current_week(now=NOW)
DAY = timedelta(days=1)
FRIDAY = timedelta(days=4)


def moves(pattern: Pattern) -> list[tuple[str, str, str]]:
    return list(pattern.events.values_list("kind", "from_state", "to_state"))


def test_a_pattern_is_one_code_topic_pipeline_and_model(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    week_of_runs(pipeline, declines=2)
    week_of_runs(pipeline, declines=1, code="CYBER")
    week_of_runs(other_pipeline, declines=1)
    evaluate(now=NOW)
    found = Pattern.objects.order_by("pk").values_list("code", "topic", "pipeline__slug", "state")
    assert sorted(found) == [
        ("CYBER", "pier", "museum-guide", "new"),
        ("PII", "pier", "lesson-plans", "new"),
        ("PII", "pier", "museum-guide", "new"),
    ]


def test_evaluating_twice_is_evaluating_once(pipeline: Pipeline) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=12)
    assert [event.to_state for event in evaluate(now=NOW)] == [Life.ESCALATING]
    before = list(Pattern.objects.values())
    assert evaluate(now=NOW) == evaluate(now=NOW + HOUR) == []
    assert list(Pattern.objects.values()) == before


def test_an_evaluation_of_an_earlier_moment_changes_nothing(pipeline: Pipeline) -> None:
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW + 10 * WEEK)
    assert Pattern.objects.get().state == Life.QUIET
    assert evaluate(now=NOW) == []
    assert Pattern.objects.get().state == Life.QUIET


def test_an_evaluation_asks_as_much_of_the_database_for_many_patterns_as_for_few(
    pipeline: Pipeline, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW)
    for number in range(12):
        week_of_runs(pipeline, declines=1, ok=0, topic=f"topic-{number}")
    evaluate(now=NOW)
    with django_assert_num_queries(11):
        evaluate(now=NOW + HOUR)


def test_a_life_from_the_first_decline_to_the_return(pipeline: Pipeline) -> None:
    week_of_runs(pipeline, back=16, declines=2)
    evaluate(now=NOW - 16 * WEEK)
    for back in range(15, 8, -1):
        week_of_runs(pipeline, back=back, declines=2)
        evaluate(now=NOW - back * WEEK)
    week_of_runs(pipeline, back=8, declines=14)
    for back in range(8, 0, -1):
        evaluate(now=NOW - back * WEEK)
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW)
    pattern = Pattern.objects.get()
    assert moves(pattern) == [
        ("became", "", "new"),
        ("became", "new", "ongoing"),
        ("became", "ongoing", "escalating"),
        ("became", "escalating", "ongoing"),
        ("became", "ongoing", "quiet"),
        ("became", "quiet", "regressed"),
    ]
    assert (pattern.since, pattern.last_week) == (NOW, MONDAY)


def test_a_line_holds_the_counts_it_rests_on(pipeline: Pipeline) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=12)
    (event,) = evaluate(now=NOW)
    event.refresh_from_db()
    assert (event.week, event.declines, event.exposure) == (MONDAY, 12, 32)
    assert (event.declines_before, event.exposure_before, event.by_time) == (7, 147, False)
    assert event.expected == pytest.approx(7 / 147 * 32)
    assert event.p_value is not None
    assert event.p_value < 0.0002


@pytest.mark.parametrize("reported", [0, 14])
def test_what_is_reported_after_midnight_counts_as_if_it_had_been_before(
    reported: int, pipeline: Pipeline, lead: User
) -> None:
    usual_weeks(pipeline)
    sunday = NOW + timedelta(days=6)
    record(pipeline, [answered(at=NOW, topic="pier") for _ in range(20)])
    rows = [guarded(f"Describe pier {number}.", at=sunday, topic="pier") for number in range(40)]
    for hours in range(0, 48, 2):
        now = sunday + timedelta(hours=hours)
        if hours == reported:
            record(pipeline, rows, now=now)
        evaluate(now=now)
    pattern = Pattern.objects.get()
    assert (pattern.state, pattern.escalated_week) == (Life.ESCALATING, MONDAY)
    line = pattern.events.get(to_state=Life.ESCALATING)
    assert (line.week, line.declines, line.exposure) == (MONDAY, 40, 60)
    alert = Alert.objects.get()
    assert (alert.kind, alert.week, alert.declines) == ("escalating", MONDAY, 40)
    assert [one.state for one in movers(MONDAY, now=sunday + 2 * DAY)] == [Life.ESCALATING]


def test_what_comes_up_at_the_end_of_a_week_and_is_reported_after_it_is_one_of_its_movers(
    pipeline: Pipeline,
) -> None:
    evaluate(now=NOW + WEEK)
    week_of_runs(pipeline, declines=4)
    (line,) = evaluate(now=NOW + WEEK + HOUR)
    assert (line.to_state, line.week, line.declines) == (Life.NEW, MONDAY, 4)
    assert [(one.state, one.declines) for one in movers(MONDAY, now=NOW + 2 * WEEK)] == [(Life.NEW, 4)]


def test_a_correction_takes_an_escalation_back(pipeline: Pipeline) -> None:
    usual_weeks(pipeline)
    runs = week_of_runs(pipeline, declines=12)
    evaluate(now=NOW)
    correct(run_ids=[run.pk for run in runs[1:]], outcome="ok", code="")
    evaluate(now=NOW + HOUR)
    pattern = Pattern.objects.get()
    assert pattern.state == Life.ONGOING
    assert moves(pattern)[-1] == ("became", "escalating", "ongoing")


def test_what_was_taken_back_after_its_week_was_no_escalation_of_it(pipeline: Pipeline) -> None:
    usual_weeks(pipeline)
    runs = week_of_runs(pipeline, declines=12)
    evaluate(now=NOW)
    assert [one.state for one in movers(MONDAY, now=NOW)] == [Life.ESCALATING]
    correct(run_ids=[run.pk for run in runs[1:]], outcome="ok", code="")
    (line,) = evaluate(now=NOW + WEEK)
    assert (line.to_state, line.week, line.declines) == (Life.ONGOING, MONDAY, 1)
    assert movers(MONDAY, now=NOW + WEEK) == []


def test_what_escalates_further_in_the_week_after_is_told_again_and_once(
    pipeline: Pipeline, lead: User
) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=12)
    evaluate(now=NOW)
    assert evaluate(now=NOW + WEEK) == []
    week_of_runs(pipeline, back=-1, declines=60)
    (line,) = evaluate(now=NOW + WEEK)
    assert (line.kind, line.week, line.declines) == (Turn.AGAIN, MONDAY + WEEK, 60)
    assert evaluate(now=NOW + WEEK + HOUR) == []
    assert [(alert.kind, alert.declines) for alert in Alert.objects.order_by("pk")] == [
        ("escalating", 12),
        ("escalating", 60),
    ]


def test_a_pattern_that_comes_in_between_two_reads_is_left_to_the_next_evaluation(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    week_of_runs(pipeline, declines=1)
    read = facts._exposure

    def while_others_report(*args: Any) -> Any:
        record(pipeline, [guarded("Describe the crane.", code="BIO", topic="crane")])
        return read(*args)

    with monkeypatch.context() as patched:
        patched.setattr(facts, "_exposure", while_others_report)
        assert [event.pattern.code for event in evaluate(now=NOW)] == ["PII"]
    assert [event.pattern.code for event in evaluate(now=NOW)] == ["BIO"]


@pytest.mark.parametrize(("monday", "hours"), [("2026-03-23", 167), ("2026-10-19", 169)])
def test_a_week_in_which_the_clocks_change_passes_at_the_speed_of_time(monday: str, hours: int) -> None:
    week = date.fromisoformat(monday)
    with override_settings(TIME_ZONE="Europe/Berlin"):
        for passed in range(1, hours):
            now = begins(week).astimezone(UTC) + passed * HOUR
            assert facts.passed_of(week, now=now) == pytest.approx(passed / hours)
        assert facts.passed_of(week, now=begins(week + WEEK)) == 1


def test_a_move_that_only_a_correction_makes_is_called_one(pipeline: Pipeline) -> None:
    week_of_runs(pipeline, back=3, declines=1)
    old = week_of_runs(pipeline, back=2, declines=1)
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW)
    correct(run_ids=[run.pk for run in old], outcome="ok", code="")
    first_run = pipeline.runs.filter(outcome="declined").order_by("pk").first()
    assert first_run
    correct(run_ids=[first_run.pk], outcome="ok", code="")
    evaluate(now=NOW + HOUR)
    assert moves(Pattern.objects.get()) == [("became", "", "ongoing"), ("revised", "ongoing", "new")]


def test_a_pattern_all_of_whose_declines_are_corrected_is_quiet(pipeline: Pipeline) -> None:
    runs = week_of_runs(pipeline, declines=2)
    evaluate(now=NOW)
    correct(run_ids=[run.pk for run in runs], outcome="ok", code="")
    evaluate(now=NOW + HOUR)
    assert Pattern.objects.get().state == Life.QUIET


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(1, 8)), max_size=5))
def test_whatever_is_reported_and_corrected_the_states_are_those_of_the_counts(
    pipeline: Pipeline, steps: list[tuple[int, int, int]]
) -> None:
    """Evaluated at every step or at the end alone: but for the memory of an escalation, the end is the same."""
    for kind, hours, declines in steps:
        if kind < 2:
            week_of_runs(pipeline, back=hours % 10, declines=declines, ok=3, code=("PII", "CYBER")[kind])
        elif kind == 2:
            some = list(pipeline.runs.filter(outcome="declined").order_by("-pk")[:declines])
            correct(run_ids=[run.pk for run in some], outcome="declined", code="VIOLENCE")
        evaluate(now=NOW)
    evaluate(now=NOW)
    stepwise = dict(Pattern.objects.exclude(state=Life.ESCALATING).values_list("code", "state"))
    assert evaluate(now=NOW) == []
    fresh = {pattern.code: fresh_state(pattern) for pattern in Pattern.objects.exclude(state=Life.ESCALATING)}
    assert stepwise == fresh


def fresh_state(pattern: Pattern) -> str:
    return state_of(facts_about(pattern, now=NOW), escalated_week=None)[0]


def test_movers_are_what_escalates_and_then_what_is_new_strongest_first(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    for code in ("PII", "CYBER"):
        usual_weeks(pipeline, code=code)
    week_of_runs(pipeline, declines=14, code="CYBER")
    week_of_runs(pipeline, declines=30, code="PII")
    week_of_runs(pipeline, declines=3, code="VIOLENCE")
    week_of_runs(other_pipeline, declines=4, code="HATE")
    evaluate(now=NOW)
    found = movers(MONDAY, now=NOW)
    assert [(one.pattern.code, one.state, one.declines) for one in found] == [
        ("PII", "escalating", 30),
        ("CYBER", "escalating", 14),
        ("HATE", "new", 4),
        ("VIOLENCE", "new", 3),
    ]
    assert [one.pattern.code for one in movers(MONDAY, scope=Scope(pipeline="lesson-plans"), now=NOW)] == [
        "HATE"
    ]
    hush(pattern_id=found[0].pattern.pk, by=reviewer, now=NOW)
    assert movers(MONDAY, now=NOW)[0].pattern.code == "CYBER"
    later = NOW + 3 * WEEK
    evaluate(now=later)
    assert [one.pattern.code for one in movers(MONDAY, now=later)] == ["CYBER", "HATE", "VIOLENCE"]
    assert movers(current_week(now=later), now=later) == []


@pytest.mark.parametrize("column", ["kind", "from_state", "to_state", "at", "declines", "p_value"])
def test_a_line_of_history_never_changes(column: str, pipeline: Pipeline) -> None:
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PatternEvent.objects.update(**{column: models.F(column)})
