"""The queue in a real browser: its pages and the back button, selecting and acting on many, claiming, views."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews import claim
from reviews.models import Bulk, Case, SavedView, State
from tests.cases import held_case
from tests.pages import barriers

pytestmark = pytest.mark.browser

COUNT = 7


@pytest.fixture
def cases(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Hold more cases than fit on a page, the oldest first."""
    monkeypatch.setattr("reviews.paging.PAGE_SIZE", 3)
    now = timezone.now()
    return [
        held_case(question=f"Question {number}.", now=now - timedelta(hours=COUNT - number))
        for number in range(COUNT)
    ]


@pytest.fixture
def page(page_as: Callable[..., Page], reviewer: User) -> Page:
    return page_as(reviewer)


def shows(page: Page, *cases: Case) -> None:
    """Expect exactly these rows."""
    links = page.locator("tbody a.row-link")
    expect(links).to_have_count(len(cases))
    for number, case in enumerate(cases):
        expect(links.nth(number)).to_contain_text(f"#{case.pk} ")


@pytest.mark.parametrize("script", [True, False], ids=["htmx", "plain"])
def test_pages_follow_each_other_and_the_back_button_leads_back(
    script: bool, cases: list[Case], reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer, java_script_enabled=script)
    page.goto("/queue/?code=CYBER")
    shows(page, *cases[:3])
    page.get_by_role("link", name="Next", exact=True).click()
    shows(page, *cases[3:6])
    expect(page).to_have_url(re.compile(r"/queue/\?code=CYBER&after="))
    page.get_by_role("link", name="Next", exact=True).click()
    shows(page, *cases[6:])
    page.get_by_role("link", name="Previous", exact=True).click()
    shows(page, *cases[3:6])
    page.go_back()
    shows(page, *cases[6:])
    page.go_back()
    shows(page, *cases[3:6])
    page.go_back()
    expect(page).to_have_url(re.compile(r"/queue/\?code=CYBER$"))
    shows(page, *cases[:3])
    page.go_forward()
    shows(page, *cases[3:6])


def test_rows_are_selected_upheld_and_all_of_it_is_undone(cases: list[Case], page: Page) -> None:
    page.goto("/queue/?code=CYBER")
    bar = page.locator(".bulk-bar")
    expect(bar).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    expect(bar).to_contain_text("3 selected")
    page.get_by_label(f"Select case {cases[1].pk}").uncheck()
    expect(bar).to_contain_text("2 selected")
    expect(page.get_by_label("Select all on this page")).not_to_be_checked()
    assert barriers(page) == []
    page.get_by_role("button", name="Uphold…").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Uphold: 2 cases")
    shows(page, cases[0], cases[2])
    assert barriers(page) == []
    page.get_by_role("button", name="The decline was right").click()
    expect(page.get_by_label("Reason:")).to_have_value(re.compile("^The decline was right"))
    page.get_by_role("button", name="Uphold: 2 cases").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Uphold: done on 2 of 2")
    assert barriers(page) == []
    assert Case.objects.filter(state=State.CLOSED).count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone on 2 cases.")).to_be_visible()
    assert not Case.objects.filter(state=State.CLOSED).exists()
    page.get_by_role("link", name="Back to the queue").click()
    expect(page).to_have_url(re.compile(r"/queue/\?code=CYBER$"))
    shows(page, *cases[:3])


def test_everything_that_matches_is_acted_on_without_script(
    cases: list[Case], reviewer: User, page_as: Callable[..., Page]
) -> None:
    other = held_case(question="A question of biology.", category="bio")
    page = page_as(reviewer, java_script_enabled=False)
    page.goto("/queue/?code=CYBER")
    page.get_by_label("Select all on this page").check()
    page.get_by_label("all 7 that match").check()
    page.get_by_role("button", name="Withdraw…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw: 7 cases")
    page.get_by_label("Reason:").fill("Nobody needs them.")
    page.get_by_role("button", name="Withdraw: 7 cases").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw: done on 7 of 7")
    assert list(Case.objects.exclude(state=State.CLOSED)) == [other]


