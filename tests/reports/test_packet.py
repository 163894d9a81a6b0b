"""The packet for a provider: what it lists and counts, what it leaves out, and whose texts go along with whom."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from pipelines.models import Pipeline, Run, RunContent, Topic
from reviews import packet
from reviews.decide import settle
from reviews.deliver import accept
from reviews.models import Case, ExportKind, Kind, TextExport
from reviews.packet import Declines, counts_of
from reviews.reports.weeks import current_week, week_name
from tests.reviews.making import CONTEXT, NOW, answered, declined, ended, guarded, held, record

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PROMPT = "Describe the secret pier."


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="museum-guide", title="Museum guide")


@pytest.fixture
def cases(pipeline: Pipeline, lead: User) -> list[Case]:
    """One that was answered once context was given, one upheld, one that waits; beside a guard's and an answer."""
    first, second, third = held(pipeline, PROMPT), held(pipeline, "Two."), held(pipeline, "Three.")
    ended(first, lead)
    accept(case_id=first.pk, version=first.version, by=lead, now=NOW)
    settle(case_id=second.pk, version=second.version, kind=Kind.UPHOLD, reason="Right.", by=lead, now=NOW)
    record(pipeline, [guarded("Of a guard."), answered(prompt="An answer.")])
    Run.objects.filter(folded__case=first).exclude(origin="reissue").update(request_id="req_first")
    return [first, second, third]


def files(response: HttpResponse | bytes) -> dict[str, str]:
    content = response if isinstance(response, bytes) else response.content
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def take(client: Client, **asked: Any) -> HttpResponse:
    response = client.post("/packet/file/", asked)
    assert isinstance(response, HttpResponse)
    return response


def test_it_lists_a_models_declines_by_request_id_and_counts_what_became_of_them(
    cases: list[Case], viewer: User, client_as: SignIn
) -> None:
    response = take(client_as(viewer), provider="anthropic")
    assert response["Content-Disposition"].endswith('.zip"')
    assert response["X-Content-Type-Options"] == "nosniff"
    found = files(response)
    assert set(found) == {"README.txt", "packet.json", "requests.csv"}
    told = json.loads(found["packet.json"])
    assert told["counts"]["declines"] == 3
    assert told["counts"]["by_category"] == {"cyber": 3}
    assert told["counts"]["by_week"] == {"2026-W10": 3}
    assert told["counts"]["cases_by_review"] == {"delivered": 1, "not decided yet": 1, "upheld": 1}
    first = next(one for one in told["requests"] if one["request_id"] == "req_first")
    assert (first["review"], first["code"], first["category"]) == ("delivered", "CYBER", "cyber")
    assert first["at"] == "2026-03-02T12:00:00+00:00"
    rows = list(csv.DictReader(io.StringIO(found["requests.csv"])))
    assert [row["request_id"] for row in rows] == [one["request_id"] or "" for one in told["requests"]]
    assert "  upheld: 1" in found["README.txt"]


def test_it_names_no_pipeline_task_person_or_text(cases: list[Case], viewer: User, client_as: SignIn) -> None:
    Topic.objects.create(slug="harbour", name="Harbour")
    Run.objects.update(topic=Topic.objects.get())
    whole = "".join(files(take(client_as(viewer), pipeline="museum-guide", topic="harbour")).values())
    assert "req_first" in whole
    for word in ("museum", "harbour", "t1", "lead", PROMPT, "Quoted mail", CONTEXT.purpose):
        assert word not in whole, word


def test_a_lead_chooses_cases_that_go_along_with_their_texts(
    cases: list[Case], lead: User, client_as: SignIn
) -> None:
    RunContent.objects.filter(run=cases[1].first_run).update(prompt="x" * 5000)
    found = files(take(client_as(lead), case=[cases[0].pk, cases[1].pk]))
    first, second = json.loads(found["samples.json"])
    assert (first["prompt"], first["review"], first["request_id"]) == (PROMPT, "delivered", "req_first")
    assert CONTEXT.background in first["context_that_was_added"]
    assert second["prompt"].endswith("[… 1000 more characters]") and len(second["prompt"]) < 4100
    logged = TextExport.objects.get()
    assert (logged.kind, logged.by, logged.n) == (ExportKind.PACKET, lead, 2)


def test_secrets_are_taken_out_of_a_sample(cases: list[Case], lead: User, client_as: SignIn) -> None:
    RunContent.objects.filter(run=cases[0].first_run).update(prompt='{"safety_identifier": "user-4711"}')
    found = files(take(client_as(lead), case=[cases[0].pk]))
    assert "user-4711" not in found["samples.json"] and "[redacted]" in found["samples.json"]


