"""One sending of a declined request with context that a person added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Run
from reviews.models.case import Case
from reviews.models.decision import Decision


class Sending(models.TextChoices):
    """How far a re-issue is. `PENDING` is the outbox: the row is the truth, the task only the doorbell."""

    PENDING = "pending", _("waiting for a worker")
    SENDING = "sending", _("sent, waiting for the answer")
    ANSWERED = "answered", _("answered")
    DECLINED = "declined", _("declined again")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("nobody knows whether it was sent")
    TAKEN_BACK = "taken_back", _("taken back before it was sent")


ON_ITS_WAY = (Sending.PENDING, Sending.SENDING)
NEVER_SENT = (Sending.PENDING, Sending.TAKEN_BACK)
HAS_RUN = (Sending.ANSWERED, Sending.DECLINED, Sending.FAILED)


class Reissue(models.Model):
    """A re-issue: the exact request that leaves, who asked for it and why, and the run that came of it.

    `request` is the original with one labelled block added; `original_digest` proves the original.
    """

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="reissues")
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("First, second … of its case."))
    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="reissue"
    )
    purpose = models.TextField(_("purpose"))
    background = models.TextField(_("background"))
    handling_limits = models.TextField(_("handling limits"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="reissues"
    )
    request = models.TextField(_("request"), help_text=_("The exact JSON that leaves."))
    original_digest = models.CharField(
        _("digest of the original"), max_length=64, help_text=_("SHA-256 of the original request's text.")
    )
    model = models.CharField(_("model"), max_length=120)

    state = models.CharField(_("state"), max_length=10, choices=Sending, default=Sending.PENDING)
    created_at = models.DateTimeField(_("created"))
    send_after = models.DateTimeField(_("leaves at"))
    sending_since = models.DateTimeField(_("sent at"), null=True, blank=True)
    give_up_at = models.DateTimeField(
        _("given up at"), null=True, blank=True, help_text=_("After this, nobody waits for it.")
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    run = models.OneToOneField(
        Run, verbose_name=_("run"), on_delete=models.PROTECT, null=True, blank=True, related_name="reissue"
    )

    class Meta:
        verbose_name = _("re-issue")
        verbose_name_plural = _("re-issues")
        ordering = ("case", "number")
        constraints = (
            models.UniqueConstraint(name="reissue_number_once_per_case", fields=("case", "number")),
            models.UniqueConstraint(
                name="reissue_one_on_its_way_per_case",
                fields=("case",),
                condition=models.Q(state__in=ON_ITS_WAY),
            ),
            models.CheckConstraint(name="reissue_state_known", condition=models.Q(state__in=Sending.values)),
            models.CheckConstraint(
                name="reissue_has_context", condition=~models.Q(purpose="") & ~models.Q(background="")
            ),
            models.CheckConstraint(
                name="reissue_never_sent_is_unsent",
                condition=(
                    models.Q(state__in=NEVER_SENT, sending_since__isnull=True, give_up_at__isnull=True)
                    | (
                        ~models.Q(state__in=NEVER_SENT)
                        & models.Q(sending_since__isnull=False, give_up_at__isnull=False)
                    )
                ),
            ),
            models.CheckConstraint(
                name="reissue_finished_whole",
                condition=models.Q(state__in=ON_ITS_WAY, finished_at__isnull=True)
                | (~models.Q(state__in=ON_ITS_WAY) & models.Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="reissue_run_when_it_came_back",
                condition=models.Q(state__in=HAS_RUN, run__isnull=False)
                | (~models.Q(state__in=HAS_RUN) & models.Q(run__isnull=True)),
            ),
        )
        indexes = (
            # The sweep: what waits to be sent, and what was sent and never came back.
            models.Index(
                name="reissue_on_its_way",
                fields=("send_after",),
                condition=models.Q(state__in=["pending", "sending"]),
            ),
        )

    def __str__(self) -> str:
        return gettext("re-issue %(number)s of case %(case)s") % {
            "number": self.number,
            "case": self.case_id,
        }

    @property
    def is_on_its_way(self) -> bool:
        """Whether somebody still waits for it."""
        return self.state in ON_ITS_WAY
