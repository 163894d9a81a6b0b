"""What happened before a case, in a real browser: loaded when somebody opens it, and read by everybody."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from reviews.models import Case
from tests.cases import QUESTION, body, held_case, report
from tests.pages import barriers
from tests.views.test_precedents import PURPOSE, closed, reissued_and_closed

# Looks at what pages look like and what scripts do there, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.fixture
def case(transactional_db: None, reviewer: User) -> Case:
    reissued_and_closed(held_case(question=f"{QUESTION} Keep it short."), reviewer)
    closed(held_case(question=QUESTION.replace("staff", "guests"), topic="people"), reviewer)
    report(response=body("refusal", category="cyber"))
    return held_case()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 360])
def test_the_panel_is_loaded_when_it_is_opened_and_has_no_barriers(
    scheme: str, width: int, case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer, color_scheme=scheme, viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(case.get_absolute_url())
    before = page.get_by_role("region", name="What happened before")
    expect(before.get_by_text("Similar cases, and how")).to_be_visible()
    assert not [url for url in asked if "precedents" in url]
    before.get_by_text("Similar cases, and how").click()
    expect(before.get_by_text("Re-issued once, answered 0.")).to_be_visible()
    expect(before.get_by_text("Answered 0 of 2 times")).to_be_visible()
    for times in range(2):  # folded and opened again, it is not asked for again
        before.get_by_text("Similar cases, and how").click()
        expect(before.get_by_text("Answered 0 of 2 times")).to_be_visible(visible=bool(times))
    assert len([url for url in asked if "precedents" in url]) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(page) == []


def test_a_context_is_copied_and_nothing_is_filled_in(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer, permissions=["clipboard-read", "clipboard-write"])
    page.goto(case.get_absolute_url())
    page.get_by_text("Similar cases, and how").click()
    page.get_by_role("button", name=re.compile("Copy the purpose")).click()
    expect(page.get_by_role("region", name="Notices").get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == PURPOSE
    expect(page.get_by_label("Purpose")).to_have_value("")


def test_without_script_a_link_leads_to_a_page_of_its_own(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer, java_script_enabled=False)
    page.goto(case.get_absolute_url())
    page.get_by_text("Similar cases, and how").click()
    page.get_by_role("link", name="Open them on a page of their own").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What happened before")
    expect(page.get_by_text("Re-issued once, answered 0.")).to_be_visible()


def test_the_page_of_its_own_has_no_barriers(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer)
    page.goto(f"/cases/{case.pk}/precedents/")
    expect(page.get_by_text("Answered 0 of 2 times")).to_be_visible()
    assert barriers(page) == []
