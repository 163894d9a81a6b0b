"""What is kept of a week that is over is what a read would find, and is read once."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline
from reviews.count import correct, stamp_all
from reviews.decide import settle
from reviews.models import Case, FirstOutcome, Kind, WeekDeclines, WeekRuns, WeekStamp
from reviews.reports import counts, over_refusal
from reviews.reports.scope import Scope
from reviews.reports.warm import warm
from reviews.reports.weeks import WEEK, current_week
from reviews.undo import undo
from tests.reviews.making import NOW, answered, declined, held, record
from tests.reviews.test_count import MONDAY

pytestmark = pytest.mark.django_db

WEEKS = [MONDAY - WEEK, MONDAY]


def codes(scope: Scope | None = None) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in counts.declined(WEEKS, scope=scope or Scope()):
        found[row.code] += row.declines
    return found


def test_a_week_is_read_once_until_a_count_of_it_changes(
    pipeline: Pipeline, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record(pipeline, [declined(at=NOW - WEEK), declined(at=NOW)])
    with django_assert_num_queries(2):  # the stamps, and both weeks
        assert codes() == {"CYBER": 2}
    with django_assert_num_queries(1):
        assert codes() == {"CYBER": 2}
    record(pipeline, [answered(at=NOW)])
    with django_assert_num_queries(2) as asked:
        assert codes() == {"CYBER": 2}
    assert MONDAY.isoformat() in asked[1]["sql"]
    assert WEEKS[0].isoformat() not in asked[1]["sql"]


def test_a_correction_changes_the_stamp_of_its_week_alone(pipeline: Pipeline) -> None:
    early, late = record(pipeline, [declined(at=NOW - WEEK), declined(at=NOW)])
    before = dict(WeekStamp.objects.values_list("week", "stamp"))
    assert codes() == {"CYBER": 2}
    correct(run_ids=[early.pk], outcome="declined", code="PII")
    assert codes() == {"CYBER": 1, "PII": 1}
    after = dict(WeekStamp.objects.values_list("week", "stamp"))
    assert (after[WEEKS[0]] != before[WEEKS[0]], after[MONDAY]) == (True, before[MONDAY])
    assert late.week == MONDAY


def test_what_was_rolled_back_leaves_nothing_behind(pipeline: Pipeline) -> None:
    record(pipeline, [declined()])
    with transaction.atomic():
        record(pipeline, [declined("Another?")])
        assert codes() == {"CYBER": 2}
        transaction.set_rollback(True)
    assert codes() == {"CYBER": 1}


def test_another_pipelines_week_is_another_matter(
    pipeline: Pipeline, other_pipeline: Pipeline, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record(pipeline, [declined()])
    mine = Scope(pipeline=pipeline.slug)
    assert codes(mine) == {"CYBER": 1}
    record(other_pipeline, [declined()])
    with django_assert_num_queries(1 + 1):  # the week before has no stamp, and is always read
        assert codes(mine) == {"CYBER": 1}
    assert codes() == {"CYBER": 2}


def test_counts_without_a_stamp_are_always_read_until_they_get_one(
    pipeline: Pipeline, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row = WeekDeclines.objects.create(
        week=MONDAY, pipeline=pipeline, code="BIO", surface="model", hidden=False, declines=3
    )
    WeekRuns.objects.create(week=WEEKS[0], pipeline=pipeline, outcome="ok", surface="model", runs=9)
    assert codes() == {"BIO": 3}
    WeekDeclines.objects.filter(pk=row.pk).update(declines=4)
    assert codes() == {"BIO": 4}
    assert stamp_all() == 2
    assert codes() == {"BIO": 4}
    with django_assert_num_queries(1):
        assert codes() == {"BIO": 4}


def test_a_process_that_was_warmed_reads_nothing_but_stamps_of_what_is_over(
    pipeline: Pipeline, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    upheld(held(pipeline, at=NOW - 6 * WEEK), reviewer, now=NOW - 6 * WEEK)
    record(pipeline, [answered(at=NOW - WEEK), declined(at=NOW)])
    warm(now=NOW)
    with django_assert_num_queries(1):
        assert codes() == {"CYBER": 1}
    with django_assert_num_queries(3):  # the stamps, and the month that runs, twice
        assert over_refusal.all_of(over_refusal.read(MONDAY, now=NOW)).n == 1


def test_a_lost_cache_loses_nothing(pipeline: Pipeline) -> None:
    record(pipeline, [declined(at=NOW - timedelta(days=1))])
    assert codes() == {"CYBER": 1}
    caches["counts"].clear()
    assert codes() == {"CYBER": 1}


@pytest.mark.parametrize("others", [0, 1])
def test_a_decision_that_is_undone_does_not_bring_back_what_was_read_in_between(
    pipeline: Pipeline, reviewer: User, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    monday = datetime(
        2026, 3, 30, 12, tzinfo=UTC
    )  # whose Sunday is in April: March is one of the kept months
    for n in range(others):
        upheld(held(pipeline, f"Another, {n}", at=monday), reviewer, now=monday)
    case = held(pipeline, at=monday)
    look_up = over_refusal._stamps

    def look_up_before_it_is_decided(*args: Any, **more: Any) -> dict[date, str]:
        stamps = look_up(*args, **more)
        upheld(case, reviewer, now=monday)  # commits between the two statements of a reader
        return stamps

    week = current_week(now=monday)
    with monkeypatch.context() as patched:
        patched.setattr(over_refusal, "_stamps", look_up_before_it_is_decided)
        over_refusal.read(week, now=monday)
    with override_settings(UNDO_SECONDS=600):
        undo(event_id=case.events.filter(by=reviewer).latest("pk").pk, by=reviewer, now=monday)
    found = over_refusal.read(week, now=monday + timedelta(hours=2))
    assert sum(n for _code, _ending, n in found.by_code) == FirstOutcome.objects.count() == others


def upheld(case: Case, by: User, *, now: datetime) -> None:
    settle(case_id=case.pk, version=case.version, kind=Kind.UPHOLD, reason="Seen.", by=by, now=now)
