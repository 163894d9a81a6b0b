"""The fixtures do what the other tests trust them for."""

import os
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, models
from django.urls import reverse
from playwright.sync_api import Page

from reviews.models import CaseEvent
from reviews.tasks import sweep_reissues
from tests.cases import held_case
from tests.processes import RunningProcess


def test_the_suite_holds_no_key_and_writes_into_a_folder_of_its_own() -> None:
    assert not settings.ANTHROPIC_API_KEY
    assert not [name for name in os.environ if name.startswith(("ANTHROPIC_", "OPENAI_"))]
    assert Path(settings.VAR_DIR) != Path(settings.BASE_DIR) / "var"


def test_the_sandbox_answers_where_the_settings_say(sandbox: str) -> None:
    assert sandbox == settings.SANDBOX_URL
    with urllib.request.urlopen(f"{sandbox}/health", timeout=10) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("time_round", [1, 2])
def test_the_roles_are_there_again_after_a_test_that_emptied_the_tables(
    transactional_db: None, lead: User, time_round: int
) -> None:
    assert [group.name for group in lead.groups.all()] == ["lead"]


@pytest.mark.parametrize("time_round", [1, 2])
def test_nothing_is_left_and_history_is_append_only_after_a_test_that_emptied_the_tables(
    transactional_db: None, time_round: int
) -> None:
    case = held_case()
    assert [event.case_id for event in CaseEvent.objects.all()] == [case.pk]
    with pytest.raises(IntegrityError, match="append-only"):
        CaseEvent.objects.update(at=models.F("at"))


@pytest.mark.worker
def test_the_worker_takes_its_tasks_from_the_broker_of_this_lane(worker: RunningProcess) -> None:
    sent = sweep_reissues.delay()
    deadline = time.monotonic() + 30
    while f"[{sent.id}] succeeded" not in worker.log.read_text():
        assert time.monotonic() < deadline, worker.log.read_text()
        time.sleep(0.05)


def test_what_a_test_rings_that_asks_for_no_worker_reaches_none() -> None:
    sent = sweep_reissues.delay()
    with current_app.connection_for_write() as connection, connection.SimpleQueue("unheard") as unheard:
        while unheard.get(timeout=10).headers["id"] != sent.id:
            pass  # an earlier test's


@pytest.mark.browser
def test_a_person_is_signed_in_in_the_browser(page_as: Callable[..., Page], lead: User) -> None:
    page = page_as(lead, color_scheme="dark")
    page.goto(reverse("queue"))
    assert page.url.endswith(reverse("queue"))


@pytest.mark.browser
def test_an_inline_script_is_refused_and_noticed(browser_page: Page, page_errors: list[str]) -> None:
    browser_page.goto(reverse("login"))
    assert page_errors == []
    browser_page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))"
    )
    assert browser_page.evaluate("window.ran") is None
    assert any("Content Security Policy" in error for error in page_errors)
    page_errors.clear()


@pytest.mark.browser
def test_a_request_that_leaves_the_site_is_noticed(browser_page: Page, page_errors: list[str]) -> None:
    browser_page.goto(reverse("login"))
    browser_page.evaluate("fetch('http://127.0.0.1:9/').catch(() => null)")
    assert page_errors
    page_errors.clear()
