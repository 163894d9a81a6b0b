"""Claiming from the pages: what a form, htmx and a page that renews its claim are answered; and the next case."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reviews import claim
from reviews.claim import LEASE
from reviews.decide import settle
from reviews.label import assign
from reviews.models import Case, EventKind, Kind
from tests.cases import held_case

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


@pytest.fixture
def case(db: None) -> Case:
    return held_case()


def holder(case: Case) -> User | None:
    return Case.objects.get(pk=case.pk).holder(now=timezone.now())


def held(hours: int, **row: str) -> Case:
    return held_case(**{"question": f"Question {hours}."} | row, now=timezone.now() - timedelta(hours=hours))


def test_a_form_claims_and_leads_to_the_case_or_where_it_says(
    case: Case, client: Client, reviewer: User
) -> None:
    response = client.post(f"/cases/{case.pk}/claim/?code=CYBER")
    assert response["Location"] == f"/cases/{case.pk}/?code=CYBER"
    assert holder(case) == reviewer
    back = client.post(f"/cases/{case.pk}/give-back/", {"next": "/queue/?code=CYBER"})
    assert back["Location"] == "/queue/?code=CYBER"
    assert holder(case) is None


@pytest.mark.parametrize("address", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_a_form_leads_to_no_other_site(address: str, case: Case, client: Client) -> None:
    response = client.post(f"/cases/{case.pk}/claim/", {"next": address})
    assert response["Location"] == f"/cases/{case.pk}/"


def test_htmx_is_told_in_a_toast_and_the_list_hears_of_it(case: Case, client: Client) -> None:
    response = client.post(f"/cases/{case.pk}/claim/", headers=HTMX)
    assert response.status_code == 204
    assert f"Case {case.pk} is yours." in response["HX-Trigger"]
    assert "cases-changed" in response["HX-Trigger"]


def test_somebody_elses_claim_stands_and_is_said(
    case: Case, client: Client, reviewer: User, other_reviewer: User
) -> None:
    claim.claim(case_id=case.pk, by=other_reviewer, now=timezone.now())
    said = f"Case {case.pk} is claimed by other_reviewer."
    assert said in client.post(f"/cases/{case.pk}/claim/", headers=HTMX)["HX-Trigger"]
    page = client.post(f"/cases/{case.pk}/claim/", {"next": "/queue/"}, follow=True).content.decode()
    assert said in page
    client.post(f"/cases/{case.pk}/give-back/")
    assert holder(case) == other_reviewer, "another's claim is not given back"


def test_a_page_that_is_left_gives_back_the_claim_it_knew_and_none_that_was_renewed_since(
    case: Case, client: Client, reviewer: User
) -> None:
    def renew() -> str:
        return str(client.post(f"/cases/{case.pk}/claim/", headers=JSON).json()["until"])

    first, second = renew(), renew()
    client.post(f"/cases/{case.pk}/give-back/", {"until": first})
    assert holder(case) == reviewer, "the page was opened anew before it said that it was left"
    assert client.post(f"/cases/{case.pk}/give-back/", {"until": "soon"}).status_code == 400
    assert holder(case) == reviewer
    client.post(f"/cases/{case.pk}/give-back/", {"until": second})
    assert holder(case) is None


def test_a_page_says_until_when_its_claim_holds(case: Case, client: Client, reviewer: User) -> None:
    until = claim.claim(case_id=case.pk, by=reviewer, now=timezone.now()).claimed_until
    assert until is not None
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert f'data-held-until="{timezone.localtime(until).isoformat()}"' in page


def test_a_page_renews_its_claim_and_reads_whose_the_case_is(
    case: Case, client: Client, reviewer: User
) -> None:
    first = client.post(f"/cases/{case.pk}/claim/", headers=JSON)
    assert first.status_code == 200
    stand = first.json()
    assert (stand["holder"], stand["mine"]) == ("reviewer", True)
    until = datetime.fromisoformat(stand["until"])
    assert timedelta() < until - timezone.now() <= LEASE
    again = client.post(f"/cases/{case.pk}/claim/", headers=JSON)
    assert again.status_code == 200, "one's own claim never stands in one's way"
    assert datetime.fromisoformat(again.json()["until"]) >= until
    assert case.events.filter(kind=EventKind.CLAIMED).count() == 1, "renewing leaves no line"


def test_a_page_whose_case_somebody_took_reads_409_and_whose_it_is(
    case: Case, client: Client, reviewer: User, lead: User
) -> None:
    claim.claim(case_id=case.pk, by=reviewer, now=timezone.now())
    claim.take_over(case_id=case.pk, by=lead, now=timezone.now())
    response = client.post(f"/cases/{case.pk}/claim/", headers=JSON)
    assert response.status_code == 409
    stand = response.json()
    assert (stand["holder"], stand["mine"]) == ("lead", False)
    assert stand["until"] is not None


def test_a_page_whose_case_waits_no_more_reads_409_and_nobodys_name(
    case: Case, client: Client, other_reviewer: User
) -> None:
    settle(
        case_id=case.pk,
        version=case.version,
        kind=Kind.UPHOLD,
        reason="Right.",
        by=other_reviewer,
        now=timezone.now(),
    )
    response = client.post(f"/cases/{case.pk}/claim/", headers=JSON)
    assert response.status_code == 409
    assert response.json()["holder"] is None
    assert response.json()["until"] is None


def test_only_a_lead_takes_over_and_the_history_says_so(
    case: Case, client: Client, reviewer: User, other_reviewer: User, lead: User,
    client_as: Callable[[User], Client],
) -> None:  # fmt: skip
    claim.claim(case_id=case.pk, by=other_reviewer, now=timezone.now())
    assert client.post(f"/cases/{case.pk}/take-over/").status_code == 403
    assert holder(case) == other_reviewer
    response = client_as(lead).post(f"/cases/{case.pk}/take-over/")
    assert response["Location"] == f"/cases/{case.pk}/"
    assert holder(case) == lead
    assert case.events.filter(kind=EventKind.TAKEN_OVER, by=lead, text="other_reviewer").exists()


@pytest.mark.parametrize("act", ["claim", "give-back", "take-over"])
def test_a_case_that_is_not_there_cannot_be_claimed(
    act: str, lead: User, client_as: Callable[[User], Client]
) -> None:
    assert client_as(lead).post(f"/cases/999/{act}/").status_code == 404
    assert client_as(lead).get(f"/cases/999/{act}/").status_code == 405


def test_starting_claims_the_first_free_case_of_the_list_and_keeps_its_filters(
    client: Client, reviewer: User, other_reviewer: User
) -> None:
    held(9, category="bio")
    taken, handed, free = held(8), held(7), held(6)
    claim.claim(case_id=taken.pk, by=other_reviewer, now=timezone.now())
    assign(case_id=handed.pk, to=other_reviewer, by=reviewer, now=timezone.now())
    response = client.post("/queue/next/?code=CYBER")
    assert response["Location"] == f"/cases/{free.pk}/?code=CYBER"
    assert holder(free) == reviewer


def test_the_next_after_a_case_is_the_one_behind_it_and_the_claim_goes_with_it(
    client: Client, reviewer: User
) -> None:
    first, second = held(2), held(1)
    client.post("/queue/next/")
    assert holder(first) == reviewer
    response = client.post("/queue/next/", {"after": first.pk})
    assert response["Location"] == f"/cases/{second.pk}/"
    assert (holder(first), holder(second)) == (None, reviewer)
    around = client.post(f"/queue/next/?after={second.pk}", headers=HTMX)
    assert around["HX-Redirect"] == f"/cases/{first.pk}/"


@pytest.mark.parametrize("after", ["rubbish", "999999", "9" * 40, "-1", ""])
def test_an_unknown_case_to_go_on_from_means_from_the_top(after: str, client: Client) -> None:
    case = held(1)
    assert client.post("/queue/next/", {"after": after})["Location"] == f"/cases/{case.pk}/"


def test_where_nothing_is_free_the_queue_says_who_holds_what_and_until_when(
    client: Client, reviewer: User, other_reviewer: User, lead: User, client_as: Callable[[User], Client]
) -> None:
    other_reviewer.first_name, other_reviewer.last_name = "Ana", "Lima"
    other_reviewer.save()
    now = timezone.now()
    for hours in (3, 2, 1):
        last = held(hours)
        claim.claim(case_id=last.pk, by=other_reviewer, now=now - timedelta(minutes=hours, seconds=-30))
    first_free = Case.objects.earliest("claimed_until")
    assign(case_id=held(4).pk, to=other_reviewer, by=lead, now=now)
    response = client.post("/queue/next/?code=CYBER")
    assert response["Location"] == "/queue/?code=CYBER"
    page = " ".join(client.get("/queue/?code=CYBER").content.decode().replace("\xa0", " ").split())
    assert "Nothing in this list is free for you now." in page
    assert "3 held by Ana Lima, the first free in 7 minutes" in page
    assert "1 handed to Ana Lima" in page
    assert "/queue/next/" not in page, "there is nothing to start with"
    assert "Take over" not in page
    assert f"/cases/{first_free.pk}/take-over/" in client_as(lead).get("/queue/?code=CYBER").content.decode()


def test_what_one_holds_oneself_is_something_to_start_with(client: Client, reviewer: User) -> None:
    case = held(1)
    claim.claim(case_id=case.pk, by=reviewer, now=timezone.now())
    page = client.get("/queue/").content.decode()
    assert "/queue/next/" in page
    assert "Nothing here is free now" not in page
    assert client.post("/queue/next/")["Location"] == f"/cases/{case.pk}/"
