"""Pages, downloads and the API after retention has deleted the texts: each says so, and none breaks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pipelines.keys import create_key
from pipelines.models import Pipeline, Run
from reviews.attach import OwnFile
from reviews.compose import EditByHand
from reviews.decide import settle
from reviews.deliver import accept
from reviews.models import Case, Delivery, Kind, Reissue, Suspicion
from reviews.retention import delete_old_texts
from tests.reviews.making import APOLOGY, CONTEXT, NOW, answered, come, declined, ended, held, record
from tests.signing_in import reissued

pytestmark = pytest.mark.django_db

OVER = NOW + timedelta(days=181)
SAID = "The text was deleted on 2026-08-30 after 180 days (retention of museum-guide)."
FILE = OwnFile(name="pier.pdf", media_type="application/pdf", content=b"%PDF-1.7 The pier.")


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="museum-guide", title="Museum guide")


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def closed(case: Case, by: User, kind: Kind = Kind.WITHDRAW, *, now: datetime = NOW, **more: Any) -> Case:
    case.refresh_from_db()
    settle(case_id=case.pk, version=case.version, kind=kind, reason="The reason why.", by=by, now=now, **more)
    return Case.objects.get(pk=case.pk)


def edited(case: Case, by: User) -> Reissue:
    """Re-issue a case with an edit by hand; it is declined again."""
    sending = reissued(
        case, asked=EditByHand(purpose="For the museum.", text="Describe the lighthouse."), by=by, now=NOW
    )
    come(sending, "refusal", now=sending.send_after)
    case.refresh_from_db()
    return sending


def test_a_case_says_when_its_texts_went_and_shows_what_was_decided(
    client: Client, pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    edited(case, reviewer)
    later = NOW + timedelta(hours=1)
    sending = ended(case, reviewer, now=later)
    accept(case_id=case.pk, version=case.version, by=reviewer, now=later)
    before = shown(client, case.get_absolute_url())
    assert "lighthouse" in before and "two cranes" in before
    delete_old_texts(pipeline, now=OVER)
    page = shown(client, case.get_absolute_url())
    # The original, the edit with its request and answer, the second request with its answer.
    assert page.count(SAID) == 6
    for gone in ("lighthouse", "two cranes", "Describe the pier", "Quoted mail"):
        assert gone not in page
    assert CONTEXT.background in page and "For the museum." in page and sending.original_digest in page
    assert client.get(f"/cases/{case.pk}/export/").status_code == 200
    assert "no longer kept" not in page


@pytest.mark.parametrize("given", [{"text": "By hand."}, {"file": FILE}])
def test_what_a_person_delivered_is_named_and_not_offered(
    client: Client, pipeline: Pipeline, reviewer: User, given: dict[str, Any]
) -> None:
    case = closed(held(pipeline), reviewer, Kind.BY_HAND, **given)
    delete_old_texts(pipeline, now=OVER)
    page = shown(client, case.get_absolute_url())
    assert page.count(SAID) == 2
    assert "By hand." not in page and "Download pier.pdf" not in page
    assert ("pier.pdf" in page) is ("file" in given)
    if "file" in given:
        assert client.get(f"/cases/{case.pk}/files/{Delivery.objects.get().pk}/").status_code == 404


def test_a_case_that_came_back_without_its_text_offers_no_re_issue_and_says_why(
    client: Client, pipeline: Pipeline, reviewer: User
) -> None:
    case = closed(held(pipeline), reviewer)
    delete_old_texts(pipeline, now=OVER)
    record(pipeline, [declined(at=OVER)], now=OVER)
    page = shown(client, case.get_absolute_url())
    assert f"{SAID} There is nothing to send again." in page
    assert "Send re-issue" not in page and "Uphold the decline" in page
    case.refresh_from_db()
    form = {"version": case.version, "purpose": "p", "background": "b", "way": "context", "attested": "on"}
    response = client.post(f"/cases/{case.pk}/reissue/", form | {"pass": "none", "action": "send"})
    assert response.status_code == 422
    assert not Reissue.objects.exists()


def test_a_case_that_was_edited_and_declined_again_shows_the_attempt(
    client: Client, pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    edited(case, reviewer)
    closed(case, reviewer)
    delete_old_texts(pipeline, now=OVER)
    record(pipeline, [declined(at=OVER)], now=OVER)
    page = shown(client, case.get_absolute_url())
    assert "lighthouse" not in page
    assert "For the museum." in page


def test_the_page_of_a_run_says_it_and_one_that_kept_none_says_that(
    client: Client, pipeline: Pipeline
) -> None:
    (run,) = record(pipeline, [answered()])
    pipeline.keep_ok_content = "never"
    pipeline.save()
    (never,) = record(
        pipeline, [answered("Another answer about the harbour, its piers and its two old cranes.")]
    )
    delete_old_texts(pipeline, now=OVER)
    assert SAID in shown(client, run.get_absolute_url())
    assert "keeps few or no texts" not in shown(client, run.get_absolute_url())
    assert "keeps few or no texts" in shown(client, never.get_absolute_url())
    assert client.get(f"/runs/{run.pk}/text/prompt/").status_code == 404


def test_a_suspected_run_can_still_be_dismissed(client: Client, pipeline: Pipeline) -> None:
    (run,) = record(pipeline, [answered(APOLOGY)])
    delete_old_texts(pipeline, now=OVER)
    assert SAID in shown(client, "/suspected/")
    client.post(f"/suspected/{run.pk}/dismissed/")
    assert Suspicion.objects.get().mark == "dismissed"


def test_lists_and_precedents_open(client: Client, pipeline: Pipeline, reviewer: User) -> None:
    before = closed(held(pipeline), reviewer)
    delete_old_texts(pipeline, now=OVER)
    case = held(pipeline, "Describe the crane.")
    assert "Its texts are no longer kept." in shown(client, f"/cases/{case.pk}/precedents/")
    assert before.get_absolute_url() in shown(client, "/queue/?state=all")
    assert "The reason why." in shown(client, before.get_absolute_url())


def deliverable(pipeline: Pipeline, run: Run, *, file: bool = False) -> tuple[int, dict[str, Any]]:
    key = create_key(pipeline=pipeline, now=NOW)
    api = Client(headers={"authorization": f"Bearer {key}"})
    response = api.get(f"/api/v1/runs/{run.run_id}/deliverable{'/file' if file else ''}")
    return response.status_code, response.json()


@pytest.mark.parametrize("what", ["answer", "text", "file"])
def test_a_pipeline_that_asks_too_late_is_told_when_it_went(
    pipeline: Pipeline, reviewer: User, what: str
) -> None:
    case = held(pipeline)
    if what == "answer":
        ended(case, reviewer)
        accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW)
    else:
        closed(case, reviewer, Kind.BY_HAND, **({"text": "By hand."} if what == "text" else {"file": FILE}))
    assert deliverable(pipeline, case.first_run)[0] == 200
    delete_old_texts(pipeline, now=OVER)
    status, told = deliverable(pipeline, case.first_run)
    assert (status, told["state"], told.get("text"), told.get("file")) == (410, "expired", None, None)
    assert told["reason"] == (
        "What was delivered was deleted on 2026-08-30 after 180 d (retention of museum-guide)."
    )
    assert str(told["delivered_at"]).startswith("2026-03-02")
    assert deliverable(pipeline, case.first_run, file=True)[0] == 410
