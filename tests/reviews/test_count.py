"""The weekly counts equal a recount after anything that can happen to a run."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest import judged_row
from pipelines.jsontext import read_row
from pipelines.models import Pipeline, Run
from pipelines.record import record_runs
from pipelines.running import Ended
from refusals import Outcome
from refusals.signals import Decline
from reviews.brakes import standing
from reviews.count import Shares, correct, counted, moving, recount
from reviews.decide import reclassify, settle
from reviews.models import Case, Kind, Opening, State, Suspicion, WeekDeclines, WeekRuns
from reviews.reports import counts as reports
from reviews.reports.weeks import WEEK, weeks_until
from reviews.retention import delete_old_texts
from reviews.send import send
from reviews.suspect import hold_suspected
from tests.conftest import person
from tests.reviews.making import ANSWER, APOLOGY, NOW, answered, declined, guarded, record, to_send
from tests.reviews.opened import kept, read_from_history

MONDAY = date(2026, 3, 2)


def with_hops(pipeline: Pipeline, *codes: str) -> Run:
    """Record an answer of a provider's fallback, which hid these declines."""
    row = judged_row(read_row(json.dumps(answered())), pipeline=pipeline)
    hops = tuple(Decline("claude-opus-5-5", "claude-opus-4-8", code, None) for code in codes)
    judgement = replace(row.judgement, code="FALLBACK_SERVED", declines=hops)
    rows = [replace(row, judgement=judgement)]
    return record_runs(pipeline=pipeline, rows=rows, now=NOW)[0].run


def test_a_run_counts_in_its_week_by_topic_outcome_and_code(pipeline: Pipeline) -> None:
    record(pipeline, [declined(topic="Harbour"), declined(topic="Harbour"), answered()])
    runs, declines = counted()
    assert {(key.week, key.pipeline_id, key.topic, key.outcome, key.code): n for key, n in runs.items()} == {
        (MONDAY, pipeline.pk, "harbour", "declined", "CYBER"): 2,
        (MONDAY, pipeline.pk, "", "ok", ""): 1,
    }
    (key,) = declines
    assert (key.week, key.pipeline_id, key.topic, key.code, declines[key]) == (
        MONDAY, pipeline.pk, "harbour", "CYBER", 2,
    )  # fmt: skip


def test_a_run_counts_under_its_surface_its_models_and_the_rules_that_judged_it(pipeline: Pipeline) -> None:
    (run, _) = record(pipeline, [declined(), guarded(model="claude-opus-4-8")])
    runs, declines = counted()
    assert sorted((key.surface, key.requested_model, key.serving_model) for key in runs) == [
        ("io_guardrail", "claude-opus-4-8", ""),
        ("model", "claude-opus-5-5", "claude-opus-5-5"),
    ]
    assert {key.rules_version for key in runs} == {run.rules_version}
    assert sorted((key.surface, key.model, key.hidden) for key in declines) == [
        ("io_guardrail", "claude-opus-4-8", False),
        ("model", "claude-opus-5-5", False),
    ]


def test_only_final_attempts_count_as_runs_but_every_decline_counts(pipeline: Pipeline) -> None:
    record(pipeline, [declined(final=False), answered(final=False), declined(attempt=2)])
    runs, declines = counted()
    assert (runs.total(), declines.total()) == (1, 2)


def test_the_declines_that_a_fallback_hid_count_and_its_run_is_ok(pipeline: Pipeline) -> None:
    with_hops(pipeline, "CYBER", "BIO")
    runs, declines = counted()
    assert [(key.outcome, key.code, n) for key, n in runs.items()] == [("ok", "FALLBACK_SERVED", 1)]
    assert sorted((key.code, key.hidden) for key in declines) == [("BIO", True), ("CYBER", True)]


def test_the_same_run_sent_again_counts_once(pipeline: Pipeline) -> None:
    record(pipeline, [declined(run_id="r1"), declined(run_id="r1")])
    record(pipeline, [declined(run_id="r1")])
    assert (counted().runs.total(), counted().declines.total()) == (1, 1)


