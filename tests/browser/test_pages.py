"""Every page in a real browser: no error, no request that leaves, no sideways scrolling, by keyboard."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from pipelines.models import Run
from reviews.models import Case, Preferences
from tests.cases import ANSWER, body, held_case, report
from tests.pages import barriers, open_whole

# Looks at what pages look like, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]

REFUSING_ANSWER = (
    "I'm sorry, but I can't help with that request. Please ask somebody else about the car park."
)
LONG = "an_unbroken_word_" * 40


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Make one of each: a case with a long word in its prompt, an ok run, and a suspected one."""
    report(response=body("end_turn", text=ANSWER), question="An ordinary question about the weather.")
    report(response=body("end_turn", text=REFUSING_ANSWER), question="A question that is refused in words.")
    held_case(question=f"Another notice, with {LONG}.", topic="")
    return held_case()


def other_than(case: Case) -> Case:
    return Case.objects.exclude(pk=case.pk).get()


@pytest.fixture
def people(viewer: User, reviewer: User, lead: User) -> dict[str, User]:
    return {"viewer": viewer, "reviewer": reviewer, "lead": lead}


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1400, "dark")])
@pytest.mark.parametrize("role", ["viewer", "reviewer", "lead"])
def test_every_page_opens_without_an_error_a_barrier_or_sideways_scrolling(
    role: str, scheme: str, width: int, case: Case, people: dict[str, User], page_as: Callable[..., Page]
) -> None:
    page = page_as(people[role], color_scheme=scheme, viewport={"width": width, "height": 800})
    addresses = ["/reports/", "/reports/?until=2020-01-01", "/asked/", "/preferences/"]
    addresses += ["/preferences/reports/", "/packet/", *(["/dataset/"] if role == "lead" else [])]
    if role != "viewer":
        addresses += ["/queue/", "/queue/?code=BIO", case.get_absolute_url(), "/suspected/"]
        addresses += [other_than(case).get_absolute_url(), "/mentions/", "/queue/?state=all&q=notice"]
        addresses += [run.get_absolute_url() for run in Run.objects.filter(folded=None)]
    problems: list[str] = []
    for address in addresses:
        open_whole(page, address)
        expect(page.locator("h1")).to_be_visible()
        page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
        scrolled = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert scrolled <= 0, f"{address} is {scrolled} px too wide at {width}"
        problems += [f"{address}: {barrier}" for barrier in barriers(page)]
    assert problems == []


@pytest.mark.parametrize("width", [360, 1400])
def test_the_login_and_the_error_pages_fit(
    width: int, viewer: User, page_as: Callable[..., Page], page_errors: list[str]
) -> None:
    page = page_as(None, viewport={"width": width, "height": 800})
    page.goto("/queue/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page = page_as(viewer, viewport={"width": width, "height": 800})
    for address, heading in (("/queue/", "You have no access"), ("/nothing/", "There is nothing")):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all("40" in error for error in page_errors), "the console names the two status codes alone"
    page_errors.clear()


def test_filters_change_the_address_and_the_back_button_undoes_them(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    held_case(question="A question of biology.", category="bio")
    page = page_as(reviewer)
    page.goto("/queue/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    page.locator("#id_code").focus()
    page.locator("#id_code").select_option("BIO")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/queue/\?code=BIO$"))
    expect(page.locator("#id_code")).to_be_focused()
    page.get_by_role("link", name="Code: BIO").click()
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/queue/$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/queue/\?code=BIO$"))
    expect(rows).to_have_count(1)
    expect(page.locator("#id_code")).to_have_value("BIO")


def test_a_case_is_settled_by_keyboard_and_leads_to_the_next(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    Preferences.objects.create(person=reviewer, auto_advance=False)
    page = page_as(reviewer)
    page.goto(case.get_absolute_url())
    page.locator("summary", has_text="Uphold").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#uphold-reason")).to_be_focused()
    page.keyboard.type("The policy is right here.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Settled")).to_be_focused()
    expect(page.locator("#held-count")).to_contain_text("1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/cases/{other_than(case).pk}/$"))


def test_a_piece_of_a_bar_leads_to_the_cases_behind_it(
    case: Case, reviewer: User, page_as: Callable[..., Page]
) -> None:
    held_case(question="A question of biology.", category="bio")
    page = page_as(reviewer)
    page.goto("/reports/")
    mark = page.get_by_role("figure", name="Declines by reason code").locator("svg a").first
    address = mark.get_attribute("xlink:href") or mark.get_attribute("href") or ""
    assert "code=CYBER" in address, "the largest stands first"
    page.goto(address)
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_viewer_sees_the_chart_without_links(
    case: Case, viewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(viewer)
    page.goto("/reports/")
    expect(page.locator(".plot svg")).to_have_count(7)
    expect(page.locator(".plot a")).to_have_count(0)
