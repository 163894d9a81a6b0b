"""Real workers send webhooks: rung by what happened, and again by the sweep when one is killed half way."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews.models import Failure, Posting, WebhookEndpoint, WebhookMessage
from reviews.tasks import send_webhooks, sweep_webhooks
from reviews.webhooks import announce, endpoints
from tests.cases import held_case
from tests.processes import RunningProcess, running_worker, wait_until
from tests.receiver import Receiver, receiving

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

DOOMED = "doomed"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def endpoint(receiver: Receiver, lead: User) -> WebhookEndpoint:
    pipeline = Pipeline.objects.create(slug="notices", title="Notices")
    return endpoints.add(
        pipeline=pipeline, url=receiver.url, events=["case.held"], by=lead, now=timezone.now()
    )


def delivered() -> bool:
    return WebhookMessage.objects.filter(state=Posting.DELIVERED).exists()


def test_a_held_case_reaches_its_receiver_by_itself(
    worker: RunningProcess, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    case = held_case()
    wait_until(delivered, what="the worker delivered it")
    message = WebhookMessage.objects.get(about__case=case)
    assert [one.body.decode() for one in receiver.arrived] == [message.payload]


def test_a_message_whose_worker_is_killed_while_it_sends_is_sent_again_under_the_same_id(
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    # Its own bell would bring a worker that nobody kills.
    monkeypatch.setattr(announce, "ring", lambda endpoint_id, seconds: None)
    killed = threading.Event()
    receiver.before = lambda: killed.wait(60)
    with running_worker(queue=DOOMED) as doomed:
        case = held_case()
        send_webhooks.apply_async((endpoint.pk,), queue=DOOMED)
        wait_until(lambda: len(receiver.arrived) == 1, what="the message arrived")
        doomed.kill()
    killed.set()
    message = WebhookMessage.objects.get(about__case=case)
    assert (message.state, message.tries, message.attempts.count()) == (Posting.PENDING, 1, 0)

    request.getfixturevalue("worker")
    past = timezone.now() - timedelta(seconds=1)
    WebhookEndpoint.objects.update(busy_until=past)
    WebhookMessage.objects.update(send_after=past)
    sweep_webhooks.delay()
    wait_until(delivered, what="the sweep had it sent again")
    assert receiver.ids() == [message.message_id] * 2
    assert [(one.number, one.failure) for one in message.attempts.all()] == [(1, Failure.LOST), (2, "")]
