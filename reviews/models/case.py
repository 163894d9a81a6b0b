"""A held request and the runs folded into it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Run, Surface, Topic


class State(models.TextChoices):
    """Where a case stands. `MOVES` says which changes are allowed."""

    HELD = "held", _("held")
    REISSUING = "reissuing", _("re-issue on its way")
    ANSWERED = "answered", _("answered, to be read")
    CLOSED = "closed", _("closed")


# Every allowed change of state. The database constraints below make a half-state impossible.
# From held to answered: an answer that came after its re-issue was given up.
MOVES: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.REISSUING, State.ANSWERED, State.CLOSED}),
    State.REISSUING: frozenset({State.ANSWERED, State.HELD}),
    State.ANSWERED: frozenset({State.CLOSED, State.HELD}),
    # Answered once more: its acceptance was undone.
    State.CLOSED: frozenset({State.HELD, State.ANSWERED}),
}


class Resolution(models.TextChoices):
    """How a closed case ended."""

    DELIVERED = "delivered", _("answered and delivered")
    UPHELD = "upheld", _("upheld: the decline was right")
    BY_HAND = "by_hand", _("handled by hand")
    RECLASSIFIED = "reclassified", _("reclassified: no decline")
    WITHDRAWN = "withdrawn", _("withdrawn")
    MERGED = "merged", _("merged into another case")


# A repeat of such a case counts, but does not bring it back: a person settled the request itself.
STAYS_CLOSED = frozenset({Resolution.UPHELD, Resolution.BY_HAND})


class Snooze(models.TextChoices):
    """What a snoozed case waits for before it waits for a person again."""

    DATE = "date", _("until a date")
    GROWTH = "growth", _("until it grows")
    MODEL = "model", _("until the model changes")


class Case(models.Model):
    """One held request. Repeated declines of a task and prompt within one pipeline fold into it by `key`.

    `version` rises with every change of state, so that a decision made on an old page is refused.
    A claim (`claimed_by`, `claimed_until`) is a lease: once it has run out, it binds nobody.
    """

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="cases"
    )
    key = models.CharField(_("key"), max_length=64, editable=False)
    task_id = models.CharField(_("task"), max_length=200, blank=True)
    topic = models.ForeignKey(
        Topic, verbose_name=_("topic"), on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    code = models.CharField(_("reason code"), max_length=64)
    surface = models.CharField(_("surface"), max_length=20, choices=Surface)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.HELD)
    resolution = models.CharField(_("resolution"), max_length=16, choices=Resolution, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    first_run = models.ForeignKey(
        Run, verbose_name=_("first run"), on_delete=models.PROTECT, related_name="+"
    )
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    held_since = models.DateTimeField(_("held since"), help_text=_("When it began to wait, this time."))
    declines = models.PositiveIntegerField(
        _("declines"), default=1, help_text=_("Runs of it that were declined.")
    )
    returns = models.PositiveIntegerField(_("came back"), default=0)
    # The pipeline's work that waits: the sum over its waiting runs of (now - when each ended) is
    # `blocked_runs` * now - `blocked_since`, so no list has to read the runs.
    blocked_runs = models.PositiveIntegerField(_("runs that wait"), default=1)
    blocked_since = models.BigIntegerField(
        _("blocked since"), default=0, help_text=_("Sum of their endings, in seconds since 1970.")
    )

    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("claimed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
    )
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("handed to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned",
    )
    asked_at = models.DateTimeField(
        _("owner asked"), null=True, blank=True, help_text=_("Since when the owner owes background.")
    )
    snooze = models.CharField(_("snoozed"), max_length=8, choices=Snooze, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    wakes_at_declines = models.PositiveIntegerField(_("wakes at declines"), null=True, blank=True)
    snoozed_models = models.JSONField(
        _("snoozed models"), null=True, blank=True, help_text=_("The pipeline's models at that time.")
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
    )

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = (
            ("see_numbers", "Sees the reports: numbers, no text"),
            ("read_text", "Reads prompts, answers and details"),
            ("decide", "Settles cases"),
            ("lead", "Edits pipelines, topics and keys, takes over"),
        )
        constraints = (
            # Folding: one case a key. Also what holding upserts against.
            models.UniqueConstraint(name="case_once_per_key", fields=("pipeline", "key")),
            models.CheckConstraint(name="case_state_known", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(
                name="case_resolution_known", condition=models.Q(resolution__in=["", *Resolution.values])
            ),
            models.CheckConstraint(
                name="case_closed_whole",
                condition=(models.Q(state=State.CLOSED, closed_at__isnull=False) & ~models.Q(resolution=""))
                | (~models.Q(state=State.CLOSED) & models.Q(closed_at__isnull=True, resolution="")),
            ),
            models.CheckConstraint(name="case_has_code", condition=~models.Q(code="")),
            models.CheckConstraint(name="case_declines_positive", condition=models.Q(declines__gte=1)),
            models.CheckConstraint(
                name="case_claim_whole",
                condition=models.Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | models.Q(claimed_by__isnull=False, claimed_until__isnull=False),
            ),
            models.CheckConstraint(
                name="case_claim_while_it_waits",
                condition=models.Q(claimed_by__isnull=True)
                | models.Q(state__in=[State.HELD, State.ANSWERED]),
            ),
            models.CheckConstraint(
                name="case_snooze_whole",
                condition=models.Q(
                    snooze="",
                    snoozed_until__isnull=True,
                    wakes_at_declines__isnull=True,
                    snoozed_models__isnull=True,
                )
                | models.Q(
                    snooze=Snooze.DATE,
                    snoozed_until__isnull=False,
                    wakes_at_declines__isnull=True,
                    snoozed_models__isnull=True,
                )
                | models.Q(
                    snooze=Snooze.GROWTH,
                    snoozed_until__isnull=True,
                    wakes_at_declines__isnull=False,
                    snoozed_models__isnull=True,
                )
                | models.Q(
                    snooze=Snooze.MODEL,
                    snoozed_until__isnull=True,
                    wakes_at_declines__isnull=True,
                    snoozed_models__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="case_snooze_only_while_held", condition=models.Q(snooze="") | models.Q(state=State.HELD)
            ),
            models.CheckConstraint(
                name="case_merged_says_where",
                condition=models.Q(resolution=Resolution.MERGED, merged_into__isnull=False)
                | (~models.Q(resolution=Resolution.MERGED) & models.Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="case_not_merged_into_itself",
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
            ),
            models.CheckConstraint(
                name="case_seen_in_order", condition=models.Q(first_seen__lte=models.F("last_seen"))
            ),
        )
        indexes = (
            # The queue: what waits, oldest and most repeated first.
            models.Index(
                name="case_waiting",
                fields=("held_since", "id"),
                condition=~models.Q(state="closed"),
            ),
            models.Index(
                name="case_most_repeated",
                fields=("-declines", "held_since", "id"),
                condition=~models.Q(state="closed"),
            ),
            # Ingest asks which cases a new model wakes.
            models.Index(
                name="case_waits_for_model", fields=("pipeline",), condition=models.Q(snooze="model")
            ),
            # Precedents: the latest closed of a code, and of a code and topic. The condition holds no
            # value, so that SQLite can see that a query meets it.
            models.Index(
                name="case_closed_of_code",
                fields=("code", "-closed_at", "-id"),
                condition=models.Q(closed_at__isnull=False, merged_into__isnull=True),
            ),
            models.Index(
                name="case_closed_of_topic",
                fields=("code", "topic", "-closed_at", "-id"),
                condition=models.Q(closed_at__isnull=False, merged_into__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return gettext("case %(case)s") % {"case": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.pk])

    def holder(self, *, now: datetime) -> User | None:
        """Whose claim binds others now; None once it has run out."""
        if self.claimed_by and self.claimed_until and self.claimed_until > now:
            return self.claimed_by
        return None

    def is_snoozed(self, *, now: datetime) -> bool:
        """Whether nobody needs to look at it yet."""
        return bool(self.snooze) and not (self.snoozed_until and self.snoozed_until <= now)

    def blocked(self, *, now: datetime) -> timedelta:
        """How long its runs have waited, added up; of a closed case, until it was closed."""
        until = self.closed_at or now
        return timedelta(seconds=max(0, self.blocked_runs * int(until.timestamp()) - self.blocked_since))


class Folded(models.TextChoices):
    """Why a run belongs to a case."""

    FIRST = "first", _("first decline")
    REPEAT = "repeat", _("repeat")
    REISSUE = "reissue", _("re-issue")


class CaseRun(models.Model):
    """The link between a case and one of its runs. A run belongs to one case at most."""

    # Found by the index below.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="folded", db_index=False)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="folded")
    kind = models.CharField(max_length=8, choices=Folded)
    ended_at = models.DateTimeField(help_text=_("When its run ended."))

    class Meta:
        indexes = (
            # The runs of a case. The reports reckon from it, without the runs themselves, how long they waited.
            models.Index(name="case_run_of_case", fields=("case", "id", "kind", "ended_at")),
        )
        constraints = (
            models.CheckConstraint(name="case_run_kind_known", condition=models.Q(kind__in=Folded.values)),
            models.UniqueConstraint(
                name="case_has_one_first_run", fields=("case",), condition=models.Q(kind="first")
            ),
        )

    def __str__(self) -> str:
        return f"run {self.run_id} in case {self.case_id}"
