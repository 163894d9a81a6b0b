"""Standing changes: what is fixed at the source, in a pipeline's own brief, so that nobody has to add it again."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Topic


class ChangeState(models.TextChoices):
    """How far a change at the source is. From planned to one of the others, and back."""

    PLANNED = "planned", _("planned")
    DONE = "done", _("done")
    DROPPED = "dropped", _("dropped")


class StandingChange(models.Model):
    """A change of what a pipeline sends with every request: who makes it, by when, and when it took effect.

    `title` is seen by everybody who sees numbers; `words` can hold what a person added to a prompt, and are
    text like it. `code`, `topic` and `model` say at which declines it aims; empty is all of them.
    """

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="standing_changes"
    )
    title = models.CharField(_("title"), max_length=200)
    words = models.TextField(_("words"), help_text=_("What the pipeline's brief says from then on."))
    code = models.CharField(_("reason code"), max_length=64, blank=True)
    topic = models.ForeignKey(
        Topic, verbose_name=_("topic"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    model = models.CharField(_("model"), max_length=120, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    due = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=8, choices=ChangeState, default=ChangeState.PLANNED)
    done_on = models.DateField(
        _("done on"), null=True, blank=True, help_text=_("The day on which it took effect in the pipeline.")
    )
    context_digest = models.CharField(
        _("digest of the context"),
        max_length=64,
        blank=True,
        help_text=_("Of the own words of the re-issues that it came from."),
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("suggested by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("suggested"))

    class Meta:
        verbose_name = _("standing change")
        verbose_name_plural = _("standing changes")
        ordering = ("due", "pk")
        constraints = (
            models.CheckConstraint(
                name="standing_change_state_known", condition=models.Q(state__in=ChangeState.values)
            ),
            models.CheckConstraint(name="standing_change_has_title", condition=~models.Q(title="")),
            models.CheckConstraint(name="standing_change_has_words", condition=~models.Q(words="")),
            models.CheckConstraint(
                name="standing_change_done_says_when",
                condition=models.Q(state=ChangeState.DONE, done_on__isnull=False)
                | (~models.Q(state=ChangeState.DONE) & models.Q(done_on__isnull=True)),
            ),
        )
        indexes = (
            # The markers of a chart and the meeting's "did it work": what was done in some weeks.
            models.Index(
                name="standing_change_done", fields=("done_on",), condition=models.Q(done_on__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("change", args=[self.pk])


class StandingChangeEvent(models.Model):
    """One line of a standing change's history. Append-only: the database refuses to change or delete one.

    `changes` holds {field: [before, after]}; of a new one, [None, after]. It can hold the words: it is text.
    """

    change = models.ForeignKey(
        StandingChange, verbose_name=_("standing change"), on_delete=models.PROTECT, related_name="events"
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=8, choices=ChangeState, help_text=_("In which it was from then on.")
    )
    changes = models.JSONField(_("changes"))

    class Meta:
        verbose_name = _("event of a standing change")
        verbose_name_plural = _("events of standing changes")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                name="standing_change_event_state_known", condition=models.Q(state__in=ChangeState.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.change_id})"
