"""Patterns: the same decline, by code, topic, pipeline and model, and what became of it week by week."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline


class Life(models.TextChoices):
    """Where a pattern is in its life."""

    NEW = "new", _("new")
    ONGOING = "ongoing", _("ongoing")
    ESCALATING = "escalating", _("escalating")
    QUIET = "quiet", _("quiet")
    REGRESSED = "regressed", _("regressed")


# What time and new declines alone can make of a pattern. It regresses out of every state, for nobody may have
# looked while it was quiet; what was rare before it was quiet goes on. Any other move comes from counts that were
# corrected or came late, and is said to.
LIVES: dict[Life, frozenset[Life]] = {
    Life.NEW: frozenset({Life.ONGOING, Life.ESCALATING, Life.QUIET, Life.REGRESSED}),
    Life.ONGOING: frozenset({Life.ESCALATING, Life.QUIET, Life.REGRESSED}),
    Life.ESCALATING: frozenset({Life.ONGOING, Life.QUIET, Life.REGRESSED}),
    Life.QUIET: frozenset({Life.REGRESSED, Life.ONGOING, Life.ESCALATING}),
    Life.REGRESSED: frozenset({Life.ONGOING, Life.ESCALATING, Life.QUIET}),
}


class Pattern(models.Model):
    """Declines of one code, topic, pipeline and model. Topic and model are empty where nobody named one.

    Its state follows from the weekly counts, but for one memory: the week in which it last escalated.
    While `hushed_at` is set, a person wants it to be quiet until it grows beyond the rate it had then:
    `hushed_declines` in `hushed_exposure` final runs, or weeks where `hushed_by_time`.
    """

    code = models.CharField(_("reason code"), max_length=64)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="patterns"
    )
    model = models.CharField(_("declining model"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=Life)
    since = models.DateTimeField(_("since"))
    first_week = models.DateField(_("first week"))
    last_week = models.DateField(_("last week"))
    escalated_week = models.DateField(null=True, blank=True)
    hushed_at = models.DateTimeField(null=True, blank=True)
    hushed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hushed_declines = models.PositiveIntegerField(null=True, blank=True)
    hushed_exposure = models.FloatField(null=True, blank=True)
    hushed_by_time = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("pattern")
        verbose_name_plural = _("patterns")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(name="pattern_once", fields=("code", "topic", "pipeline", "model")),
            models.CheckConstraint(name="pattern_has_code", condition=~models.Q(code="")),
            models.CheckConstraint(name="pattern_state_known", condition=models.Q(state__in=Life.values)),
            models.CheckConstraint(
                name="pattern_weeks_in_order", condition=models.Q(first_week__lte=models.F("last_week"))
            ),
            models.CheckConstraint(
                name="pattern_escalating_since_a_week",
                condition=~models.Q(state=Life.ESCALATING) | models.Q(escalated_week__isnull=False),
            ),
            models.CheckConstraint(
                name="pattern_hushed_whole",
                condition=models.Q(
                    hushed_at__isnull=True,
                    hushed_by__isnull=True,
                    hushed_declines__isnull=True,
                    hushed_exposure__isnull=True,
                    hushed_by_time__isnull=True,
                )
                | models.Q(
                    hushed_at__isnull=False,
                    hushed_by__isnull=False,
                    hushed_declines__isnull=False,
                    hushed_exposure__isnull=False,
                    hushed_by_time__isnull=False,
                    hushed_exposure__gt=0,
                ),
            ),
        )
        indexes = (
            # The list, whole and by state: the latest weeks first.
            models.Index(name="pattern_listed", fields=("-last_week", "-id")),
            models.Index(name="pattern_listed_by_state", fields=("state", "-last_week", "-id")),
        )

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.code, self.topic, self.pipeline.slug, self.model)))

    def get_absolute_url(self) -> str:
        return reverse("pattern", args=[self.pk])


class Turn(models.TextChoices):
    """What happened to a pattern."""

    BECAME = "became", _("became")
    REVISED = "revised", _("is, after counts were corrected or came late")
    HUSHED = "hushed", _("made quiet until it grows")
    GREW = "grew", _("grew beyond what it was made quiet at")
    AGAIN = "again", _("grew further, and is")
    LISTENED = "listened", _("listened to again")


BY_A_PERSON = (Turn.HUSHED, Turn.LISTENED)


class PatternEvent(models.Model):
    """A line of a pattern's history, with the counts it rests on. Append-only.

    `exposure` is in final runs of its pipeline and topic, or in weeks where `by_time`; `expected` and `p_value`
    are empty where there was nothing to compare with.
    """

    pattern = models.ForeignKey(Pattern, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what happened"), max_length=10, choices=Turn)
    from_state = models.CharField(max_length=10, choices=Life, blank=True)
    to_state = models.CharField(max_length=10, choices=Life)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    week = models.DateField(_("week"))
    declines = models.PositiveIntegerField(_("declines"))
    exposure = models.FloatField(_("exposure"))
    declines_before = models.PositiveIntegerField(_("declines in the weeks before"))
    exposure_before = models.FloatField(_("exposure in the weeks before"))
    by_time = models.BooleanField(_("compared by time"))
    expected = models.FloatField(_("expected"), null=True, blank=True)
    p_value = models.FloatField(_("p-value"), null=True, blank=True)

    class Meta:
        verbose_name = _("event of a pattern")
        verbose_name_plural = _("events of patterns")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(name="pattern_event_kind_known", condition=models.Q(kind__in=Turn.values)),
            models.CheckConstraint(
                name="pattern_event_state_known",
                condition=models.Q(to_state__in=Life.values, from_state__in=["", *Life.values]),
            ),
            models.CheckConstraint(
                name="pattern_event_by_a_person",
                condition=models.Q(kind__in=BY_A_PERSON, by__isnull=False)
                | (~models.Q(kind__in=BY_A_PERSON) & models.Q(by__isnull=True)),
            ),
            models.CheckConstraint(
                name="pattern_event_moves",
                condition=(models.Q(kind__in=BY_A_PERSON) & models.Q(from_state=models.F("to_state")))
                | models.Q(kind=Turn.GREW)
                | models.Q(kind=Turn.AGAIN, from_state=Life.ESCALATING, to_state=Life.ESCALATING)
                | (models.Q(kind=Turn.REVISED) & ~models.Q(from_state=models.F("to_state")))
                | models.Q(kind=Turn.BECAME, from_state="")
                | models.Q(
                    *(
                        models.Q(kind=Turn.BECAME, from_state=start, to_state__in=sorted(ends))
                        for start, ends in LIVES.items()
                    ),
                    _connector=models.Q.OR,
                ),
            ),
            models.CheckConstraint(
                name="pattern_event_compared_whole",
                condition=models.Q(expected__isnull=True, p_value__isnull=True)
                | models.Q(expected__isnull=False, p_value__isnull=False, p_value__gte=0, p_value__lte=1),
            ),
        )
        indexes = (
            # What each pattern was at the end of a week.
            models.Index(name="pattern_event_latest", fields=("pattern", "-id")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.to_state}"


class PatternClock(models.Model):
    """The one row that an evaluation locks, so that two at once are one after the other."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    evaluated_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(name="pattern_clock_once", condition=models.Q(id=1)),)

    def __str__(self) -> str:
        return f"evaluated {self.evaluated_at}"