def test_a_long_act_goes_on_by_itself_to_its_end(
    cases: list[Case], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviews.views.bulk.AT_ONCE", 2)
    page.goto("/queue/")
    page.get_by_label("Select all on this page").check()
    page.get_by_label("all 7 that match").check()
    page.get_by_role("button", name="Uphold…").click()
    page.get_by_label("Reason:").fill("The decline was right.")
    page.get_by_role("button", name="Uphold: 7 cases").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Uphold: done on 7 of 7")
    assert Bulk.objects.get().events.count() == 7


def test_enter_in_the_number_acts_and_takes_no_common_reason(
    cases: list[Case], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviews.forms.bulk.UNTYPED", 2)
    page.goto("/queue/")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Uphold…").click()
    page.get_by_label("Reason:").fill("Words of my own.")
    page.get_by_label("Type 3 to go on").fill("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Uphold: done on 3 of 3")


def test_a_row_is_found_selected_and_claimed_by_keys(cases: list[Case], page: Page, reviewer: User) -> None:
    page.goto("/queue/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("question")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/queue/\?q=question$"))
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#row-{cases[1].pk} a.row-link")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_label(f"Select case {cases[1].pk}")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator(f"#row-{cases[1].pk}")).to_contain_text("yours until")
    expect(page.locator(".toast")).to_contain_text(f"Case {cases[1].pk} is yours.")
    expect(page).to_have_url(re.compile(r"/queue/\?q=question$"))
    assert Case.objects.get(pk=cases[1].pk).claimed_by == reviewer


def test_starting_opens_the_first_case_and_where_nothing_is_free_a_lead_takes_over(
    cases: list[Case], page_as: Callable[..., Page], other_reviewer: User, lead: User
) -> None:
    for case in cases[1:]:
        claim.claim(case_id=case.pk, by=other_reviewer, now=timezone.now())
    page = page_as(lead)
    page.goto("/queue/?code=CYBER")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(rf"/cases/{cases[0].pk}/\?code=CYBER$"))
    page.goto("/queue/")  # a page of the case would go on renewing its claim
    claim.give_back(case_id=cases[0].pk, by=lead)
    claim.claim(case_id=cases[0].pk, by=other_reviewer, now=timezone.now() - timedelta(minutes=5))
    page.goto("/queue/?code=CYBER")
    expect(page.get_by_role("button", name="Start")).to_have_count(0)
    notice = page.get_by_role("region", name="Nothing here is free now")
    expect(notice).to_contain_text("7 held by other_reviewer")
    assert barriers(page) == []
    notice.get_by_role("button", name=f"Take over #{cases[0].pk}").click()
    expect(page).to_have_url(re.compile(rf"/cases/{cases[0].pk}/\?code=CYBER$"))
    assert Case.objects.get(pk=cases[0].pk).claimed_by == lead


def test_a_view_is_saved_used_and_deleted(cases: list[Case], page: Page) -> None:
    page.goto("/queue/?code=BIO")
    page.locator("summary", has_text="Save view").click()
    page.get_by_label("Name:", exact=True).fill("Biology")
    page.get_by_role("button", name="Save these filters").click()
    view = page.get_by_role("navigation", name="Views").get_by_role("link", name="Biology")
    expect(view).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_role("link", name="Everything that waits", exact=True).click()
    shows(page, *cases[:3])
    view.click()
    expect(page).to_have_url(re.compile(r"/queue/\?code=BIO$"))
    expect(page.get_by_role("heading", name="No case matches")).to_be_visible()
    page.locator("summary", has_text="Save view").click()
    assert barriers(page) == []
    page.get_by_role("button", name="Delete Biology").click()
    page.get_by_role("button", name="Go on").click()
    expect(view).to_have_count(0)
    assert not SavedView.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1400, "light")])
def test_the_pages_of_acting_on_many_fit_and_have_no_barrier(
    width: int, scheme: str, cases: list[Case], page_as: Callable[..., Page], reviewer: User
) -> None:
    page = page_as(reviewer, color_scheme=scheme, viewport={"width": width, "height": 800})
    for act in ("Uphold…", "Hand over…", "Set topic…", "Snooze…"):
        page.goto("/queue/?claim=free")
        page.get_by_label("Select all on this page").check()
        page.get_by_role("button", name=act).click()
        expect(page.get_by_role("heading", name="These cases, and no others")).to_be_visible()
        assert barriers(page) == [], act
        assert page.evaluate("document.documentElement.scrollWidth") <= width, act
