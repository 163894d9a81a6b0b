"""A real worker sends the link to a new password: the page that asks for it knows nothing of accounts."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.processes import RunningProcess, wait_until

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def mails() -> list[str]:
    return [path.read_text() for path in Path(settings.VAR_DIR, "mail").glob("*")]


def test_a_worker_sends_the_link_to_whoever_has_the_account(
    worker: RunningProcess, reviewer: User, settings: Settings
) -> None:
    settings.PASSWORD_RESET = settings.SITE_URL = "http://127.0.0.1:8000"
    Client().post("/login/forgotten/", {"email": reviewer.email})
    wait_until(lambda: any("/login/forgotten/" in one for one in mails()), what="the worker sent the mail")
    assert [f"To: {reviewer.email}" in one for one in mails() if "/login/forgotten/" in one] == [True]
