"""What a person settled: decisions, deliveries, and what became of a suspicion. Append-only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Deletion, Run
from pipelines.models.run import OUTCOME_CHOICES, OUTCOMES
from refusals import Outcome
from reviews.models.case import Case


class Kind(models.TextChoices):
    """What a reviewer can decide. The field's other word, "decline", is the model's and never stands here."""

    REISSUE = "reissue", _("re-issue")
    UPHOLD = "uphold", _("uphold")
    BY_HAND = "by_hand", _("handle by hand")
    RECLASSIFY = "reclassify", _("reclassify")
    WITHDRAW = "withdraw", _("withdraw")


class Decision(models.Model):
    """What a reviewer settled, once. A changed mind is another row; the database refuses to alter one."""

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(_("decision"), max_length=10, choices=Kind)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="decisions"
    )
    at = models.DateTimeField(_("at"))
    held_since = models.DateTimeField(
        _("held since"),
        null=True,
        blank=True,
        help_text=_("Since when it waited for this decision; empty where that was not kept yet."),
    )
    case_version = models.PositiveIntegerField(
        _("version of the case"), help_text=_("The version of the case that the person saw.")
    )
    to_outcome = models.CharField(_("corrected outcome"), max_length=12, choices=OUTCOME_CHOICES, blank=True)
    to_code = models.CharField(_("corrected code"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(name="decision_kind_known", condition=models.Q(kind__in=Kind.values)),
            models.CheckConstraint(name="decision_has_reason", condition=~models.Q(reason="")),
            # Two decisions on one version would mean that one person never saw the other's.
            models.UniqueConstraint(name="decision_once_per_version", fields=("case", "case_version")),
            models.CheckConstraint(
                name="decision_reclassify_says_what",
                condition=models.Q(kind=Kind.RECLASSIFY, to_outcome__in=OUTCOMES)
                | (~models.Q(kind=Kind.RECLASSIFY) & models.Q(to_outcome="", to_code="")),
            ),
            models.CheckConstraint(
                name="decision_not_ok_has_code",
                condition=models.Q(to_outcome__in=["", Outcome.OK.value]) | ~models.Q(to_code=""),
            ),
        )
        indexes = (
            # The reports: the decisions of some weeks by kind.
            models.Index(name="decision_at", fields=("at", "kind", "id")),
        )

    def __str__(self) -> str:
        return gettext("%(decision)s (case %(case)s)") % {
            "decision": self.get_kind_display(),
            "case": self.case_id,
        }


class DeliveredFile(models.Model):
    """A file that a person hands to the pipeline. Nothing of it changes but that its content goes with retention.

    The content can be megabytes: what only names the file defers it.
    """

    name = models.CharField(_("name"), max_length=255)
    media_type = models.CharField(_("media type"), max_length=100, help_text=_("As the browser told it."))
    size = models.PositiveIntegerField(_("size, bytes"))
    sha256 = models.CharField(max_length=64, help_text=_("SHA-256 of the content, in hexadecimal digits."))
    content = models.BinaryField(null=True, help_text=_("Empty once retention has deleted it."))

    class Meta:
        verbose_name = _("delivered file")
        verbose_name_plural = _("delivered files")
        constraints = (
            models.CheckConstraint(name="delivered_file_has_name", condition=~models.Q(name="")),
            models.CheckConstraint(name="delivered_file_has_type", condition=~models.Q(media_type="")),
            models.CheckConstraint(name="delivered_file_not_empty", condition=models.Q(size__gte=1)),
        )

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """What goes back to the pipeline: an accepted answer, a person's own text, or their own file.

    It leaves no sooner than `send_after`; until then it can be taken back. The rest of it never changes, but
    that retention empties a person's own text or file, once and for good.
    """

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="deliveries"
    )
    run = models.ForeignKey(
        Run,
        verbose_name=_("run"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        help_text=_("Whose answer."),
    )
    text = models.TextField(
        _("text"), blank=True, help_text=_("A person's own answer, where no run gave it.")
    )
    file = models.OneToOneField(
        DeliveredFile,
        verbose_name=_("file"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="delivery",
        help_text=_("A person's own file, where neither a run nor a text is the answer."),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    send_after = models.DateTimeField(_("leaves at"))
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    deletion = models.ForeignKey(
        Deletion,
        verbose_name=_("deletion"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        help_text=_("What deleted a person's own text or file. A run's answer goes with its run."),
    )

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                name="delivery_is_one_thing",
                condition=models.Q(run__isnull=False, text="", file__isnull=True, deletion__isnull=True)
                | (models.Q(run__isnull=True, file__isnull=True, deletion__isnull=True) & ~models.Q(text=""))
                | models.Q(run__isnull=True, text="", file__isnull=True, deletion__isnull=False)
                | models.Q(run__isnull=True, text="", file__isnull=False),
            ),
            models.UniqueConstraint(
                name="delivery_of_a_run_once", fields=("run",), condition=models.Q(taken_back_at__isnull=True)
            ),
        )
        indexes = (
            # Retention: the cases with a text or file of a person's own that is not deleted.
            models.Index(
                name="delivery_with_text",
                fields=("case",),
                condition=models.Q(run__isnull=True, deletion__isnull=True),
            ),
            # The reports: what was delivered in some weeks.
            models.Index(name="delivery_at", fields=("at",), condition=models.Q(taken_back_at__isnull=True)),
        )

    def __str__(self) -> str:
        return gettext("delivery of case %(case)s") % {"case": self.case_id}


class Mark(models.TextChoices):
    """What became of the mark "suspected"."""

    WAITING = "waiting", _("waiting")
    HELD = "held", _("held: it is a decline")
    DISMISSED = "dismissed", _("dismissed: it is an answer")


class Suspicion(models.Model):
    """A run whose answer reads like a refusal, until a person holds it or dismisses the mark."""

    run = models.OneToOneField(
        Run, verbose_name=_("run"), on_delete=models.CASCADE, primary_key=True, related_name="suspicion"
    )
    mark = models.CharField(_("mark"), max_length=10, choices=Mark, default=Mark.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    at = models.DateTimeField(_("at"), null=True, blank=True)

    class Meta:
        verbose_name = _("suspicion")
        verbose_name_plural = _("suspicions")
        constraints = (
            models.CheckConstraint(name="suspicion_mark_known", condition=models.Q(mark__in=Mark.values)),
            models.CheckConstraint(
                name="suspicion_settled_by_somebody",
                condition=models.Q(mark=Mark.WAITING, by__isnull=True, at__isnull=True)
                | (~models.Q(mark=Mark.WAITING) & models.Q(by__isnull=False, at__isnull=False)),
            ),
        )
        indexes = (
            # The list of suspected runs, newest first.
            models.Index(name="suspicion_waiting", fields=("-run",), condition=models.Q(mark="waiting")),
        )

    def __str__(self) -> str:
        return gettext("suspicion of run %(run)s: %(mark)s") % {
            "run": self.run_id,
            "mark": self.get_mark_display(),
        }
