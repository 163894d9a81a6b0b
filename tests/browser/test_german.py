"""The pages in German in a real browser: long words fit on a phone, nothing bars the way, scripts speak German too."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from reviews.models import Preferences
from tests.cases import held_case
from tests.pages import barriers, open_whole
from tests.words.reading import english_in, texts_of
from tests.words.scene import played

# Looks at what pages look like, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]

OPEN_ALL = "for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1400, "light")])
def test_every_page_fits_in_german_and_has_no_barrier(
    width: int, scheme: str, sandbox: str, transactional_db: None, page_as: Callable[..., Page]
) -> None:
    lead, addresses = played()
    Preferences.objects.create(person=lead, language="de")
    page = page_as(lead, color_scheme=scheme, viewport={"width": width, "height": 800})
    problems = []
    for address in addresses:
        open_whole(page, address)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        page.evaluate(OPEN_ALL)
        if (scrolled := page.evaluate(TOO_WIDE)) > 0:
            problems.append(f"{address} is {scrolled} px too wide")
        problems += [f"{address}: {barrier}" for barrier in barriers(page)]
        problems += [f"{address}: {text!r}" for text in english_in(texts_of(page.content()))]
    assert problems == []


def test_the_login_follows_the_browser_and_fits(page_as: Callable[..., Page]) -> None:
    page = page_as(None, locale="de-DE", viewport={"width": 360, "height": 800})
    page.goto("/login/")
    expect(page.get_by_role("heading", name="Bei RefusalHub anmelden")).to_be_visible()
    assert page.evaluate(TOO_WIDE) <= 0
    assert barriers(page) == []


def test_scripts_speak_the_language_of_the_page(
    reviewer: User, page_as: Callable[..., Page], page_errors: list[str]
) -> None:
    page = page_as(reviewer, locale="de-DE")
    page.goto(held_case().get_absolute_url())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Kopieren Prompt").first.click()
    expect(page.locator(".toast")).to_contain_text("Kopiert")
    expect(page.locator(".toast").get_by_role("button")).to_have_text("Ausblenden")
    page.goto("/queue/")
    page.context.set_offline(True)
    page.get_by_role("link", name="Zurückgestellt").click()
    expect(page.locator(".toast")).to_contain_text("Der Server ist nicht erreichbar.")
    assert all("htmx:" in error or "DISCONNECTED" in error for error in page_errors), page_errors
    page_errors.clear()
