"""Celery's doors. A task carries an id and calls the step; the row is the truth, the task a doorbell.

What a sweep rings for is stale by the next sweep, which rings again.
"""

import logging
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipelines.models import Pipeline
from reviews import reset, retention, weekly
from reviews.alerts import send as alerts
from reviews.forget import forget_alerts as forget_old_alerts
from reviews.forget import forget_webhooks as forget_old_webhooks
from reviews.move import leaves_after
from reviews.patterns.evaluate import evaluate
from reviews.reports.weeks import WEEK, current_week, week_name, week_named
from reviews.send import send, sweep
from reviews.webhooks import send as webhooks

logger = logging.getLogger("refusalhub.retention")


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
        send_reissue.apply_async([reissue_id], expires=settings.SWEEP_SECONDS)


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
        send_webhooks.apply_async([endpoint_id], expires=settings.SWEEP_SECONDS)


@shared_task
def forget_webhooks() -> None:
    """Delete messages that ended longer ago than they are kept."""
    if settings.WEBHOOK_KEEP_DAYS:
        forget_old_webhooks(now=timezone.now(), keep=timedelta(days=settings.WEBHOOK_KEEP_DAYS))


# What one task deletes at most, so that a re-issue never waits long behind it.
DELETED_AT_ONCE = 5_000


@shared_task
def delete_old_texts() -> None:
    """Ring for every pipeline, whose old texts a worker then deletes."""
    for pipeline_id in Pipeline.objects.order_by("pk").values_list("pk", flat=True):
        delete_old_texts_of.delay(pipeline_id)


@shared_task
def delete_old_texts_of(pipeline_id: int) -> None:
    """Delete a pipeline's texts that are past its retention time, and ring again while there are more."""
    pipeline = Pipeline.objects.get(pk=pipeline_id)
    old = retention.delete_old_texts(pipeline, now=timezone.now(), most=DELETED_AT_ONCE)
    if old.total:
        counts = (pipeline.slug, old.runs, old.reissues, old.deliveries)
        logger.info("%s: deleted the texts of %s runs, %s re-issues, %s deliveries", *counts)
    if old.total >= DELETED_AT_ONCE:
        delete_old_texts_of.delay(pipeline_id)


@shared_task
def send_weekly_report(subscription_id: int, week: str) -> None:
    """Send one subscription's report of a week, by its name. Rung twice, it sends once."""
    weekly.send_report(subscription_id=subscription_id, week=week_named(week))


@shared_task
def send_weekly_reports() -> None:
    """Ring for every subscription that is due the report of the week that has just ended."""
    now = timezone.now()
    week = current_week(now=now) - WEEK
    for subscription_id in weekly.due(week=week, now=now):
        send_weekly_report.delay(subscription_id, week_name(week))


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
        send_alert.apply_async([message_id], expires=settings.SWEEP_SECONDS)


@shared_task
def forget_alerts() -> None:
    """Delete messages of alerts that ended longer ago than they are kept."""
    if settings.ALERT_KEEP_DAYS:
        forget_old_alerts(now=timezone.now(), keep=timedelta(days=settings.ALERT_KEEP_DAYS))


@shared_task
def send_links(email: str, language: str) -> None:
    """Send the link to a new password to whoever has this address. Lost on its way, it is asked for again."""
    reset.send_links(email=email, language=language)


def ring_for_links(*, email: str, language: str) -> None:
    """Ring for it. A broker that is away is logged: the page says the same as ever."""
    transaction.on_commit(partial(send_links.delay, email, language), robust=True)
