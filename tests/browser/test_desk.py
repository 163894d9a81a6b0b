"""A person at work on a case, in a real browser: what is typed stays, nobody is overrun, a moment allows undoing."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reviews import claim
from reviews.decide import settle
from reviews.models import Case, Draft, Kind, Preferences, Reissue, Resolution, Sending, State
from tests.cases import held_case
from tests.chromium import find_chromium
from tests.pages import FLAGS
from tests.processes import wait_until

pytestmark = pytest.mark.browser

PURPOSE = "A notice for the staff of the town hall."


@pytest.fixture
def case(transactional_db: None) -> Case:
    return held_case()


@pytest.fixture
def page(page_as: Callable[..., Page], reviewer: User) -> Page:
    return page_as(reviewer)


def stays(person: User) -> None:
    """Let a decision lead nowhere: the page shows what became of the case."""
    Preferences.objects.create(person=person, auto_advance=False)


@contextmanager
def browser_of_its_own(browser: Browser, folder: Path) -> Iterator[tuple[Browser, subprocess.Popen[bytes]]]:
    """Run a second Chromium as a process that can be killed, and connect to it."""
    path = find_chromium()
    assert path is not None
    options = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    process = subprocess.Popen([path, *FLAGS, *options], stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        told = folder / "DevToolsActivePort"
        wait_until(lambda: told.exists() and "\n" in told.read_text(), what="the browser listens")
        port = told.read_text().splitlines()[0]
        yield browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}"), process
    finally:
        process.kill()
        process.wait()


def test_a_browser_is_killed_in_the_middle_of_a_draft_and_the_draft_is_back(
    case: Case, reviewer: User, browser: Browser, live_server: LiveServer, tmp_path: Path, page: Page
) -> None:
    client = Client()
    client.force_login(reviewer)
    with browser_of_its_own(browser, tmp_path) as (doomed, process):
        context = doomed.new_context(base_url=live_server.url)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        tab = context.new_page()
        tab.goto(case.get_absolute_url())
        tab.get_by_label("Purpose").press_sequentially(PURPOSE)
        wait_until(
            lambda: Draft.objects.filter(values__purpose=PURPOSE).exists(),
            what="the draft is kept",
            seconds=20,
        )
        process.kill()
        process.wait()

    page.goto(case.get_absolute_url())
    expect(page.get_by_label("Purpose")).to_have_value(PURPOSE)
    expect(page.get_by_text("Your draft of")).to_be_visible()
    case.refresh_from_db()
    assert case.claimed_by == reviewer, "who begins to write has claimed the case"

    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_label("Purpose")).to_have_value("")
    assert not Draft.objects.exists()


def test_what_was_typed_last_goes_with_the_page_that_is_left(case: Case, page: Page) -> None:
    page.goto(case.get_absolute_url())
    page.get_by_label("Purpose").fill(PURPOSE)
    page.goto("/queue/")
    wait_until(lambda: Draft.objects.filter(values__purpose=PURPOSE).exists(), what="the draft is kept")


def test_a_stale_decision_is_refused_with_both_drafts_and_loses_nothing(
    case: Case, page: Page, reviewer: User, other_reviewer: User, page_errors: list[str]
) -> None:
    stays(reviewer)
    page.goto(case.get_absolute_url())
    page.locator("summary", has_text="Uphold").click()
    page.locator("#uphold-reason").fill("I find the decline right.")
    wait_until(lambda: Draft.objects.filter(by=reviewer).exists(), what="the draft is kept")
    # Their claim ran out while they were away; somebody else came and settled it.
    claim.give_back(case_id=case.pk, by=reviewer)
    settle(
        case_id=case.pk,
        version=case.version,
        kind=Kind.WITHDRAW,
        reason="Nobody needs it.",
        by=other_reviewer,
        now=timezone.now(),
    )
    page.get_by_role("button", name="Uphold the decline").click()

    expect(page.get_by_role("heading", name="It has changed")).to_be_visible()
    expect(page.locator(".collision")).to_contain_text("other_reviewer decided")
    expect(page.locator(".collision")).to_contain_text("Nobody needs it.")
    expect(page.locator(".facts .text", has_text="I find the decline right.")).to_be_visible()
    case.refresh_from_db()
    assert (case.resolution, case.decisions.count()) == (Resolution.WITHDRAWN, 1)
    assert Draft.objects.get(by=reviewer).values == {"reason": "I find the decline right."}
    assert all("409" in error for error in page_errors), page_errors
    page_errors.clear()


def test_a_claim_of_somebody_else_is_named_and_only_a_lead_takes_it_over(
    case: Case, reviewer: User, lead: User, other_reviewer: User, page_as: Callable[..., Page]
) -> None:
    claim.claim(case_id=case.pk, by=other_reviewer, now=timezone.now())
    page = page_as(reviewer)
    page.goto(case.get_absolute_url())
    expect(page.locator("#live")).to_contain_text("other_reviewer has claimed this case until")
    expect(page.get_by_role("button", name="Take over")).to_have_count(0)
    expect(page.get_by_role("button", name="Send re-issue")).to_have_count(0)

    page = page_as(lead)
    page.goto(case.get_absolute_url())
    page.get_by_role("button", name="Take over").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#bar")).to_contain_text("yours until")
    case.refresh_from_db()
    assert case.claimed_by == lead


def test_a_claim_is_kept_over_a_reload_and_given_back_when_the_page_is_left(
    case: Case, page: Page, reviewer: User
) -> None:
    def holder() -> User | None:
        return Case.objects.get(pk=case.pk).claimed_by

    page.goto(case.get_absolute_url())
    page.keyboard.press("a")
    expect(page.locator("#bar")).to_contain_text("yours until")
    with page.expect_response("**/claim/") as renewed:
        page.reload()
    assert renewed.value.json()["mine"]
    expect(page.locator("#bar")).to_contain_text("yours until")
    assert holder() == reviewer, "what the page said as it was reloaded takes nothing from the one that came"
    page.goto("/reports/")
    wait_until(lambda: holder() is None, what="the claim is given back")


def test_a_reissue_is_undone_before_it_leaves_the_building(
    case: Case, page: Page, reviewer: User, settings: Settings
) -> None:
    settings.UNDO_SECONDS = 60
    stays(reviewer)
    page.goto(case.get_absolute_url())
    page.keyboard.press("r")
    page.keyboard.type(PURPOSE)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Its manager asked for it.")
    page.get_by_label("What I add is true.").press("Space")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="On its way")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("Leaves in a moment")
    page.keyboard.press("z")
    expect(page.locator("#messages")).to_contain_text("Undone.")
    expect(page.get_by_role("heading", name="Decide", exact=True)).to_be_visible()
    assert Reissue.objects.get().state == Sending.TAKEN_BACK
    case.refresh_from_db()
    assert case.state == State.HELD


def test_letters_rest_while_somebody_types_while_a_dialog_is_open_and_where_they_are_off(
    case: Case, page: Page, reviewer: User
) -> None:
    held_case(question="Another notice.")
    page.goto(case.get_absolute_url())
    page.get_by_label("Purpose").press_sequentially("jkuz?")
    expect(page.get_by_label("Purpose")).to_have_value("jkuz?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(rf"/cases/{case.pk}/$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).not_to_be_visible()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/queue/$"))

    Preferences.objects.create(person=reviewer, shortcuts=False)
    page.goto(case.get_absolute_url())
    expect(page.locator("kbd:visible")).to_have_count(0)
    page.keyboard.press("u")
    page.keyboard.press("?")
    expect(page).to_have_url(re.compile(rf"/cases/{case.pk}/$"))
    expect(page.get_by_role("heading", name="Keys")).not_to_be_visible()


def test_a_key_held_down_settles_one_case_and_no_more(page: Page, reviewer: User, case: Case) -> None:
    others = [held_case(question=f"Notice {number}.") for number in range(4)]
    page.goto(case.get_absolute_url())
    page.locator("summary", has_text="Uphold").click()
    page.locator("#uphold-reason").fill("Right.")
    page.keyboard.down("Control")
    for _ in range(8):
        page.keyboard.down("Enter")  # the same key without a release is a repeat
    page.keyboard.up("Enter")
    page.keyboard.up("Control")
    expect(page).not_to_have_url(re.compile(rf"/cases/{case.pk}/$"))
    assert Case.objects.filter(state=State.CLOSED).count() == 1
    assert len(others) == Case.objects.filter(state=State.HELD).count()
