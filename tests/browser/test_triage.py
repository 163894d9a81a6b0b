"""The queue worked as it is every week: one person by keyboard alone, and many at once."""

import os
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import Count
from playwright.sync_api import Page, expect

from reviews.models import Case, Decision, EventKind, Resolution, State
from tests.cases import held_case

pytestmark = pytest.mark.browser

BY_KEYBOARD = 50
AT_ONCE = 8
# Fewer than a long week brings; set CASES=400 for that.
CASES = int(os.environ.get("CASES", "64"))


def hold(number: int) -> None:
    for n in range(number):
        held_case(question=f"Write notice number {n} about the closed car park.")


def show_case(page: Page) -> int:
    found = re.search(r"/cases/(\d+)/", page.url)
    assert found is not None, page.url
    return int(found.group(1))


def test_fifty_cases_are_triaged_by_keyboard_alone_with_two_keys_each(
    page_as: Callable[..., Page], reviewer: User, transactional_db: None
) -> None:
    hold(BY_KEYBOARD)
    page = page_as(reviewer)
    page.goto("/queue/")
    page.wait_for_selector("html.with-keys")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    seen = []
    for done in range(BY_KEYBOARD):
        expect(page.locator("html.with-keys #bar")).to_contain_text(f"of {BY_KEYBOARD - done}")
        seen.append(show_case(page))
        page.keyboard.press("1")
        with page.expect_response(lambda response: "/uphold/" in response.url):
            page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Settled")).to_be_visible()
    assert len(set(seen)) == BY_KEYBOARD
    assert Case.objects.filter(resolution=Resolution.UPHELD).count() == BY_KEYBOARD
    assert Decision.objects.filter(by=reviewer).count() == BY_KEYBOARD


def test_many_reviewers_at_once_decide_every_case_once_and_leave_none_over(
    page_as: Callable[..., Page], transactional_db: None
) -> None:
    hold(CASES)
    people = [User.objects.create_user(f"reviewer{n}") for n in range(AT_ONCE)]
    for one in people:
        one.groups.add(Group.objects.get(name="reviewer"))
    pages = [page_as(one) for one in people]
    for page in pages:
        page.goto("/queue/", wait_until="domcontentloaded")
    for page in pages:  # all press before any looks
        page.get_by_role("button", name="Start").click(no_wait_after=True)

    working = list(pages)
    while working:
        for page in working:
            page.wait_for_url(re.compile(r"/cases/\d+/"))
            page.wait_for_selector("html.with-keys")
        assert len({show_case(page) for page in working}) == len(working), "two have the same case"
        for page in working:
            page.keyboard.press("1")
        before = {page: show_case(page) for page in working}
        for page in working:  # the decisions go out side by side
            page.keyboard.press("Control+Enter")
        working = [page for page in working if _goes_on(page, before[page])]

    assert not Case.objects.exclude(state=State.CLOSED).exists()
    assert Decision.objects.count() == CASES
    assert not Decision.objects.values("case").annotate(n=Count("pk")).filter(n__gt=1).exists()
    busy = Decision.objects.values("by").distinct().count()
    assert busy == AT_ONCE, "everybody had something to do"
    assert not Case.objects.filter(events__kind=EventKind.TAKEN_OVER).exists()


def _goes_on(page: Page, before: int) -> bool:
    """Wait until the page shows another case, or says that this one is settled and nothing else waits."""
    page.wait_for_function(
        "before => !location.pathname.includes(`/cases/${before}/`)"
        " || document.getElementById('state-h')?.textContent === 'Settled'",
        arg=before,
    )
    return show_case(page) != before
