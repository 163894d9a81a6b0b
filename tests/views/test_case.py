"""The page of a case: what it shows, and that no decision and no draft gets lost."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Case, Decision, Kind, Reissue, Resolution, State
from tests.cases import QUESTION, held_case
from tests.signing_in import form_of

pytestmark = pytest.mark.django_db

CONTEXT = {"purpose": "A notice for <b>all</b> the staff.", "background": "The car park is ours."}


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


@pytest.fixture
def case() -> Case:
    return held_case(question=f"{QUESTION} <script>alert(1)</script>")


def text_of(page: str, element_id: str) -> str:
    """Return the text of an element whose children are no <div> in a <div>."""
    found = re.search(rf'id="{element_id}".*?>(.*?)</div></div>', page, re.DOTALL)
    assert found
    return unescape(re.sub(r"<del.*?</del>|<[^>]+>", "", found[1]))


def test_the_page_shows_prompt_and_reason_and_escapes_them(client: Client, case: Case) -> None:
    page = client.get(case.get_absolute_url()).content.decode()
    assert QUESTION in page
    assert "<script>alert" not in page
    assert "CYBER" in page
    assert f"<title>Case {case.pk}: CYBER" in page


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_missing_comes_back_with_everything_typed(htmx: bool, client: Client, case: Case) -> None:
    headers = {"HTTP_HX_REQUEST": "true"} if htmx else {}
    sent = form_of(client, case) | {"purpose": CONTEXT["purpose"], "background": " "}
    response = client.post(f"/cases/{case.pk}/reissue/", sent, **headers)  # type: ignore[arg-type]  # headers
    page = response.content.decode()
    assert response.status_code == 422
    assert "A notice for &lt;b&gt;all&lt;/b&gt; the staff." in page
    assert 'href="#reissue-background"' in page
    assert ("<html" in page) != htmx
    assert not Reissue.objects.exists()


@pytest.mark.parametrize("kind", ["uphold", "by_hand", "withdraw", "reclassify"])
def test_a_decision_without_a_reason_settles_nothing(kind: str, client: Client, case: Case) -> None:
    response = client.post(f"/cases/{case.pk}/{kind}/", {"version": case.version, "text": "My own words."})
    assert response.status_code == 422
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("kind", "resolution"),
    [
        ("uphold", Resolution.UPHELD),
        ("by_hand", Resolution.BY_HAND),
        ("withdraw", Resolution.WITHDRAWN),
    ],
)
def test_a_decision_closes_the_case_and_leads_back_to_it_with_the_filters(
    kind: str, resolution: Resolution, client: Client, case: Case
) -> None:
    sent = {"version": case.version, "reason": "Looked at twice."}
    response = client.post(f"/cases/{case.pk}/{kind}/?code=CYBER", sent, follow=True)
    assert response.redirect_chain == [(f"/cases/{case.pk}/?code=CYBER", 302)]
    page = response.content.decode()
    assert "Looked at twice." in page
    assert 'href="/queue/?code=CYBER"' in page
    case.refresh_from_db()
    assert (case.state, case.resolution) == (State.CLOSED, resolution)


def test_a_reclassified_case_is_closed_where_it_was_no_decline(client: Client, case: Case) -> None:
    sent = {"version": case.version, "reason": "It answered.", "outcome": "ok", "code": ""}
    client.post(f"/cases/{case.pk}/reclassify/", sent)
    case.refresh_from_db()
    assert case.resolution == Resolution.RECLASSIFIED


def test_to_htmx_a_decision_answers_with_the_live_part_the_count_and_a_toast(
    client: Client, case: Case
) -> None:
    sent = {"version": case.version, "reason": "Right so."}
    response = client.post(f"/cases/{case.pk}/uphold/", sent, HTTP_HX_REQUEST="true")
    page = response.content.decode()
    assert "<html" not in page
    assert re.search(r'id="held-count" hx-swap-oob="true">0<', page)
    assert re.search(r'id="state-h" tabindex="-1" data-focus', page)
    assert "toast" in response["HX-Trigger"]


def test_a_form_of_an_old_page_settles_nothing_and_keeps_its_draft(client: Client, case: Case) -> None:
    sent = form_of(client, case) | CONTEXT
    Case.objects.filter(pk=case.pk).update(version=case.version + 1)
    response = client.post(f"/cases/{case.pk}/reissue/", sent)
    page = response.content.decode()
    assert response.status_code == 409
    assert CONTEXT["background"] in page
    assert f'name="version" value="{case.version + 1}"' in page
    assert not Reissue.objects.exists()


def test_a_draft_is_shown_even_where_the_case_was_closed_meanwhile(client: Client, case: Case) -> None:
    form = form_of(client, case)
    client.post(f"/cases/{case.pk}/uphold/", {"version": case.version, "reason": "Right so."})
    for action in ("send", "preview"):
        sent = form | {"action": action, **CONTEXT}
        response = client.post(f"/cases/{case.pk}/reissue/", sent)
        assert response.status_code == 409
        assert CONTEXT["background"] in response.content.decode()
    assert Decision.objects.get().kind == Kind.UPHOLD


def test_the_preview_shows_exactly_what_is_sent(client: Client, case: Case) -> None:
    sent = form_of(client, case) | CONTEXT
    shown = client.post(f"/cases/{case.pk}/reissue/", sent | {"action": "preview"}).content.decode()
    assert not Reissue.objects.exists()
    client.post(f"/cases/{case.pk}/reissue/", sent | {"action": "send"})
    assert text_of(shown, "exact-request") == Reissue.objects.get().request


def test_a_page_that_waits_is_told_only_what_is_new(client: Client, case: Case) -> None:
    client.post(f"/cases/{case.pk}/reissue/", form_of(client, case) | CONTEXT)
    page = client.get(case.get_absolute_url()).content.decode()
    found = re.search(r'hx-vals=\'{"seen": "([^"]+)"}', page)
    assert found
    address = f"{case.get_absolute_url()}?seen={found[1]}"
    assert client.get(address, HTTP_HX_REQUEST="true").status_code == 204
    assert client.get(f"{address}x", HTTP_HX_REQUEST="true").status_code == 200


def test_a_case_without_an_answer_has_nothing_to_accept(client: Client, case: Case) -> None:
    for way in ("accept", "turn-down"):
        response = client.post(f"/cases/{case.pk}/{way}/", {"version": case.version, "reason": "No."})
        assert response.status_code == 409


def test_a_case_whose_texts_are_gone_still_opens(client: Client, case: Case) -> None:
    case.first_run.content.delete()
    page = client.get(case.get_absolute_url()).content.decode()
    assert "no longer kept" in page
    assert "Send re-issue" not in page
    assert client.get("/queue/").status_code == 200


def test_a_code_that_nobody_knows_any_more_is_still_shown(client: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(code="LONG_GONE")
    assert "LONG_GONE" in client.get(case.get_absolute_url()).content.decode()
