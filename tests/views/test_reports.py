"""The report: numbers with their basis, pictures with links for who may follow them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pipelines.models.run import week_of
from tests.cases import ANSWER, QUESTION, body, held_case, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def test_every_rate_says_what_it_is_a_share_of(client: Client) -> None:
    held_case()
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    page = client.get("/reports/").content.decode()
    assert "1 of 2 ok, degraded or declined" in page
    assert "1 of 1 ok, degraded or infrastructure errors" in page


def test_a_count_leads_to_the_cases_behind_it(client: Client) -> None:
    case = held_case()
    week = week_of(timezone.localdate()).isoformat()
    page = client.get("/reports/").content.decode()
    assert f"/queue/?state=all&amp;week={week}&amp;code=CYBER" in page
    behind = client.get(f"/queue/?state=all&week={week}&code=CYBER").content.decode()
    assert case.get_absolute_url() in behind


def test_the_chart_is_a_part_of_the_page_for_htmx_and_else_a_picture(client: Client) -> None:
    held_case()
    picture = client.get("/reports/charts/by-code/")
    assert picture["Content-Type"] == "image/svg+xml"
    part = client.get("/reports/charts/by-code/", HTTP_HX_REQUEST="true")
    assert part["Content-Type"].startswith("text/html")
    svg = part.content.decode()
    assert "http://testserver/queue/?" in svg
    assert "style=" not in svg
    assert "currentColor" in svg


def test_the_chart_of_a_viewer_holds_no_link_and_no_text(
    viewer: User, client_as: Callable[[User], Client]
) -> None:
    held_case()
    client = client_as(viewer)
    page = client.get("/reports/").content.decode() + client.get("/reports/charts/by-code/").content.decode()
    assert "/queue/" not in page
    assert QUESTION not in page


@pytest.mark.parametrize("until", ["0001-01-01", "2026-02-31", "yesterday", "9999-12-31", ""])
def test_an_address_without_a_sensible_week_shows_the_latest(until: str, client: Client) -> None:
    for address in ("/reports/", "/reports/charts/by-code/"):
        assert client.get(address, {"until": until}).status_code in (200, 204)


def test_a_report_without_a_single_run_says_so(client: Client) -> None:
    assert "No decline in these weeks" in client.get("/reports/").content.decode()


def test_the_report_asks_as_much_of_the_database_for_many_codes_as_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held_case()
    client.get("/reports/")
    with django_assert_num_queries(18):
        client.get("/reports/")
    for category in ("bio", "frontier_llm"):
        held_case(question=f"About {category}.", category=category, topic=category.replace("_", "-"))
    with django_assert_num_queries(18):
        client.get("/reports/")
