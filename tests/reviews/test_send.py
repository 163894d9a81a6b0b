"""A re-issue goes out once, through the real SDK, and whatever comes back reaches a person."""

import hashlib
import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from pipelines.models import DeclineEvent, KeepContent, Origin, Pipeline, Run
from pipelines.running import Ended, call_model
from reviews.count import counted
from reviews.models import Case, EventKind, Folded, Kind, Sending, State
from reviews.send import send, sweep
from tests.reviews.making import HOUR, NOW, come, declined, held, kinds, record, sent, to_send

LATER = NOW + HOUR
Bodies = Callable[[], list[bytes]]


def test_what_waits_in_the_outbox_says_what_will_leave(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    sending = to_send(case, by=reviewer)
    original = case.first_run.content.request
    assert (sending.number, sending.state, sending.by, sending.send_after) == (1, "pending", reviewer, NOW)
    assert sending.original_digest == hashlib.sha256(original.encode()).hexdigest()
    assert sending.model == "claude-opus-5-5"
    assert (sending.decision.kind, sending.decision.reason) == (Kind.REISSUE, sending.purpose)
    case.refresh_from_db()
    assert (case.state, case.version) == (State.REISSUING, 2)


def test_an_answer_is_given_to_a_person_to_read(pipeline: Pipeline, reviewer: User, arrivals: Bodies) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer)
    assert arrivals() == [sending.request.encode()], "exactly what was shown, once"
    assert sending.state == Sending.ANSWERED
    assert case.state == State.ANSWERED
    run = sending.run
    assert run is not None
    assert (run.origin, run.outcome, run.task_id, run.pipeline) == (Origin.REISSUE, "ok", "t1", pipeline)
    assert run.content.answer.startswith("[simulated answer]")
    assert run.content.request == sending.request
    assert run.folded.case == case and run.folded.kind == Folded.REISSUE
    assert kinds(case) == [EventKind.HELD, EventKind.DECIDED, EventKind.SENT, EventKind.ANSWERED]
    assert case.declines == 1


def test_a_reissue_keeps_where_its_worker_sent_it_and_its_page_goes_by_that(
    pipeline: Pipeline, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    said = "simulated by the sandbox"
    for number, (key, sent_to) in enumerate([("", "sandbox"), ("k", "provider")]):
        case = held(pipeline, f"Describe crane {number}.")
        sending = to_send(case, by=reviewer)
        assert sending.sent_to == ""
        with override_settings(ANTHROPIC_API_KEY=key):
            come(sending, now=NOW)
        assert sending.sent_to == sent_to
        with override_settings(ANTHROPIC_API_KEY="" if key else "k"):  # the web process knows another
            page = client_as(reviewer).get(case.get_absolute_url()).content.decode()
        assert (said in page) == (sent_to == "sandbox")


def test_a_decline_of_a_reissue_is_held_again_one_case_and_two_events(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, "refusal bio", now=LATER)
    assert sending.state == Sending.DECLINED
    assert (case.state, case.declines, case.held_since, case.last_seen) == (State.HELD, 2, LATER, LATER)
    assert Case.objects.count() == 1
    assert DeclineEvent.objects.count() == 2
    runs, declines = counted()
    assert (runs.total(), declines.total()) == (1, 2), "a re-issue is no run of the pipeline's own"
    assert kinds(case)[-1] == EventKind.DECLINED_AGAIN
    assert len(arrivals()) == 1


def test_a_failure_is_held_again_and_never_retried(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, "529")
    assert sending.state == Sending.FAILED
    assert sending.run is not None
    assert (sending.run.outcome, sending.run.http_status) == ("infra_error", 529)
    assert (case.state, case.declines) == (State.HELD, 1)
    assert sweep(now=NOW + 24 * HOUR) == []
    send(reissue_id=sending.pk)
    assert len(arrivals()) == 1


@pytest.mark.parametrize("marker", ["drop", "broken", "429", "500", "400", "empty"])
def test_what_is_no_answer_is_held_again(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies, marker: str
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, marker)
    assert (sending.state, case.state) == (Sending.FAILED, State.HELD)
    assert len(arrivals()) == 1
    assert kinds(case)[-1] == EventKind.SEND_FAILED


def test_a_truncated_answer_can_be_read(pipeline: Pipeline, reviewer: User, arrivals: Bodies) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, "max_tokens")
    assert sending.run is not None
    assert sending.run.outcome == "degraded"
    assert sending.run.content.answer
    assert (sending.state, case.state) == (Sending.ANSWERED, State.ANSWERED)


