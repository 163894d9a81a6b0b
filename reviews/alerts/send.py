"""Sending what the outbox of alerts holds, at least once: a try that is cut off is made again, and says so.

1. Take it: what it says is written down, its try is counted, its lease begins. Committed.
2. Send it: by mail, or to a chat's incoming webhook.
3. Log how it ended and say when the next try follows. One transaction.
"""

import json
import logging
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from reviews.alerts.raising import RETRIES
from reviews.alerts.saying import for_slack, written
from reviews.models import CLOSED, NOT_TAKEN, OFF, AlertAttempt, AlertMessage, Failure, Posting
from reviews.webhooks.ending import Ending, posted
from reviews.webhooks.post import EXCERPT, PATIENCE

logger = logging.getLogger("refusalhub.alerts")

# Longer than a try can take, a slow resolver or mail server included.
LEASE = timedelta(seconds=PATIENCE + 100)
# What Slack answers where the hook was revoked or is gone.
GONE = (403, 404, 410)


def send(
    *,
    message_id: int,
    clock: Callable[[], datetime] = timezone.now,
    mailer: BaseEmailBackend | None = None,
) -> None:
    """Send one message if it is due. Rung twice at once, one worker sends.

    `mailer` takes a mail in place of the site's own mail server.
    """
    began = clock()
    message = _take(message_id, now=began)
    if message is not None:
        ending = _mailed(message, mailer) if message.person else _posted(message)
        _finish(message, ending, began=began, now=clock())


@transaction.atomic
def _take(message_id: int, *, now: datetime) -> AlertMessage | None:
    message = AlertMessage.objects.select_for_update().get(pk=message_id)
    if message.state != Posting.PENDING or message.send_after > now:
        return None
    cut_off = message.attempts.count() < message.tries
    if cut_off:
        _log(message, Ending(failure=Failure.LOST), at=now)
        if not message.tries_left:
            _end(message, Posting.FAILED, now=now)
            return None
    if not _may_hear(message):
        _end_unheard(message, now=now)
        return None
    alerts = list(message.alerts.select_related("pipeline", "event__pattern__pipeline").order_by("pk"))
    before = _told_before(message)
    if message.again and message.tries == 0 and before >= alerts[0].count:
        message.told = before  # the first one left late enough to count them all
        _end(message, Posting.WITHDRAWN, now=now)
        return None
    said = written(message, alerts, told=before, repeats=cut_off)
    message.subject, message.text, message.language = said.subject, said.text, said.language
    message.told = sum(alert.count for alert in alerts)
    message.tries += 1
    message.tries_left -= 1
    message.send_after = now + LEASE
    written_down = ["subject", "text", "language", "told"]
    message.save(update_fields=[*written_down, "tries", "tries_left", "send_after"])
    return message


def _end_unheard(message: AlertMessage, *, now: datetime) -> None:
    """End what has nobody to go to any more: unsent it is withdrawn; else it failed, and its log says why."""
    if message.tries:
        gone = Ending(failure=OFF if message.hook else CLOSED)
        _log(message, gone, at=now, number=message.tries + 1)
    _end(message, Posting.FAILED if message.tries else Posting.WITHDRAWN, now=now)


def _may_hear(message: AlertMessage) -> bool:
    """Whether the message has somebody to go to: closed accounts and chats that are switched off hear nothing."""
    if message.person:
        return message.person.is_active and bool(message.person.email)
    return message.hook is not None and message.hook.disabled_at is None


def _told_before(message: AlertMessage) -> int:
    """Return how often the alert had been counted when its first message left; 0 where none left."""
    if not message.again:
        return 0
    first = AlertMessage.objects.filter(
        lines__alert__in=message.alerts.all(), again=False, day=None, person=message.person, hook=message.hook
    )
    return max(first.values_list("told", flat=True), default=0)


def _end(message: AlertMessage, state: Posting, *, now: datetime) -> None:
    message.state, message.finished_at = state, now
    message.save(update_fields=["state", "finished_at", "told"])


def _mailed(message: AlertMessage, mailer: BaseEmailBackend | None) -> Ending:
    """Hand a message to the mail server. Every try has the same Message-ID, so that a reader may drop a repeat."""
    host = settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    mail = EmailMessage(
        message.subject,
        message.text,
        to=[message.person.email] if message.person else [],
        headers={"Message-ID": f"<alert-{message.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=mailer,
    )
    try:
        mail.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return Ending(failure=NOT_TAKEN, excerpt=f"{type(error).__name__}: {error}"[:EXCERPT])
    return Ending()


def _posted(message: AlertMessage) -> Ending:
    """Post a message as the body of Slack's incoming webhooks, under the rules of our own webhooks."""
    body = json.dumps({"text": for_slack(message.text)}).encode()
    url = message.hook.url if message.hook else ""
    return posted(url, body=body, headers={"User-Agent": "RefusalHub-Alerts/1"})


@transaction.atomic
def _finish(tried: AlertMessage, ending: Ending, *, began: datetime, now: datetime) -> None:
    message = AlertMessage.objects.select_for_update().get(pk=tried.pk)
    _log(tried, ending, at=began)
    if message.state != Posting.PENDING or message.tries != tried.tries:
        return  # it took longer than its lease: another try has it now
    if not ending.failure:
        _end(message, Posting.DELIVERED, now=now)
    elif ending.status in GONE or not message.tries_left:
        _end(message, Posting.FAILED, now=now)
    else:
        wait = timedelta(seconds=RETRIES[len(RETRIES) - message.tries_left])
        message.send_after = now + max(wait, ending.asked_for(now=now))
        message.save(update_fields=["send_after"])
    if ending.failure:
        logger.warning("%s: try %s: %s %s", message, message.tries, ending.failure, ending.status)


def _log(message: AlertMessage, ending: Ending, *, at: datetime, number: int = 0) -> None:
    AlertAttempt.objects.create(
        message=message,
        number=number or message.tries,
        at=at,
        status=ending.status,
        failure=ending.failure,
        excerpt=ending.excerpt,
    )


def sweep(*, now: datetime) -> list[int]:
    """The safety net, run every 30 seconds: return the messages that are due, digests among them."""
    due = AlertMessage.objects.filter(state=Posting.PENDING, send_after__lte=now)
    return list(due.order_by("send_after", "pk").values_list("pk", flat=True)[:1000])
