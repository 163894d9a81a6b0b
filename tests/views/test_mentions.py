"""What waits for a person: mentions and cases handed to them; and for an owner, questions."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pipelines.models import Pipeline
from reviews import note
from reviews.decide import settle
from reviews.label import assign
from reviews.models import Case, CaseEvent, EventKind, Kind, Mention
from tests.cases import QUESTION, held_case

pytestmark = pytest.mark.django_db

Clients = Callable[[User], Client]


@pytest.fixture
def case(viewer: User) -> Case:
    """A case of a pipeline whose owner reads no texts."""
    case = held_case()
    Pipeline.objects.update(owner=viewer)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def count_in(page: str, entry: str) -> int:
    """Return the number beside an entry of the navigation, 0 where there is none."""
    found = re.search(rf'href="/{entry}/".*?</a>', page, re.DOTALL)
    assert found, f"no {entry} in the navigation"
    number = re.search(r'class="count">(\d+)', found[0])
    return int(number[1]) if number else 0


def test_a_mention_waits_until_its_case_is_opened(
    case: Case, reviewer: User, lead: User, client_as: Clients, now: datetime
) -> None:
    note.note(case_id=case.pk, text="@lead <em>please</em> look.", by=reviewer, now=now)
    client = client_as(lead)
    page = client.get("/mentions/").content.decode()
    assert "reviewer named you:" in page and "@lead &lt;em&gt;please&lt;/em&gt; look." in page
    assert count_in(page, "mentions") == 1
    assert count_in(client.get("/mentions/").content.decode(), "mentions") == 1, (
        "the list alone marks nothing"
    )
    client.get(case.get_absolute_url(), HTTP_HX_REQUEST="true")
    assert Mention.objects.get().seen_at is None, "a part that is fetched again was not opened by anybody"
    opened = client.get(case.get_absolute_url()).content.decode()
    assert count_in(opened, "mentions") == 0
    page = client.get("/mentions/").content.decode()
    assert "Nobody waits for you." in page and "please" in page[page.index('id="seen-h"') :]


def test_what_is_seen_by_one_still_waits_for_the_other(
    case: Case, reviewer: User, lead: User, client_as: Clients, now: datetime
) -> None:
    note.note(case_id=case.pk, text="@lead @reviewer look.", by=lead, now=now)
    client_as(reviewer).get(case.get_absolute_url())
    assert count_in(client_as(lead).get("/mentions/").content.decode(), "mentions") == 1


def test_open_cases_handed_to_a_person_are_listed_longest_waiting_first(
    case: Case, reviewer: User, lead: User, client_as: Clients, now: datetime
) -> None:
    others = [held_case(question=f"{QUESTION} {n}", now=now - timedelta(days=n)) for n in range(1, 4)]
    for one in (case, *others):
        assign(case_id=one.pk, to=reviewer, by=lead, now=now)
    assign(case_id=others[2].pk, to=lead, by=lead, now=now)
    settle(case_id=others[0].pk, version=1, kind=Kind.UPHOLD, reason="r", by=lead, now=now)
    page = client_as(reviewer).get("/mentions/").content.decode()
    assert re.findall(r'href="/cases/(\d+)/"', page) == [str(others[1].pk), str(case.pk)]


def test_an_owner_sees_the_question_and_no_text_of_the_case(
    case: Case, reviewer: User, viewer: User, client_as: Clients, now: datetime
) -> None:
    run = case.first_run
    note.ask(case_id=case.pk, question="Who reads the <notice>?", by=reviewer, now=now)
    client = client_as(viewer)
    page = client.get("/asked/").content.decode()
    assert "Who reads the &lt;notice&gt;?" in page
    assert "Notices" in page and case.task_id in page and run.run_id in page
    assert QUESTION not in page and "CYBER" not in page and case.get_absolute_url() not in page
    assert count_in(page, "asked") == 1
    assert client.get("/mentions/").status_code == 403
    assert client.get(case.get_absolute_url()).status_code == 403


def test_a_reply_reaches_whoever_asked_and_ends_the_question(
    case: Case, reviewer: User, viewer: User, client_as: Clients, now: datetime
) -> None:
    note.ask(case_id=case.pk, question="Who reads it?", by=reviewer, now=now)
    client = client_as(viewer)
    page = client.post(f"/asked/{case.pk}/", {"text": "The staff."}, follow=True).content.decode()
    assert "Nobody asks you anything" in page and "The reviewers have your reply." in page
    assert CaseEvent.objects.filter(kind=EventKind.REPLIED, by=viewer, text="The staff.").count() == 1
    mentions = client_as(reviewer).get("/mentions/").content.decode()
    assert "viewer gave the background you asked for:" in mentions and "The staff." in mentions
    assert 'href="/asked/"' not in client.get("/reports/").content.decode()
    again = client.post(f"/asked/{case.pk}/", {"text": "Once more."})
    assert again.status_code == 422


def test_an_empty_reply_names_its_field_and_leaves_the_other_questions_alone(
    case: Case, reviewer: User, viewer: User, client_as: Clients, now: datetime
) -> None:
    other = held_case(question=f"{QUESTION} Twice.")
    for one in (case, other):
        note.ask(case_id=one.pk, question="Who reads it?", by=reviewer, now=now)
    response = client_as(viewer).post(f"/asked/{other.pk}/", {"text": " "})
    page = response.content.decode()
    assert response.status_code == 422
    assert re.findall(r'id="reply-(\d+)-text"[^>]*>', page) == [str(case.pk), str(other.pk)]
    assert re.findall(r'aria-invalid="true"[^>]*id="reply-(\d+)-text"', page) == [str(other.pk)]
    assert not CaseEvent.objects.filter(kind=EventKind.REPLIED).exists()


def test_only_the_owner_replies_there_and_sees_the_question(
    case: Case, reviewer: User, lead: User, outsider: User, client_as: Clients, now: datetime
) -> None:
    note.ask(case_id=case.pk, question="Who reads it?", by=reviewer, now=now)
    for person in (reviewer, lead, outsider):
        client = client_as(person)
        assert "Who reads it?" not in client.get("/asked/").content.decode()
        assert client.post(f"/asked/{case.pk}/", {"text": "I do."}).status_code == 403
    assert client_as(lead).post("/asked/999999/", {"text": "I do."}).status_code == 404
    assert not CaseEvent.objects.filter(kind=EventKind.REPLIED).exists()


def test_an_owner_who_reviews_is_led_from_the_mention_to_the_reply(
    case: Case, reviewer: User, lead: User, client_as: Clients, now: datetime
) -> None:
    Pipeline.objects.update(owner=lead)
    note.ask(case_id=case.pk, question="Who reads it?", by=reviewer, now=now)
    client = client_as(lead)
    page = client.get("/mentions/").content.decode()
    assert "reviewer asks you for background:" in page and f'href="/asked/#case-{case.pk}"' in page
    client.get(case.get_absolute_url())
    assert count_in(client.get("/mentions/").content.decode(), "asked") == 1, "it waits for the reply"


@pytest.mark.parametrize("address", ["/mentions/", "/asked/", "/preferences/"])
def test_strangers_are_led_to_the_login(address: str, client: Client) -> None:
    assert client.get(address)["Location"].startswith("/login/?next=")


def test_the_lists_ask_the_database_as_often_for_many_as_for_one(
    case: Case, reviewer: User, lead: User, client_as: Clients, now: datetime
) -> None:
    Pipeline.objects.update(owner=lead)
    client = client_as(lead)
    asked: list[list[int]] = []
    for number in range(6):
        one = held_case(question=f"{QUESTION} {number}")
        note.note(case_id=one.pk, text="@lead look.", by=reviewer, now=now)
        note.ask(case_id=one.pk, question="Who reads it?", by=reviewer, now=now)
        assign(case_id=one.pk, to=lead, by=reviewer, now=now)
        asked.append([queries_of(client, "/mentions/"), queries_of(client, "/asked/")])
    assert asked[0] == asked[-1]


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
