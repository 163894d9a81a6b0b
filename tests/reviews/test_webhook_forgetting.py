"""Messages that ended long ago are deleted with their log; what waits stays, and the database holds to both."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from pipelines.models import Pipeline
from reviews import forget, tasks
from reviews.models import TOLD, CaseEvent, Posting, WebhookAttempt, WebhookEndpoint, WebhookMessage
from reviews.webhooks import endpoints
from tests.emptying import refuses_deleting
from tests.reviews.making import NOW, held

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
KEEP = 90 * DAY


@pytest.fixture
def endpoint(pipeline: Pipeline, lead: User) -> WebhookEndpoint:
    return endpoints.add(
        pipeline=pipeline,
        url="https://hooks.example/",
        events=[hook.value for hook in TOLD],
        by=lead,
        now=NOW,
    )


def message_of(pipeline: Pipeline, prompt: str) -> WebhookMessage:
    """Hold a case and return the message that tells of it; it waits."""
    case = held(pipeline, prompt)
    return WebhookMessage.objects.get(about__case=case)


def ended(message: WebhookMessage, state: Posting, *, tries: int = 1) -> WebhookMessage:
    """Let a message have ended at NOW, after so many tries."""
    for number in range(1, tries + 1):
        WebhookAttempt.objects.create(message=message, number=number, at=NOW, failure="status", status=500)
    message.state, message.finished_at, message.tries = state, NOW, tries
    message.save(update_fields=["state", "finished_at", "tries"])
    return message


@pytest.fixture
def four(endpoint: WebhookEndpoint, pipeline: Pipeline) -> list[WebhookMessage]:
    """A message of each state: waiting, delivered, failed, withdrawn."""
    waiting, *others = (message_of(pipeline, f"Describe pier {number}.") for number in range(4))
    return [
        waiting,
        ended(others[0], Posting.DELIVERED),
        ended(others[1], Posting.FAILED, tries=3),
        ended(others[2], Posting.WITHDRAWN, tries=0),
    ]


def test_what_ended_longer_ago_than_it_is_kept_goes_with_its_log(four: list[WebhookMessage]) -> None:
    waiting, *_ended = four
    lines = CaseEvent.objects.count()
    assert forget.forget_webhooks(now=NOW + KEEP, keep=KEEP) == 0
    assert WebhookMessage.objects.count() == 4
    assert WebhookAttempt.objects.count() == 4
    assert forget.forget_webhooks(now=NOW + KEEP + DAY, keep=KEEP) == 3
    assert WebhookMessage.objects.get() == waiting
    assert not WebhookAttempt.objects.exists()
    assert CaseEvent.objects.count() == lines


def test_what_waits_is_kept_however_old_and_with_its_log(
    endpoint: WebhookEndpoint, pipeline: Pipeline
) -> None:
    waiting = message_of(pipeline, "Describe the pier.")
    WebhookAttempt.objects.create(message=waiting, number=1, at=NOW, failure="status", status=500)
    assert forget.forget_webhooks(now=NOW + 1000 * DAY, keep=KEEP) == 0
    assert waiting.attempts.count() == 1


def test_many_go_part_by_part(four: list[WebhookMessage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget, "AT_ONCE", 2)
    assert forget.forget_webhooks(now=NOW + KEEP + DAY, keep=KEEP) == 3
    assert WebhookMessage.objects.count() == 1


def test_one_that_was_sent_again_by_hand_waits_and_is_kept(four: list[WebhookMessage], lead: User) -> None:
    _waiting, _delivered, failed, _withdrawn = four
    endpoints.send_again(message_id=failed.pk, by=lead, now=NOW + KEEP)
    assert forget.forget_webhooks(now=NOW + KEEP + DAY, keep=KEEP) == 2
    assert failed.attempts.count() == 3


def test_the_task_keeps_them_as_long_as_the_setting_says(
    four: list[WebhookMessage], settings: Settings
) -> None:
    long_ago = WebhookMessage.objects.exclude(state=Posting.PENDING)
    long_ago.update(finished_at=NOW - 20_000 * DAY)
    settings.WEBHOOK_KEEP_DAYS = 0
    tasks.forget_webhooks()
    assert long_ago.count() == 3
    settings.WEBHOOK_KEEP_DAYS = 90
    tasks.forget_webhooks()
    assert long_ago.count() == 0


@refuses_deleting
def test_the_database_deletes_no_message_that_waits(four: list[WebhookMessage]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        WebhookMessage.objects.filter(pk=four[0].pk).delete()


@refuses_deleting
def test_the_database_deletes_no_try_but_with_its_message(four: list[WebhookMessage]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        four[2].attempts.all().delete()


def test_the_database_deletes_no_message_without_its_tries(four: list[WebhookMessage]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        four[2].delete()
        connection.check_constraints()
