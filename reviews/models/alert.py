"""Alerts: what people are told of, who wants to hear of what, and every message on its way to them."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from reviews.models.pattern import PatternEvent
from reviews.models.webhook import Failure, Posting


class AlertKind(models.TextChoices):
    """What an alert tells of."""

    CODE = "code", _("a decline under one of the codes that are told at once")
    ESCALATING = "escalating", _("a pattern escalates")
    REGRESSED = "regressed", _("a pattern is back after it was quiet")
    NEW = "new", _("a new pattern")
    DEGRADED = "degraded", _("a pipeline degrades")


class When(models.TextChoices):
    """When a person is told."""

    AT_ONCE = "at_once", _("at once")
    DIGEST = "digest", _("in the daily digest")
    NEVER = "never", _("not at all")


class AlertChoice(models.Model):
    """A person's own choice for one kind of alert. Who has none has the default of their role."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_choices"
    )
    kind = models.CharField(max_length=10, choices=AlertKind)
    when = models.CharField(max_length=8, choices=When)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="alert_choice_once", fields=("person", "kind")),
            models.CheckConstraint(
                name="alert_choice_known",
                condition=models.Q(kind__in=AlertKind.values, when__in=When.values),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.when}"


class AlertHook(models.Model):
    """An incoming webhook of a chat, which hears at once. Its address is its secret: it is never shown whole.

    One that was removed stays for the log of what it was told, and of its address what is shown.
    """

    url = models.CharField(_("address"), max_length=1000)
    pipeline = models.ForeignKey(
        Pipeline,
        verbose_name=_("pipeline"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: of every pipeline."),
    )
    kinds = models.JSONField(_("alerts"), default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"))
    disabled_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("chat")
        verbose_name_plural = _("chats")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(name="alert_hook_has_url", condition=~models.Q(url="")),
            models.CheckConstraint(
                name="alert_hook_removed_is_off",
                condition=models.Q(removed_at__isnull=True) | models.Q(disabled_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        scheme, _slashes, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/…{self.url[-4:]}"

    def get_absolute_url(self) -> str:
        return reverse("alert-chat", args=[self.pk])

    @property
    def kinds_in_words(self) -> list[str]:
        """What it hears of, as a person reads it."""
        return [str(AlertKind(kind).label) for kind in self.kinds]


class Alert(models.Model):
    """One thing that people are told of. The same thing again before `until` is counted here, and is no other alert."""

    kind = models.CharField(_("kind"), max_length=10, choices=AlertKind)
    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(_("reason code"), max_length=64, blank=True)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    week = models.DateField(_("week"))
    event = models.OneToOneField(
        PatternEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="alert"
    )
    opened_at = models.DateTimeField(_("since"))
    until = models.DateTimeField()
    last_at = models.DateTimeField(_("latest"))
    count = models.PositiveIntegerField(_("count"), default=1)
    declines = models.PositiveIntegerField(default=0, help_text=_("Declines, or degraded runs, of the week."))
    runs = models.FloatField(null=True, blank=True, help_text=_("What they are measured against."))
    expected = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="alert_kind_known", condition=models.Q(kind__in=AlertKind.values)),
            models.CheckConstraint(
                name="alert_is_of_a_pattern_or_not",
                condition=models.Q(kind__in=[AlertKind.CODE, AlertKind.DEGRADED], event__isnull=True)
                | (~models.Q(kind__in=[AlertKind.CODE, AlertKind.DEGRADED]) & models.Q(event__isnull=False)),
            ),
            models.CheckConstraint(
                name="alert_has_code",
                condition=models.Q(kind=AlertKind.DEGRADED, code="")
                | (~models.Q(kind=AlertKind.DEGRADED) & ~models.Q(code="")),
            ),
            models.CheckConstraint(
                name="alert_counted",
                condition=models.Q(
                    count__gte=1, last_at__gte=models.F("opened_at"), until__gte=models.F("opened_at")
                ),
            ),
            models.UniqueConstraint(
                name="alert_degraded_once_a_week",
                fields=("pipeline", "week"),
                condition=models.Q(kind=AlertKind.DEGRADED),
            ),
        )
        indexes = (
            # Folding: the latest alert of this kind about the same.
            models.Index(name="alert_of_the_same", fields=("pipeline", "kind", "code", "-until")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.pipeline_id}"


class AlertMessage(models.Model):
    """A message to one person or one chat: of one alert at once, a day's digest, which has a `day`, or a test.

    The row is the outbox. A try moves `send_after` behind the time it can take, so one that is cut off is due
    again by itself. `told` is how often the alert had been counted when the message was written, or was found to
    have nothing new to say; of one that nobody was left to hear it is 0.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="alert_messages",
    )
    hook = models.ForeignKey(
        AlertHook, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    day = models.DateField(_("day"), null=True, blank=True)
    alerts: "models.ManyToManyField[Alert, AlertLine]" = models.ManyToManyField(
        Alert, through="AlertLine", related_name="messages"
    )
    again = models.BooleanField(default=False, help_text=_("What was counted after the first message."))
    test = models.BooleanField(default=False, help_text=_("Tells of nothing."))
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("As it left last."))
    language = models.CharField(
        max_length=10, blank=True, help_text=_("In which subject and text are written.")
    )
    told = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=Posting, default=Posting.PENDING)
    created_at = models.DateTimeField()
    send_after = models.DateTimeField()
    tries = models.PositiveIntegerField(_("tries"), default=0)
    tries_left = models.PositiveSmallIntegerField(help_text=_("Tries until it is given up."))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert message")
        verbose_name_plural = _("alert messages")
        constraints = (
            models.UniqueConstraint(name="alert_digest_once_a_day", fields=("person", "day")),
            models.CheckConstraint(
                name="alert_message_to_one",
                condition=models.Q(person__isnull=False, hook__isnull=True)
                | models.Q(person__isnull=True, hook__isnull=False, day__isnull=True),
            ),
            models.CheckConstraint(
                name="alert_message_test_is_a_chats",
                condition=models.Q(test=False) | models.Q(hook__isnull=False, again=False),
            ),
            models.CheckConstraint(
                name="alert_message_state_known", condition=models.Q(state__in=Posting.values)
            ),
            models.CheckConstraint(
                name="alert_message_finished_whole",
                condition=models.Q(state=Posting.PENDING, finished_at__isnull=True)
                | (~models.Q(state=Posting.PENDING) & models.Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="alert_message_withdrawn_unsent",
                condition=models.Q(state=Posting.PENDING)
                | models.Q(state=Posting.WITHDRAWN, tries=0)
                | models.Q(state__in=[Posting.DELIVERED, Posting.FAILED], tries__gte=1),
            ),
            models.CheckConstraint(
                name="alert_message_tried_is_written",
                condition=models.Q(tries=0, text="") | (models.Q(tries__gte=1) & ~models.Q(text="")),
            ),
            models.CheckConstraint(
                name="alert_message_written_in_a_language",
                condition=models.Q(text="", language="") | (~models.Q(text="") & ~models.Q(language="")),
            ),
        )
        indexes = (
            # The sweep: what is due.
            models.Index(
                name="alert_message_due", fields=("send_after", "id"), condition=models.Q(state="pending")
            ),
            # Forgetting: what ended longest ago.
            models.Index(
                name="alert_message_ended",
                fields=("finished_at",),
                condition=models.Q(finished_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"alert message {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("alert-message", args=[self.pk])

    @property
    def state_in_words(self) -> str:
        """How far it is; of one that was not sent, why."""
        if self.state != Posting.WITHDRAWN:
            return str(self.get_state_display())
        return str(_("not sent: nothing new to say") if self.told else _("not sent: nobody left to hear it"))


class AlertLine(models.Model):
    """Which alert a message tells of. It goes with its message alone, of which the database sees to both (`forget`)."""

    message = models.ForeignKey(AlertMessage, on_delete=models.DO_NOTHING, related_name="lines")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="lines")

    class Meta:
        constraints = (models.UniqueConstraint(name="alert_line_once", fields=("message", "alert")),)

    def __str__(self) -> str:
        return f"alert {self.alert_id} in message {self.message_id}"


NOT_TAKEN = "mail"
# Why no try follows one that failed: there is nobody to hear it any more.
OFF, CLOSED = "off", "closed"
ALERT_FAILURES = [
    *Failure.choices,
    (NOT_TAKEN, _("the mail server did not take it")),
    (OFF, _("not made: the chat was switched off or removed")),
    (CLOSED, _("not made: the account was closed or has no address")),
]


class AlertAttempt(models.Model):
    """One try to deliver a message, and how it ended, or why it was not made any more.

    Append-only: it goes with its message alone (`forget`).
    """

    message = models.ForeignKey(AlertMessage, on_delete=models.DO_NOTHING, related_name="attempts")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(help_text=_("When it began; of one that was cut off, when that was found."))
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=12, choices=ALERT_FAILURES, blank=True)
    excerpt = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="alert_attempt_failure_known",
                condition=models.Q(failure__in=["", *(name for name, _label in ALERT_FAILURES)]),
            ),
        )

    def __str__(self) -> str:
        return f"try {self.number} of {self.message_id}"
