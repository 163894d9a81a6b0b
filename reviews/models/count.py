"""Weekly counts, kept in the transaction of the rows they count and equal to a recount at any time.

`WeekStamp` says whether they changed since somebody read them.

`topic` is a slug and not a key: empty stands for "no topic", and a unique constraint that has to
hold on SQLite too cannot hold over NULL. A model is empty where nobody named one.
"""

from secrets import randbits

from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Surface
from pipelines.models.run import OUTCOMES

# So many bits that the stamps of eight million rows still add up within 63.
STAMP_BITS = 40


def new_stamp() -> int:
    """Draw a stamp: a row gets another one with whatever changes it."""
    return randbits(STAMP_BITS)


class WeekRuns(models.Model):
    """How many final runs of a pipeline's own ended how, in one week."""

    week = models.DateField(_("week"))
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+", db_index=False)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12)
    code = models.CharField(_("reason code"), max_length=64, blank=True)
    surface = models.CharField(_("surface"), max_length=20, choices=Surface)
    requested_model = models.CharField(_("requested model"), max_length=120, blank=True)
    serving_model = models.CharField(_("serving model"), max_length=120, blank=True)
    rules_version = models.CharField(_("rules version"), max_length=40, blank=True)
    runs = models.IntegerField(_("runs"))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="week_runs_once",
                fields=(
                    "week",
                    "pipeline",
                    "topic",
                    "outcome",
                    "code",
                    "surface",
                    "requested_model",
                    "serving_model",
                    "rules_version",
                ),
            ),
            models.CheckConstraint(name="week_runs_not_negative", condition=models.Q(runs__gte=0)),
            models.CheckConstraint(name="week_runs_outcome_known", condition=models.Q(outcome__in=OUTCOMES)),
        )
        # Whether a pipeline had any before a week.
        indexes = (models.Index(name="week_runs_of_pipeline", fields=("pipeline", "week")),)

    def __str__(self) -> str:
        return f"{self.week}: {self.runs} {self.outcome} {self.code}"


class WeekDeclines(models.Model):
    """How many decline events happened, hidden ones and those of re-issues included, in one week."""

    week = models.DateField(_("week"))
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+", db_index=False)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    code = models.CharField(_("reason code"), max_length=64)
    surface = models.CharField(_("surface"), max_length=20, choices=Surface)
    model = models.CharField(
        _("declining model"), max_length=120, blank=True, help_text=_("Of a guard's: the model it guarded.")
    )
    hidden = models.BooleanField(_("hidden"), help_text=_("Its run went on, and did not end declined."))
    declines = models.IntegerField(_("declines"))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="week_declines_once",
                fields=("week", "pipeline", "topic", "code", "surface", "model", "hidden"),
            ),
            models.CheckConstraint(name="week_declines_not_negative", condition=models.Q(declines__gte=0)),
        )
        indexes = (
            # All weeks of some patterns: their pages, and the meeting's patterns that moved.
            models.Index(name="week_declines_of_pattern", fields=("pipeline", "code", "topic", "model")),
            # Whether a pipeline had any before a week.
            models.Index(name="week_declines_of_pipeline", fields=("pipeline", "week")),
        )

    def __str__(self) -> str:
        return f"{self.week}: {self.declines} {self.code}"


class WeekStamp(models.Model):
    """A new stamp whenever a count of a pipeline's week changes, in the same transaction.

    What was read from the counts of a week holds for as long as its stamps add up to the same. A stamp
    is drawn at random and counts nothing: after a database is put back, none is seen twice.
    """

    week = models.DateField(_("week"))
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    stamp = models.BigIntegerField(default=new_stamp)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="week_stamp_once", fields=("week", "pipeline")),
            models.CheckConstraint(name="week_stamp_not_negative", condition=models.Q(stamp__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.week}: {self.stamp:x}"
