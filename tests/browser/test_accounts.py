"""Passwords in a real browser: a person changes theirs; the pages around it fit and have no barrier."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django import Settings

from reviews.reset import link_of
from tests.pages import barriers

# Looks at what pages look like, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]

OLD, NEW = "correct horse battery", "a staple that nobody guesses"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def log_in(page: Page, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("Username").fill("reviewer")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_person_changes_their_password_from_their_preferences(
    reviewer: User, browser_page: Page, page_as: Callable[..., Page]
) -> None:
    page = browser_page
    log_in(page, OLD)
    page.goto("/preferences/")
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Old password").fill("not this one")
    for field in ("New password", "New password confirmation"):
        page.get_by_label(field, exact=True).fill(NEW)
    page.get_by_role("button", name="Change it").click()
    expect(page.locator(".errorlist")).to_contain_text("old password was entered incorrectly")
    page.get_by_label("Old password").fill(OLD)
    for field in ("New password", "New password confirmation"):
        page.get_by_label(field, exact=True).fill(NEW)
    page.get_by_role("button", name="Change it").click()
    expect(page.locator("#messages")).to_contain_text("Your password is changed.")
    new = page_as(None)
    log_in(new, OLD)
    expect(new.get_by_role("alert")).to_contain_text("correct username and password")
    log_in(new, NEW)
    expect(new.get_by_role("heading", level=1)).to_have_text("Queue")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1400, "light")])
def test_the_pages_around_a_password_fit_and_have_no_barrier(
    width: int, scheme: str, reviewer: User, page_as: Callable[..., Page], settings: Settings
) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    stranger, person = page_as(None, **options), page_as(reviewer, **options)
    settings.PASSWORD_RESET = True
    problems = []
    for page, address in [
        (stranger, "/login/"),
        (stranger, "/login/forgotten/"),
        (stranger, link_of(reviewer)),
        (stranger, "/login/forgotten/MQ/used-before/"),
        (person, "/preferences/password/"),
    ]:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        problems += [f"{address}: {barrier}" for barrier in barriers(page)]
        if (scrolled := page.evaluate(TOO_WIDE)) > 0:
            problems.append(f"{address} is {scrolled} px too wide")
    assert problems == []


def test_whoever_tries_too_often_reads_how_long_to_wait(
    reviewer: User, browser_page: Page, page_errors: list[str], settings: Settings
) -> None:
    cache.clear()
    settings.LOGIN_TRIES_PER_ACCOUNT = 1
    for _ in range(2):
        log_in(browser_page, "wrong")
    expect(browser_page.get_by_role("alert")).to_contain_text("Too many tries. Wait")
    expect(browser_page.get_by_role("alert")).to_be_focused()
    assert barriers(browser_page) == []
    assert ["429" in error for error in page_errors] == [True]
    page_errors.clear()
    cache.clear()