def test_a_correction_moves_the_run_and_its_last_decline(pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [declined()])
    correct(run_ids=[run.pk], outcome="declined", code="PII")
    runs, declines = counted()
    assert [(key.outcome, key.code, n) for key, n in runs.items()] == [("declined", "PII", 1)]
    assert [(key.code, n) for key, n in declines.items()] == [("PII", 1)]
    correct(run_ids=[run.pk], outcome="ok", code="")
    runs, declines = counted()
    assert [(key.outcome, key.code, n) for key, n in runs.items()] == [("ok", "", 1)]
    assert not declines


def test_a_change_that_fails_moves_nothing(pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [declined()])
    with pytest.raises(IntegrityError), transaction.atomic():
        correct(run_ids=[run.pk], outcome="degraded", code="")
    assert counted() == recount()
    assert counted().declines.total() == 1


def test_a_count_that_is_not_there_cannot_be_taken_away(pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [declined()])
    WeekRuns.objects.all().delete()
    with pytest.raises(LookupError, match="No weekly count"), moving(run_ids=[run.pk]) as (found,):
        found.corrected_outcome = "ok"
        found.save()


@pytest.mark.parametrize(
    ("zone", "week"),
    [("UTC", date(2026, 2, 23)), ("Europe/Berlin", MONDAY), ("America/New_York", date(2026, 2, 23))],
)
def test_a_week_begins_on_the_sites_monday(pipeline: Pipeline, zone: str, week: date) -> None:
    with override_settings(TIME_ZONE=zone):
        record(pipeline, [declined(at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))])
    assert {key.week for key in counted().runs} == {week}


def test_the_first_days_of_january_belong_to_the_old_years_last_week(pipeline: Pipeline) -> None:
    record(pipeline, [declined(at=datetime(2027, 1, 3, 12, tzinfo=UTC))])
    assert {key.week for key in counted().runs} == {date(2026, 12, 28)}


@pytest.mark.django_db(transaction=True)
def test_check_counts_says_that_all_is_right(pipeline: Pipeline) -> None:
    record(pipeline, [declined(), answered()])
    out = StringIO()
    call_command("check_counts", stdout=out)
    assert out.getvalue() == "The weekly counts are right: 2 runs, 1 declines.\n"


@pytest.mark.django_db(transaction=True)
def test_check_counts_names_what_differs_and_fails(pipeline: Pipeline) -> None:
    record(pipeline, [declined(), answered()])
    WeekRuns.objects.filter(outcome="ok").update(runs=7)
    WeekDeclines.objects.all().delete()
    err = StringIO()
    with pytest.raises(CommandError, match="in 2 rows"):
        call_command("check_counts", stderr=err)
    ok, code = err.getvalue().splitlines()
    assert ok.startswith("runs: week=2026-03-02") and ok.endswith("counted 7, must be 1")
    assert "code=CYBER" in code and code.endswith("counted 0, must be 1")


PROMPTS = st.sampled_from(["a", "b", "c"])
WHEN = st.integers(0, 20).map(lambda days: NOW - timedelta(days=days))
CODES = st.sampled_from(["PII", "CYBER", "GUARDRAIL"])
ROWS = st.one_of(
    st.builds(declined, PROMPTS, at=WHEN, topic=st.sampled_from(["", "harbour"]), final=st.booleans()),
    st.builds(guarded, PROMPTS, at=WHEN, code=CODES),
    st.builds(
        answered, st.sampled_from([APOLOGY, "A pier of stone and two cranes, long restored."]), at=WHEN
    ),
    st.builds(answered, st.just(""), at=WHEN),
)


