"""Declined runs are held, repeats fold, and what was closed comes back or stays."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipelines.models import Pipeline
from refusals import Outcome
from reviews.decide import reclassify, settle
from reviews.models import Case, EventKind, Folded, Kind, Resolution, State, Suspicion
from tests.reviews.making import ANSWER, APOLOGY, HOUR, NOW, answered, declined, guarded, held, record

LATER = NOW + 24 * HOUR


def close(case: Case, *, by: User, as_: Resolution) -> None:
    if as_ == Resolution.RECLASSIFIED:
        reclassify(
            case_id=case.pk, version=case.version, outcome=Outcome.OK, code="", reason="It is an answer.",
            by=by, now=NOW,
        )  # fmt: skip
        return
    kind = {Resolution.UPHELD: Kind.UPHOLD, Resolution.BY_HAND: Kind.BY_HAND}.get(as_, Kind.WITHDRAW)
    settle(case_id=case.pk, version=case.version, kind=kind, reason="Seen.", by=by, now=NOW)


def test_a_declined_run_is_held(pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [declined(task_id="leaflet-7")], now=NOW + HOUR)
    case = Case.objects.get()
    assert (case.state, case.code, case.task_id, case.surface) == (State.HELD, "CYBER", "leaflet-7", "model")
    assert (case.first_run, case.declines, case.returns, case.version) == (run, 1, 0, 1)
    assert (case.first_seen, case.last_seen, case.held_since) == (NOW, NOW, NOW)
    assert case.folded.get().kind == Folded.FIRST
    assert [event.kind for event in case.events.all()] == [EventKind.HELD]


def test_only_declined_runs_are_held(pipeline: Pipeline) -> None:
    failed = {"prompt": "p", "error": {"type": "OverloadedError", "http_status": 529}}
    record(pipeline, [answered(), answered(""), failed])
    assert not Case.objects.exists()


def test_repeats_fold_into_one_case_within_a_batch_and_across(pipeline: Pipeline) -> None:
    first, second = record(pipeline, [declined(at=NOW + HOUR), declined(at=NOW)])
    (third,) = record(pipeline, [declined(at=NOW - HOUR)], now=LATER)
    case = Case.objects.get()
    assert case.first_run == second, "the oldest of the batch that made it"
    assert (case.declines, case.first_seen, case.last_seen) == (3, NOW - HOUR, NOW + HOUR)
    assert case.held_since == NOW, "an older run that is reported later does not make it wait longer"
    kinds = {link.run_id: link.kind for link in case.folded.all()}
    assert kinds == {second.pk: Folded.FIRST, first.pk: Folded.REPEAT, third.pk: Folded.REPEAT}


def test_a_repeat_does_not_make_an_open_page_stale(pipeline: Pipeline) -> None:
    case = held(pipeline)
    record(pipeline, [declined()])
    case.refresh_from_db()
    assert (case.version, case.declines) == (1, 2)


def test_another_task_prompt_or_pipeline_is_another_case(
    pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    record(pipeline, [declined(), declined(task_id="t2"), declined("Describe the crane.")])
    record(other_pipeline, [declined()])
    assert Case.objects.count() == 4


def test_the_same_run_sent_again_counts_once(pipeline: Pipeline) -> None:
    record(pipeline, [declined(run_id="r1")])
    record(pipeline, [declined(run_id="r1")], now=LATER)
    assert Case.objects.get().declines == 1


@pytest.mark.parametrize("resolution", [Resolution.UPHELD, Resolution.BY_HAND])
def test_a_repeat_of_what_a_person_settled_counts_and_stays_closed(
    pipeline: Pipeline, reviewer: User, resolution: Resolution
) -> None:
    case = held(pipeline)
    close(case, by=reviewer, as_=resolution)
    record(pipeline, [declined(at=LATER)], now=LATER)
    case.refresh_from_db()
    assert (case.state, case.resolution, case.closed_at) == (State.CLOSED, resolution, NOW)
    assert (case.declines, case.last_seen, case.returns) == (2, LATER, 0)
    assert case.events.last().kind == EventKind.REPEATED  # type: ignore[union-attr]  # it has events


@pytest.mark.parametrize("resolution", [Resolution.WITHDRAWN, Resolution.RECLASSIFIED])
def test_any_other_closed_case_comes_back(pipeline: Pipeline, reviewer: User, resolution: Resolution) -> None:
    case = held(pipeline)
    close(case, by=reviewer, as_=resolution)
    case.refresh_from_db()
    closed_version = case.version
    record(pipeline, [declined(at=LATER), declined(at=LATER)], now=LATER)
    case.refresh_from_db()
    assert (case.state, case.resolution, case.closed_at) == (State.HELD, "", None)
    assert (case.returns, case.declines, case.held_since) == (1, 3, LATER)
    assert case.version == closed_version + 1
    events = [event.kind for event in case.events.all()]
    assert events[-3:] == [EventKind.REPEATED, EventKind.REPEATED, EventKind.CAME_BACK]


def test_a_batch_with_new_standing_closed_and_returning_cases_keeps_them_apart(
    pipeline: Pipeline, reviewer: User
) -> None:
    standing, upheld, withdrawn = (held(pipeline, prompt) for prompt in ("a", "b", "c"))
    close(upheld, by=reviewer, as_=Resolution.UPHELD)
    close(withdrawn, by=reviewer, as_=Resolution.WITHDRAWN)
    record(pipeline, [declined(prompt, at=LATER) for prompt in "abcd"], now=LATER)
    found = Case.objects.order_by("pk").values_list("state", "declines", "returns")
    assert list(found) == [("held", 2, 0), ("closed", 2, 0), ("held", 2, 1), ("held", 1, 0)]
    assert standing.events.count() == 2


def test_a_guards_refusal_names_its_surface(pipeline: Pipeline) -> None:
    record(pipeline, [guarded(code="PII")])
    case = Case.objects.get()
    assert (case.code, case.surface) == ("PII", "io_guardrail")


def test_an_answer_that_reads_like_a_refusal_is_marked_and_not_held(pipeline: Pipeline) -> None:
    suspect, _ = record(pipeline, [answered(APOLOGY), answered(ANSWER)])
    assert [suspicion.run for suspicion in Suspicion.objects.all()] == [suspect]
    assert not Case.objects.exists()


def test_a_thousand_runs_are_folded_in_a_handful_of_queries(pipeline: Pipeline, reviewer: User) -> None:
    rows = [guarded(f"Item {n % 500}") for n in range(1000)]
    record(pipeline, rows)
    for case in Case.objects.order_by("pk")[:50]:
        close(case, by=reviewer, as_=Resolution.WITHDRAWN)
    with CaptureQueriesContext(connection) as queries:
        record(pipeline, rows, now=NOW + timedelta(days=1))
    # SQLite takes a long statement in pieces of 999 values: so many queries, and none for a single run.
    assert len(queries) < 120
    assert Case.objects.count() == 500
    assert Case.objects.filter(returns=1, state=State.HELD).count() == 50
