"""Forgetting: messages that ended long ago go, with the log of their tries. What still waits stays."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from reviews.models import (
    Alert,
    AlertAttempt,
    AlertLine,
    AlertMessage,
    Posting,
    WebhookAttempt,
    WebhookMessage,
)

# So many go in one transaction: nobody who sends waits long for it.
AT_ONCE = 1_000

Part = type[WebhookAttempt] | type[AlertAttempt] | type[AlertLine]


def forget_webhooks(*, now: datetime, keep: timedelta) -> int:
    """Delete what was delivered, failed or was withdrawn more than `keep` ago; return how many messages that were."""
    ended = WebhookMessage.objects.exclude(state=Posting.PENDING).filter(finished_at__lt=now - keep)
    return _forget(ended, parts=(WebhookAttempt,))


def forget_alerts(*, now: datetime, keep: timedelta) -> int:
    """Delete messages of alerts that ended more than `keep` ago; return how many. The alerts stay: they are counts.

    So does a message about an alert of which another one still waits to tell: that one counts on from it.
    """
    waiting = Alert.objects.filter(messages__state=Posting.PENDING)
    ended = AlertMessage.objects.exclude(state=Posting.PENDING).filter(finished_at__lt=now - keep)
    return _forget(ended.exclude(alerts__in=waiting), parts=(AlertAttempt, AlertLine))


def _forget(ended: QuerySet[WebhookMessage] | QuerySet[AlertMessage], *, parts: Sequence[Part]) -> int:
    forgotten = 0
    while gone := _forget_some(ended, parts=parts):
        forgotten += gone
    return forgotten


@transaction.atomic
def _forget_some(ended: QuerySet[WebhookMessage] | QuerySet[AlertMessage], *, parts: Sequence[Part]) -> int:
    # One that a person sends again at this moment is theirs.
    locked = ended.order_by("finished_at").select_for_update(skip_locked=True)
    ids = list(locked.values_list("pk", flat=True)[:AT_ONCE])
    # In this order: the database lets what belongs to a message go with it, and no other way.
    ended.model._default_manager.filter(pk__in=ids).delete()
    for part in parts:
        part._default_manager.filter(message__in=ids).delete()
    return len(ids)
