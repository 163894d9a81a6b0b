"""The way back: what a person obtained for a held run, asked for over HTTP and through the client."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from pipelines.keys import create_key
from pipelines.models import Origin, Pipeline, Run, RunContent
from refusals import Hub, HubError, Outcome
from reviews.decide import reclassify, settle
from reviews.models import Case, Delivery, Kind, Resolution, State
from reviews.move import move
from tests.client.conftest import MakeHub, message, refusal


class Asking:
    """The API as one pipeline sees it."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {key}"})

    def report(self, run_id: str, response: dict[str, Any]) -> None:
        row = {"run_id": run_id, "task_id": "t", "prompt": run_id, "response": response}
        assert self.client.post("/api/v1/runs", row, content_type="application/json").status_code == 201

    def deliverable(self, run_id: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/runs/{run_id}/deliverable", headers=headers)


@pytest.fixture
def asking(key: str) -> Asking:
    return Asking(key)


def case_of(run_id: str) -> Case:
    return Case.objects.get(first_run__run_id=run_id)


def answer(run_id: str, *, text: str, by: User) -> Delivery:
    """Close the run's case with the answer of a re-issue, as accepting it does."""
    case, now = case_of(run_id), timezone.now()
    first = case.first_run
    run = Run.objects.create(
        pipeline=first.pipeline,
        run_id=f"{run_id}-reissue",
        body_digest="0" * 64,
        case_key=first.case_key,
        origin=Origin.REISSUE,
        happened_at=now,
        recorded_at=now,
        week=first.week,
        outcome=Outcome.OK.value,
        rules_version=first.rules_version,
    )
    RunContent.objects.create(run=run, answer=text)
    delivery = Delivery.objects.create(case=case, run=run, by=by, at=now, send_after=now)
    move(case, State.REISSUING, now=now)
    move(case, State.ANSWERED, now=now)
    move(case, State.CLOSED, now=now, resolution=Resolution.DELIVERED)
    return delivery


def settled(run_id: str, kind: Kind, *, by: User, text: str = "") -> None:
    case = case_of(run_id)
    settle(
        case_id=case.pk,
        version=case.version,
        kind=kind,
        reason="Because.",
        by=by,
        now=timezone.now(),
        text=text,
    )


@pytest.mark.django_db
def test_a_held_run_is_held_and_says_when_to_ask_again(asking: Asking) -> None:
    asking.report("a", refusal())
    told = asking.deliverable("a")
    assert (told.status_code, told.json()) == (202, {"run_id": "a", "state": "held"})
    assert told["Retry-After"] == "60"


@pytest.mark.django_db
def test_an_accepted_answer_is_delivered(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    delivery = answer("a", text="The answer.", by=reviewer)
    told = asking.deliverable("a")
    assert told.status_code == 200
    assert {**told.json(), "delivered_at": ""} == {
        "run_id": "a", "state": "answered", "text": "The answer.", "delivered_at": "",
    }  # fmt: skip
    assert told.json()["delivered_at"][:19] == delivery.at.isoformat()[:19]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "state"), [(Kind.UPHOLD, "upheld"), (Kind.WITHDRAW, "withdrawn")])
def test_a_settled_run_says_how(asking: Asking, reviewer: User, kind: Kind, state: str) -> None:
    asking.report("a", refusal())
    settled("a", kind, by=reviewer)
    told = asking.deliverable("a")
    assert (told.status_code, told.json()) == (200, {"run_id": "a", "state": state})


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "A person's own answer."])
def test_what_a_person_wrote_is_delivered(asking: Asking, reviewer: User, text: str) -> None:
    asking.report("a", refusal())
    settled("a", Kind.BY_HAND, by=reviewer, text=text)
    told = asking.deliverable("a").json()
    assert (told["state"], told.get("text", "")) == ("by_hand", text)


