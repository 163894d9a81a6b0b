"""The way back: what a person obtained for a held run, asked for over HTTP and through the client."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from pipelines.keys import create_key
from pipelines.models import Origin, Pipeline, Run, RunContent
from refusals import DeliverableFile, Hub, HubError, Outcome
from reviews.api import _ask_again
from reviews.attach import OwnFile
from reviews.decide import reclassify, settle
from reviews.models import Case, CaseEvent, DeliveredFile, Delivery, Kind, Resolution, State
from reviews.move import move
from reviews.undo import undo
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

    def file(self, run_id: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/runs/{run_id}/deliverable/file", headers=headers)


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


def settled(run_id: str, kind: Kind, *, by: User, text: str = "", file: OwnFile | None = None) -> None:
    case = case_of(run_id)
    settle(
        case_id=case.pk,
        version=case.version,
        kind=kind,
        reason="Because.",
        by=by,
        now=timezone.now(),
        text=text,
        file=file,
    )


@pytest.fixture
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no closing wait to be undone before it is told."""
    monkeypatch.setattr("reviews.api.KEPT", timedelta())


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
@pytest.mark.usefixtures("told_at_once")
@pytest.mark.parametrize(("kind", "state"), [(Kind.UPHOLD, "upheld"), (Kind.WITHDRAW, "withdrawn")])
def test_a_settled_run_says_how(asking: Asking, reviewer: User, kind: Kind, state: str) -> None:
    asking.report("a", refusal())
    settled("a", kind, by=reviewer)
    told = asking.deliverable("a")
    assert (told.status_code, told.json()) == (200, {"run_id": "a", "state": state})


@pytest.mark.django_db
@pytest.mark.usefixtures("told_at_once")
@pytest.mark.parametrize("text", ["", "A person's own answer."])
def test_what_a_person_wrote_is_delivered(asking: Asking, reviewer: User, text: str) -> None:
    asking.report("a", refusal())
    settled("a", Kind.BY_HAND, by=reviewer, text=text)
    told = asking.deliverable("a").json()
    assert (told["state"], told.get("text", "")) == ("by_hand", text)


@pytest.mark.django_db
@pytest.mark.usefixtures("told_at_once")
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
    assert (told.status_code, told.json()["state"]) == (410, "expired")
    assert told.json()["reason"] == "What was delivered is no longer kept."
    assert "text" not in told.json()


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
    for what in ("deliverable", "deliverable/file", "chain"):
        never, nowhere = (asking.client.get(f"/api/v1/runs/{run_id}/{what}") for run_id in "ab")
        assert (never.status_code, never.json()) == (409, {"detail": "Run 'a' was never held."})
        assert (nowhere.status_code, nowhere.json()) == (404, {"detail": "No run 'b' in this pipeline."})


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


PLAN = OwnFile(name="Plan é.pdf", media_type="application/pdf", content=b"%PDF-1.7\x00 The pier.")
DIGEST = hashlib.sha256(PLAN.content).hexdigest()


@pytest.mark.django_db
def test_a_file_that_a_person_gave_is_announced_and_fetched(
    asking: Asking, reviewer: User, settings: Settings
) -> None:
    settings.SITE_URL = "https://hub.example"
    asking.report("a/b", refusal())
    assert asking.file("a%2Fb").status_code == 202
    settled("a/b", Kind.BY_HAND, by=reviewer, file=PLAN)
    told = asking.deliverable("a%2Fb").json()
    assert (told["state"], "text" in told) == ("by_hand", False)
    assert told["file"] == {
        "name": "Plan é.pdf",
        "media_type": "application/pdf",
        "bytes": 19,
        "sha256": DIGEST,
        "url": "https://hub.example/api/v1/runs/a%2Fb/deliverable/file",
    }
    sent = asking.file("a%2Fb")
    assert (sent.status_code, sent.content, sent["Content-Type"]) == (200, PLAN.content, "application/pdf")
    assert sent["Content-Disposition"] == "attachment; filename*=utf-8''Plan%20%C3%A9.pdf"
    assert (sent["ETag"], sent["X-Content-Type-Options"]) == (f'"{DIGEST}"', "nosniff")
    assert sent["Content-Security-Policy"].startswith("sandbox")
    assert asking.file("a%2Fb", if_none_match=sent["ETag"]).status_code == 304


@pytest.mark.django_db
def test_there_is_a_file_only_where_a_person_gave_one(
    asking: Asking, reviewer: User, settings: Settings
) -> None:
    asking.report("a", refusal())
    settled("a", Kind.BY_HAND, by=reviewer, text="A person's own answer.")
    assert asking.file("a").status_code == 404
    assert asking.file("b").status_code == 404
    asking.report("ok", message())
    assert asking.file("ok").status_code == 409
    other = Pipeline.objects.create(slug="other", title="Other")
    assert Asking(create_key(pipeline=other, now=timezone.now())).file("a").status_code == 404
    assert Client().get("/api/v1/runs/a/deliverable/file").status_code == 401
    settings.API_REQUESTS_PER_MINUTE = 0
    assert asking.file("a").status_code == 429


