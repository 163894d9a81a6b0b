"""How a person wants their pages, and the language that they are answered in."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Preferences
from tests.cases import held_case

pytestmark = pytest.mark.django_db

ALL = {"auto_advance": "on", "shortcuts": "on", "fold_sensitive": "on"}


def language_of(client: Client, address: str = "/preferences/", **headers: str) -> str:
    """Return the language that a page says it is in, once its header says the same."""
    response = client.get(address, **headers)  # type: ignore[arg-type]  # headers
    found = re.search(r'<html lang="([^"]+)">', response.content.decode())
    assert found and response["Content-Language"] == found[1]
    return found[1]


def test_whoever_has_chosen_nothing_has_the_defaults_and_no_row(
    viewer: User, client_as: Callable[[User], Client]
) -> None:
    page = client_as(viewer).get("/preferences/").content.decode()
    assert len(re.findall(r'type="checkbox"[^>]* checked', page)) == 3
    assert not Preferences.objects.exists()


def test_what_is_chosen_is_kept_and_shown_again(reviewer: User, client_as: Callable[[User], Client]) -> None:
    client = client_as(reviewer)
    page = client.post("/preferences/", {"shortcuts": "on", "language": ""}, follow=True).content.decode()
    assert "Saved." in page
    kept = Preferences.objects.get(person=reviewer)
    assert (kept.auto_advance, kept.shortcuts, kept.fold_sensitive, kept.language) == (False, True, False, "")
    assert re.findall(r'name="(\w+)"[^>]* checked', page) == ["shortcuts"]


def test_a_person_changes_nobody_elses_preferences(
    reviewer: User, lead: User, client_as: Callable[[User], Client]
) -> None:
    client_as(lead).post("/preferences/", ALL)
    client_as(reviewer).post("/preferences/", {"person": lead.pk})
    assert Preferences.objects.get(person=lead).auto_advance
    assert not Preferences.objects.get(person=reviewer).auto_advance


def test_a_language_that_there_is_not_names_its_field(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    response = client_as(reviewer).post("/preferences/", ALL | {"language": "xx"})
    assert response.status_code == 422
    assert 'href="#id_language"' in response.content.decode()
    assert not Preferences.objects.exists()


def test_the_chosen_language_holds_on_every_page_whatever_the_browser_asks_for(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    case = held_case()
    client.post("/preferences/", ALL | {"language": "de"})
    for address in ("/preferences/", "/queue/", case.get_absolute_url(), "/no/such/page/"):
        assert language_of(client, address, HTTP_ACCEPT_LANGUAGE="en") == "de"
    page = client.post(f"/cases/{case.pk}/note/", {"text": ""}).content.decode()
    assert "Dieses Feld ist zwingend erforderlich." in page
    client.post("/preferences/", ALL | {"language": "en"})
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="de") == "en"


def test_without_a_choice_the_browser_is_followed(
    reviewer: User, client_as: Callable[[User], Client]
) -> None:
    client = client_as(reviewer)
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="de") == "de"
    assert language_of(client) == "en"


def test_one_persons_language_is_not_the_next_ones(
    reviewer: User, lead: User, client_as: Callable[[User], Client]
) -> None:
    client_as(reviewer).post("/preferences/", ALL | {"language": "de"})
    assert language_of(client_as(reviewer)) == "de"
    assert language_of(client_as(lead)) == "en"
    assert language_of(Client(), "/login/") == "en"


def test_the_menu_leads_to_the_preferences(viewer: User, client_as: Callable[[User], Client]) -> None:
    assert 'href="/preferences/"' in client_as(viewer).get("/reports/").content.decode()
