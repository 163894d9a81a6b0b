"""The queue's page: filters in the address, chips, pages, and what htmx gets."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviews.models import Case
from reviews.queue import Filter, next_case
from tests.cases import held_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def rows(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="row-link excerpt" href="/cases/(\d+)/', page)]


def held(days: int, **row: str) -> Case:
    now = timezone.now() - timedelta(days=days)
    return held_case(question=f"The question of day {days}.", now=now, **row)


def test_the_oldest_stands_first_and_its_link_carries_the_filters(client: Client) -> None:
    newer, older = held(1), held(9)
    page = client.get("/queue/?code=CYBER").content.decode()
    assert rows(page) == [older.pk, newer.pk]
    assert f'href="/cases/{older.pk}/?code=CYBER"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["bio", "cyber"]),
        ("?code=BIO", ["bio"]),
        ("?topic=parks", ["cyber"]),
        ("?topic=-", []),
        ("?pipeline=nothing", []),
        ("?age=week", ["bio"]),
        ("?state=closed", []),
        ("?state=all&sort=newest", ["cyber", "bio"]),
        ("?code=%00&state=rubbish&age=x&week=yesterday&page=last", ["bio", "cyber"]),
    ],
)
def test_the_address_filters(query: str, found: list[str], client: Client) -> None:
    cases = {"cyber": held(1, topic="parks"), "bio": held(9, category="bio")}
    page = client.get(f"/queue/{query}").content.decode()
    assert rows(page) == [cases[name].pk for name in found]


def test_a_filter_that_is_on_shows_as_a_chip_with_the_address_without_it(client: Client) -> None:
    held(1)
    page = client.get("/queue/?code=CYBER&age=day").content.decode()
    assert re.search(r'href="/queue/\?age=day"[^>]*>Code: CYBER', page)
    assert re.search(r'href="/queue/\?code=CYBER"[^>]*>Waiting: over a day', page)


def test_an_empty_queue_says_so_and_an_empty_filter_leads_back(client: Client) -> None:
    assert "Nothing waits" in client.get("/queue/").content.decode()
    assert "No case matches" in client.get("/queue/?code=BIO").content.decode()


def test_htmx_gets_the_list_alone_and_a_clean_address(client: Client) -> None:
    held(1)
    response = client.get("/queue/?state=&code=CYBER&topic=&sort=oldest", HTTP_HX_REQUEST="true")
    page = response.content.decode()
    assert "<html" not in page
    assert 'id="list"' in page
    assert response["HX-Push-Url"] == "/queue/?code=CYBER"
    assert "1 case" in response["HX-Trigger"]
    assert "HX-Request" in response["Vary"]


def test_the_list_asks_as_much_of_the_database_for_many_as_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held(1)
    client.get("/queue/")
    with django_assert_num_queries(14):
        client.get("/queue/")
    for days in range(2, 12):
        held(days, pipeline=f"pipeline-{days}", topic=f"topic-{days}")
    with django_assert_num_queries(14):
        client.get("/queue/")


@pytest.mark.parametrize("sort", ["oldest", "newest", "repeats"])
def test_the_next_case_is_the_one_below_and_after_the_last_the_first(sort: str) -> None:
    for days in (3, 1, 2):
        held(days)
    held(1)  # one that repeats
    wanted, now = Filter(sort=sort), timezone.now()
    listed = list(wanted.cases(now=now))
    assert [next_case(after=case, wanted=wanted, now=now) for case in listed] == [*listed[1:], listed[0]]


def test_a_case_alone_in_its_list_has_no_next() -> None:
    case = held(1)
    held(2, category="bio")
    assert next_case(after=case, wanted=Filter(code="CYBER"), now=timezone.now()) is None