def test_a_slow_answer_is_waited_for_and_a_slower_one_is_a_timeout(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    assert sent(case, reviewer, "end_turn seconds=1").state == Sending.ANSWERED
    with override_settings(MODEL_CALL_TIMEOUT_SECONDS=0.3):
        slower = sent(held(pipeline, "Describe the crane."), reviewer, "end_turn seconds=2")
    assert slower.state == Sending.FAILED
    assert slower.run is not None
    assert "Timeout" in slower.run.content.response


def test_an_answer_is_kept_even_where_a_pipeline_keeps_none_of_its_ok_runs(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    pipeline.keep_ok_content = KeepContent.NEVER
    pipeline.save()
    sending = sent(held(pipeline), reviewer)
    assert sending.run is not None
    assert sending.run.content.answer
    pipeline.refresh_from_db()
    assert pipeline.keep_ok_content == KeepContent.NEVER


def test_a_pipelines_own_run_of_the_same_name_takes_no_answer_away(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    sending = to_send(held(pipeline), by=reviewer)
    record(pipeline, [declined("Another.", run_id=f"reissue-{sending.pk}")])
    send(reissue_id=sending.pk, clock=lambda: NOW)
    sending.refresh_from_db()
    assert sending.run is not None
    assert sending.run.origin == Origin.REISSUE


def test_a_reissues_run_has_the_topic_of_its_case(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    sending = sent(held(pipeline, topic="Harbour / cranes"), reviewer)
    assert sending.run is not None and sending.run.topic is not None
    assert sending.run.topic.slug == "harbour-cranes"


def test_a_doorbell_that_rings_twice_or_early_sends_once(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    sending = to_send(held(pipeline), by=reviewer)
    send(reissue_id=sending.pk, clock=lambda: NOW - HOUR)
    assert arrivals() == []
    send(reissue_id=sending.pk, clock=lambda: NOW)
    send(reissue_id=sending.pk, clock=lambda: NOW)
    send(reissue_id=sending.pk + 1, clock=lambda: NOW)
    assert len(arrivals()) == 1
    assert Run.objects.filter(origin=Origin.REISSUE).count() == 1


def test_a_second_doorbell_while_it_is_on_its_way_sends_nothing(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    sending = to_send(held(pipeline), by=reviewer)

    def rung_meanwhile(request: str, **_: object) -> Ended:
        send(reissue_id=sending.pk, clock=lambda: NOW)
        return call_model(request)

    send(reissue_id=sending.pk, clock=lambda: NOW, ask=rung_meanwhile)
    assert len(arrivals()) == 1


def test_the_sweep_rings_again_for_what_waits_and_for_nothing_else(
    pipeline: Pipeline, reviewer: User
) -> None:
    later = to_send(held(pipeline, "a"), by=reviewer, now=LATER)
    now = to_send(held(pipeline, "b"), by=reviewer)
    assert sweep(now=NOW) == [now.pk]
    assert sweep(now=LATER) == [now.pk, later.pk]


def test_the_answers_text_is_stored_as_the_provider_sent_it(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    sending = sent(held(pipeline), reviewer)
    assert sending.run is not None
    body = json.loads(sending.run.content.response)
    assert body["stop_reason"] == "end_turn"
    assert body["content"][0]["text"] == sending.run.content.answer
