"""How alerts leave, by mail and to a chat: what arrives, in which language, and what follows where it does not."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.checks import run_checks
from django.db import IntegrityError, models, transaction
from django.test import Client, override_settings
from django.utils.html import escape
from pytest_django import Settings

from pipelines.models import Pipeline
from reviews.alerts.send import send
from reviews.models import (
    NOT_TAKEN,
    AlertAttempt,
    AlertHook,
    AlertMessage,
    Failure,
    Posting,
    Preferences,
)
from tests.alerts.mail_server import mail_server
from tests.alerts.making import PROMPT, risky, send_all
from tests.receiver import Receiver
from tests.reviews.making import HOUR, NOW, guarded, record

pytestmark = pytest.mark.django_db
MORNING = NOW.replace(hour=7) + timedelta(days=1)


def test_a_chat_gets_slacks_body_with_its_three_characters_escaped(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline
) -> None:
    record(pipeline, [guarded(PROMPT, code="RCE_RISK", model="<!channel> & co")])
    send_all(now=NOW)
    (arrived,) = receiver.arrived
    assert arrived.headers["content-type"] == "application/json"
    body = json.loads(arrived.body)
    assert list(body) == ["text"]
    assert "&lt;!channel&gt; &amp; co" in body["text"]
    assert "<" not in body["text"]


@pytest.mark.parametrize(
    ("status", "state", "waits"), [(500, "pending", 30), (404, "failed", None), (302, "pending", 30)]
)
def test_a_chat_that_does_not_take_it_is_tried_again_unless_it_is_gone(
    status: int, state: str, waits: int | None, hook: AlertHook, receiver: Receiver, pipeline: Pipeline
) -> None:
    AlertHook.objects.update(kinds=["code"])
    receiver.else_ = (status, {"Location": "http://127.0.0.1:1/"}, b"no_service")
    User.objects.update(email="")
    risky(pipeline)
    send_all(now=NOW)
    message = AlertMessage.objects.get()
    assert message.state == state
    assert message.attempts.get().status == status
    if waits:
        assert message.send_after == NOW + timedelta(seconds=waits)
    assert len(receiver.arrived) == 1


def test_a_chat_that_is_overloaded_says_how_long_to_wait(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline
) -> None:
    receiver.answers = [(429, {"Retry-After": "1800"}, b"")]
    risky(pipeline)
    send_all(now=NOW)
    assert AlertMessage.objects.get(hook=hook).send_after == NOW + timedelta(seconds=1800)
    send_all(now=NOW + timedelta(seconds=1800))
    assert AlertMessage.objects.get(hook=hook).state == Posting.DELIVERED


def test_a_chat_in_our_own_network_is_never_posted_to(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    risky(pipeline)
    send_all(now=NOW)
    assert receiver.arrived == []
    assert AlertMessage.objects.get(hook=hook).attempts.get().failure == Failure.ADDRESS


def test_a_mail_server_that_is_away_gets_it_later(pipeline: Pipeline, lead: User, settings: Settings) -> None:
    risky(pipeline)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_all(now=NOW)
    assert AlertMessage.objects.get().attempts.get().failure == NOT_TAKEN
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_all(now=NOW + timedelta(seconds=29)) == []
    assert len(send_all(now=NOW + timedelta(seconds=30))) == 1


def test_what_is_never_taken_is_given_up_and_every_try_is_logged(
    pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    risky(pipeline)
    message, now = AlertMessage.objects.get(), NOW
    while message.state == Posting.PENDING:
        now = message.send_after
        send_all(now=now)
        message.refresh_from_db()
    assert (message.state, message.tries, message.attempts.count()) == (Posting.FAILED, 9, 9)
    assert now - NOW > timedelta(days=3)


def test_a_try_that_is_cut_off_is_made_again_and_says_so(
    pipeline: Pipeline, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    risky(pipeline)
    message = AlertMessage.objects.get()

    def die(*_given: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as killed, pytest.raises(SystemExit):
        killed.setattr("reviews.alerts.send._mailed", die)
        send(message_id=message.pk, clock=lambda: NOW)
    assert send_all(now=NOW + timedelta(seconds=60)) == [], "its lease is not over"
    assert len(send_all(now=NOW + timedelta(seconds=120))) == 1
    assert "An earlier try was cut off: this may have come before." in mail.outbox[0].body
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<alert-{message.pk}@")
    ends = AlertAttempt.objects.values_list("number", "failure")
    assert list(ends) == [(1, Failure.LOST), (2, "")]


def test_two_workers_at_one_bell_send_once(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline)
    pk = AlertMessage.objects.get().pk
    for _ in range(2):
        send(message_id=pk, clock=lambda: NOW)
    assert len(mail.outbox) == 1


def test_a_mail_is_in_the_language_of_its_reader(pipeline: Pipeline, lead: User) -> None:
    Preferences.objects.create(person=lead, language="de")
    risky(pipeline)
    assert send_all(now=NOW) == ["RefusalHub: RCE_RISK: 1 Ablehnung (museum-guide, m-1)"]
    assert AlertMessage.objects.get().language == "de"


def test_a_message_is_marked_with_its_language_wherever_it_is_shown(
    pipeline: Pipeline, lead: User, client_as: Callable[[User], Client]
) -> None:
    risky(pipeline)
    send_all(now=NOW)
    Preferences.objects.create(person=lead, language="de")
    message, client = AlertMessage.objects.get(), client_as(lead)
    log = client.get("/alerts/").content.decode()
    assert f'<span lang="en">{message.subject}</span>' in log
    page = client.get(message.get_absolute_url()).content.decode()
    assert f'<h1><span lang="en">{message.subject}</span></h1>' in page
    assert f'<pre class="kept" lang="en">{escape(message.text)}</pre>' in page


def test_who_changes_their_language_between_two_tries_gets_the_second_one_in_it(
    pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1
    risky(pipeline)
    send_all(now=NOW)
    message = AlertMessage.objects.get()
    assert (message.state, message.language) == (Posting.PENDING, "en")
    Preferences.objects.create(person=lead, language="de")
    send(message_id=message.pk, clock=lambda: NOW + HOUR)
    message.refresh_from_db()
    assert message.language == "de"
    assert "1 Ablehnung" in message.text


@override_settings(ALERT_CODES=["RCE_RISK", "RCE_RISKS"], ALERT_DIGEST_HOUR=24)
def test_a_code_that_nobody_knows_and_an_hour_that_no_day_has_stop_the_start() -> None:
    found = {error.id: error.msg for error in run_checks() if error.id and error.id.startswith("reviews.")}
    assert found == {
        "reviews.E001": "ALERT_CODES names 'RCE_RISKS', which is no reason code.",
        "reviews.E002": "ALERT_DIGEST_HOUR is 24: an hour is 0 to 23.",
    }


@pytest.mark.parametrize("column", ["person_id", "hook_id", "day", "again", "created_at"])
def test_whom_a_message_is_for_and_what_about_never_changes(
    column: str, pipeline: Pipeline, lead: User
) -> None:
    risky(pipeline)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AlertMessage.objects.update(**{column: models.F(column)})


def test_a_mail_goes_through_a_real_conversation_with_a_mail_server(
    pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
        risky(pipeline)
        send_all(now=NOW)
    assert AlertMessage.objects.get().state == Posting.DELIVERED
    assert server.to == [lead.email]
    assert "RCE_RISK: 1 decline" in server.mail
    assert "Auto-Submitted: auto-generated" in server.mail
