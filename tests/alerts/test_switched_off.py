"""A chat that is switched off and an account that is closed hear nothing more, after a failed try either."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from pytest_django import Settings

from pipelines.models import Pipeline
from reviews.alerts import hooks
from reviews.models import CLOSED, OFF, AlertHook, AlertMessage, Posting
from tests.alerts.making import risky, send_all
from tests.receiver import Receiver
from tests.reviews.making import HOUR, NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.fixture
def tried(hook: AlertHook, receiver: Receiver, pipeline: Pipeline) -> AlertMessage:
    """A message to a chat whose first try failed."""
    User.objects.update(email="")
    receiver.answers = [(500, {}, b"no_service")]
    risky(pipeline)
    send_all(now=NOW)
    message = AlertMessage.objects.get()
    assert (message.state, message.tries, len(receiver.arrived)) == (Posting.PENDING, 1, 1)
    return message


def test_a_chat_that_is_switched_off_after_a_failed_try_hears_nothing_more(
    tried: AlertMessage, hook: AlertHook, receiver: Receiver, lead: User
) -> None:
    hooks.switch(hook_id=hook.pk, on=False, by=lead, now=NOW)
    send_all(now=LATER)
    assert len(receiver.arrived) == 1
    tried.refresh_from_db()
    assert (tried.state, tried.finished_at, tried.tries) == (Posting.FAILED, LATER, 1)
    log = [(one.number, one.failure) for one in tried.attempts.all()]
    assert log == [(1, "status"), (2, OFF)]
    said = tried.attempts.last()
    assert said and said.get_failure_display() == "not made: the chat was switched off or removed"


def test_a_chat_that_is_switched_on_again_in_time_hears_it(
    tried: AlertMessage, hook: AlertHook, receiver: Receiver, lead: User
) -> None:
    for on in (False, True):
        hooks.switch(hook_id=hook.pk, on=on, by=lead, now=NOW)
    send_all(now=LATER)
    tried.refresh_from_db()
    assert (tried.state, len(receiver.arrived)) == (Posting.DELIVERED, 2)


@pytest.mark.parametrize("lost", [{"is_active": False}, {"email": ""}])
def test_an_account_that_is_closed_after_a_failed_try_gets_nothing_more(
    lost: dict[str, object], pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    mailer = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    risky(pipeline)
    send_all(now=NOW)
    settings.EMAIL_BACKEND = mailer
    User.objects.filter(pk=lead.pk).update(**lost)
    send_all(now=LATER)
    assert mail.outbox == []
    message = AlertMessage.objects.get()
    assert message.state == Posting.FAILED
    said = message.attempts.order_by("pk").last()
    assert said and (said.number, said.failure) == (2, CLOSED)


def test_a_try_that_was_cut_off_is_logged_as_lost_before_it_is_said_that_none_follows(
    pipeline: Pipeline, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    risky(pipeline)
    message = AlertMessage.objects.get()

    def die(*_given: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as killed, pytest.raises(SystemExit):
        killed.setattr("reviews.alerts.send._mailed", die)
        send_all(now=NOW)
    User.objects.update(is_active=False)
    send_all(now=NOW + HOUR)
    message.refresh_from_db()
    assert message.state == Posting.FAILED
    assert [one.failure for one in message.attempts.all()] == ["lost", CLOSED]
