"""Paging the queue by key: every case once, in order, whatever happens between two pages."""

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.models import Case, Resolution, State
from reviews.paging import Page, cursor, page_of, place_of
from reviews.queue import SORTS, Filter
from tests.cases import held_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.paging.PAGE_SIZE", 3)


def make(count: int) -> None:
    """Hold cases of which several are of one age, and several repeat as often."""
    now = timezone.now()
    for number in range(count):
        at = now - timedelta(hours=number // 3)
        for _ in range(1 + number % 2):
            held_case(question=f"Question {number}.", now=at)


def pages(wanted: Filter, *, now: datetime) -> list[Page]:
    """Walk from the top to the end."""
    found = [page_of(wanted=wanted, now=now)]
    while found[-1].after:
        found.append(page_of(wanted=wanted, now=now, after=found[-1].after))
    return found


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_hold_every_case_once_in_order_and_lead_back_the_same_way(sort: str) -> None:
    make(8)
    wanted, now = Filter(sort=sort), timezone.now()
    walked = pages(wanted, now=now)
    assert [len(page.cases) for page in walked] == [3, 3, 2]
    assert [case for page in walked for case in page.cases] == list(wanted.cases(now=now))
    assert walked[0].before == ""
    back = page_of(wanted=wanted, now=now, before=walked[2].before)
    assert back == walked[1]
    first = page_of(wanted=wanted, now=now, before=back.before)
    assert first.cases == walked[0].cases
    assert first.before == ""


def test_what_is_settled_or_arrives_between_two_pages_moves_no_other_case() -> None:
    make(9)
    wanted, now = Filter(), timezone.now()
    listed = list(wanted.cases(now=now))
    first = page_of(wanted=wanted, now=now)
    gone = first.cases[1]
    Case.objects.filter(pk=gone.pk).update(state=State.CLOSED, resolution=Resolution.UPHELD, closed_at=now)
    held_case(question="One that waited all along.", now=now - timedelta(days=9))
    assert page_of(wanted=wanted, now=now, after=first.after).cases == listed[3:6]


def test_the_order_by_blocked_work_is_reckoned_at_the_moment_of_the_first_page() -> None:
    now = timezone.now()
    once = held_case(question="One run, ten hours ago.", now=now - timedelta(hours=10))
    for _ in range(5):
        often = held_case(question="Five runs, an hour ago.", now=now - timedelta(hours=1))
    for number in range(3):
        held_case(question=f"Fresh {number}.", now=now - timedelta(minutes=number))
    wanted = Filter(sort="blocked")
    first = page_of(wanted=wanted, now=now)
    assert first.cases[:2] == [once, often]
    later = now + timedelta(hours=9)
    assert page_of(wanted=wanted, now=later).cases[:2] == [often, once]
    second = page_of(wanted=wanted, now=later, after=first.after)
    assert not {case.pk for case in second.cases} & {case.pk for case in first.cases}
    assert {case.pk for page in (first, second) for case in page.cases} == set(
        Case.objects.values_list("pk", flat=True)
    )


def test_a_page_beyond_the_end_is_the_first_and_one_too_near_the_top_is_the_top() -> None:
    make(5)
    wanted, now = Filter(), timezone.now()
    listed = list(wanted.cases(now=now))
    assert page_of(wanted=wanted, now=now, after=cursor(listed[4], wanted=wanted, at=now)).cases == listed[:3]
    assert (
        page_of(wanted=wanted, now=now, before=cursor(listed[2], wanted=wanted, at=now)).cases == listed[:3]
    )


def test_a_cursor_of_another_order_means_the_first_page() -> None:
    make(5)
    now = timezone.now()
    of_newest = page_of(wanted=Filter(sort="newest"), now=now).after
    assert page_of(wanted=Filter(), now=now, after=of_newest) == page_of(wanted=Filter(), now=now)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.text()
    | st.binary().map(lambda raw: raw.hex())
    | st.from_regex(r"[A-Za-z0-9_-]{0,60}", fullmatch=True)
)
def test_any_text_as_a_cursor_is_a_place_or_none(text: str) -> None:
    place = place_of(text, wanted=Filter(), now=timezone.now())
    assert place is None or len(place.key) == 3


@pytest.mark.parametrize(
    "held",
    [
        '["oldest",0,"2026-01-01T00:00:00",1,1]',
        '["oldest",0,"0001-01-01T00:00:00+14:00",1,1]',
        '["oldest",99999999999999999,"2026-01-01T00:00:00+00:00",1,1]',
        '["oldest",0,"2026-01-01T00:00:00+00:00",true,1]',
        '["oldest",0,"2026-01-01T00:00:00+00:00",1,9223372036854775808]',
        '["oldest",0,"2026-01-01T00:00:00+00:00",1]',
        '["oldest",0,5,1,1]',
        '{"oldest":0}',
        "[" * 5000,
        "12",
    ],
)
def test_a_forged_cursor_means_the_first_page(held: str) -> None:
    make(4)
    text = base64.urlsafe_b64encode(held.encode()).decode().rstrip("=")
    wanted, now = Filter(), timezone.now()
    assert page_of(wanted=wanted, now=now, after=text) == page_of(wanted=wanted, now=now)


def test_the_widest_numbers_that_a_cursor_may_hold_reach_the_database() -> None:
    make(1)
    held = f'["oldest",0,"2026-01-01T00:00:00+00:00",{2**63 - 1},{1 - 2**63}]'
    text = base64.urlsafe_b64encode(held.encode()).decode()
    assert len(page_of(wanted=Filter(), now=timezone.now(), after=text).cases) == 1


def test_the_pages_are_links_that_keep_the_filters_and_htmx_pushes_their_address(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    make(8)
    client = client_as(reviewer)
    page = client.get("/queue/?code=CYBER&sort=newest").content.decode()
    following = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next" hx-get="([^"]*)"', page)
    assert following
    address = following[1].replace("&amp;", "&")
    assert "code=CYBER" in address and "sort=newest" in address
    assert following[2] == f"/queue/{following[1]}"
    whole = client.get(f"/queue/{address}").content.decode()
    assert 'rel="prev"' in whole
    response = client.get(f"/queue/{address}", HTTP_HX_REQUEST="true")
    assert response["HX-Push-Url"] == f"/queue/{address}"
    again = client.get(
        f"/queue/{address}",
        HTTP_HX_REQUEST="true",
        HTTP_HX_CURRENT_URL=f"http://testserver/queue/{address}",
    )
    assert "HX-Push-Url" not in again, "the address stands there already"
    assert client.get("/queue/?after=rubbish", HTTP_HX_REQUEST="true")["HX-Push-Url"] == "/queue/"
