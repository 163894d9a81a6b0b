"""Weekly counts, kept in the transaction of the rows they count and equal to a recount at any time.

`topic` is a slug and not a key: empty stands for "no topic", and a unique constraint that has to
hold on SQLite too cannot hold over NULL.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from pipelines.models.run import OUTCOMES


class WeekRuns(models.Model):
    """How many final runs of a pipeline's own ended how, in one week."""

    week = models.DateField(_("week"))
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12)
    code = models.CharField(_("reason code"), max_length=64, blank=True)
    runs = models.IntegerField(_("runs"))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="week_runs_once", fields=("week", "pipeline", "topic", "outcome", "code")
            ),
            models.CheckConstraint(name="week_runs_not_negative", condition=models.Q(runs__gte=0)),
            models.CheckConstraint(name="week_runs_outcome_known", condition=models.Q(outcome__in=OUTCOMES)),
        )

    def __str__(self) -> str:
        return f"{self.week}: {self.runs} {self.outcome} {self.code}"


class WeekDeclines(models.Model):
    """How many decline events happened, hidden ones and those of re-issues included, in one week."""

    week = models.DateField(_("week"))
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    code = models.CharField(_("reason code"), max_length=64)
    declines = models.IntegerField(_("declines"))

    class Meta:
        constraints = (
            models.UniqueConstraint(name="week_declines_once", fields=("week", "pipeline", "topic", "code")),
            models.CheckConstraint(name="week_declines_not_negative", condition=models.Q(declines__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.week}: {self.declines} {self.code}"
