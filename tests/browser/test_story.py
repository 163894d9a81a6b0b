"""The whole way through in a real browser: from a held request to its deliverable and the report."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews.models import Case, Preferences, Resolution, State
from tests.cases import held_case
from tests.processes import RunningProcess

pytestmark = [pytest.mark.browser, pytest.mark.worker]

PURPOSE = "A notice for the staff of the town hall."
BACKGROUND = "The car park is our own, and its manager asked for the notice."
WAIT = 60_000
"""Milliseconds that an answer may take on a busy machine."""


@pytest.fixture(autouse=True)
def _stack(sandbox: str, worker: RunningProcess, transactional_db: None) -> None:
    """Run the whole stack."""


def waiting_case(ending: str, *, days: int) -> Case:
    now = timezone.now() - timedelta(days=days)
    return held_case(question=f"Write the notice of day {days}. [[sandbox: {ending}]]", now=now)


def log_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()


def add_context(page: Page) -> None:
    page.get_by_label("Purpose").fill(PURPOSE)
    page.get_by_label("Background").fill(BACKGROUND)
    page.get_by_label("What I add is true.").check()


def settled_this_week(page: Page) -> dict[str, int]:
    """Read the newest lines of the report's tables of decisions and of re-issues."""
    page.goto("/reports/")
    found: dict[str, int] = {}
    for name in ("Decisions by kind", "Re-issues and how they ended"):
        table = page.get_by_role("region", name=name, exact=True)
        expect(table).to_be_visible()  # what people did is fetched after the page
        titles = table.locator("thead th").all_inner_texts()[1:]
        cells = table.locator("tbody tr").first.locator("td").all_inner_texts()
        found |= dict(zip(titles, map(int, cells), strict=True))
    return found


def test_a_reviewer_reissues_the_oldest_case_and_its_pipeline_gets_the_answer(
    page_as: Callable[..., Page], reviewer: User
) -> None:
    newer = waiting_case("until_context cyber", days=1)
    oldest = waiting_case("until_context cyber", days=3)
    Preferences.objects.create(person=reviewer, auto_advance=False)
    page = page_as(None)
    log_in(page, reviewer)
    before = settled_this_week(page)

    page.goto("/queue/")
    expect(page.locator("#held-count")).to_contain_text("2")
    page.locator("tbody a.row-link").first.click()
    expect(page).to_have_url(re.compile(rf"/cases/{oldest.pk}/$"))

    add_context(page)
    page.get_by_role("button", name="Preview the request").click()
    exact = page.get_by_role("region", name="The exact request")
    expect(exact.locator("ins", has_text=PURPOSE)).to_be_visible()
    expect(page.locator("#preview-h")).to_be_focused()
    shown = exact.text_content()

    page.evaluate("document.body.dataset.unloaded = 'no'")
    page.get_by_role("button", name="Send re-issue").click()
    expect(page.get_by_role("heading", name="On its way")).to_be_focused()
    answer = page.get_by_role("region", name="Re-issue 1")
    expect(answer.get_by_text("[simulated answer]")).to_be_visible(timeout=WAIT)
    assert page.evaluate("document.body.dataset.unloaded") == "no", "the page was loaded anew"
    assert oldest.reissues.get().request == shown

    page.get_by_role("button", name="Accept as the deliverable").click()
    expect(page.get_by_role("heading", name="Settled")).to_be_focused()
    expect(page.locator("#state-h + span")).to_contain_text("closed")
    page.locator("aside").get_by_role("link", name="Next case").click()
    expect(page).to_have_url(re.compile(rf"/cases/{newer.pk}/$"))

    after = settled_this_week(page)
    assert after == before | {"re-issue": 1, "All": 1, "answered": 1, "delivered": 1}
    oldest.refresh_from_db()
    assert (oldest.state, oldest.resolution) == (State.CLOSED, Resolution.DELIVERED)


def test_a_reissue_that_is_declined_again_leaves_the_case_held_and_says_so(
    page_as: Callable[..., Page], reviewer: User
) -> None:
    case = waiting_case("refusal cyber", days=1)
    page = page_as(reviewer)
    page.goto(case.get_absolute_url())
    add_context(page)
    page.get_by_role("button", name="Send re-issue").click()
    expect(page.get_by_role("region", name="Re-issue 1").locator(".badge")).to_have_text(
        "declined again", timeout=WAIT
    )
    expect(page.get_by_role("heading", name="Decide", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_contain_text("Declined again")
    case.refresh_from_db()
    assert case.state == State.HELD


def test_everything_works_without_script(page_as: Callable[..., Page], reviewer: User) -> None:
    case = waiting_case("until_context cyber", days=1)
    page = page_as(reviewer, java_script_enabled=False)
    page.goto("/queue/")
    page.locator("#id_code").select_option("CYBER")
    page.get_by_role("button", name="Show").click()
    page.locator("tbody a.row-link").first.click()
    add_context(page)
    page.get_by_role("button", name="Preview the request").click()
    expect(page.get_by_role("region", name="The exact request").locator("ins").first).to_be_visible()
    expect(page.get_by_label("Purpose")).to_have_value(PURPOSE)
    page.get_by_role("button", name="Send re-issue").click()
    expect(page.locator("#messages")).to_contain_text("Re-issue 1 is on its way.")

    accept = page.get_by_role("button", name="Accept as the deliverable")
    for _ in range(200):
        if accept.is_visible():
            break
        page.wait_for_timeout(300)
        page.get_by_role("link", name="Look again").click()
    accept.click()
    expect(page.locator("#messages")).to_contain_text("Answer accepted")
    expect(page).to_have_url(re.compile(rf"/cases/{case.pk}/\?code=CYBER$"))
    case.refresh_from_db()
    assert case.resolution == Resolution.DELIVERED
