"""Forgetting: messages that ended long ago go, with the log of their tries. What still waits stays."""

from datetime import datetime, timedelta

from django.db import transaction

from reviews.models import Posting, WebhookAttempt, WebhookMessage

# So many go in one transaction: nobody who sends waits long for it.
AT_ONCE = 1_000


def forget(*, now: datetime, keep: timedelta) -> int:
    """Delete what was delivered, failed or was withdrawn more than `keep` ago; return how many messages that were."""
    forgotten = 0
    while gone := _forget_some(before=now - keep):
        forgotten += gone
    return forgotten


@transaction.atomic
def _forget_some(*, before: datetime) -> int:
    ended = WebhookMessage.objects.exclude(state=Posting.PENDING).filter(finished_at__lt=before)
    # One that a person sends again at this moment is theirs.
    locked = ended.order_by("finished_at").select_for_update(skip_locked=True)
    ids = list(locked.values_list("pk", flat=True)[:AT_ONCE])
    # In this order: the database lets tries go with their message, and no other way.
    WebhookMessage.objects.filter(pk__in=ids).delete()
    WebhookAttempt.objects.filter(message__in=ids).delete()
    return len(ids)
