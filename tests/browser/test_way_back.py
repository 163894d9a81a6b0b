"""A person's own file in a real browser: chosen, sent without leaving the page, and downloaded again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from reviews.models import DeliveredFile, Draft, Preferences
from tests.cases import held_case
from tests.pages import barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("script", [True, False])
def test_a_file_is_given_and_can_be_downloaded(
    page_as: Callable[..., Page], reviewer: User, tmp_path: Path, script: bool
) -> None:
    plan = tmp_path / "plan.html"
    plan.write_text("<script>alert(1)</script>")
    Preferences.objects.create(person=reviewer, auto_advance=False)
    page = page_as(reviewer, java_script_enabled=script)
    page.goto(held_case().get_absolute_url())
    page.locator("summary", has_text="Handle by hand").click()
    form = page.locator("form[action*='by_hand']")
    form.get_by_label("Reason").fill("Drawn by hand.")
    form.get_by_label("Or a file for the pipeline").set_input_files(plan)
    if script:
        expect(form.locator(".draft-state")).to_contain_text("Draft saved")
        assert Draft.objects.get().values == {"reason": "Drawn by hand.", "text": ""}
        assert barriers(page) == []
    form.get_by_role("button", name="Close as handled by hand").click()
    link = page.get_by_role("link", name="Download plan.html")
    expect(link).to_be_visible()
    with page.expect_download() as downloading:
        link.click()
    assert downloading.value.suggested_filename == "plan.html"
    assert downloading.value.path().read_text() == plan.read_text()
    assert bytes(DeliveredFile.objects.get().content or b"") == plan.read_bytes()
