"""What a load balancer hears."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings


def test_live_answers_without_signing_in_and_without_a_database() -> None:
    answer = Client().get(reverse("health-live"))
    assert (answer.status_code, answer.content) == (200, b"live\n")


@pytest.mark.django_db
def test_ready_answers_when_the_database_is_migrated() -> None:
    answer = Client().get(reverse("health-ready"))
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_ready_names_the_first_pending_migration() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = Client().get(reverse("health-ready"))
    assert answer.status_code == 503
    assert answer.content == b"not ready: 1 migrations pending, the first is sessions.0001_initial\n"


def test_probes_are_not_sent_to_https(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(reverse("health-live")).status_code == 200
