"""One sending of a declined request with context that a person added, or with their edit."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Deletion, Run
from reviews.models.case import Case
from reviews.models.decision import Decision
from reviews.passes import Spent


class Sending(models.TextChoices):
    """How far a re-issue is. `PENDING` is the outbox: the row is the truth, the task only the doorbell."""

    PROPOSED = "proposed", _("waits for a second person")
    PENDING = "pending", _("waiting for a worker")
    SENDING = "sending", _("sent, waiting for the answer")
    ANSWERED = "answered", _("answered")
    DECLINED = "declined", _("declined again")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("nobody knows whether it was sent")
    TAKEN_BACK = "taken_back", _("taken back before it was sent")
    TURNED_DOWN = "turned_down", _("turned down by a second person")


class Way(models.TextChoices):
    """What a person did to the original."""

    CONTEXT = "context", _("context added")
    EDIT = "edit", _("edited by hand")


class SentTo(models.TextChoices):
    """Where a re-issue went."""

    PROVIDER = "provider", _("the provider")
    SANDBOX = "sandbox", _("the sandbox, which simulates answers")


ON_ITS_WAY = (Sending.PROPOSED, Sending.PENDING, Sending.SENDING)
NEVER_SENT = (Sending.PROPOSED, Sending.PENDING, Sending.TAKEN_BACK, Sending.TURNED_DOWN)
# Never left, and never will: they count for no brake.
GIVEN_UP = (Sending.TAKEN_BACK, Sending.TURNED_DOWN)
HAS_RUN = (Sending.ANSWERED, Sending.DECLINED, Sending.FAILED)


# What re-issues from before there were passes have in place of a nonce.
UNASKED = "unasked-"


# What only the step of an approval sets.
APPROVAL = frozenset({"approved_by", "approved_by_id", "approved_at", "approval_nonce"})


class NoFormBehindIt(Exception):
    """Somebody tried to make a re-issue without a person's own form."""


class ReissueQuerySet(models.QuerySet["Reissue"]):
    """Re-issues are made one by one, by `reviews.reissue.reissue`."""

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NoFormBehindIt(_("Only a person's own form on the page of the case can do this."))

    def update(self, **kwargs: Any) -> int:
        if not APPROVAL.isdisjoint(kwargs) and any(kwargs.get(name) is not None for name in APPROVAL):
            raise NoFormBehindIt(_("Only a person's own form on the page of the case can do this."))
        return super().update(**kwargs)


