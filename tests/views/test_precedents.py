"""What happened before a case, on its page and on a page of its own."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reviews.compose import Context
from reviews.decide import settle
from reviews.models import Case, CodeGuidance, Kind, Preferences, Reissue, Sending
from reviews.undo import undo
from tests.cases import ANSWER, QUESTION, body, held_case, report
from tests.signing_in import reissued

pytestmark = pytest.mark.django_db

NEAR = f"{QUESTION} Keep it short."
PURPOSE = "A notice <b>for</b> the staff."


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def closed(case: Case, by: User, kind: Kind = Kind.UPHOLD) -> Case:
    case.refresh_from_db()
    settle(
        case_id=case.pk,
        version=case.version,
        kind=kind,
        reason="The rule is <i>right</i>.",
        text="",
        by=by,
        now=timezone.now(),
    )
    return case


def reissued_and_closed(case: Case, by: User) -> Case:
    """Re-issue a case, let it be lost, and close it by hand."""
    context = Context(purpose=PURPOSE, background="The car park is ours.")
    sending = reissued(case, asked=context, by=by, now=timezone.now())
    now = timezone.now()
    Reissue.objects.filter(pk=sending.pk).update(
        state=Sending.UNKNOWN, sending_since=now, give_up_at=now, finished_at=now
    )
    case.refresh_from_db()
    Case.objects.filter(pk=case.pk).update(state="held", version=case.version + 1)
    return closed(case, by, Kind.BY_HAND)


def panel(client: Client, case: Case) -> str:
    response = client.get(f"/cases/{case.pk}/precedents/", headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def test_the_panel_says_what_was_decided_by_whom_with_which_context_and_escapes_it(
    client: Client, reviewer: User
) -> None:
    reissued_and_closed(held_case(question=NEAR), reviewer)
    closed(held_case(question=QUESTION.replace("staff", "guests")), reviewer)
    page = panel(client, held_case())
    assert "<html" not in page
    assert "Re-issued once, answered 0." in re.sub(r"\s+", " ", page)
    assert "Of the 2 cases shown." in page
    assert "A notice &lt;b&gt;for&lt;/b&gt; the staff." in page
    assert "The rule is &lt;i&gt;right&lt;/i&gt;." in page
    assert "handled by hand" in page and "upheld: the decline was right" in page
    assert "<form" not in page, "nothing is applied from here"


def test_the_page_of_its_own_holds_the_same_and_the_case_leads_to_it(client: Client, reviewer: User) -> None:
    closed(held_case(question=NEAR), reviewer)
    case = held_case()
    address = f"/cases/{case.pk}/precedents/"
    assert f'<a href="{address}">' in client.get(case.get_absolute_url()).content.decode()
    page = client.get(address).content.decode()
    assert "<html" in page
    assert panel(client, case).strip() in page
    assert client.post(address).status_code == 405
    assert client.get("/cases/999999/precedents/").status_code == 404


def test_without_precedents_it_says_so(client: Client) -> None:
    assert "No case of this code has been closed yet." in panel(client, held_case())


@pytest.mark.parametrize("fold", [True, False])
def test_texts_of_a_sensitive_code_open_folded_unless_the_reader_wants_otherwise(
    fold: bool, client: Client, reviewer: User
) -> None:
    Preferences.objects.create(person=reviewer, fold_sensitive=fold)
    CodeGuidance.objects.create(code="CYBER", text="Look twice.", sensitive=True)
    closed(held_case(question=NEAR), reviewer)
    page = panel(client, held_case())
    assert (
        re.search(r'<details class="fold sensitive">.*Keep it short', page, re.DOTALL) is not None
    ) == fold
    assert "Keep it short" in page


def test_the_same_prompt_is_counted_with_a_warning_not_to_retry(client: Client) -> None:
    case = held_case()
    report(response=body("refusal", category="cyber"))
    report(response=body("end_turn", text=ANSWER))
    page = panel(client, case)
    assert "Answered 1 of 3 times" in page
    assert "never a reason to try again" in page


# The chain on the case's page.


def test_the_chain_stands_in_the_order_of_time_and_every_link_leads_back(
    client: Client, reviewer: User
) -> None:
    case = held_case()
    reissued_and_closed(case, reviewer)
    client.post(f"/cases/{case.pk}/reopen/", {"version": case.version + 5, "reason": "Once more."})
    page = client.get(case.get_absolute_url()).content.decode()
    places = [page.index(f'<h2 id="{name}"') for name in ("original", "reissue-1", "runs")]
    assert places == sorted(places)
    assert 'href="#reissue-1"' in page
    assert "20 tokens in, 0 out" in page
    assert f'href="/runs/{case.first_run_id}/"' in page
    assert client.get(f"/runs/{case.first_run_id}/")["Location"] == f"/cases/{case.pk}/#original"


def test_a_repeats_address_leads_to_the_list_of_runs(client: Client) -> None:
    case = held_case()
    repeat = report(response=body("refusal", category="cyber"))
    assert client.get(f"/runs/{repeat.pk}/")["Location"] == f"/cases/{case.pk}/#runs"


def test_a_delivery_that_was_taken_back_says_so(client: Client, reviewer: User, settings: object) -> None:
    settings.UNDO_SECONDS = 60  # type: ignore[attr-defined]  # pytest-django's settings
    case = held_case()
    sent = {"version": case.version, "reason": "I wrote it.", "text": "Please use the other car park."}
    client.post(f"/cases/{case.pk}/by_hand/", sent)
    assert "until then it can be undone" in client.get(case.get_absolute_url()).content.decode()
    undo(event_id=case.events.get(kind="decided").pk, by=reviewer, now=timezone.now())
    page = client.get(case.get_absolute_url()).content.decode()
    assert "before the pipeline was told" in page
    assert "Please use the other car park." in page


# The whole case as a file.


def test_the_export_holds_the_whole_case_to_the_byte_and_is_a_download(
    client: Client, reviewer: User
) -> None:
    case = held_case(question=f"{QUESTION} <script>\u202e Größe")
    reissued_and_closed(case, reviewer)
    response = client.get(f"/cases/{case.pk}/export/")
    assert response["Content-Disposition"] == f'attachment; filename="case-{case.pk}.json"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/json"
    whole = response.json()
    sending = case.reissues.get()
    assert whole["case"]["id"] == case.pk
    assert whole["original"]["texts"]["request"] == case.first_run.content.request
    assert "\u202e Größe" in whole["original"]["texts"]["prompt"]
    (exported,) = whole["reissues"]
    assert exported["request"] == sending.request
    assert exported["original_digest"] == sending.original_digest
    assert exported["added"]["purpose"] == PURPOSE
    assert [(one["kind"], one["by"]["username"]) for one in whole["decisions"]] == [
        ("reissue", "reviewer"),
        ("by_hand", "reviewer"),
    ]
    assert [one["kind"] for one in whole["history"]] == [event.kind for event in case.events.all()]
    assert [one["kind"] for one in whole["runs"]] == ["first"]
    assert whole["deliveries"] == []
