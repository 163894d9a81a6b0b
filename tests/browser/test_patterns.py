"""Patterns and alerts in a real browser: no barrier, nothing too wide, and what a person does there works."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews.alerts import hooks
from reviews.models import AlertHook, AlertMessage, Pattern
from reviews.patterns.evaluate import evaluate
from tests.cases import held_case
from tests.pages import barriers

# Looks at what pages look like, which no database changes.
pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.fixture
def pattern(transactional_db: None, lead: User) -> Pattern:
    now = timezone.now()
    hooks.add(url="https://hooks.example/T0", pipeline=None, kinds=["code"], by=lead, now=now)
    held_case(question="A notice.", topic="a-topic-with-a-rather-long-name")
    evaluate(now=now)
    return Pattern.objects.get()


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1400, "light"), (1400, "dark")]
)
def test_the_pages_have_no_barrier_and_fit(
    width: int, scheme: str, pattern: Pattern, lead: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(lead, color_scheme=scheme, viewport={"width": width, "height": 800})
    message = AlertMessage.objects.latest("pk")
    chat = AlertHook.objects.get().get_absolute_url()
    addresses = ["/patterns/", "/patterns/?state=quiet", pattern.get_absolute_url(), "/alerts/"]
    addresses += [chat, f"{chat}remove/"]
    problems: list[str] = []
    for address in [*addresses, message.get_absolute_url(), "/preferences/alerts/"]:
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        scrolled = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert scrolled <= 0, f"{address} is {scrolled} px too wide at {width}"
        problems += [f"{address}: {barrier}" for barrier in barriers(page)]
    assert problems == []


def test_a_pattern_is_made_quiet_and_listened_to_without_script(
    pattern: Pattern, reviewer: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(reviewer, java_script_enabled=False)
    page.goto("/patterns/")
    page.get_by_role("link", name="CYBER").click()
    page.get_by_role("button", name="Quiet until it grows").click()
    expect(page.get_by_text("Quiet until it grows, since")).to_be_visible()
    page.get_by_role("button", name="Listen again").click()
    expect(page.get_by_text("It is listened to again.")).to_be_visible()


def test_a_chat_is_changed_tried_and_removed_without_script(
    pattern: Pattern, lead: User, page_as: Callable[..., Page]
) -> None:
    page = page_as(lead, java_script_enabled=False)
    page.goto("/alerts/")
    page.get_by_role("link", name="Change https://hooks.example/…e/T0").click()
    page.get_by_role("checkbox", name="a new pattern").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="…e/T0").get_by_text("a new pattern")).to_be_visible()
    page.get_by_role("link", name="Change https://hooks.example/…e/T0").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way.")).to_be_visible()
    page.goto(AlertHook.objects.get().get_absolute_url())
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Removed: it hears nothing more.")).to_be_visible()
    expect(page.get_by_text("None yet.")).to_be_visible()
