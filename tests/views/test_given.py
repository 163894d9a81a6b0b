"""What a request gives that cannot be used is taken for nothing."""

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from reviews.models import Case
from reviews.views.given import case_address, row_in, way_back


def test_a_row_is_found_by_its_key_alone(reviewer: User) -> None:
    people = User.objects.all()
    assert row_in(str(reviewer.pk), people) == reviewer
    for text in ("", "x", str(reviewer.pk + 1), "9" * 18, "9" * 99):
        assert row_in(text, people) is None


@pytest.mark.parametrize(
    ("given", "leads_to"),
    [
        ("/meeting/2026-W47/#settle", "/meeting/2026-W47/#settle"),
        ("http://testserver/queue/", "http://testserver/queue/"),
        ("", "/queue/"),
        ("https://elsewhere.example/", "/queue/"),
        ("//elsewhere.example/", "/queue/"),
        ("javascript:alert(1)", "/queue/"),
    ],
)
def test_the_way_back_stays_on_the_site(given: str, leads_to: str) -> None:
    request = RequestFactory().post("/", {"next": given})
    assert way_back(request, otherwise="/queue/") == leads_to


def test_over_https_the_way_back_is_not_in_the_open() -> None:
    request = RequestFactory().post("/", {"next": "http://testserver/queue/"}, secure=True)
    assert way_back(request, otherwise="/") == "/"


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/", "/cases/7/"),
        ("/cases/7/claim/?code=CYBER&topic=-", "/cases/7/?code=CYBER&topic=-"),
        ("/?q=a%26b+%C3%A9", "/cases/7/?q=a%26b+%C3%A9"),
    ],
)
def test_back_to_a_case_goes_with_the_filter_of_the_queue(asked: str, leads_to: str) -> None:
    assert case_address(Case(pk=7), RequestFactory().post(asked)) == leads_to
