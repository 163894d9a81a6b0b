"""The chain of a held run for its pipeline: what was sent again, how it ended, what was settled, and no more."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from pipelines.keys import create_key
from pipelines.models import Pipeline, Run
from reviews.approve import turn_down_proposal
from reviews.attach import OwnFile
from reviews.decide import settle
from reviews.deliver import accept
from reviews.export import export
from reviews.merge import merge
from reviews.models import Case, CodeGuidance, Kind, Sending
from reviews.move import KEPT
from reviews.undo import undo
from tests.reviews.making import HOUR, NOW, answered, declined, held, record, sent, to_send


def with_key(pipeline: Pipeline) -> Client:
    return Client(headers={"authorization": f"Bearer {create_key(pipeline=pipeline, now=NOW)}"})


@pytest.fixture
def api(pipeline: Pipeline) -> Client:
    return with_key(pipeline)


def address(run: Run) -> str:
    return f"/api/v1/runs/{quote(run.run_id, safe='')}/chain"


def test_the_chain_leads_from_the_original_over_each_answer_to_the_delivery(
    api: Client, pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = held(pipeline)
    first = sent(case, reviewer, "refusal cyber")
    second = sent(case, reviewer, "end_turn", now=NOW + HOUR)
    accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW + 2 * HOUR)
    told = api.get(address(case.first_run)).json()
    assert (told["run_id"], told["state"], told["delivered"]) == (case.first_run.run_id, "answered", True)
    original = told["original"]
    assert (original["id"], original["outcome"], original["code"]) == (case.first_run_id, "declined", "CYBER")
    assert (original["input_tokens"], original["output_tokens"]) == (10, 0)
    assert [(one["number"], one["state"], one["answer"]["outcome"]) for one in told["reissues"]] == [
        (1, "declined", "declined"),
        (2, "answered", "ok"),
    ]
    assert [one["answer"]["id"] for one in told["reissues"]] == [first.run_id, second.run_id]
    assert [one["kind"] for one in told["decisions"]] == ["reissue", "reissue"]


@pytest.mark.parametrize(
    ("given", "delivered"),
    [
        ({"text": "Written by a person."}, True),
        ({"file": OwnFile(name="pier.pdf", media_type="application/pdf", content=b"%PDF-1.7")}, True),
        ({}, False),
    ],
)
def test_what_a_person_gave_is_delivered_be_it_a_text_or_a_file(
    api: Client, pipeline: Pipeline, reviewer: User, given: dict[str, Any], delivered: bool
) -> None:
    case = held(pipeline)
    settle(case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="r", by=reviewer, now=NOW, **given)
    told = api.get(address(case.first_run)).json()
    assert (told["state"], told["delivered"]) == ("by_hand", delivered)


def test_it_names_no_reviewer_and_holds_no_text(
    api: Client, pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = held(pipeline, "Describe the lighthouse.")
    sent(case, reviewer, "end_turn")
    told = api.get(address(case.first_run)).content.decode()
    for text in ("reviewer", "lighthouse", "leaflet", "museum asked", "[simulated"):
        assert text not in told


def test_what_can_still_be_undone_is_not_told_and_what_was_undone_never_is(
    api: Client, pipeline: Pipeline, reviewer: User, settings: Settings
) -> None:
    settings.UNDO_SECONDS = 3600
    case, now = held(pipeline), timezone.now()
    to_send(case, by=reviewer, now=now)
    told = api.get(address(case.first_run)).json()
    assert (told["reissues"], told["decisions"], told["state"]) == ([], [], "held")
    undo(event_id=case.events.get(kind="decided").pk, by=reviewer, now=now)
    settings.UNDO_SECONDS = 0
    told = api.get(address(case.first_run)).json()
    assert (told["reissues"], told["decisions"], told["state"]) == ([], [], "held")


def test_a_closing_that_can_still_be_undone_is_in_no_chain(
    api: Client, pipeline: Pipeline, reviewer: User
) -> None:
    now = timezone.now()
    fresh, older = held(pipeline), held(pipeline, "Describe the old pier.")
    for case, at in ((fresh, now), (older, now - KEPT)):
        settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=at)
    told = [api.get(address(case.first_run)).json() for case in (fresh, older)]
    assert [(one["state"], len(one["decisions"])) for one in told] == [("held", 0), ("upheld", 1)]


def test_a_proposal_is_not_told_before_a_second_person_agreed_nor_when_they_did_not(
    api: Client, pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    CodeGuidance.objects.create(code="CYBER", text="Look twice.", sensitive=True)
    case = held(pipeline)
    assert to_send(case, by=reviewer).state == Sending.PROPOSED
    told = api.get(address(case.first_run)).json()
    assert (told["reissues"], told["decisions"], told["state"]) == ([], [], "held")
    case.refresh_from_db()
    turn_down_proposal(
        case_id=case.pk, version=case.version, reason="Ask first.", by=other_reviewer, now=NOW + HOUR
    )
    told = api.get(address(case.first_run)).json()
    assert (told["reissues"], told["decisions"], told["state"]) == ([], [], "held")


def test_of_a_merged_case_both_cases_are_told(
    api: Client, pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    target, case = held(pipeline), held(pipeline, "Describe the old pier.")
    sent(case, reviewer, "refusal cyber")
    merge(case_id=case.pk, version=case.version, into=target.pk, by=reviewer, now=NOW + HOUR)
    target.refresh_from_db()
    settle(
        case_id=target.pk,
        version=target.version,
        kind=Kind.UPHOLD,
        reason="Right.",
        text="",
        by=reviewer,
        now=NOW + 2 * HOUR,
    )
    told = api.get(address(case.first_run)).json()
    assert (told["state"], told["delivered"]) == ("upheld", False)
    assert told["original"]["id"] == case.first_run_id
    assert [one["case"] for one in told["reissues"]] == [case.pk]
    assert [(one["case"], one["kind"]) for one in told["decisions"]] == [
        (case.pk, "reissue"),
        (target.pk, "uphold"),
    ]


def test_a_run_id_may_hold_slashes(api: Client, pipeline: Pipeline) -> None:
    for name in ("night/7", "night/7/chain"):
        record(pipeline, [declined(name, run_id=name)])
    for run in Run.objects.all():
        told = api.get(address(run))
        assert (told.status_code, told.json()["run_id"]) == (200, run.run_id)
        assert api.get(f"/api/v1/runs/{run.pk}/chain").json()["run_id"] == run.run_id
        assert api.get(f"/api/v1/runs/{run.pk}").json()["run_id"] == run.run_id


def test_another_pipelines_run_is_not_found_and_no_key_sees_nothing(
    api: Client, other_pipeline: Pipeline, client: Client
) -> None:
    theirs = held(other_pipeline)
    for place in (address(theirs.first_run), f"/api/v1/runs/{theirs.first_run_id}/chain"):
        assert api.get(place).status_code == 404
        assert client.get(place).status_code == 401
    assert with_key(other_pipeline).get(address(theirs.first_run)).status_code == 200


def test_a_reissues_own_run_is_not_the_pipelines_to_ask_for(
    api: Client, pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    sending = sent(held(pipeline), reviewer, "end_turn")
    assert sending.run is not None
    assert api.get(address(sending.run)).status_code == 404


def test_a_run_that_was_never_held_has_no_chain(api: Client, pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [answered()])
    response = api.get(address(run))
    assert response.status_code == 409
    assert run.run_id in response.json()["detail"]


def test_it_counts_as_a_request_of_the_pipeline(api: Client, pipeline: Pipeline, settings: Settings) -> None:
    run = held(pipeline).first_run
    settings.API_REQUESTS_PER_MINUTE = 1
    statuses = {api.get(address(run)).status_code for _ in range(3)}
    assert 429 in statuses


def test_the_export_of_an_answered_case_holds_its_answer_and_delivery(
    pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, "end_turn")
    accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW + HOUR)
    case = Case.objects.get(pk=case.pk)
    whole = json.loads(json.dumps(export(case, now=NOW + timedelta(days=1))))
    assert sending.run is not None
    (exported,) = whole["reissues"]
    assert exported["answer"]["texts"]["answer"] == sending.run.content.answer
    assert [(one["run"], one["text"]) for one in whole["deliveries"]] == [(sending.run_id, None)]
    sending.run.content.delete()
    assert export(case, now=NOW)["reissues"][0]["answer"]["texts"] is None
