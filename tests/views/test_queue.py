"""The queue's page: filters in the address, chips, pages, and what htmx gets."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviews import claim
from reviews.label import assign
from reviews.models import Case, CodeGuidance, Preferences, Snooze
from reviews.queue import Filter, next_case
from reviews.snooze import snooze
from tests.cases import held_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def rows(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="row-link excerpt" href="/cases/(\d+)/', page)]


def held(days: int, **row: str) -> Case:
    now = timezone.now() - timedelta(days=days)
    return held_case(**{"question": f"The question of day {days}."} | row, now=now)


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
        ("?q=biology", ["bio"]),
        ("?q=%22the+question%22+-biology", ["cyber"]),
        ("?assigned=reviewer", ["bio"]),
        ("?assigned=-", ["cyber"]),
        ("?claim=free", ["bio"]),
        ("?claim=claimed", ["cyber"]),
        ("?claim=@other_reviewer", ["cyber"]),
        ("?claim=@reviewer", []),
        ("?decider=reviewer&state=all", []),
        ("?state=snoozed", []),
        ("?state=asked", []),
        ("?code=BIO&claim=free&assigned=reviewer&age=week&q=biology&sort=blocked", ["bio"]),
        ("?code=%00&state=rubbish&age=x&week=yesterday&page=last", ["bio", "cyber"]),
    ],
)
def test_the_address_filters(
    query: str, found: list[str], client: Client, reviewer: User, other_reviewer: User
) -> None:
    cases = {
        "cyber": held(1, topic="parks"),
        "bio": held(9, category="bio", question="The question of biology."),
    }
    claim.claim(case_id=cases["cyber"].pk, by=other_reviewer, now=timezone.now())
    assign(case_id=cases["bio"].pk, to=reviewer, by=reviewer, now=timezone.now())
    page = client.get(f"/queue/{query}").content.decode()
    assert rows(page) == [cases[name].pk for name in found]


def test_a_filter_that_is_on_shows_as_a_chip_with_the_address_without_it(client: Client) -> None:
    held(1)
    page = client.get("/queue/?code=CYBER&age=day").content.decode()
    assert re.search(r'href="/queue/\?age=day"[^>]*>Code: CYBER', page)
    assert re.search(r'href="/queue/\?code=CYBER"[^>]*>Waiting: over a day', page)


def test_a_search_without_a_word_narrows_nothing_and_says_so(client: Client) -> None:
    case = held(1)
    page = client.get("/queue/?q=%3F%3F&code=CYBER").content.decode()
    assert "There is no word to look for." in page
    assert rows(page) == [case.pk]
    assert "Search: ??" not in page
    assert f'href="/cases/{case.pk}/?code=CYBER"' in page


def test_an_address_may_name_what_no_list_offers(client: Client) -> None:
    page = client.get("/queue/?code=OLD_CODE&assigned=somebody&claim=@gone").content.decode()
    assert '<option value="OLD_CODE" selected>' in page
    assert '<option value="somebody" selected>' in page
    assert '<option value="@gone" selected>' in page


@pytest.mark.parametrize(("query", "is_open"), [("", False), ("?code=BIO&q=x", False), ("?claim=free", True)])
def test_the_rarer_filters_are_open_where_one_is_on(query: str, is_open: bool, client: Client) -> None:
    page = client.get(f"/queue/{query}").content.decode()
    assert ('<details class="more-filters" open>' in page) == is_open


def test_the_search_is_always_in_sight_and_names_its_key(client: Client) -> None:
    page = client.get("/queue/").content.decode()
    assert re.search(r'<input[^>]*name="q"[^>]*data-key="/"', page)


def test_a_row_says_what_it_blocks_who_has_it_and_until_when_it_rests(
    client: Client, reviewer: User, other_reviewer: User
) -> None:
    now = timezone.now()
    claimed, handed, resting = held(1), held(2), held(3)
    claim.claim(case_id=claimed.pk, by=other_reviewer, now=now)
    assign(case_id=handed.pk, to=other_reviewer, by=reviewer, now=now)
    until = now + timedelta(days=3)
    snooze(case_id=resting.pk, kind=Snooze.DATE, until=until, by=reviewer, now=now)
    page = " ".join(client.get("/queue/?state=all").content.decode().split())
    claimed.refresh_from_db()
    assert f"claimed by other_reviewer until {claimed.claimed_until:%H:%M}" in page
    assert "handed to other_reviewer" in page
    assert f"snoozed until {until:%Y-%m-%d %H:%M}" in page
    assert re.search(r'data-label="Blocked"[^>]*>72 h<', page)


def test_every_row_has_its_link_and_its_box_and_a_claim_where_it_is_free(
    client: Client, other_reviewer: User
) -> None:
    taken, free = held(1), held(2)
    claim.claim(case_id=taken.pk, by=other_reviewer, now=timezone.now())
    page = client.get("/queue/").content.decode()
    found = {
        int(pk): row for pk, row in re.findall(r'<tr data-row id="row-(\d+)">(.*?)</tr>', page, re.DOTALL)
    }
    assert found.keys() == {taken.pk, free.pk}
    for row in found.values():
        assert row.count('class="row-link') == 1
        assert len(re.findall(r'<input type="checkbox"[^>]* data-select ', row)) == 1
    assert f'<form data-claim method="post" action="/cases/{free.pk}/claim/"' in found[free.pk]
    assert "data-claim" not in found[taken.pk]


def test_the_list_counts_by_code_as_far_as_it_counts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(1, 5):
        held(days, category="bio" if days == 4 else "cyber")
    page = client.get("/queue/").content.decode()
    assert re.search(r'href="/queue/\?code=CYBER"[^>]*>CYBER <span class="count">3</span>', page)
    monkeypatch.setattr("reviews.queue.COUNTED", 2)
    monkeypatch.setattr("reviews.views.queue.COUNTED", 2)
    monkeypatch.setattr("reviews.paging.PAGE_SIZE", 1)
    page = client.get("/queue/").content.decode()
    assert "2+ cases" in page
    assert "Of the first 2:" in page
    assert 'id="held-count">2+<' in page, "beside the queue, on every page"
    assert "of 2+" in client.get(Case.objects.latest("pk").get_absolute_url()).content.decode()


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
    with django_assert_num_queries(16):
        client.get("/queue/")
    for days in range(2, 12):
        held(days, pipeline=f"pipeline-{days}", topic=f"topic-{days}")
    with django_assert_num_queries(16):
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


SHY = "Prompt not shown here: sensitive code"


def test_the_prompt_of_a_sensitive_code_is_not_shown_in_the_list_unless_the_person_wants_it(
    client: Client, reviewer: User
) -> None:
    sensitive, other = held(9, question="A hard thing to read."), held(1, question="About the car park.")
    Case.objects.filter(pk=sensitive.pk).update(code="SELF_HARM")
    page = client.get("/queue/").content.decode()
    assert rows(page) == [sensitive.pk, other.pk]
    assert "A hard thing" not in page
    assert page.count(SHY) == 1
    assert f'task-1 · <span class="soft">{SHY}</span>' in page
    assert "About the car park." in page
    Preferences.objects.create(person=reviewer, fold_sensitive=False)
    page = client.get("/queue/").content.decode()
    assert "A hard thing to read." in page
    assert SHY not in page


def test_the_site_says_which_codes_are_not_shown(client: Client) -> None:
    held(9, question="A hard thing to read.")
    assert SHY not in client.get("/queue/").content.decode()
    CodeGuidance.objects.create(code="CYBER", text="Look twice.", sensitive=True)
    assert SHY in client.get("/queue/").content.decode()
    assert SHY in client.get("/queue/?q=hard", headers={"HX-Request": "true"}).content.decode()


def test_neither_the_rail_nor_what_could_be_merged_nor_a_bulk_act_shows_it(
    client: Client, reviewer: User
) -> None:
    hard, other = held(9, question="A hard thing to read."), held(1, question="About the car park.")
    Case.objects.filter(pk=hard.pk).update(code="SELF_HARM")
    beside = client.get(other.get_absolute_url()).content.decode()
    assert "A hard thing" not in beside
    assert beside.count(SHY) == 2, "in the rail, and where it could be merged with"
    chosen = {"act": "uphold", "cases": [f"{case.pk}:{case.version}" for case in (hard, other)]}
    confirm = client.post("/bulk/", chosen).content.decode()
    assert "About the car park." in confirm
    assert "A hard thing" not in confirm
    assert confirm.count(SHY) == 1
    Preferences.objects.create(person=reviewer, fold_sensitive=False)
    assert client.get(other.get_absolute_url()).content.decode().count("A hard thing to read.") == 2


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/queue/?state=foo", "State"),
        ("/queue/?week=foo", "Week of"),
        ("/queue/?happened=nonsense", "Happened"),
        ("/queue/?happened=closed&happened_from=xx", "Happened from"),
        ("/patterns/?state=foo", "State"),
        ("/patterns/?pipeline=nope", "Pipeline"),
        ("/over-refusal/?until=abc", "Until week"),
        ("/over-refusal/?until=2999-W01", "Until week"),
    ],
)
def test_what_a_list_leaves_out_of_an_address_is_said(address: str, field: str, client: Client) -> None:
    page = client.get(address).content.decode()
    said = re.search(r"Left out, for it cannot be read:\s*(.*?)</p>", page, re.DOTALL)
    assert said
    assert said[1].startswith(f"{field} (")
    assert "Left out" not in client.get(address.partition("?")[0]).content.decode()