def test_who_may_not_let_texts_leave_gets_no_sample_and_is_offered_none(
    cases: list[Case],
    viewer: User,
    reviewer: User,
    lead: User,
    outsider: User,
    client: Client,
    client_as: SignIn,
) -> None:
    for person in (viewer, reviewer):
        assert take(client_as(person), case=[cases[0].pk]).status_code == 403
        page = client_as(person).get("/packet/?code=CYBER").content.decode()
        assert "3 declines" in page
        assert 'name="case"' not in page and PROMPT not in page
    assert 'name="case"' in client_as(lead).get("/packet/?code=CYBER").content.decode()
    assert take(client_as(outsider)).status_code == 403
    assert client_as(outsider).get("/packet/").status_code == 403
    assert take(client)["Location"].startswith("/login/")
    assert not TextExport.objects.exists()


def test_only_a_few_and_only_of_these_declines_can_be_samples(
    cases: list[Case], pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    many = [held(pipeline, f"Number {number}.").pk for number in range(packet.MOST_SAMPLES + 1)]
    guard = Case.objects.get(code="PII")
    for chosen in (many, [guard.pk], [10**9]):
        response = take(client_as(lead), case=chosen)
        assert response.status_code == 422
        assert "At most 5 cases" in response.content.decode()
    assert not TextExport.objects.exists()


def test_every_packet_is_written_down_a_viewers_too(
    cases: list[Case], viewer: User, client_as: SignIn
) -> None:
    take(client_as(viewer), category="cyber", since="2026-W10")
    logged = TextExport.objects.get()
    assert (logged.by, logged.n, logged.filter) == (viewer, 0, "category=cyber&since=2026-W10")


def test_the_counts_follow_the_filter_and_a_persons_correction(
    cases: list[Case], pipeline: Pipeline, lead: User
) -> None:
    assert counts_of(Declines(category="bio"))["declines"] == 0
    assert counts_of(Declines(provider="openai"))["declines"] == 0
    assert counts_of(Declines(code="CYBER"))["declines"] == 3
    assert counts_of(Declines(until=NOW.date()))["declines"] == 3
    assert counts_of(Declines(pipeline="another"))["declines"] == 0
    assert (counts_of(Declines(topic="-"))["declines"], counts_of(Declines(topic="other"))["declines"]) == (
        3,
        0,
    )
    third = cases[2]
    settle(
        case_id=third.pk,
        version=third.version,
        kind=Kind.WITHDRAW,
        reason="Nobody needs it.",
        by=lead,
        now=NOW,
    )
    assert counts_of(Declines())["cases_by_review"] == {"delivered": 1, "upheld": 1, "withdrawn": 1}
    Run.objects.filter(folded__case=third).update(corrected_outcome="ok")
    assert counts_of(Declines())["declines"] == 2


def test_the_page_begins_with_the_latest_weeks(
    cases: list[Case], pipeline: Pipeline, viewer: User, client_as: SignIn
) -> None:
    record(pipeline, [declined("Of today.", at=timezone.now())], now=timezone.now())
    page = client_as(viewer).get("/packet/").content.decode()
    assert "1 decline<" in page
    assert f'value="{week_name(current_week(now=timezone.now()))}"' in page


def test_a_decline_after_context_is_listed_as_such(pipeline: Pipeline, lead: User, client_as: SignIn) -> None:
    case = held(pipeline)
    ended(case, lead, "refusal")
    told = json.loads(files(take(client_as(lead)))["packet.json"])
    assert sorted(one["after_context"] for one in told["requests"]) == [False, True]


def test_of_very_many_the_latest_are_listed_and_all_are_counted(
    pipeline: Pipeline, lead: User, client_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packet, "MOST_REQUESTS", 2)
    record(pipeline, [declined(f"Number {number}.", run_id=f"run-{number}") for number in range(5)])
    told = json.loads(files(take(client_as(lead)))["packet.json"])
    assert (told["counts"]["declines"], told["listed"], len(told["requests"])) == (5, 2, 2)


def test_the_case_leads_to_its_packet(cases: list[Case], lead: User, client_as: SignIn) -> None:
    page = client_as(lead).get(cases[0].get_absolute_url()).content.decode()
    assert "/packet/?code=CYBER&amp;provider=anthropic" in page
    assert client_as(lead).get("/packet/?code=CYBER&provider=anthropic").status_code == 200