class Reissue(models.Model):
    """A re-issue: the exact request that leaves, who asked for it and why, and the run that came of it.

    `request` is the original with one labelled block added, or with one text edited; `original_digest`
    proves the original. What was asked for never changes: the database refuses it. Retention alone empties
    `request` and what an edit holds of it, once and for good; what the person explained stays.
    """

    # The pass that the person's form came with; the step sets it, and no worker has one.
    spent: Spent | None = None

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="reissues")
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("First, second … of its case."))
    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="reissue"
    )
    way = models.CharField(_("what was done"), max_length=8, choices=Way, default=Way.CONTEXT)
    purpose = models.TextField(_("purpose"))
    serves = models.TextField(_("who it serves"), blank=True)
    authority = models.TextField(_("authority"), blank=True)
    background = models.TextField(_("background"), blank=True)
    handling_limits = models.TextField(_("handling limits"), blank=True)
    text_before = models.TextField(
        _("text before"), blank=True, help_text=_("Edited by hand: the original's text.")
    )
    text_after = models.TextField(
        _("text after"), blank=True, help_text=_("Edited by hand: the person's text.")
    )
    own_words = models.TextField(
        _("own words"), blank=True, help_text=_("What the person added, normalised to compare by.")
    )
    own_words_digest = models.CharField(
        _("digest of the own words"), max_length=64, blank=True, db_index=True
    )
    attestation = models.TextField(
        _("attestation"), blank=True, help_text=_("The sentence that the person put their tick to.")
    )
    attested_in = models.CharField(
        _("language of the attestation"), max_length=10, blank=True, help_text=_("In which they read it.")
    )
    attested_at = models.DateTimeField(_("attested"), null=True, blank=True)
    nonce = models.CharField(
        _("pass"), max_length=64, unique=True, help_text=_("Of the form that asked for it.")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="reissues"
    )
    request = models.TextField(_("request"), help_text=_("The exact JSON that leaves."))
    betas = models.TextField(
        _("betas"), blank=True, help_text=_("The header anthropic-beta that leaves with it; empty: none.")
    )
    original_digest = models.CharField(
        _("digest of the original"), max_length=64, help_text=_("SHA-256 of the original request's text.")
    )
    model = models.CharField(_("model"), max_length=120)

    needs_second = models.BooleanField(
        _("needs a second person"), default=False, help_text=_("Its code is sensitive.")
    )
    approved_by = models.ForeignKey(
        verbose_name=_("approved by"),
        to=settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approval_nonce = models.CharField(
        _("pass of the approval"), max_length=64, unique=True, null=True, blank=True
    )
    turned_down_by = models.ForeignKey(
        verbose_name=_("turned down by"),
        to=settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    turned_down_why = models.TextField(_("why it was turned down"), blank=True)

    state = models.CharField(_("state"), max_length=11, choices=Sending, default=Sending.PENDING)
    created_at = models.DateTimeField(_("created"))
    send_after = models.DateTimeField(_("leaves at"))
    sending_since = models.DateTimeField(_("sent at"), null=True, blank=True)
    sent_to = models.CharField(
        _("sent to"),
        max_length=8,
        choices=SentTo,
        blank=True,
        help_text=_("Empty: it was not sent, or before this was kept."),
    )
    give_up_at = models.DateTimeField(
        _("given up at"), null=True, blank=True, help_text=_("After this, nobody waits for it.")
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    run = models.OneToOneField(
        Run, verbose_name=_("run"), on_delete=models.PROTECT, null=True, blank=True, related_name="reissue"
    )
    deletion = models.ForeignKey(
        Deletion,
        verbose_name=_("deletion"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        help_text=_("What deleted its request, and the texts of an edit by hand."),
    )

    objects = ReissueQuerySet.as_manager()

    class Meta:
        verbose_name = _("re-issue")
        verbose_name_plural = _("re-issues")
        ordering = ("case", "number")
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(name="reissue_number_once_per_case", fields=("case", "number")),
            models.UniqueConstraint(
                name="reissue_one_on_its_way_per_case",
                fields=("case",),
                condition=models.Q(state__in=ON_ITS_WAY),
            ),
            models.CheckConstraint(name="reissue_state_known", condition=models.Q(state__in=Sending.values)),
            models.CheckConstraint(
                name="reissue_has_context",
                condition=~models.Q(purpose="")
                & (
                    (models.Q(way=Way.CONTEXT, text_before="", text_after="") & ~models.Q(background=""))
                    | (
                        models.Q(way=Way.EDIT, background="", serves="", authority="", handling_limits="")
                        & (
                            models.Q(deletion__isnull=False)
                            | (~models.Q(text_after="") & ~models.Q(text_after=models.F("text_before")))
                        )
                    )
                ),
            ),
            # What still has to leave is never without its request.
            models.CheckConstraint(
                name="reissue_request_or_deletion",
                condition=(models.Q(deletion__isnull=True) & ~models.Q(request=""))
                | (
                    models.Q(
                        deletion__isnull=False,
                        finished_at__isnull=False,
                        request="",
                        text_before="",
                        text_after="",
                    )
                    & (models.Q(way=Way.CONTEXT) | models.Q(own_words=""))
                ),
            ),
            models.CheckConstraint(
                name="reissue_attested",
                condition=(
                    models.Q(attested_at__isnull=False)
                    & ~models.Q(attestation="")
                    & ~models.Q(attested_in="")
                )
                | models.Q(
                    nonce__startswith=UNASKED, attested_at__isnull=True, attestation="", attested_in=""
                ),
            ),
            models.CheckConstraint(name="reissue_has_nonce", condition=~models.Q(nonce="")),
            # Two pairs of eyes where the code is sensitive. No worker can take a row that lacks the second.
            models.CheckConstraint(
                name="reissue_approved_whole",
                condition=models.Q(
                    approved_by__isnull=True, approved_at__isnull=True, approval_nonce__isnull=True
                )
                | models.Q(
                    approved_by__isnull=False, approved_at__isnull=False, approval_nonce__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="reissue_approved_by_another",
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("by")),
            ),
            models.CheckConstraint(
                name="reissue_sensitive_has_second",
                condition=models.Q(needs_second=False)
                | models.Q(state__in=[Sending.PROPOSED, Sending.TAKEN_BACK, Sending.TURNED_DOWN])
                | models.Q(approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="reissue_proposed_is_open",
                condition=~models.Q(state=Sending.PROPOSED)
                | models.Q(needs_second=True, approved_by__isnull=True),
            ),
            models.CheckConstraint(
                name="reissue_turned_down_whole",
                condition=(
                    models.Q(state=Sending.TURNED_DOWN, turned_down_by__isnull=False)
                    & ~models.Q(turned_down_why="")
                )
                | (
                    ~models.Q(state=Sending.TURNED_DOWN)
                    & models.Q(turned_down_by__isnull=True, turned_down_why="")
                ),
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
                name="reissue_sent_to_known",
                condition=models.Q(sent_to="")
                | models.Q(sent_to__in=SentTo.values, sending_since__isnull=False),
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
            # Retention: the cases with a request that is not deleted.
            models.Index(
                name="reissue_with_request", fields=("case",), condition=models.Q(deletion__isnull=True)
            ),
            # The reports: how those that ended in some weeks ended.
            models.Index(name="reissue_finished", fields=("finished_at", "state")),
            # The over-refusal report: contexts that were added again and again of late.
            models.Index(name="reissue_created", fields=("created_at",)),
        )

    def __str__(self) -> str:
        return gettext("re-issue %(number)s of case %(case)s") % {
            "number": self.number,
            "case": self.case_id,
        }

    @property
    def is_simulated(self) -> bool:
        """Whether what came of it is the sandbox's, as the worker that sent it knew."""
        return self.sent_to == SentTo.SANDBOX


@receiver(pre_save, sender=Reissue)
def _only_by_a_form(
    sender: type[Reissue], instance: Reissue, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    """Refuse a new row, or an approval, that no person's spent pass stands behind.

    From a fixture, a shell, a task or the admin it comes here as well.
    """
    if instance._state.adding:
        _demand(instance, act="reissue", nonce=instance.nonce, by_id=instance.by_id)
    approves = update_fields is None or not APPROVAL.isdisjoint(update_fields)
    if approves and instance.approved_by_id is not None:
        _demand(instance, act="approve", nonce=instance.approval_nonce, by_id=instance.approved_by_id)


def _demand(instance: Reissue, *, act: str, nonce: str | None, by_id: int) -> None:
    wanted = (act, nonce, by_id, instance.case_id)
    spent = instance.spent
    if spent is None or (spent.act, spent.nonce, spent.by_id, spent.case_id) != wanted:
        raise NoFormBehindIt(_("Only a person's own form on the page of the case can do this."))
