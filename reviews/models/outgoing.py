"""What leaves the house: the Monday e-mails, to whom and how far each is; and every file of texts, and who took it."""

from urllib.parse import parse_qsl

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.models.desk import SavedView
from reviews.reports.scope import Scope


class ReportSubscription(models.Model):
    """A person's wish for the report of each week, of all work or of one pipeline or topic, by e-mail.

    Or of what a saved view is about, as it stands when the mail is written; the wish ends with the view.
    Slugs and not keys, as in the weekly counts: a unique constraint cannot hold over NULL on SQLite.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="report_subscriptions"
    )
    pipeline = models.CharField(_("pipeline"), max_length=80, blank=True, help_text=_("Empty: all of them."))
    topic = models.CharField(
        _("topic"), max_length=80, blank=True, help_text=_("Empty: all of them. A dash: no topic.")
    )
    view = models.ForeignKey(
        SavedView,
        verbose_name=_("saved view"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="report_subscriptions",
    )
    weekly = models.BooleanField(_("every Monday"), default=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("report by e-mail")
        verbose_name_plural = _("reports by e-mail")
        ordering = ("pipeline", "topic", "pk")
        constraints = (
            models.UniqueConstraint(
                name="report_subscription_once",
                fields=("person", "pipeline", "topic"),
                condition=models.Q(view__isnull=True),
            ),
            models.UniqueConstraint(name="report_subscription_once_per_view", fields=("person", "view")),
            models.CheckConstraint(
                name="report_subscription_by_view_or_scope",
                condition=models.Q(view__isnull=True) | models.Q(pipeline="", topic=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id}: {self.scope}"

    @property
    def scope(self) -> Scope:
        """What the report is about; of a view, the parts of it that a report can follow."""
        if self.view is None:
            return Scope(pipeline=self.pipeline, topic=self.topic)
        asked = dict(parse_qsl(self.view.query.removeprefix("?")))
        return Scope(pipeline=asked.get("pipeline", ""), topic=asked.get("topic", ""))


class Mailing(models.TextChoices):
    """How far an e-mail is."""

    SENDING = "sending", _("being sent")
    SENT = "sent", _("handed to the mail server")
    FAILED = "failed", _("not sent")
    UNKNOWN = "unknown", _("nobody knows whether it was sent")


class SentReport(models.Model):
    """One week's e-mail of one subscription. Its row is made before it leaves, so it leaves once.

    `FAILED` is known not to have left, and is tried again; `UNKNOWN` was cut off, and is not.
    """

    subscription = models.ForeignKey(ReportSubscription, on_delete=models.CASCADE, related_name="sent")
    week = models.DateField(_("week"), help_text=_("Its Monday."))
    to = models.CharField(_("address"), max_length=254)
    state = models.CharField(_("state"), max_length=8, choices=Mailing, default=Mailing.SENDING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=1)
    began_at = models.DateTimeField(_("began"), help_text=_("Of the latest try."))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)

    class Meta:
        verbose_name = _("sent report")
        verbose_name_plural = _("sent reports")
        ordering = ("-week", "pk")
        constraints = (
            # What makes a second worker, or the same one started again, send nothing.
            models.UniqueConstraint(name="sent_report_once_a_week", fields=("subscription", "week")),
            models.CheckConstraint(
                name="sent_report_state_whole",
                condition=models.Q(state=Mailing.SENDING, finished_at__isnull=True, problem="")
                | models.Q(state=Mailing.SENT, finished_at__isnull=False, problem="")
                | (
                    models.Q(state__in=[Mailing.FAILED, Mailing.UNKNOWN], finished_at__isnull=False)
                    & ~models.Q(problem="")
                ),
            ),
            models.CheckConstraint(name="sent_report_tried", condition=models.Q(tries__gte=1)),
        )
        indexes = (
            # The sweep: what a worker began and never finished.
            models.Index(
                name="sent_report_cut_off", fields=("began_at",), condition=models.Q(state="sending")
            ),
        )

    def __str__(self) -> str:
        return f"{self.week} to {self.to}: {self.state}"


class ExportKind(models.TextChoices):
    """What left."""

    DATASET = "dataset", _("data set")
    PACKET = "packet", _("provider packet")


class TextExport(models.Model):
    """One file of what was asked and answered that left the house. Append-only."""

    kind = models.CharField(_("what"), max_length=8, choices=ExportKind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="text_exports"
    )
    at = models.DateTimeField(_("at"))
    filter = models.TextField(_("filter"), blank=True, help_text=_("As an address writes it; empty: all."))
    n = models.PositiveIntegerField(_("n"), help_text=_("How many cases with their texts."))

    class Meta:
        verbose_name = _("file of texts")
        verbose_name_plural = _("files of texts")
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="text_export_kind_known", condition=models.Q(kind__in=ExportKind.values)
            ),
        )

    def __str__(self) -> str:
        return gettext("%(what)s of %(n)d cases") % {"what": self.get_kind_display(), "n": self.n}
