"""Saved views of the queue: one's own, and those that people share."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews import saved
from reviews.models import SavedView

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def view(by: User, *, name: str = "Cyber", shared: bool = False) -> SavedView:
    return saved.save(name=name, query="?code=CYBER", shared=shared, by=by)


def test_the_filter_is_saved_as_it_stands_and_leads_there_again(client: Client, reviewer: User) -> None:
    response = client.post("/queue/views/?code=BIO&state=&age=week&rubbish=1", {"name": " Old biology "})
    assert response["Location"] == "/queue/?code=BIO&age=week"
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared, view.by) == (
        "Old biology",
        "?code=BIO&age=week",
        False,
        reviewer,
    )
    page = client.get("/queue/?code=BIO&age=week").content.decode()
    assert "Saved as “Old biology”." in page
    assert 'hx-get="/queue/?code=BIO&amp;age=week" aria-current="page">Old biology</a>' in page


def test_saving_under_a_name_again_replaces_ones_own_view(client: Client, other_reviewer: User) -> None:
    theirs = view(other_reviewer)
    client.post("/queue/views/?code=BIO", {"name": "Cyber"})
    client.post("/queue/views/?code=PII", {"name": "Cyber", "shared": "on"})
    mine = SavedView.objects.exclude(pk=theirs.pk).get()
    assert (mine.query, mine.shared) == ("?code=PII", True)
    theirs.refresh_from_db()
    assert theirs.query == "?code=CYBER"


def test_htmx_gets_the_list_with_the_view_and_a_toast(client: Client) -> None:
    response = client.post("/queue/views/?code=BIO", {"name": "Biology"}, headers=HTMX)
    assert "Saved as" in response["HX-Trigger"]
    page = response.content.decode()
    assert "<html" not in page
    assert ">Biology</a>" in page
    assert response["HX-Push-Url"] == "/queue/?code=BIO"


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_without_a_fit_name_comes_back_with_the_error(
    name: str, headers: dict[str, str], client: Client
) -> None:
    response = client.post("/queue/views/?code=BIO", {"name": name}, headers=headers)
    assert response.status_code == 422
    page = response.content.decode()
    assert '<details class="menu" open>' in page
    assert "errorlist" in page
    assert not SavedView.objects.exists()


def test_a_person_sees_their_own_views_first_and_then_what_others_share(
    client: Client, reviewer: User, other_reviewer: User
) -> None:
    view(other_reviewer, name="A shared one", shared=True)
    view(other_reviewer, name="A private one")
    view(reviewer, name="My own")
    page = client.get("/queue/").content.decode()
    assert "A private one" not in page
    assert page.index("My own") < page.index("A shared one")


def test_one_renames_ones_own_views_alone(client: Client, reviewer: User, other_reviewer: User) -> None:
    mine, theirs = view(reviewer), view(other_reviewer, shared=True)
    response = client.post(f"/queue/views/{mine.pk}/?code=BIO", {"name": "Cyber, all of it"})
    assert response["Location"] == "/queue/?code=BIO"
    mine.refresh_from_db()
    assert mine.name == "Cyber, all of it"
    assert client.post(f"/queue/views/{theirs.pk}/", {"name": "Taken"}).status_code == 403
    theirs.refresh_from_db()
    assert theirs.name == "Cyber"


def test_a_name_that_is_taken_or_missing_changes_nothing(client: Client, reviewer: User) -> None:
    mine = view(reviewer)
    view(reviewer, name="Biology")
    response = client.post(f"/queue/views/{mine.pk}/", {"name": "Biology"}, headers=HTMX)
    assert "You have a view named" in response["HX-Trigger"]
    page = client.post(f"/queue/views/{mine.pk}/", {"name": ""}, follow=True).content.decode()
    assert "This field is required." in page
    mine.refresh_from_db()
    assert mine.name == "Cyber"


def test_one_deletes_ones_own_views_and_a_lead_also_what_is_shared(
    client: Client, reviewer: User, other_reviewer: User, lead: User, client_as: Callable[[User], Client]
) -> None:
    mine = view(reviewer)
    shared, private = view(other_reviewer, shared=True), view(other_reviewer, name="Private")
    assert client.post(f"/queue/views/{shared.pk}/delete/").status_code == 403
    assert client_as(lead).post(f"/queue/views/{private.pk}/delete/").status_code == 403
    assert client.post(f"/queue/views/{mine.pk}/delete/").status_code == 302
    response = client_as(lead).post(f"/queue/views/{shared.pk}/delete/", headers=HTMX)
    assert "is deleted" in response["HX-Trigger"]
    assert list(SavedView.objects.all()) == [private]


def test_a_name_is_shown_as_text(client: Client, reviewer: User) -> None:
    view(reviewer, name="<b>bold</b>")
    page = client.get("/queue/").content.decode()
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


@pytest.mark.parametrize("address", ["/queue/views/", "/queue/views/1/", "/queue/views/1/delete/"])
def test_a_viewer_saves_no_views(address: str, viewer: User, client_as: Callable[[User], Client]) -> None:
    assert client_as(viewer).post(address, {"name": "x"}).status_code == 403
