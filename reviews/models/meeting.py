"""The weekly meeting: what somebody takes on, and the record that stays as it was."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reviews.models.standing import StandingChange


class ActionState(models.TextChoices):
    """What became of what somebody took on."""

    OPEN = "open", _("open")
    DONE = "done", _("done")
    DROPPED = "dropped", _("dropped")


class Action(models.Model):
    """What a person takes on for a line of the meeting, until a date. Open until it is done or dropped.

    `line` is the line's key, such as `mover/museum-guide/CYBER`, `label` what the line said. The note is
    seen by everybody who sees numbers. What was corrected, settled and opened again, its events say.
    """

    week = models.DateField(_("week"), help_text=_("The Monday of the week whose meeting it is."))
    line = models.CharField(_("line"), max_length=300)
    label = models.CharField(_("what the line said"), max_length=300)
    note = models.CharField(_("note"), max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    due = models.DateField(_("due"))
    change = models.ForeignKey(
        StandingChange,
        verbose_name=_("standing change"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("added by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("added"))
    state = models.CharField(_("state"), max_length=8, choices=ActionState, default=ActionState.OPEN)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("settled by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ("due", "pk")
        constraints = (
            models.CheckConstraint(
                name="action_state_known", condition=models.Q(state__in=ActionState.values)
            ),
            models.CheckConstraint(name="action_has_line", condition=~models.Q(line="")),
            models.CheckConstraint(name="action_has_note", condition=~models.Q(note="")),
            models.CheckConstraint(
                name="action_settled_whole",
                condition=models.Q(state=ActionState.OPEN, settled_by__isnull=True, settled_at__isnull=True)
                | (
                    ~models.Q(state=ActionState.OPEN)
                    & models.Q(settled_by__isnull=False, settled_at__isnull=False)
                ),
            ),
        )
        indexes = (
            # The meeting's own actions, and those of the week before.
            models.Index(name="action_of_week", fields=("week",)),
            # What is still open from before, at every meeting.
            models.Index(name="action_open", fields=("due",), condition=models.Q(state="open")),
        )

    def __str__(self) -> str:
        return self.note


class ActionEvent(models.Model):
    """One line of an action's history, from when it was taken on: corrected, settled, open again. Append-only.

    `changes` holds {field: [before, after]}.
    """

    action = models.ForeignKey(
        Action, verbose_name=_("action"), on_delete=models.PROTECT, related_name="events"
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=8, choices=ActionState, help_text=_("In which it was from then on.")
    )
    changes = models.JSONField(_("changes"))

    class Meta:
        verbose_name = _("event of an action")
        verbose_name_plural = _("events of actions")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                name="action_event_state_known", condition=models.Q(state__in=ActionState.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.action_id})"


class MeetingRecord(models.Model):
    """The meeting of a week as it was when it was closed. Append-only; one a week.

    `values` is the exact JSON of what the screen said, `digest` its SHA-256: later data cannot change it.
    """

    week = models.DateField(_("week"), unique=True)
    closed_at = models.DateTimeField(_("closed"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("closed by"), on_delete=models.PROTECT, related_name="+"
    )
    values = models.TextField(_("values"))
    digest = models.CharField(
        _("digest"), max_length=64, help_text=_("SHA-256 of the values, in hexadecimal digits.")
    )

    class Meta:
        verbose_name = _("record of a meeting")
        verbose_name_plural = _("records of meetings")
        ordering = ("-week",)
        constraints = (
            models.CheckConstraint(name="meeting_record_has_values", condition=~models.Q(values="")),
        )

    def __str__(self) -> str:
        return f"{self.week}"
