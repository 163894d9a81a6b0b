"""What a pipeline is told if nobody looks: when the time is over, and what counts as looking."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline, Run
from pipelines.models.pipeline import MOST_HELD_HOURS
from reviews.claim import claim
from reviews.decide import reopen, settle
from reviews.expire import expires_at, nobody_looked
from reviews.merge import merge
from reviews.models import Case, Kind
from reviews.note import note
from tests.reviews.making import HOUR, NOW, declined, held, record

DAY = 24 * HOUR
MOMENT = timedelta(seconds=1)


@pytest.fixture
def patient(pipeline: Pipeline) -> Pipeline:
    """A pipeline that is told after a day."""
    pipeline.held_expires_after = 24
    pipeline.save()
    return pipeline


def told(case: Case, *, run: Run | None = None, after: timedelta) -> bool:
    case = Case.objects.get(pk=case.pk)
    return nobody_looked(case, run=run or case.first_run, now=NOW + after)


def test_a_pipeline_that_sets_no_time_waits_for_as_long_as_it_takes(pipeline: Pipeline) -> None:
    case = held(pipeline)
    assert expires_at(case, run=case.first_run) is None
    assert not told(case, after=1000 * DAY)


def test_the_longest_time_ends_within_the_calendar(pipeline: Pipeline) -> None:
    pipeline.held_expires_after = MOST_HELD_HOURS
    pipeline.save()
    case = held(pipeline)
    over = expires_at(case, run=case.first_run)
    assert over is not None
    assert nobody_looked(case, run=case.first_run, now=over)


def test_it_is_told_when_the_time_is_over_and_not_before(patient: Pipeline) -> None:
    case = held(patient)
    assert not told(case, after=DAY - MOMENT)
    assert told(case, after=DAY)


def test_whoever_touched_the_case_in_time_has_looked(patient: Pipeline, reviewer: User) -> None:
    claimed, noted, later = (held(patient, prompt) for prompt in "abc")
    claim(case_id=claimed.pk, by=reviewer, now=NOW + HOUR)
    note(case_id=noted.pk, text="Asked the museum.", by=reviewer, now=NOW + DAY - MOMENT)
    note(case_id=later.pk, text="Too late.", by=reviewer, now=NOW + DAY)
    assert not told(claimed, after=3 * DAY)
    assert not told(noted, after=3 * DAY)
    assert told(later, after=3 * DAY), "once told, it stays so until something is decided"


def test_a_run_that_was_reported_late_has_its_whole_time(patient: Pipeline) -> None:
    (run,) = record(patient, [declined(at=NOW - 10 * DAY)], now=NOW)
    case = Case.objects.get(folded__run=run)
    assert not told(case, after=DAY - MOMENT)
    assert told(case, after=DAY)


def test_a_repeat_waits_from_when_it_came_and_a_look_before_counts_for_it(
    patient: Pipeline, reviewer: User
) -> None:
    seen, unseen = held(patient, "seen"), held(patient, "unseen")
    claim(case_id=seen.pk, by=reviewer, now=NOW + HOUR)
    again = [record(patient, [declined(prompt)], now=NOW + 2 * HOUR)[0] for prompt in ("seen", "unseen")]
    assert not told(seen, run=again[0], after=3 * DAY)
    assert not told(unseen, run=again[1], after=DAY)
    assert told(unseen, run=again[1], after=DAY + 2 * HOUR)


def test_a_repeat_that_brings_the_case_back_starts_anew(patient: Pipeline, reviewer: User) -> None:
    case = held(patient)
    settle(case_id=case.pk, version=1, kind=Kind.WITHDRAW, reason="No need.", by=reviewer, now=NOW + HOUR)
    (run,) = record(patient, [declined()], now=NOW + 2 * HOUR)
    assert not told(case, run=run, after=DAY + HOUR)
    assert told(case, run=run, after=DAY + 2 * HOUR)


def test_a_case_that_a_person_held_again_was_looked_at(patient: Pipeline, reviewer: User) -> None:
    case = held(patient)
    settle(case_id=case.pk, version=1, kind=Kind.WITHDRAW, reason="No need.", by=reviewer, now=NOW + HOUR)
    reopen(case_id=case.pk, version=2, reason="Needed after all.", by=reviewer, now=NOW + 2 * HOUR)
    assert not told(case, after=9 * DAY)


def test_what_was_done_to_a_case_before_it_was_merged_counts_for_its_run(
    patient: Pipeline, reviewer: User
) -> None:
    into, case = held(patient, "into"), held(patient, "merged")
    note(case_id=case.pk, text="Asked the museum.", by=reviewer, now=NOW + HOUR)
    merge(case_id=case.pk, version=1, into=into.pk, by=reviewer, now=NOW + 2 * DAY)
    assert not told(into, run=case.first_run, after=9 * DAY)
    assert told(into, run=into.first_run, after=9 * DAY)
