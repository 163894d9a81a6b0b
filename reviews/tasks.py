"""Celery's doors. A task carries an id and calls the step; the row is the truth, the task a doorbell."""

from celery import shared_task
from django.utils import timezone

from reviews.send import send, sweep


@shared_task
def send_reissue(reissue_id: int) -> None:
    """Send one re-issue. Rung twice, it sends once."""
    send(reissue_id=reissue_id)


@shared_task
def sweep_reissues() -> None:
    """Give up what never came back and ring again for what still waits."""
    for reissue_id in sweep(now=timezone.now()):
        send_reissue.delay(reissue_id)
