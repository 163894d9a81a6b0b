"""The suspected answers, and the page of a run."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Run, RunContent
from reviews.models import Case, Mark, Suspicion
from reviews.views.suspected import SHOWN
from tests.cases import body, held_case, report

pytestmark = pytest.mark.django_db

REFUSING_ANSWER = (
    "I'm sorry, but I can't help with that request. Please ask somebody else about the car park."
)


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def suspected(question: str = "Who may park here?") -> Run:
    run = report(response=body("end_turn", text=REFUSING_ANSWER), question=question)
    assert run.suspected
    return run


def test_an_answer_that_reads_like_a_refusal_waits_for_a_look(client: Client) -> None:
    run = suspected()
    assert REFUSING_ANSWER[-40:] in client.get("/suspected/").content.decode()
    assert "nobody has looked at it yet" in client.get(run.get_absolute_url()).content.decode()


def test_the_list_shows_how_long_texts_begin_with_nothing_hidden_and_leads_to_the_whole(
    client: Client,
) -> None:
    start = f"{REFUSING_ANSWER}\u202e "
    run = report(
        response=body("end_turn", text=REFUSING_ANSWER), question="Who may park here? " + "x" * SHOWN
    )
    RunContent.objects.filter(run=run).update(answer=start + "y" * (SHOWN - len(start)) + "THE END")
    page = client.get("/suspected/").content.decode()
    assert "RLO" in page
    assert "\u202e " not in page.replace(">\u202e<", "")
    assert "THE END" not in page
    assert "The whole texts" in page
    suspected("Another?")
    assert client.get("/suspected/").content.decode().count("The whole texts") == 1


def test_holding_it_makes_a_case_and_counts_it(client: Client) -> None:
    run = suspected()
    response = client.post(f"/suspected/{run.pk}/held/", HTTP_HX_REQUEST="true")
    assert 'id="held-count" hx-swap-oob="true">1<' in response.content.decode()
    case = Case.objects.get(first_run=run)
    assert client.get(run.get_absolute_url())["Location"] == f"{case.get_absolute_url()}#original"


def test_dismissing_it_leaves_the_answer_an_answer(client: Client) -> None:
    run = suspected()
    response = client.post(f"/suspected/{run.pk}/dismissed/", follow=True)
    assert "the answer stands" in response.content.decode()
    assert Suspicion.objects.get().mark == Mark.DISMISSED
    again = client.post(f"/suspected/{run.pk}/held/", follow=True)
    assert "was settled before" in again.content.decode()
    assert not Case.objects.exists()


def test_the_list_asks_as_much_of_the_database_for_many_as_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    suspected()
    client.get("/suspected/")
    with django_assert_num_queries(10):
        client.get("/suspected/")
    for number in range(6):
        suspected(f"Question {number}?")
    with django_assert_num_queries(10):
        client.get("/suspected/")


def test_a_run_of_a_case_leads_to_the_case(client: Client) -> None:
    case = held_case()
    assert client.get(case.first_run.get_absolute_url())["Location"] == f"{case.get_absolute_url()}#original"
