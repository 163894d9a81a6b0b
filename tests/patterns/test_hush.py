"""Quiet until it grows: beyond the rate that a person has seen, and not beyond the first minutes of a week."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline
from reviews.models import Alert, Life, Pattern, Turn
from reviews.patterns.evaluate import evaluate
from reviews.patterns.hush import NotPossible, hush, listen_again
from reviews.reports.weeks import begins, current_week
from tests.patterns.making import WEEK, usual_weeks, week_of_runs
from tests.reviews.making import HOUR, NOW, answered, guarded, record

pytestmark = pytest.mark.django_db
MONDAY = current_week(now=NOW)
FRIDAY = timedelta(days=4)


def test_what_a_person_made_quiet_is_heard_of_again_once_it_has_grown(
    pipeline: Pipeline, reviewer: User
) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=14, ok=100)
    evaluate(now=NOW)
    pattern = hush(pattern_id=Pattern.objects.get().pk, by=reviewer, now=NOW)
    assert evaluate(now=NOW + HOUR) == []
    week_of_runs(pipeline, back=-1, declines=16, ok=100)
    evaluate(now=NOW + WEEK)
    assert Pattern.objects.get().hushed_at, "as fast as it was when it was made quiet"
    week_of_runs(pipeline, back=-2, declines=90, ok=20)
    (event,) = evaluate(now=NOW + 2 * WEEK)
    assert (event.kind, event.to_state) == (Turn.GREW, Life.ESCALATING)
    pattern.refresh_from_db()
    assert pattern.hushed_at is None
    assert evaluate(now=NOW + 2 * WEEK) == []


def test_a_guard_made_quiet_is_heard_of_by_the_week_though_it_reports_other_runs_since(
    pipeline: Pipeline, reviewer: User
) -> None:
    usual_weeks(pipeline, declines=5, weeks=9, ok=0)
    evaluate(now=NOW)
    pattern = hush(pattern_id=Pattern.objects.get().pk, by=reviewer, now=NOW)
    assert (pattern.hushed_declines, pattern.hushed_exposure, pattern.hushed_by_time) == (40, 8.0, True)
    week_of_runs(pipeline, declines=6, ok=300)
    week_of_runs(pipeline, back=-1, declines=6, ok=300)
    evaluate(now=NOW + WEEK + FRIDAY)
    assert Pattern.objects.get().hushed_at, "no faster than when it was made quiet"
    week_of_runs(pipeline, back=-2, declines=40, ok=300)
    (event,) = evaluate(now=NOW + 2 * WEEK + FRIDAY)
    assert (event.kind, event.by_time, event.declines) == (Turn.GREW, True, 40)


def test_what_a_pattern_grew_to_may_be_reported_late(pipeline: Pipeline, reviewer: User) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=14, ok=100)
    evaluate(now=NOW)
    hush(pattern_id=Pattern.objects.get().pk, by=reviewer, now=NOW + WEEK)
    assert evaluate(now=NOW + WEEK) == []
    assert Pattern.objects.get().hushed_at, "what the person saw before it was made quiet is no growth"
    week_of_runs(pipeline, declines=90)
    (event,) = evaluate(now=NOW + WEEK + HOUR)
    assert (event.kind, event.week, event.declines) == (Turn.GREW, MONDAY, 104)
    assert evaluate(now=NOW + WEEK + HOUR) == []


def test_what_grew_in_its_second_week_is_evaluated_once(pipeline: Pipeline, reviewer: User) -> None:
    week_of_runs(pipeline, back=1, declines=2, ok=200)
    evaluate(now=NOW - WEEK)
    hush(pattern_id=Pattern.objects.get().pk, by=reviewer, now=NOW - WEEK)
    week_of_runs(pipeline, declines=40)
    (event,) = evaluate(now=NOW)
    assert (event.kind, event.to_state) == (Turn.GREW, Life.NEW)
    assert evaluate(now=NOW) == []


def test_a_person_listens_again(pipeline: Pipeline, reviewer: User) -> None:
    week_of_runs(pipeline, declines=2)
    evaluate(now=NOW)
    pattern = Pattern.objects.get()
    with pytest.raises(NotPossible):
        listen_again(pattern_id=pattern.pk, by=reviewer, now=NOW)
    hush(pattern_id=pattern.pk, by=reviewer, now=NOW)
    with pytest.raises(NotPossible):
        hush(pattern_id=pattern.pk, by=reviewer, now=NOW)
    listen_again(pattern_id=pattern.pk, by=reviewer, now=NOW)
    pattern.refresh_from_db()
    assert pattern.hushed_at is None
    assert list(pattern.events.values_list("kind", flat=True)) == ["became", "hushed", "listened"]


def test_nobody_without_the_right_makes_a_pattern_quiet(pipeline: Pipeline, viewer: User) -> None:
    week_of_runs(pipeline, declines=2)
    evaluate(now=NOW)
    with pytest.raises(PermissionDenied):
        hush(pattern_id=Pattern.objects.get().pk, by=viewer, now=NOW)
    assert Pattern.objects.get().hushed_at is None


@pytest.mark.parametrize(("ok", "known"), [(100, 8), (0, 8), (100, 0)])
def test_one_decline_in_the_first_minutes_of_a_week_is_no_rate_to_grow_from(
    ok: int, known: int, pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    usual_weeks(pipeline, declines=1 if known else 0, ok=ok)
    first = begins(MONDAY) + timedelta(minutes=30)
    record(pipeline, [guarded("Describe the first pier.", at=first, topic="pier")], now=first)
    evaluate(now=first)
    hush(pattern_id=Pattern.objects.get().pk, by=reviewer, now=first)
    rest = [guarded(f"Describe pier {number}.", at=NOW, topic="pier") for number in range(100)]
    record(pipeline, [*(answered(at=NOW, topic="pier") for _ in range(ok)), *rest])
    (event,) = evaluate(now=NOW + FRIDAY)
    assert (event.kind, event.declines) == (Turn.GREW, 101)
    assert Alert.objects.filter(kind="escalating").exists()
