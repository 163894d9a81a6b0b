"""A held request, the runs folded into it, and what happened to it."""

from django.conf import settings
from django.db import models
from django.urls import reverse
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
    State.CLOSED: frozenset({State.HELD}),
}


class Resolution(models.TextChoices):
    """How a closed case ended."""

    DELIVERED = "delivered", _("answered and delivered")
    UPHELD = "upheld", _("upheld: the decline was right")
    BY_HAND = "by_hand", _("handled by hand")
    RECLASSIFIED = "reclassified", _("reclassified: no decline")
    WITHDRAWN = "withdrawn", _("withdrawn")


# A repeat of such a case counts, but does not bring it back: a person settled the request itself.
STAYS_CLOSED = frozenset({Resolution.UPHELD, Resolution.BY_HAND})


class Case(models.Model):
    """One held request. Repeated declines of a task and prompt within one pipeline fold into it by `key`.

    `version` rises with every change of state, so that a decision made on an old page is refused.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="cases")
    key = models.CharField(max_length=64, editable=False)
    task_id = models.CharField(_("task"), max_length=200, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    code = models.CharField(_("reason code"), max_length=64)
    surface = models.CharField(_("surface"), max_length=20, choices=Surface)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.HELD)
    resolution = models.CharField(_("resolution"), max_length=16, choices=Resolution, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    first_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    held_since = models.DateTimeField(_("held since"), help_text=_("When it began to wait, this time."))
    declines = models.PositiveIntegerField(
        _("declines"), default=1, help_text=_("Runs of it that were declined.")
    )
    returns = models.PositiveIntegerField(_("came back"), default=0)

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
        )

    def __str__(self) -> str:
        return f"case {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.pk])


class Folded(models.TextChoices):
    """Why a run belongs to a case."""

    FIRST = "first", _("first decline")
    REPEAT = "repeat", _("repeat")
    REISSUE = "reissue", _("re-issue")


class CaseRun(models.Model):
    """The link between a case and one of its runs. A run belongs to one case at most."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="folded")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="folded")
    kind = models.CharField(max_length=8, choices=Folded)

    class Meta:
        constraints = (
            models.CheckConstraint(name="case_run_kind_known", condition=models.Q(kind__in=Folded.values)),
            models.UniqueConstraint(
                name="case_has_one_first_run", fields=("case",), condition=models.Q(kind="first")
            ),
        )

    def __str__(self) -> str:
        return f"run {self.run_id} in case {self.case_id}"


class EventKind(models.TextChoices):
    """What can happen to a case; the history in words is made from these."""

    HELD = "held", _("held")
    REPEATED = "repeated", _("declined once more")
    CAME_BACK = "came_back", _("came back after it was closed")
    DECIDED = "decided", _("decided")
    SENT = "sent", _("re-issue sent")
    ANSWERED = "answered", _("answered")
    DECLINED_AGAIN = "declined_again", _("declined again")
    SEND_FAILED = "send_failed", _("re-issue failed")
    FATE_UNKNOWN = "fate_unknown", _("re-issue: nobody knows whether it was sent")
    ACCEPTED = "accepted", _("answer accepted")
    NOT_ACCEPTED = "not_accepted", _("answer not accepted")


class CaseEvent(models.Model):
    """One line of a case's history. Append-only: the database refuses to change or delete one."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.OneToOneField(
        "reviews.Decision", on_delete=models.PROTECT, null=True, blank=True, related_name="event"
    )
    text = models.TextField(blank=True)

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
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.case_id})"
