"""What of a run is a text, when its time is over, and what deleting it leaves."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from pipelines.models import DeclineEvent, Deletion, Pipeline, Run, RunContent
from pipelines.models.pipeline import MOST_RETENTION_DAYS
from pipelines.retention import delete_texts, deletion_of, kept_since, past_retention
from tests.pipelines.conftest import NOW
from tests.reviews.making import answered, declined, guarded, record

DAY = timedelta(days=1)
LATER = NOW + 181 * DAY


def texts_of(*runs: Run) -> list[bool]:
    return [Run.objects.get(pk=run.pk).texts_kept for run in runs]


def test_the_time_of_a_run_counts_from_its_end_to_the_second(pipeline: Pipeline) -> None:
    just, before = record(
        pipeline, [answered(at=NOW), answered("Another one.", at=NOW - timedelta(seconds=1))], now=NOW
    )
    assert kept_since(pipeline, now=NOW + 180 * DAY) == NOW
    assert list(past_retention(pipeline, now=NOW + 180 * DAY)) == [before]
    assert list(past_retention(pipeline, now=LATER)) == [before, just]


def test_the_longest_time_keeps_every_text(pipeline: Pipeline) -> None:
    pipeline.retention_days = MOST_RETENTION_DAYS
    pipeline.full_clean()
    assert kept_since(pipeline, now=NOW).year == NOW.year - 100
    pipeline.retention_days += 1
    with pytest.raises(ValidationError, match="retention_days"):
        pipeline.full_clean()


def test_each_pipeline_has_its_own_time(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    Pipeline.objects.filter(pk=pipeline.pk).update(retention_days=7)
    pipeline.refresh_from_db()
    record(pipeline, [answered(at=NOW)], now=NOW)
    record(other_pipeline, [answered(at=NOW)], now=NOW)
    assert past_retention(pipeline, now=NOW + 8 * DAY).count() == 1
    assert not past_retention(other_pipeline, now=NOW + 8 * DAY)


def test_deleting_leaves_the_row_and_the_decline_without_a_word(pipeline: Pipeline) -> None:
    run, other = record(pipeline, [guarded(at=NOW), declined("Another one.", at=NOW)], now=NOW)
    before = Run.objects.filter(pk=run.pk).values("outcome", "code", "case_key", "week", "body_digest").get()
    deletion = deletion_of(pipeline, now=LATER)
    assert DeclineEvent.objects.get(run=run).detail
    assert delete_texts(run_ids=[run.pk], deletion=deletion) == 1
    assert Run.objects.filter(pk=run.pk, deletion=deletion).values(*before).get() == before
    assert DeclineEvent.objects.values_list("code", "detail").get(run=run) == ("PII", "")
    assert list(RunContent.objects.values_list("run_id", flat=True)) == [other.pk]
    assert texts_of(run, other) == [False, True]


def test_deleting_twice_deletes_once_and_keeps_the_first_day(pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [answered(at=NOW)], now=NOW)
    first = deletion_of(pipeline, now=LATER)
    assert delete_texts(run_ids=[run.pk], deletion=first) == 1
    assert delete_texts(run_ids=[run.pk], deletion=deletion_of(pipeline, now=LATER + DAY)) == 0
    run.refresh_from_db()
    assert run.deletion == first
    assert deletion_of(pipeline, now=LATER) == first


def test_the_same_run_reported_again_is_a_duplicate_and_brings_no_text_back(pipeline: Pipeline) -> None:
    row = answered(at=NOW, run_id="r1")
    (run,) = record(pipeline, [row], now=NOW)
    delete_texts(run_ids=[run.pk], deletion=deletion_of(pipeline, now=LATER))
    assert record(pipeline, [row], now=LATER) == [run]
    assert not RunContent.objects.exists()


@pytest.mark.parametrize(("keep", "kept"), [("always", True), ("never", False)])
def test_a_run_says_from_the_first_whether_it_holds_texts(pipeline: Pipeline, keep: str, kept: bool) -> None:
    pipeline.keep_ok_content = keep
    pipeline.save()
    ok, refused = record(pipeline, [answered(at=NOW), declined("Another one.", at=NOW)], now=NOW)
    assert texts_of(ok, refused) == [kept, True]
    assert set(past_retention(pipeline, now=LATER)) == ({ok, refused} if kept else {refused})


def test_a_deletion_says_when_and_why(pipeline: Pipeline) -> None:
    said = "The text was deleted on 2026-09-01 after 180 days (retention of nightly-digest)."
    assert str(deletion_of(pipeline, now=LATER)) == said


def test_of_one_day_it_says_day(pipeline: Pipeline) -> None:
    assert "after 1 day (" in str(Deletion(pipeline=pipeline, at=NOW, after_days=1))


@pytest.mark.parametrize("days", [0, 181])
def test_what_is_old_is_found_by_its_index(pipeline: Pipeline, days: int) -> None:
    record(pipeline, [answered(f"Item {n} of the harbour.", at=NOW) for n in range(50)], now=NOW)
    _analyze()
    assert "run_with_texts" in plan(pipeline, now=NOW + days * DAY)


def _analyze() -> None:
    """Let the planner know these rows, and not those that an earlier test left and took away."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE pipelines_run")


def plan(pipeline: Pipeline, *, now: datetime) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    return past_retention(pipeline, now=now)[:10].explain()
