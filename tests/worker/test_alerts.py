"""Real workers tell people and chats: rung by what happened, and again by the sweep when one is killed half way."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews.alerts import hooks, raising
from reviews.models import AlertMessage, Failure, Posting
from reviews.tasks import evaluate_patterns, send_alert, sweep_alerts
from tests.processes import RunningProcess, running_worker, wait_until
from tests.receiver import Receiver, receiving
from tests.reviews.making import guarded, record

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

DOOMED = "doomed"


@pytest.fixture
def receiver(lead: User) -> Iterator[Receiver]:
    User.objects.update(email="")
    with receiving() as running:
        hooks.add(url=running.url, pipeline=None, kinds=["code", "new"], by=lead, now=timezone.now())
        yield running


def risky() -> None:
    now = timezone.now()
    pipeline = Pipeline.objects.create(slug="notices", title="Notices")
    record(pipeline, [guarded(code="RCE_RISK", at=now)], now=now)


def delivered(n: int = 1) -> bool:
    return AlertMessage.objects.filter(state=Posting.DELIVERED).count() == n


def test_a_chosen_code_and_a_new_pattern_reach_a_chat_by_themselves(
    worker: RunningProcess, receiver: Receiver
) -> None:
    risky()
    wait_until(delivered, what="the worker told of the code")
    evaluate_patterns.delay()
    wait_until(lambda: delivered(2), what="the worker evaluated and told of the pattern")
    assert [b"RCE_RISK: 1 decline" in one.body for one in receiver.arrived] == [True, False]
    assert b"RCE_RISK is new" in receiver.arrived[1].body


def test_a_message_whose_worker_is_killed_while_it_sends_is_sent_again_and_says_so(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # Its own bell would bring a worker that nobody kills.
    monkeypatch.setattr(raising, "ring", lambda message_id: None)
    killed = threading.Event()
    receiver.before = lambda: killed.wait(60)
    with running_worker(queue=DOOMED) as doomed:
        risky()
        message = AlertMessage.objects.get()
        send_alert.apply_async((message.pk,), queue=DOOMED)
        wait_until(lambda: len(receiver.arrived) == 1, what="the message arrived")
        doomed.kill()
    killed.set()
    message.refresh_from_db()
    assert (message.state, message.tries, message.attempts.count()) == (Posting.PENDING, 1, 0)

    request.getfixturevalue("worker")
    AlertMessage.objects.update(send_after=timezone.now() - timedelta(seconds=1))
    sweep_alerts.delay()
    wait_until(delivered, what="the sweep had it sent again")
    assert [b"may have come before" in one.body for one in receiver.arrived] == [False, True]
    assert [(one.number, one.failure) for one in message.attempts.all()] == [(1, Failure.LOST), (2, "")]
