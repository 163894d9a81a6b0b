"""Sending a week's report by e-mail, once to each who asked for it.

The row is made and committed before the message leaves, so a worker that is killed in between leaves a
row that says so, and nothing is sent twice. What is known not to have left is tried again.
"""

import logging
import smtplib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from pipelines.models.run import week_of
from reviews.access import READ_TEXT, SEE_NUMBERS, able
from reviews.followed import followed
from reviews.models import Mailing, Preferences, ReportSubscription, SentReport
from reviews.reports.mail import mail_of
from reviews.reports.week import report_of
from reviews.reports.weeks import WEEK
from reviews.subscribe import unsubscribe_address

logger = logging.getLogger("refusalhub.reports")

MOST_TRIES = 6
# Seconds that a mail server may take for one step.
PATIENCE = 60
# Longer than a task may run: who began before this was cut off.
CUT_OFF = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 60)
CUT_OFF_WORDS = gettext_noop("The worker was cut off.")


def due(*, week: date, now: datetime) -> list[int]:
    """Return the subscriptions that a week's report is still to be sent for.

    What was begun and never finished becomes unknown, and is not sent again.
    """
    SentReport.objects.filter(state=Mailing.SENDING, began_at__lt=now - CUT_OFF).update(
        state=Mailing.UNKNOWN, finished_at=now, problem=CUT_OFF_WORDS
    )
    settled = _settled(SentReport.objects.filter(subscription=OuterRef("pk"), week=week))
    wanted = ReportSubscription.objects.filter(_may_have(), ~Exists(settled))
    return list(wanted.order_by("pk").values_list("pk", flat=True))


def next_mail(subscription: ReportSubscription, *, now: datetime) -> datetime:
    """Return when the next report of a subscription leaves: today too, while there is an hour left to send it at."""
    when = settings.CELERY_BEAT_SCHEDULE["send weekly reports"]["schedule"]
    settled = set(_settled(subscription.sent.all()).values_list("week", flat=True))
    day = timezone.localdate(now)
    while True:
        if day.isoweekday() % 7 in when.day_of_week and week_of(day) - WEEK not in settled:
            for hour in sorted(when.hour):
                moment = timezone.make_aware(datetime.combine(day, time(hour)))
                if moment > now:
                    return moment
        day += timedelta(days=1)


def _settled(sent: QuerySet[SentReport]) -> QuerySet[SentReport]:
    """Return those that are not tried again."""
    return sent.exclude(state=Mailing.FAILED, tries__lt=MOST_TRIES)


def _may_have() -> Q:
    """Return what holds for the subscriptions of people who want a mail, have an address and see numbers.

    A view is a filter of the queue, and may look for texts: it wants the right that the queue wants.
    """
    viewing = Q(view=None) | Q(person__in=able(READ_TEXT).values("pk"))
    return Q(viewing, weekly=True, person__in=able(SEE_NUMBERS).values("pk")) & ~Q(person__email="")


def send_report(
    *, subscription_id: int, week: date, clock: Callable[[], datetime] = timezone.now
) -> SentReport | None:
    """Send a week's report for one subscription; None where it was sent before, or is no longer wanted.

    1. Write the message. Nothing is promised yet.
    2. Take it: its row says that it is being sent. Committed.
    3. Hand it to the mail server, and say how that ended.
    """
    wanted = ReportSubscription.objects.filter(_may_have(), pk=subscription_id)
    subscription = wanted.select_related("person", "view").first()
    if subscription is None:
        return None
    message = _written(subscription, week=week, now=clock())
    sent = _take(subscription, week=week, now=clock())
    if sent is None:
        return None
    state, problem = _hand_over(message)
    sent.state, sent.problem, sent.finished_at = state, problem, clock()
    sent.save(update_fields=["state", "problem", "finished_at"])
    if problem:
        logger.warning("report of %s, subscription %s: %s: %s", week, subscription_id, state, problem)
    return sent


def _written(subscription: ReportSubscription, *, week: date, now: datetime) -> EmailMultiAlternatives:
    language = Preferences.of(subscription.person).language or settings.LANGUAGE_CODE
    with translation.override(language):
        return mail_of(
            report_of(week, scope=subscription.scope, now=now),
            to=subscription.person.email,
            unsubscribe=unsubscribe_address(subscription),
            view=followed(subscription.view, now=now) if subscription.view else None,
        )


def _take(subscription: ReportSubscription, *, week: date, now: datetime) -> SentReport | None:
    """Return the row under which this worker sends; None where another one does, or did."""
    fresh = {"to": subscription.person.email, "state": Mailing.SENDING, "began_at": now}
    try:
        with transaction.atomic():
            return SentReport.objects.create(subscription=subscription, week=week, **fresh)
    except IntegrityError:
        stands = SentReport.objects.filter(
            subscription=subscription, week=week, state=Mailing.FAILED, tries__lt=MOST_TRIES
        )
    with transaction.atomic():
        again = stands.select_for_update().first()
        if again is None:
            return None
        for name, value in {**fresh, "finished_at": None, "problem": "", "tries": again.tries + 1}.items():
            setattr(again, name, value)
        again.save()
        return again


def _hand_over(message: EmailMultiAlternatives) -> tuple[Mailing, str]:
    """Hand the message to the mail server. Returns how far it came, and what went wrong."""
    connection = get_connection(timeout=PATIENCE)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:  # nothing has left
        return Mailing.FAILED, _words(error)
    try:
        connection.send_messages([message])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError) as error:
        return Mailing.FAILED, _words(error)  # the server said no, or it could not be written
    except (OSError, smtplib.SMTPException) as error:
        return Mailing.UNKNOWN, _words(error)  # cut off: it may have taken it or not
    finally:
        connection.close()
    return Mailing.SENT, ""


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]