STEPS = st.one_of(
    st.tuples(st.just("ingest"), st.lists(ROWS, max_size=6)),
    st.tuples(st.just("fallback"), st.lists(CODES, min_size=1, max_size=3)),
    st.tuples(st.just("hold"), CODES),
    st.tuples(st.just("reclassify"), st.tuples(st.sampled_from(list(Outcome)), CODES)),
    st.tuples(st.just("reissue"), st.sampled_from(["refusal", "end_turn"])),
    st.tuples(st.just("uphold"), st.just("The rule is right.")),
    st.tuples(st.just("retention"), st.sampled_from([0, 1, 10, 400])),
)


class Site:
    """A site at work: batches come in, people hold, reclassify and re-issue."""

    def __init__(self) -> None:
        self.pipeline = Pipeline.objects.create(slug="museum-guide", title="Museum guide", retention_days=5)
        self.reviewer = person("reviewer", "reviewer")

    def ingest(self, rows: list[dict[str, Any]]) -> None:
        record(self.pipeline, rows)

    def fallback(self, codes: list[str]) -> None:
        with_hops(self.pipeline, *codes)

    def hold(self, code: str) -> None:
        if mark := Suspicion.objects.filter(mark="waiting").first():
            hold_suspected(run_id=mark.run_id, by=self.reviewer, now=NOW, code=code)

    def reclassify(self, to: tuple[Outcome, str]) -> None:
        if case := Case.objects.filter(state=State.HELD).first():
            outcome, code = to
            reclassify(
                case_id=case.pk, version=case.version, outcome=outcome, code=code, reason="Seen.",
                by=self.reviewer, now=NOW,
            )  # fmt: skip

    def uphold(self, reason: str) -> None:
        if case := Case.objects.filter(state=State.HELD).first():
            settle(
                case_id=case.pk, version=case.version, kind=Kind.UPHOLD, reason=reason, by=self.reviewer, now=NOW
            )  # fmt: skip

    def retention(self, days: int) -> None:
        delete_old_texts(self.pipeline, now=NOW + timedelta(days=days), batch=2)

    def reissue(self, stop_reason: str) -> None:
        case = Case.objects.filter(state=State.HELD).last()
        if case and case.first_run.texts_kept and not standing(case, now=NOW).holds:
            body = declined()["response"] | {
                "stop_reason": stop_reason,
                "content": [{"type": "text", "text": ANSWER}],
            }
            ended = Ended(field="response", text=json.dumps(body), duration_ms=1)
            sending = to_send(case, by=self.reviewer)
            send(reissue_id=sending.pk, clock=lambda: NOW, ask=lambda request, **_: ended)


def read_for_reports() -> tuple[Counter[Any], Counter[Any]]:
    """Return runs and declines as reports read them: from what they keep, as far as it still holds."""
    weeks = weeks_until(MONDAY + WEEK, count=5)
    runs = {(row.week, row.outcome, row.rules): row.runs for row in reports.ended(weeks)}
    declines = {row[:3]: row.declines for row in reports.declined(weeks)}
    return Counter(runs), Counter(declines)


def as_reports_read(must_be: Shares) -> tuple[Counter[Any], Counter[Any]]:
    runs: Counter[Any] = Counter()
    declines: Counter[Any] = Counter()
    for run, n in must_be.runs.items():
        runs[run.week, run.outcome, run.rules_version] += n
    for decline, n in must_be.declines.items():
        declines[decline.week, decline.code, decline.topic] += n
    return runs, declines


@pytest.mark.django_db
@given(steps=st.lists(STEPS, max_size=8))
@settings(max_examples=40, deadline=None)
def test_after_anything_that_can_happen_the_counts_equal_a_recount(steps: list[tuple[str, Any]]) -> None:
    with transaction.atomic():
        site = Site()
        for name, argument in steps:
            getattr(site, name)(argument)
            assert counted() == recount()
            assert read_for_reports() == as_reports_read(recount())
            is_open = Case.objects.exclude(state=State.CLOSED)
            assert set(is_open) == {one.case for one in Opening.objects.filter(until=None)}
            assert kept() == read_from_history()
        transaction.set_rollback(True)
