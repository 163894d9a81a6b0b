"""The pages in German: nothing of the English is left on them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from reviews.history import history
from reviews.models import Case, Preferences
from tests.words.reading import english_in, texts_of
from tests.words.scene import played

pytestmark = pytest.mark.django_db

# In its German admin: the way home, and a picture that it never translates.
OF_DJANGO = {"Start", "Search"}


@pytest.fixture
def scene(sandbox: str) -> tuple[User, list[str]]:
    lead, addresses = played()
    Preferences.objects.create(person=lead, language="de")
    return lead, addresses


def left_in(page: str) -> list[str]:
    assert '<html lang="de">' in page or "<html" not in page
    texts = texts_of(page)
    assert texts
    return english_in(texts)


def test_a_message_in_english_is_found() -> None:
    page = '<html lang="de"><h1>Queue</h1><p>Sie <b>claimed by Ben Okafor</b></p><i title="Withdraw"></i>'
    assert left_in(page) == ["Queue", "claimed by Ben Okafor", "Withdraw"]
    assert left_in('<html lang="de"><h1>Warteschlange</h1>') == []


def test_what_is_marked_as_another_language_is_not_ours_and_all_around_it_is() -> None:
    page = """<html lang="de"><p>Queue <span lang="en" title="Withdraw">Claimed<br/><b>Held</b> <img alt="Undo">
        <i>Reports</i></span> <u title="Older">Alerts</u></p><p lang="de">Patterns</p>"""
    assert left_in(page) == ["Queue", "Older", "Alerts", "Patterns"]
    assert left_in(page.replace(' lang="en"', "")) != left_in(page)


def test_no_page_has_an_english_message_left(
    scene: tuple[User, list[str]], client_as: Callable[[User], Client]
) -> None:
    lead, addresses = scene
    client = client_as(lead)
    pages = {address: client.get(address) for address in [*addresses, "/nothing/"]}
    assert [address for address, page in pages.items() if page.status_code != 200] == ["/nothing/"]
    left = {address: found for address, page in pages.items() if (found := left_in(page.content.decode()))}
    assert left == {}


def test_what_comes_back_from_a_form_is_in_german(
    scene: tuple[User, list[str]], client_as: Callable[[User], Client]
) -> None:
    lead, _addresses = scene
    client = client_as(lead)
    waiting = Case.objects.filter(state="held")
    cases = [f"{case.pk}:{case.version}" for case in waiting]
    case = waiting.filter(claimed_by=None, snooze="").latest("pk").get_absolute_url()
    forms = [
        *(
            ("/bulk/", {"act": act, "cases": cases})
            for act in ("uphold", "withdraw", "assign", "topic", "snooze")
        ),
        *(
            (f"{case}{name}/", {"version": "1"})
            for name in ("uphold", "reissue", "reclassify", "merge", "snooze")
        ),
        (f"{case}uphold/", {"version": "99", "reason": "Recte."}),
        (f"{case}reissue/", {"action": "preview", "version": "1", "purpose": "Ut.", "background": "Quia."}),
        ("/bulk/act/", {"act": "uphold", "cases": cases[:2], "reason": "Recte."}),
        *((address, {}) for address in ("/changes/new/", "/alerts/", "/preferences/alerts/")),
        ("/preferences/reports/", {"pipeline": "lectio"}),
        *((f"/{name}/file/", {"since": "2026-W47", "until": "2026-W46"}) for name in ("dataset", "packet")),
        ("/dataset/file/", {"since": "Cras."}),
    ]
    left = {}
    for address, data in forms:
        response = client.post(address, data, follow=True)
        assert response.status_code < 500
        if found := left_in(response.content.decode()):
            left[address, str(data)] = found
    assert left == {}


def test_the_admin_of_leads_is_in_german(
    scene: tuple[User, list[str]], client_as: Callable[[User], Client]
) -> None:
    lead, _addresses = scene
    client = client_as(lead)
    pages = ["", "reviews/case/", "reviews/caseevent/", "reviews/decision/", "reviews/reissue/"]
    pages += ["reviews/delivery/", "reviews/suspicion/", "reviews/mention/", "reviews/codeguidance/add/"]
    pages += ["reviews/reasontemplate/add/", "pipelines/pipeline/", "pipelines/pipeline/add/"]
    pages += ["pipelines/topic/add/", "pipelines/apikey/add/", "reviews/textexport/"]
    left = {}
    for page in pages:
        response = client.get(f"/admin/{page}")
        assert response.status_code == 200, page
        if found := set(english_in(texts_of(response.content.decode()))) - OF_DJANGO:
            left[page] = found
    assert left == {}


def test_a_history_is_said_in_the_language_of_whoever_reads_it(scene: tuple[User, list[str]]) -> None:
    """What happened was written down while the site spoke English."""
    said = {}
    for language in ("en", "de"):
        with translation.override(language):
            said[language] = {line.said for case in Case.objects.all() for line in history(case)}
    assert "woke up: it grew to 2 declines" in said["en"]
    assert "wieder vorgelegt: auf 2 Ablehnungen gewachsen" in said["de"]
    assert said["en"] & said["de"] == set()
    assert len(said["en"]) == len(said["de"])


@pytest.mark.parametrize("address", ["/login/", "/reports/"])
def test_whoever_is_not_signed_in_is_answered_as_the_browser_asks(address: str, client: Client) -> None:
    page = client.get(address, follow=True, headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert left_in(page.content.decode()) == []
    assert "Bei RefusalHub anmelden" in page.content.decode()


def test_an_error_of_the_server_is_told_in_the_language_of_the_page(
    viewer: User, client_as: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("an error of the server")

    monkeypatch.setattr("reviews.views.report_page.tables_of", fail)
    client = client_as(viewer)
    client.raise_request_exception = False
    response = client.get("/reports/", headers={"accept-language": "de"})
    assert response.status_code == 500
    assert left_in(response.content.decode()) == []
