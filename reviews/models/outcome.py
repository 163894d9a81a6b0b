"""How each case was settled the first time: what the over-refusal report counts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from reviews.models.case import Case
from reviews.models.count import new_stamp


class Ending(models.TextChoices):
    """What a first review came to. Three ways of "answered", of which one alone speaks of over-refusal."""

    ANSWERED = "answered", _("answered once context was given")
    EDITED = "edited", _("answered after an edit by hand")
    OTHER_MODEL = "other_model", _("answered by another model")
    UPHELD = "upheld", _("upheld")
    BY_HAND = "by_hand", _("handled by hand")
    RECLASSIFIED = "reclassified", _("reclassified: no decline")
    WITHDRAWN = "withdrawn", _("withdrawn")


class FirstOutcome(models.Model):
    """How and when a case was first settled. One row a case, kept in the transaction that moves the case.

    It is derived: `first_outcomes.recount` makes it anew from the history. `code` and `topic` follow the
    case's; `model` is the one that was asked first, empty where nobody named one. The row has another
    `stamp` whenever it changed.
    """

    case = models.OneToOneField(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, primary_key=True, related_name="first_outcome"
    )
    at = models.DateTimeField(_("at"))
    ending = models.CharField(_("ending"), max_length=12, choices=Ending)
    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(_("reason code"), max_length=64)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    stamp = models.BigIntegerField(default=new_stamp, editable=False)

    class Meta:
        verbose_name = _("first outcome")
        verbose_name_plural = _("first outcomes")
        constraints = (
            models.CheckConstraint(
                name="first_outcome_ending_known", condition=models.Q(ending__in=Ending.values)
            ),
        )
        indexes = (
            # The over-refusal report and the meeting's disputed codes: what was settled in a range of time.
            models.Index(name="first_outcome_at", fields=("at", "stamp")),
        )

    def __str__(self) -> str:
        return f"{self.get_ending_display()} ({self.case_id})"
