"""A case's history, line by line."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Run
from reviews.models.case import Case


class EventKind(models.TextChoices):
    """What can happen to a case; the history in words is made from these."""

    HELD = "held", _("held")
    REPEATED = "repeated", _("declined once more")
    CAME_BACK = "came_back", _("came back after it was closed")
    WOKE = "woke", _("woke up")
    CLAIMED = "claimed", _("claimed")
    TAKEN_OVER = "taken_over", _("taken over")
    ASSIGNED = "assigned", _("handed over")
    TOPIC_SET = "topic_set", _("topic set")
    SNOOZED = "snoozed", _("snoozed")
    MERGED = "merged", _("merged")
    SPLIT = "split", _("split off again")
    NOTED = "noted", _("noted")
    ASKED = "asked", _("owner asked for background")
    REPLIED = "replied", _("background given")
    DECIDED = "decided", _("decided")
    REOPENED = "reopened", _("held again by hand")
    UNDONE = "undone", _("undone")
    APPROVED = "approved", _("proposed re-issue approved")
    NOT_APPROVED = "not_approved", _("proposed re-issue turned down")
    SENT = "sent", _("re-issue sent")
    ANSWERED = "answered", _("answered")
    DECLINED_AGAIN = "declined_again", _("declined again")
    SEND_FAILED = "send_failed", _("re-issue failed")
    FATE_UNKNOWN = "fate_unknown", _("re-issue: nobody knows whether it was sent")
    ACCEPTED = "accepted", _("answer accepted")
    NOT_ACCEPTED = "not_accepted", _("answer not accepted")


# What only a person does, so that the line says who.
BY_PEOPLE = (
    EventKind.CLAIMED,
    EventKind.TAKEN_OVER,
    EventKind.ASSIGNED,
    EventKind.TOPIC_SET,
    EventKind.SNOOZED,
    EventKind.MERGED,
    EventKind.SPLIT,
    EventKind.NOTED,
    EventKind.ASKED,
    EventKind.REPLIED,
    EventKind.DECIDED,
    EventKind.REOPENED,
    EventKind.UNDONE,
    EventKind.APPROVED,
    EventKind.NOT_APPROVED,
    EventKind.ACCEPTED,
    EventKind.NOT_ACCEPTED,
)


class Bulk(models.Model):
    """One act on many cases: what was done, to how many, out of which list. Its events say to which."""

    act = models.CharField(_("act"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    chosen = models.PositiveIntegerField(_("chosen"), help_text=_("How many cases were selected."))
    filter = models.TextField(
        _("filter"), blank=True, help_text=_("The filter of the list, as in its address.")
    )

    class Meta:
        verbose_name = _("bulk act")
        verbose_name_plural = _("bulk acts")

    def __str__(self) -> str:
        return gettext("%(act)s: %(n)s selected") % {"act": self.act, "n": self.chosen}


class CaseEvent(models.Model):
    """One line of a case's history. Append-only: the database refuses to change or delete one.

    `changes` holds what the act changed, {field: [before, after]}, and is what undoing reads.
    """

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=16, choices=EventKind)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    run = models.ForeignKey(
        Run, verbose_name=_("run"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision = models.OneToOneField(
        "reviews.Decision",
        verbose_name=_("decision"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="event",
    )
    text = models.TextField(_("text"), blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True)
    undoes = models.OneToOneField(
        "self",
        verbose_name=_("undoes"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
    )
    bulk = models.ForeignKey(
        Bulk,
        verbose_name=_("bulk act"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
    )

    class Meta:
        verbose_name = _("case event")
        verbose_name_plural = _("case events")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                name="case_event_kind_known", condition=models.Q(kind__in=EventKind.values)
            ),
            models.CheckConstraint(
                name="case_event_decided_says_what",
                condition=models.Q(kind=EventKind.DECIDED, decision__isnull=False)
                | (~models.Q(kind=EventKind.DECIDED) & models.Q(decision__isnull=True)),
            ),
            models.CheckConstraint(
                name="case_event_says_who",
                condition=~models.Q(kind__in=BY_PEOPLE) | models.Q(by__isnull=False),
            ),
            models.CheckConstraint(
                name="case_event_undone_says_what",
                condition=models.Q(kind=EventKind.UNDONE, undoes__isnull=False)
                | (~models.Q(kind=EventKind.UNDONE) & models.Q(undoes__isnull=True)),
            ),
        )
        indexes = (
            # The reports leave out what was undone: soon after it, as a rule, so in the same weeks.
            models.Index(name="case_event_undone", fields=("at",), condition=models.Q(undoes__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.case_id})"


class Mention(models.Model):
    """Somebody was named in a note, or asked for background; until they have seen it, it waits for them."""

    event = models.ForeignKey(
        CaseEvent, verbose_name=_("case event"), on_delete=models.PROTECT, related_name="mentions"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="mentions"
    )
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = (models.UniqueConstraint(name="mention_once", fields=("event", "person")),)
        indexes = (
            models.Index(name="mention_unseen", fields=("person",), condition=models.Q(seen_at__isnull=True)),
        )

    def __str__(self) -> str:
        return gettext("mention of %(who)s in event %(event)s") % {
            "who": self.person,
            "event": self.event_id,
        }
