"""What was accepted is stored once, whole, or not at all."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.dispatch import receiver
from django.test import override_settings

from pipelines.ingest import Answer, ingest, judged_row
from pipelines.jsontext import read_row
from pipelines.models import DeclineEvent, KeepContent, Origin, Pipeline, Run, RunContent, Topic
from pipelines.record import record_runs, runs_recorded
from refusals import review_key
from tests.pipelines.conftest import NOW
from tests.pipelines.samples import ANSWER, answered, raw, refused


def stored() -> tuple[int, int, int]:
    return Run.objects.count(), RunContent.objects.count(), DeclineEvent.objects.count()


def test_a_run_holds_what_the_row_said(ingested: Callable[..., Answer]) -> None:
    run = ingested(
        response=refused(),
        request={"model": "claude-opus-5-5", "messages": []},
        task_id="digest",
        topic="Places",
        at="2026-03-01T23:30:00+00:00",
        duration_ms=1200,
        attempt=2,
        final=False,
    ).run
    assert run is not None
    run.refresh_from_db()
    assert (run.task_id, run.attempt, run.final, run.duration_ms) == ("digest", 2, False, 1200)
    assert run.case_key == review_key("digest", "Describe the harbour.")
    assert (run.outcome, run.code, run.disposition) == ("declined", "CYBER", "held")
    assert (run.requested_model, run.serving_model) == ("claude-opus-5-5", "claude-opus-5-5")
    assert (run.provider, run.stop_reason, run.category) == ("anthropic", "refusal", "cyber")
    assert (run.input_tokens, run.output_tokens) == (12, 34)
    assert run.recorded_at == NOW
    assert run.week == date(2026, 2, 23)
    assert run.topic == Topic.objects.get(slug="places")
    (decline,) = run.declines.all()
    assert (decline.hop, decline.terminal, decline.code, decline.category) == (0, True, "CYBER", "cyber")
    assert decline.model == "claude-opus-5-5"


def test_the_texts_are_kept_as_they_came(pipeline: Pipeline) -> None:
    request = '{ "messages": [ {"role":"user", "content":"Hafen \\u00e9"} ],  "temperature": 1.00 }'
    response = json.dumps(answered(), indent=3)
    text = f'{{"run_id": "a", "request": {request}, "response": {response}, "cost": 0.5}}'
    ingest(pipeline=pipeline, rows=[read_row(text)], now=NOW)
    content = RunContent.objects.get()
    assert (content.request, content.response, content.answer) == (request, response, ANSWER)
    assert content.prompt == "Hafen é"
    assert json.loads(content.extra) == {"cost": 0.5}


@pytest.mark.parametrize(
    ("fields", "response", "answer"),
    [
        ({"text": ANSWER}, "", ANSWER),
        ({"response": ANSWER}, "", ANSWER),
        ({"error": {"type": "RateLimitError"}}, '{"type": "RateLimitError"}', ""),
        (
            {"refusal": "12:00 guard REFUSED: RCE_RISK: rm\nmore", "surface": "rce_backstop"},
            "12:00 guard REFUSED: RCE_RISK: rm\nmore",
            "",
        ),
    ],
)
def test_whatever_came_back_is_kept(
    ingested: Callable[..., Answer], fields: dict[str, Any], response: str, answer: str
) -> None:
    ingested(**fields)
    content = RunContent.objects.get()
    assert (content.response, content.answer) == (response, answer)


def test_a_week_begins_on_monday_in_the_sites_time_zone(ingested: Callable[..., Answer]) -> None:
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        run = ingested(at="2026-03-01T23:30:00+00:00").run
    assert run is not None
    assert run.week == date(2026, 3, 2)
    assert django_settings.TIME_ZONE == "UTC"


def test_the_same_run_again_is_answered_as_before_and_stored_once(ingested: Callable[..., Answer]) -> None:
    first = ingested(response=refused())
    before = stored()
    again = ingested(response=refused())
    assert (first.status, again.status) == ("stored", "duplicate")
    assert (again.run, again.errors) == (first.run, [])
    assert stored() == before == (1, 1, 1)


def test_the_same_run_id_with_another_body_is_a_conflict_and_the_first_stays(
    ingested: Callable[..., Answer],
) -> None:
    first = ingested()
    other = ingested(response=refused())
    assert (other.status, other.run) == ("conflict", first.run)
    assert [error["field"] for error in other.errors] == ["run_id"]
    assert Run.objects.get().outcome == "ok"
    assert stored() == (1, 1, 0)


def test_a_run_id_twice_in_one_batch_is_stored_once(pipeline: Pipeline) -> None:
    rows = [raw("a"), raw("b"), raw("a"), raw("a", prompt="Another"), raw("a")]
    answers = ingest(pipeline=pipeline, rows=rows, now=NOW)
    assert [answer.status for answer in answers] == ["stored", "stored", "duplicate", "conflict", "duplicate"]
    assert len({answer.run.pk for answer in answers if answer.run}) == 2
    assert stored() == (2, 2, 0)


def test_two_pipelines_may_use_one_run_id(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    statuses = [ingest(pipeline=of, rows=[raw()], now=NOW)[0].status for of in (pipeline, other_pipeline)]
    assert statuses == ["stored", "stored"]


def test_a_pipeline_cannot_take_the_name_of_a_reissues_run(
    pipeline: Pipeline, ingested: Callable[..., Answer]
) -> None:
    forged = ingested("reissue-7")
    sent = judged_row(raw("reissue-7", response=refused()), pipeline=pipeline)
    (recorded,) = record_runs(pipeline=pipeline, rows=[sent], now=NOW, origin=Origin.REISSUE)
    assert recorded.status == "stored"
    assert recorded.run != forged.run
    assert (recorded.run.outcome, recorded.run.origin) == ("declined", Origin.REISSUE)


def test_runs_without_a_run_id_are_runs_of_their_own(pipeline: Pipeline) -> None:
    answers = ingest(pipeline=pipeline, rows=[raw(""), raw("")], now=NOW)
    assert [answer.status for answer in answers] == ["stored", "stored"]
    assert len({answer.run.run_id for answer in answers if answer.run}) == 2


@contextmanager
def listening(heard: Callable[[list[Run]], None]) -> Iterator[None]:
    def listen(sender: type[Run], runs: list[Run], **_: object) -> None:
        heard(runs)

    receiver(runs_recorded)(listen)
    try:
        yield
    finally:
        runs_recorded.disconnect(listen)


def test_listeners_hear_of_what_is_stored_and_of_no_duplicate(pipeline: Pipeline) -> None:
    heard: list[list[str]] = []
    with listening(lambda runs: heard.append([run.run_id for run in runs])):
        ingest(pipeline=pipeline, rows=[raw("a"), raw("b")], now=NOW)
        ingest(pipeline=pipeline, rows=[raw("b"), raw("c"), raw("c")], now=NOW)
        ingest(pipeline=pipeline, rows=[raw("a")], now=NOW)
    assert heard == [["a", "b"], ["c"]]


@pytest.mark.django_db(transaction=True)
def test_when_a_listener_fails_nothing_is_stored() -> None:
    pipeline = Pipeline.objects.create(slug="nightly-digest", title="Nightly digest")

    def fail(runs: list[Run]) -> None:
        assert Run.objects.count() == 2
        raise LookupError("the listener cannot count")

    rows = [raw("a", topic="places"), raw("b", response=refused())]
    with listening(fail), pytest.raises(LookupError):
        ingest(pipeline=pipeline, rows=rows, now=NOW)
    assert stored() == (0, 0, 0)
    assert not Topic.objects.exists()
    assert [answer.status for answer in ingest(pipeline=pipeline, rows=rows, now=NOW)] == ["stored", "stored"]


def kept(pipeline: Pipeline, keep: KeepContent, count: int, **fields: Any) -> set[str]:
    pipeline.keep_ok_content = keep
    pipeline.save()
    ingest(pipeline=pipeline, rows=[raw(f"run-{n}", **fields) for n in range(count)], now=NOW)
    return set(RunContent.objects.values_list("run__run_id", flat=True))


def test_the_texts_of_ok_runs_are_kept_as_the_pipeline_says(
    pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    assert kept(pipeline, KeepContent.NEVER, 100) == set()
    sample = kept(other_pipeline, KeepContent.SAMPLED, 100)
    assert 0 < len(sample) < 25


@pytest.mark.parametrize(
    "fields",
    [
        {"response": refused()},
        {"text": ""},
        {"error": {"type": "RateLimitError"}},
        {"text": "I'm sorry, but I cannot help with that request."},
    ],
    ids=["declined", "degraded", "infra_error", "suspected"],
)
def test_the_texts_of_every_other_run_are_kept(pipeline: Pipeline, fields: dict[str, Any]) -> None:
    assert kept(pipeline, KeepContent.NEVER, 1, **fields) == {"run-0"}


def test_the_answer_of_a_reissue_is_kept_whatever_the_pipeline_keeps(pipeline: Pipeline) -> None:
    pipeline.keep_ok_content = KeepContent.NEVER
    sent = judged_row(raw(), pipeline=pipeline)
    (recorded,) = record_runs(pipeline=pipeline, rows=[sent], now=NOW, origin=Origin.REISSUE)
    assert recorded.run.content.answer == ANSWER


def test_a_row_that_cannot_be_recorded_does_not_sink_its_neighbours(pipeline: Pipeline) -> None:
    rows = [raw("a"), raw("b", at="soon"), raw("c", http_status=9), raw("d")]
    answers = ingest(pipeline=pipeline, rows=rows, now=NOW)
    assert [(answer.index, answer.status) for answer in answers] == [
        (0, "stored"), (1, "refused"), (2, "refused"), (3, "stored"),
    ]  # fmt: skip
    assert [error["field"] for answer in answers for error in answer.errors] == ["at", "http_status"]
    assert set(Run.objects.values_list("run_id", flat=True)) == {"a", "d"}


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * 300_000},
        {"response": {"custom_id": "a", "response": {"status_code": 99_999, "body": {}}, "error": None}},
        {"request": {"model": {"odd": 1}, "messages": "x"}},
        {"response": answered(model=5, usage={"input_tokens": 10**12}, id=["x"])},
        {"error": {"type": "E", "message": "m" * 10_000, "body": [{"error": {"code": 10**9}}]}},
        {"at": "2000-01-01T00:00:00+00:00"},
        {"attempt": 32_767, "duration_ms": 2**31 - 1},
        {"run_id": "a/b c?d#e%2F é 港"},
        {"prompt": ""},
    ],
)
def test_whatever_is_valid_can_be_stored(pipeline: Pipeline, fields: dict[str, Any]) -> None:
    (answer,) = ingest(pipeline=pipeline, rows=[raw(**fields)], now=NOW)
    assert answer.status == "stored"
