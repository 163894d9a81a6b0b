"""When a case was open: one row for each time, from when it began to wait until it was closed.

`reviews.openings` keeps them, in the transaction that moves the case. Reports read them: a case says how
it stands now, its openings how it stood in any week.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Topic
from reviews.models.case import Case, CaseRun, Resolution


class Began(models.TextChoices):
    """Why a case was open."""

    NEW = "new", _("first decline")
    CAME_BACK = "came_back", _("came back")
    REOPENED = "reopened", _("held again by hand")
    SPLIT = "split", _("split off again")


class Opening(models.Model):
    """One time that a case was open; `until` is empty while it is.

    What was undone did not happen: an undone closing leaves the opening as it was, an undone reopening
    leaves none.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="openings")
    # As its case has them now, so that a report over a week's openings reads no other table.
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(_("reason code"), max_length=64)
    began = models.CharField(_("began"), max_length=10, choices=Began)
    since = models.DateTimeField(_("open since"))
    until = models.DateTimeField(_("closed"), null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=16, choices=Resolution, blank=True)
    # A case that comes back waits with the runs that brought it back. Those folded before had their ending.
    returned_at = models.DateTimeField(
        _("came back at"), null=True, blank=True, help_text=_("The last time that it came back by then.")
    )
    returned_with = models.ForeignKey(
        CaseRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The runs of a merged case wait with the other one, for as long as it is merged.
    merged_into = models.ForeignKey(
        Case,
        verbose_name=_("merged into"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
    )
    split_at = models.DateTimeField(_("split off"), null=True, blank=True)

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        constraints = (
            # Also what finds the open ones.
            models.UniqueConstraint(
                name="opening_one_at_a_time", fields=("case",), condition=models.Q(until__isnull=True)
            ),
            models.CheckConstraint(name="opening_began_known", condition=models.Q(began__in=Began.values)),
            models.CheckConstraint(
                name="opening_closed_whole",
                condition=models.Q(until__isnull=True, resolution="")
                | models.Q(until__isnull=False, resolution__in=Resolution.values),
            ),
            # In the same moment: what a pipeline's clock has ahead of ours is closed when it begins.
            models.CheckConstraint(
                name="opening_in_order",
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
            ),
            models.CheckConstraint(
                name="opening_returned_whole",
                condition=models.Q(returned_at__isnull=True, returned_with__isnull=True)
                | models.Q(returned_at__isnull=False, returned_with__isnull=False),
            ),
            models.CheckConstraint(
                name="opening_came_back_with_a_run",
                condition=~models.Q(began=Began.CAME_BACK)
                | models.Q(returned_at__isnull=False, returned_at=models.F("since")),
            ),
            models.CheckConstraint(
                name="opening_merged_says_where",
                condition=models.Q(resolution=Resolution.MERGED, merged_into__isnull=False)
                | (
                    ~models.Q(resolution=Resolution.MERGED)
                    & models.Q(merged_into__isnull=True, split_at__isnull=True)
                ),
            ),
        )
        indexes = (
            # The reports' weeks: what was opened in one, and what was closed in one or is open after it.
            models.Index(name="opening_since", fields=("since",)),
            models.Index(name="opening_until", fields=("until",)),
        )

    def __str__(self) -> str:
        return f"case {self.case_id}, {self.since} to {self.until}"
