"""The samples of a packet: whose decline they are, which context goes along, and what a merged case counts as."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from pipelines.models import Pipeline, Run, RunContent
from reviews.compose import Context, EditByHand
from reviews.deliver import accept
from reviews.merge import merge
from reviews.models import Case, Sending
from reviews.undo import latest, undo
from tests.reports.test_packet import PROMPT, cases, files, pipeline, take
from tests.reviews.making import CONTEXT, HOUR, NOW, come, declined, ended, guarded, held, record, to_send
from tests.signing_in import reissued

__all__ = ["cases", "pipeline"]

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LATER, MUCH_LATER = NOW + HOUR, NOW + 2 * HOUR


def test_a_sample_is_a_decline_of_the_provider_asked_for_and_of_nobody_else(
    pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    """A guard refused it first, then one provider, then another: the other two's words are none of its business."""
    others = declined(PROMPT) | {"prompt": PROMPT, "run_id": "other", "provider": "other"}
    theirs = declined(PROMPT) | {"prompt": PROMPT, "run_id": "theirs"}
    record(pipeline, [guarded(PROMPT, run_id="guard"), others, theirs])
    case = Case.objects.get()
    assert case.first_run.run_id == "guard" and case.declines == 3
    Run.objects.filter(run_id="other").update(request_id="req_other", category="bio")
    Run.objects.filter(run_id="theirs").update(request_id="req_theirs")
    RunContent.objects.filter(run__run_id="other").update(answer="The other one's words.")
    RunContent.objects.filter(run__run_id="theirs").update(answer="Their own words.")
    (sample,) = json.loads(files(take(client_as(lead), provider="anthropic", case=[case.pk]))["samples.json"])
    assert (sample["request_id"], sample["category"], sample["code"]) == ("req_theirs", "cyber", "CYBER")
    assert (sample["prompt"], sample["declined_with"]) == (PROMPT, "Their own words.")


def test_a_case_whose_decline_of_that_provider_has_lost_its_texts_is_no_sample(
    pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    record(pipeline, [guarded(PROMPT, run_id="guard"), declined(PROMPT) | {"prompt": PROMPT}])
    RunContent.objects.exclude(run__run_id="guard").delete()
    assert 'name="case"' not in client_as(lead).get("/packet/?code=CYBER").content.decode()
    assert take(client_as(lead), case=[Case.objects.get().pk]).status_code == 422


def test_a_sample_is_what_a_pipeline_asked_before_a_person_added_to_it(
    pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    case = held(pipeline, PROMPT)
    ended(case, lead, "refusal")
    (sample,) = json.loads(files(take(client_as(lead), case=[case.pk]))["samples.json"])
    assert (sample["prompt"], sample["after_context"]) == (PROMPT, False)


def samples_of(client: Client, *cases: Case) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        files(take(client, case=[case.pk for case in cases]))["samples.json"]
    )
    return found


def test_the_context_of_a_sample_is_the_one_that_was_answered_in_all_its_parts(
    pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    """Declined with one context, answered with another, and a third that was taken back."""
    case = held(pipeline, PROMPT)
    come(to_send(case, by=lead, context=replace(CONTEXT, background="Of the first.")), "refusal", now=LATER)
    case.refresh_from_db()
    whole = Context(
        purpose="A leaflet.",
        background="Of the second.",
        serves="Visitors.",
        authority="The museum's board.",
        handling_limits="No names.",
    )
    come(to_send(case, by=lead, context=whole, now=LATER), now=MUCH_LATER)
    case.refresh_from_db()
    accept(case_id=case.pk, version=case.version, by=lead, now=MUCH_LATER)
    (sample,) = samples_of(client_as(lead), case)
    assert sample["way"] == "context"
    assert sample["context_that_was_added"].split("\n\n") == [
        "A leaflet.",
        "Visitors.",
        "The museum's board.",
        "Of the second.",
        "No names.",
    ]


def test_what_never_left_is_no_context_of_a_sample(
    pipeline: Pipeline, lead: User, client_as: SignIn, settings: Settings
) -> None:
    settings.UNDO_SECONDS = 60
    case, other = held(pipeline, PROMPT), held(pipeline, "Two.")
    to_send(case, by=lead)
    come(to_send(other, by=lead, context=replace(CONTEXT, background="It left.")), "refusal", now=LATER)
    other.refresh_from_db()
    taken_back = to_send(other, by=lead, context=replace(CONTEXT, background="Taken back."), now=LATER)
    act = latest(by=lead, now=LATER)
    assert act
    undo(event_id=act.pk, by=lead, now=LATER)
    taken_back.refresh_from_db()
    assert taken_back.state == Sending.TAKEN_BACK
    waits, sent = samples_of(client_as(lead), case, other)
    assert (waits["way"], waits["context_that_was_added"]) == (None, None)
    assert "It left." in sent["context_that_was_added"]


def test_an_edit_is_called_one_and_its_purpose_which_never_left_stays_here(
    pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    case = held(pipeline, PROMPT)
    edit = EditByHand(purpose="Only for the file.", text="Describe the public pier.")
    come(reissued(case, asked=edit, by=lead, now=NOW), now=LATER)
    found = files(take(client_as(lead), case=[case.pk]))
    (sample,) = json.loads(found["samples.json"])
    assert (sample["way"], sample["context_that_was_added"]) == ("edit", None)
    assert "Only for the file." not in "".join(found.values())
    assert "way edit" in found["README.txt"]


def test_a_merged_case_counts_as_what_became_of_the_other(
    cases: list[Case], pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    head, _upheld, third = cases
    again = held(pipeline, "Four.")
    fifth = held(pipeline, "Five.")
    merge(case_id=again.pk, version=again.version, into=head.pk, by=lead, now=NOW)
    merge(case_id=fifth.pk, version=fifth.version, into=third.pk, by=lead, now=NOW)
    found = files(take(client_as(lead), case=[again.pk]))
    told = json.loads(found["packet.json"])
    assert told["counts"]["cases_by_review"] == {"delivered": 1, "not decided yet": 1, "upheld": 1}
    assert sorted(str(one["review"]) for one in told["requests"]) == [
        "None",
        "None",
        "delivered",
        "delivered",
        "upheld",
    ]
    (sample,) = json.loads(found["samples.json"])
    assert (sample["prompt"], sample["review"]) == ("Four.", "delivered")
    assert CONTEXT.background in sample["context_that_was_added"]
    assert "merged" not in found["packet.json"] and "merged" not in found["requests.csv"]
