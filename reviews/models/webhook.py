"""Webhooks: where a pipeline wants to hear what became of its cases, and every message on its way there."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from reviews.models.event import CaseEvent


class Hook(models.TextChoices):
    """What a message tells of, by its name on the wire."""

    HELD = "case.held", _("a case waits for a person, for the first time or again")
    CLAIMED = "case.claimed", _("somebody works on a case")
    DECIDED = "case.decided", _("a person decided")
    SENT = "reissue.sent", _("a re-issue was sent")
    ANSWERED = "reissue.answered", _("a re-issue was answered")
    CLOSED = "case.closed", _("a case is closed, and what came of it can be fetched")
    TEST = "endpoint.test", _("a test")


# What an endpoint chooses from. A test is sent to whoever asks for one.
TOLD = tuple(hook for hook in Hook if hook != Hook.TEST)


class Disabled(models.TextChoices):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by_hand", _("switched off")
    GONE = "gone", _("the receiver answered 410: it wants no more")


class WebhookEndpoint(models.Model):
    """An address that wants to hear of a pipeline's cases.

    `secret` signs what is sent; for a day after a rotation `previous_secret` signs as well. Both are kept as
    they are, because signing needs them. `busy_until` keeps other workers away while one sends; `rests_until`
    spares a receiver that does not answer.
    """

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="webhooks"
    )
    url = models.CharField(_("address"), max_length=1000)
    events = models.JSONField(_("events"), default=list, help_text=_("Their names on the wire."))
    secret = models.CharField(max_length=100)
    previous_secret = models.CharField(max_length=100, blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"))
    disabled = models.CharField(_("disabled"), max_length=8, choices=Disabled, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)
    rests_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(
        default=0, help_text=_("Tries in a row that the receiver did not answer, or asked to be spared.")
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("pipeline__slug", "pk")
        constraints = (
            models.UniqueConstraint(name="webhook_once_per_address", fields=("pipeline", "url")),
            models.CheckConstraint(name="webhook_has_secret", condition=~models.Q(secret="")),
            models.CheckConstraint(
                name="webhook_previous_secret_whole",
                condition=models.Q(previous_secret="", previous_until__isnull=True)
                | (~models.Q(previous_secret="") & models.Q(previous_until__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhook_disabled_whole",
                condition=models.Q(disabled="", disabled_at__isnull=True)
                | models.Q(disabled__in=Disabled.values, disabled_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.url

    def get_absolute_url(self) -> str:
        return reverse("webhook", args=[self.pk])

    def secrets(self, *, now: datetime) -> list[str]:
        """Return the secrets that sign now, the current one first."""
        old = [self.previous_secret] if self.previous_until and self.previous_until > now else []
        return [self.secret, *old]


class Posting(models.TextChoices):
    """How far a message is. `PENDING` is the outbox: the row is the truth, the task only the doorbell."""

    PENDING = "pending", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    WITHDRAWN = "withdrawn", _("withdrawn: what it told of was undone")


class WebhookMessage(models.Model):
    """One message to one endpoint: the exact text that is sent, however often, under one id.

    A try moves `send_after` behind the time it can take, so one that is cut off is due again by itself.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="messages")
    hook = models.CharField(_("event"), max_length=20, choices=Hook)
    about = models.ForeignKey(
        CaseEvent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="webhook_messages",
        help_text=_("The line of history that it tells of; none for a test."),
    )
    message_id = models.CharField(_("message id"), max_length=40, unique=True)
    payload = models.TextField(_("payload"), help_text=_("The exact JSON that leaves."))
    created_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=10, choices=Posting, default=Posting.PENDING)
    send_after = models.DateTimeField()
    tries = models.PositiveIntegerField(_("tries"), default=0)
    tries_left = models.PositiveSmallIntegerField(help_text=_("Tries until it is given up."))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        constraints = (
            models.UniqueConstraint(name="webhook_message_told_once", fields=("endpoint", "hook", "about")),
            models.CheckConstraint(
                name="webhook_message_state_known", condition=models.Q(state__in=Posting.values)
            ),
            models.CheckConstraint(
                name="webhook_message_hook_known", condition=models.Q(hook__in=Hook.values)
            ),
            models.CheckConstraint(
                name="webhook_message_test_about_nothing",
                condition=models.Q(hook=Hook.TEST, about__isnull=True)
                | (~models.Q(hook=Hook.TEST) & models.Q(about__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhook_message_finished_whole",
                condition=models.Q(state=Posting.PENDING, finished_at__isnull=True)
                | (~models.Q(state=Posting.PENDING) & models.Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhook_message_withdrawn_unsent",
                condition=models.Q(state=Posting.PENDING)
                | models.Q(state=Posting.WITHDRAWN, tries=0)
                | models.Q(state__in=[Posting.DELIVERED, Posting.FAILED], tries__gte=1),
            ),
            models.CheckConstraint(
                name="webhook_message_is_whole",
                condition=models.Q(message_id__startswith="msg_") & ~models.Q(payload=""),
            ),
        )
        indexes = (
            # A worker: what is due at an endpoint. The sweep: which endpoints have something due.
            models.Index(
                name="webhook_message_due",
                fields=("endpoint", "send_after", "id"),
                condition=models.Q(state="pending"),
            ),
            # The log of an endpoint, newest first, whole and by state.
            models.Index(name="webhook_message_log", fields=("endpoint", "-id")),
            models.Index(name="webhook_message_log_of_state", fields=("endpoint", "state", "-id")),
            # Forgetting: what ended longest ago.
            models.Index(
                name="webhook_message_ended",
                fields=("finished_at",),
                condition=models.Q(finished_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.message_id

    def get_absolute_url(self) -> str:
        return reverse("webhook-message", args=[self.pk])


class Failure(models.TextChoices):
    """Why a try did not deliver."""

    ADDRESS = "address", _("the address is not allowed")
    NAME = "name", _("the name leads nowhere")
    CONNECTION = "connection", _("no connection")
    TLS = "tls", _("the certificate does not hold")
    TIMEOUT = "timeout", _("no answer in time")
    PROTOCOL = "protocol", _("the answer is no HTTP")
    REDIRECT = "redirect", _("the receiver redirects; redirects are not followed")
    STATUS = "status", _("the receiver did not take it")
    LOST = "lost", _("the worker was cut off: nobody knows whether it arrived")


class WebhookAttempt(models.Model):
    """One try to deliver a message, and how it ended. Append-only: it goes with its message alone, of which the
    database sees to both (`forget`)."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.DO_NOTHING, related_name="attempts")
    number = models.PositiveIntegerField(help_text=_("First, second … try of its message."))
    at = models.DateTimeField(help_text=_("When it began; of one that was cut off, when that was found."))
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=12, choices=Failure, blank=True)
    excerpt = models.TextField(
        blank=True, help_text=_("How the answer's body begins, or the error's own words.")
    )

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="webhook_attempt_ended_one_way",
                condition=models.Q(failure="", status__gte=200, status__lt=300)
                | models.Q(failure__in=[Failure.REDIRECT, Failure.STATUS], status__isnull=False)
                | (
                    models.Q(failure__in=Failure.values, status__isnull=True)
                    & ~models.Q(failure__in=[Failure.REDIRECT, Failure.STATUS])
                ),
            ),
        )

    def __str__(self) -> str:
        return f"try {self.number} of {self.message_id}"