@pytest.mark.django_db
def test_a_reclassified_run_says_so(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    case = case_of("a")
    reclassify(
        case_id=case.pk, version=case.version, outcome=Outcome.OK, code="", reason="It is an answer.",
        by=reviewer, now=timezone.now(),
    )  # fmt: skip
    assert asking.deliverable("a").json()["state"] == "reclassified"


@pytest.mark.django_db
def test_an_answer_whose_text_is_gone_has_expired(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    answer("a", text="The answer.", by=reviewer)
    RunContent.objects.all().delete()
    told = asking.deliverable("a")
    assert (told.status_code, told.json()) == (410, {"run_id": "a", "state": "expired"})


@pytest.mark.django_db
def test_a_repeat_that_brings_the_case_back_takes_no_answer_away(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    answer("a", text="The answer.", by=reviewer)
    row = {"run_id": "again", "task_id": "t", "prompt": "a", "response": refusal()}
    assert asking.client.post("/api/v1/runs", row, content_type="application/json").status_code == 201
    assert case_of("a").state == State.HELD
    assert asking.deliverable("a").json()["text"] == "The answer."
    assert asking.deliverable("again").status_code == 202


@pytest.mark.django_db
def test_every_run_of_a_case_gets_its_answer(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    row = {"run_id": "b", "task_id": "t", "prompt": "a", "response": refusal()}
    asking.client.post("/api/v1/runs", row, content_type="application/json")
    answer("a", text="The answer.", by=reviewer)
    assert asking.deliverable("b").json()["text"] == "The answer."
    assert asking.deliverable("b").json()["run_id"] == "b"


@pytest.mark.django_db
def test_a_run_that_was_never_held_and_one_that_is_not_there(asking: Asking) -> None:
    asking.report("a", message())
    assert asking.deliverable("a").status_code == 409
    assert asking.deliverable("b").status_code == 404


@pytest.mark.django_db
def test_nobody_sees_another_pipelines_deliverable(asking: Asking) -> None:
    asking.report("a", refusal())
    other = Pipeline.objects.create(slug="other", title="Other")
    theirs = Asking(create_key(pipeline=other, now=timezone.now()))
    assert theirs.deliverable("a").status_code == 404
    assert Client().get("/api/v1/runs/a/deliverable").status_code == 401


@pytest.mark.django_db
def test_what_has_not_changed_is_not_sent_again(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    tag = asking.deliverable("a")["ETag"]
    same = asking.deliverable("a", if_none_match=tag)
    assert (same.status_code, same.content, same["ETag"], same["Retry-After"]) == (304, b"", tag, "60")
    answer("a", text="The answer.", by=reviewer)
    assert asking.deliverable("a", if_none_match=tag).status_code == 200


@pytest.mark.django_db
def test_the_deliverable_counts_as_a_request(asking: Asking, settings: Settings) -> None:
    asking.report("a", refusal())
    settings.API_REQUESTS_PER_MINUTE = 0
    assert asking.deliverable("a").status_code == 429


@pytest.mark.django_db
def test_a_run_id_may_hold_a_slash(asking: Asking) -> None:
    asking.report("a/b c", refusal())
    assert asking.deliverable("a%2Fb%20c").json()["run_id"] == "a/b c"
    assert asking.client.get("/api/v1/runs/a%2Fb%20c").json()["run_id"] == "a/b c"


def held(hub: Hub) -> str:
    with hub.run("nightly-digest", task_id="t", prompt="p") as run:
        verdict = run.finish(refusal())
    assert hub.flush(20)
    return verdict.run_id


def test_the_client_fetches_what_a_person_obtained(hub: Hub, reviewer: User) -> None:
    run_id = held(hub)
    waiting = hub.deliverable(run_id)
    assert (waiting.state, waiting.is_settled, waiting.retry_after) == ("held", False, 60.0)
    answer(run_id, text="The answer.", by=reviewer)
    done = hub.deliverable(run_id, wait=30, known=waiting)
    assert (done.state, done.text, done.is_settled) == ("answered", "The answer.", True)
    assert hub.deliverable(run_id, known=done) == done


def test_the_client_names_every_other_state(hub: Hub, reviewer: User) -> None:
    run_id = held(hub)
    answer(run_id, text="The answer.", by=reviewer)
    RunContent.objects.all().delete()
    assert hub.deliverable(run_id).state == "expired"
    with hub.run("nightly-digest", prompt="p") as run:
        run.finish(message())
    assert hub.flush(20)
    assert hub.deliverable(run.run_id).state == "none"
    assert hub.deliverable("not sent yet").state == "unknown"


def test_a_hub_that_cannot_be_asked_is_an_error(
    absent_hub: Hub, hub: Hub, make_hub: MakeHub, settings: Settings
) -> None:
    with pytest.raises(HubError, match="cannot be reached"):
        absent_hub.deliverable("a")
    with pytest.raises(HubError, match="401") as caught:
        make_hub(hub.url, "rh_wrong").deliverable("a")
    assert caught.value.status == 401
    settings.API_REQUESTS_PER_MINUTE = 0
    with pytest.raises(HubError, match="Too many requests"):
        hub.deliverable("a")


@pytest.mark.django_db
def test_the_schema_tells_of_the_deliverable(client: Client) -> None:
    paths = json.loads(client.get("/api/v1/openapi.json").content)["paths"]
    assert "/api/v1/runs/{run_id}/deliverable" in paths