@pytest.mark.django_db
def test_a_file_that_retention_has_deleted_has_expired(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    settled("a", Kind.BY_HAND, by=reviewer, file=PLAN)
    DeliveredFile.objects.update(content=None)
    for told in (asking.deliverable("a"), asking.file("a")):
        assert (told.status_code, told.json()["state"]) == (410, "expired")
        assert "Retry-After" not in told
        assert "file" not in told.json()


def test_the_client_fetches_a_file_and_sees_that_it_is_the_one(hub: Hub, reviewer: User) -> None:
    run_id = held(hub)
    settled(run_id, Kind.BY_HAND, by=reviewer, file=PLAN)
    found = hub.deliverable(run_id)
    assert found.file == DeliverableFile("Plan é.pdf", "application/pdf", 19, DIGEST)
    assert hub.file_of(found) == PLAN.content
    with pytest.raises(HubError, match="not the one"):
        hub.file_of(replace(found, file=replace(found.file, sha256="0" * 64)))
    with pytest.raises(ValueError, match="no file"):
        hub.file_of(replace(found, file=None))
    DeliveredFile.objects.update(content=None)
    with pytest.raises(HubError, match="410"):
        hub.file_of(found)


@pytest.mark.django_db
def test_until_it_can_no_longer_be_undone_it_is_held_and_worth_asking_again_right_after(
    asking: Asking, reviewer: User, settings: Settings
) -> None:
    settings.UNDO_SECONDS = 30
    asking.report("a", refusal())
    before = asking.deliverable("a")
    settled("a", Kind.BY_HAND, by=reviewer, file=PLAN)
    for told in (asking.deliverable("a"), asking.file("a")):
        assert (told.status_code, told.json()["state"], told["ETag"]) == (202, "held", before["ETag"])
        assert 0 < int(told["Retry-After"]) <= 30
    undo(event_id=CaseEvent.objects.latest("pk").pk, by=reviewer, now=timezone.now())
    assert asking.deliverable("a")["Retry-After"] == "60"
    settings.UNDO_SECONDS = 0
    assert asking.deliverable("a").json()["state"] == "held", "what was taken back is not delivered"


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "pause"), [(0, "60"), (59, "60"), (300, "300"), (5000, "900")])
def test_what_has_waited_long_is_asked_for_less_often(asking: Asking, minutes: int, pause: str) -> None:
    asking.report("a", refusal())
    run = Run.objects.get()
    case = case_of("a")
    now = run.recorded_at + timedelta(minutes=minutes)
    assert str(_ask_again(case, run=run, now=now)) == pause


@pytest.mark.django_db
def test_a_head_is_answered_like_a_get_without_the_body(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    held_run, head = asking.deliverable("a"), asking.client.head("/api/v1/runs/a/deliverable")
    assert (head.status_code, head.content, head["Retry-After"]) == (202, b"", "60")
    assert (head["ETag"], head["Content-Length"]) == (held_run["ETag"], str(len(held_run.content)))
    settled("a", Kind.BY_HAND, by=reviewer, file=PLAN)
    head = asking.client.head("/api/v1/runs/a/deliverable/file")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", "19")
    assert head["ETag"] == f'"{DIGEST}"'


@pytest.mark.django_db
def test_only_what_was_found_is_answered_as_unchanged(asking: Asking, reviewer: User) -> None:
    asking.report("a", refusal())
    answer("a", text="The answer.", by=reviewer)
    tag = asking.deliverable("a")["ETag"]
    same = asking.deliverable("a", if_none_match=f'"other", W/{tag}')
    assert (same.status_code, same.content, "Retry-After" in same) == (304, b"", False)
    RunContent.objects.all().delete()
    gone = asking.deliverable("a")
    assert asking.deliverable("a", if_none_match=gone["ETag"]).status_code == 410


@pytest.mark.django_db
def test_a_pipeline_that_waits_so_long_is_told_that_nobody_looked(
    asking: Asking, pipeline: Pipeline, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pipeline.objects.update(held_expires_after=1)
    asking.report("a", refusal())
    began = Run.objects.get().recorded_at

    def at(minutes: float) -> Any:
        monkeypatch.setattr("reviews.api.timezone.now", lambda: began + timedelta(minutes=minutes))
        return asking.deliverable("a")

    assert (at(59.5).status_code, at(59.5)["Retry-After"]) == (202, "30")
    told = at(60)
    assert told.status_code == 200
    assert told.json() == {
        "run_id": "a",
        "state": "held_expired",
        "reason": "Nobody looked at it within 1 h. It is still held: what is decided later is delivered.",
    }
    assert "Retry-After" not in told
    assert case_of("a").state == State.HELD
    monkeypatch.undo()
    answer("a", text="The answer.", by=reviewer)
    assert asking.deliverable("a", if_none_match=told["ETag"]).json()["text"] == "The answer."


@pytest.mark.django_db
def test_the_schema_tells_of_the_deliverable(client: Client) -> None:
    paths = json.loads(client.get("/api/v1/openapi.json").content)["paths"]
    assert "/api/v1/runs/{run_id}/deliverable" in paths
