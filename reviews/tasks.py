"""Celery's doors. A task carries an id and calls the step; the row is the truth, the task a doorbell."""

from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from reviews.alerts import send as alerts
from reviews.move import leaves_after
from reviews.patterns.evaluate import evaluate
from reviews.send import send, sweep
from reviews.webhooks import send as webhooks


@shared_task
def send_reissue(reissue_id: int) -> None:
    """Send one re-issue. Rung twice, it sends once."""
    send(reissue_id=reissue_id)


def ring(reissue_id: int) -> None:
    """Ring for a re-issue once its row is committed and the time to undo it is over.

    A broker that is away is logged, and a countdown may die with its worker: the sweep rings again.
    """

    def knock() -> None:
        send_reissue.apply_async([reissue_id], countdown=leaves_after().total_seconds() or None)

    transaction.on_commit(knock, robust=True)


@shared_task
def sweep_reissues() -> None:
    """Give up what never came back and ring again for what still waits."""
    for reissue_id in sweep(now=timezone.now()):
        send_reissue.delay(reissue_id)


# A retry sooner than this is rung for; later ones are left to the sweep.
SOON = timedelta(seconds=60)


@shared_task
def send_webhooks(endpoint_id: int) -> None:
    """Send what is due at an endpoint. Rung twice at once, one worker sends."""
    due = webhooks.send_due(endpoint_id=endpoint_id)
    now = timezone.now()
    if due and due < now + SOON:
        send_webhooks.apply_async([endpoint_id], countdown=max(1, (due - now).total_seconds()))


@shared_task
def sweep_webhooks() -> None:
    """Ring for every endpoint at which something is due."""
    for endpoint_id in webhooks.sweep(now=timezone.now()):
        send_webhooks.delay(endpoint_id)


@shared_task
def evaluate_patterns() -> None:
    """Bring every pattern to what the counts say now."""
    evaluate(now=timezone.now())


@shared_task
def send_alert(message_id: int) -> None:
    """Send one message of an alert, or a digest. Rung twice, it is sent once."""
    alerts.send(message_id=message_id)


@shared_task
def sweep_alerts() -> None:
    """Ring for every message of alerts that is due, digests among them."""
    for message_id in alerts.sweep(now=timezone.now()):
        send_alert.delay(message_id)
