"""Alerts to test with."""

from datetime import datetime

from django.core import mail

from pipelines.models import Pipeline
from reviews.alerts.send import send, sweep
from tests.reviews.making import NOW, guarded, record

PROMPT = "Describe the pier by night."


def risky(pipeline: Pipeline, *, n: int = 1, at: datetime = NOW, now: datetime | None = None) -> None:
    """Report declines under a code that is told at once."""
    rows = [guarded(PROMPT, code="RCE_RISK", at=at, model="m-1") for _ in range(n)]
    record(pipeline, rows, now=now or at)


def send_all(*, now: datetime) -> list[str]:
    """Send what is due, and return the subjects of the mails that left."""
    before = len(mail.outbox)
    for pk in sweep(now=now):
        send(message_id=pk, clock=lambda: now)
    return [str(one.subject) for one in mail.outbox[before:]]
