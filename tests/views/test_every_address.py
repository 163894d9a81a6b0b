"""Denied by default: no address is open to somebody for whom nobody opened it, today's and tomorrow's alike."""

import inspect
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from refusalhub import urls
from reviews.access import ACCOUNT, DECIDE, LEAD, READ_TEXT, SEE_NUMBERS, asks_for
from reviews.roles import ROLES
from tests.views.every_address import every_address

# What is open to whoever comes, and why.
OPEN = {
    "login": "the way in",
    "password_reset": "whoever forgot their password cannot log in",
    "password_reset_confirm": "the token in the mail is what counts",
    "admin:login": "leads to the login",
    "unsubscribe": "the signed token in the mail is what counts",
    "health-live": "a probe has no account",
    "health-ready": "a probe has no account",
}
# What says by itself who may come, and is tried below.
THE_API, THE_ADMIN = "api:", "admin:"
DOCUMENTS = {"api:api-root", "api:openapi-json", "api:openapi-view"}  # of the API: they say what it takes
RIGHTS = {ACCOUNT, SEE_NUMBERS, READ_TEXT, DECIDE, LEAD}
WITHOUT = {"outsider": set[str](), **{role: set(rights) for role, rights in ROLES.items() if role != "lead"}}

ADDRESSES = every_address()
OURS = [one for one in ADDRESSES if not one.name.startswith((THE_API, THE_ADMIN))]
MARKED = [one for one in OURS if one.name not in OPEN]
API = [one for one in ADDRESSES if one.name.startswith(THE_API) and one.name not in DOCUMENTS]
ADMIN = [one for one in ADDRESSES if one.name.startswith(THE_ADMIN) and one.name not in OPEN]


def forgotten(request: HttpRequest) -> HttpResponse:
    """A view whose decorator was forgotten."""
    return HttpResponse("open")


urlpatterns = [path("forgotten/", forgotten, name="forgotten"), *urls.urlpatterns]


def test_every_view_says_whom_it_is_for() -> None:
    assert len(MARKED) > 90, "the walk found the site"
    assert {one.name: asks_for(one.view) for one in MARKED if asks_for(one.view) not in RIGHTS} == {}


def test_only_what_is_named_here_is_open_to_whoever_comes() -> None:
    others = [one for one in ADDRESSES if not one.name.startswith(THE_API)]
    assert {one.name for one in others if not getattr(one.view, "login_required", True)} == set(OPEN)
    assert [one.name for one in OURS if one.name in OPEN and asks_for(one.view)] == []


@pytest.mark.parametrize("who", [None, "outsider", "reviewer", "lead"])
@pytest.mark.django_db
def test_a_view_that_does_not_say_whom_it_is_for_is_open_to_nobody(
    who: str | None, request: pytest.FixtureRequest, client_as: Callable[[User], Client], settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    client = client_as(request.getfixturevalue(who)) if who else Client()
    response = client.get("/forgotten/")
    assert (response.status_code, response.get("Location")) == (
        (403, None) if who else (302, "/login/?next=/forgotten/")
    )


@pytest.mark.django_db
def test_a_stranger_is_led_to_the_login_everywhere(client: Client) -> None:
    led = {one.name: (client.get(one.path), client.post(one.path)) for one in MARKED}
    elsewhere = {
        name: answer.status_code
        for name, answers in led.items()
        for answer in answers
        if not (answer.status_code == 302 and answer["Location"].startswith("/login/?next="))
    }
    assert elsewhere == {}


@pytest.mark.parametrize("who", WITHOUT)
@pytest.mark.django_db
def test_without_the_right_no_address_answers(
    who: str, request: pytest.FixtureRequest, client_as: Callable[[User], Client]
) -> None:
    client = client_as(request.getfixturevalue(who))
    beyond = [one for one in MARKED if asks_for(one.view) not in {ACCOUNT, *WITHOUT[who]}]
    assert beyond
    answers = {
        one.name: {client.get(one.path).status_code, client.post(one.path).status_code} for one in beyond
    }
    assert {name: codes for name, codes in answers.items() if not {403} <= codes <= {403, 405}} == {}


@pytest.mark.django_db
def test_the_api_wants_a_key_everywhere(client: Client) -> None:
    answers = {one.name: {client.get(one.path).status_code, client.post(one.path).status_code} for one in API}
    assert len(answers) >= 8
    assert {name: codes for name, codes in answers.items() if not {401} <= codes <= {401, 405}} == {}


@pytest.mark.parametrize("who", ["outsider", "reviewer"])
@pytest.mark.django_db
def test_nobody_without_the_right_comes_into_the_admin_by_any_address(
    who: str, request: pytest.FixtureRequest, client_as: Callable[[User], Client]
) -> None:
    client = client_as(request.getfixturevalue(who))
    led = {one.path: client.get(one.path) for one in ADMIN if one.name != "admin:logout"}
    assert len(led) > 50
    assert {
        at: it.status_code for at, it in led.items() if "/admin/login/" not in it.get("Location", "")
    } == {}


def test_a_view_gets_what_its_signature_says() -> None:
    """A number is an int; any other place of an address is a str."""
    wrong = {
        one.name: (name, parameter.annotation)
        for one in MARKED
        for name, parameter in inspect.signature(one.view).parameters.items()
        if name in one.converters
        and parameter.annotation
        is not (int if type(one.converters[name]).__name__ == "IntConverter" else str)
    }
    assert wrong == {}
    assert [one.name for one in OURS if "(?P" in one.route] == [], "a regular expression gives strings alone"
