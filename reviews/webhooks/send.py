"""Sending what the outbox holds, at least once: a try that is cut off is made again, under the same message id.

One worker at a time sends to an endpoint, so a receiver that does not answer keeps one worker for
`PATIENCE` seconds at most and then rests, while the others get theirs.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviews.models import (
    Disabled,
    Failure,
    Posting,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)
from reviews.webhooks import sign
from reviews.webhooks.announce import RETRIES
from reviews.webhooks.ending import OVERLOADED, Ending, posted
from reviews.webhooks.post import PATIENCE

logger = logging.getLogger("refusalhub.webhooks")

# Longer than a try can take, a slow resolver included: then it was cut off, and the next one may begin.
LEASE = timedelta(seconds=PATIENCE + 70)
# A worker that has sent for this long at one ring lets others have their turn.
AT_ONE_RING = timedelta(seconds=60)
# A receiver that does not answer rests, longer each time, in seconds.
RESTS = (5, 20, 80, 300)
# The next one follows a failed try a little later than it could, by up to this share of the wait.
JITTER = 0.2


def send_due(
    *,
    endpoint_id: int,
    clock: Callable[[], datetime] = timezone.now,
    jitter: Callable[[], float] = random.random,
) -> datetime | None:
    """Send what is due at an endpoint, oldest first. Returns when the next one is due.

    None where nothing waits for it, or where nothing was sent: then another worker is at it, or it rests.

    1. Take one: its try is counted, and the endpoint is this worker's. Committed.
    2. Post it.
    3. Log how it ended and say when the next try follows. One transaction. Then the next message.
    """
    began = clock()
    until, sent = began + AT_ONE_RING, 0
    while began < until and (message := _take(endpoint_id, now=began)):
        ending = _try(message, began)
        _finish(message, ending, began=began, now=clock(), jitter=jitter)
        began, sent = clock(), sent + 1
    return _next_due(endpoint_id) if sent else None


@transaction.atomic
def _take(endpoint_id: int, *, now: datetime) -> WebhookMessage | None:
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
    if endpoint.disabled or any(
        moment > now for moment in (endpoint.busy_until, endpoint.rests_until) if moment
    ):
        return None
    due = endpoint.messages.filter(state=Posting.PENDING, send_after__lte=now)
    message = due.select_for_update().order_by("send_after", "pk").first()
    if message is None:
        return None
    if message.attempts.count() < message.tries:
        _log(message, Ending(failure=Failure.LOST), at=now)
        if not message.tries_left:
            message.state, message.finished_at = Posting.FAILED, now
            message.save(update_fields=["state", "finished_at"])
            return None
    message.tries += 1
    message.tries_left -= 1
    message.send_after = endpoint.busy_until = now + LEASE
    message.save(update_fields=["tries", "tries_left", "send_after"])
    endpoint.save(update_fields=["busy_until"])
    message.endpoint = endpoint
    return message


def _try(message: WebhookMessage, now: datetime) -> Ending:
    headers = sign.headers(
        message_id=message.message_id,
        payload=message.payload,
        keys=message.endpoint.secrets(now=now),
        now=now,
    )
    headers |= {"User-Agent": "RefusalHub-Webhook/1"}
    return posted(message.endpoint.url, body=message.payload.encode(), headers=headers)


@transaction.atomic
def _finish(
    tried: WebhookMessage, ending: Ending, *, began: datetime, now: datetime, jitter: Callable[[], float]
) -> None:
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=tried.endpoint_id)
    message = WebhookMessage.objects.select_for_update().get(pk=tried.pk)
    _log(tried, ending, at=began, until=now)
    if message.state == Posting.PENDING:
        if not ending.failure:
            message.state, message.finished_at = Posting.DELIVERED, now
        elif ending.status == 410 or not message.tries_left:
            message.state, message.finished_at = Posting.FAILED, now
        else:
            message.send_after = now + _wait(message, ending, now=now, jitter=jitter)
        message.save(update_fields=["state", "finished_at", "send_after"])
    _rest(endpoint, ending, now=now)
    if ending.failure:
        logger.warning(
            "webhook %s: try %s of %s: %s %s", endpoint.pk, tried.tries, tried, ending.failure, ending.status
        )


def _wait(
    message: WebhookMessage, ending: Ending, *, now: datetime, jitter: Callable[[], float]
) -> timedelta:
    """Return how long the next try waits: by the schedule, or as long as the receiver asks for."""
    seconds = RETRIES[max(0, len(RETRIES) - message.tries_left)]  # more are left if it was sent again by hand
    return max(timedelta(seconds=seconds * (1 + JITTER * jitter())), ending.asked_for(now=now))


def _rest(endpoint: WebhookEndpoint, ending: Ending, *, now: datetime) -> None:
    """Let the endpoint go: to the next message at once, after a rest, or for good."""
    endpoint.busy_until = endpoint.rests_until = None
    spare = ending.status in OVERLOADED or (ending.status is None and ending.failure != Failure.ADDRESS)
    endpoint.failures = endpoint.failures + 1 if spare else 0
    if spare:
        rest = timedelta(seconds=RESTS[min(endpoint.failures, len(RESTS)) - 1])
        endpoint.rests_until = now + max(rest, ending.asked_for(now=now))
    if ending.status == 410 and not endpoint.disabled:
        endpoint.disabled, endpoint.disabled_at = Disabled.GONE, now
    endpoint.save(update_fields=["busy_until", "rests_until", "failures", "disabled", "disabled_at"])


def _log(message: WebhookMessage, ending: Ending, *, at: datetime, until: datetime | None = None) -> None:
    WebhookAttempt.objects.create(
        message=message,
        number=message.tries,
        at=at,
        duration_ms=max(0, round((until - at).total_seconds() * 1000)) if until else None,
        status=ending.status,
        failure=ending.failure,
        excerpt=ending.excerpt,
    )


def _next_due(endpoint_id: int) -> datetime | None:
    """Return when the endpoint can be sent to again; None where nothing waits for it."""
    waiting = WebhookMessage.objects.filter(
        endpoint=endpoint_id, state=Posting.PENDING, endpoint__disabled=""
    )
    moments = ("send_after", "endpoint__busy_until", "endpoint__rests_until")
    first = waiting.order_by("send_after").values_list(*moments).first()
    return max(moment for moment in first if moment) if first else None


def sweep(*, now: datetime) -> list[int]:
    """The safety net, run every 30 seconds: return the endpoints at which something is due."""
    waiting = WebhookMessage.objects.filter(state=Posting.PENDING, send_after__lte=now, endpoint__disabled="")
    due = set(waiting.values_list("endpoint_id", flat=True).distinct())
    not_now = WebhookEndpoint.objects.filter(Q(busy_until__gt=now) | Q(rests_until__gt=now))
    return sorted(due.difference(not_now.values_list("pk", flat=True)))
