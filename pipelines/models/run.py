"""One model call's ending, recorded: the narrow row, its long texts and its declines."""

from datetime import date, datetime

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pipelines.models.pipeline import Pipeline
from pipelines.models.topic import Topic
from refusals import Outcome

OUTCOMES = [outcome.value for outcome in Outcome]
OUTCOME_CHOICES = [
    (Outcome.OK.value, _("ok")),
    (Outcome.INFRA_ERROR.value, _("infrastructure error")),
    (Outcome.DECLINED.value, _("declined")),
    (Outcome.DEGRADED.value, _("degraded")),
]


class Surface(models.TextChoices):
    """A place in a pipeline that can refuse."""

    MODEL = "model", _("the model")
    TOOL_LOOP = "tool_loop", _("tool-loop guard")
    SKILL_SCANNER = "skill_scanner", _("skill scanner")
    POST_COMPACTION = "post_compaction", _("post-compaction guard")
    RCE_BACKSTOP = "rce_backstop", _("RCE backstop")
    IO_GUARDRAIL = "io_guardrail", _("input/output guardrail")


class Origin(models.TextChoices):
    """Whose call a run was."""

    PIPELINE = "pipeline", _("the pipeline's own")
    REISSUE = "reissue", _("a person's re-issue")


class Deletion(models.Model):
    """One pass of retention over a pipeline, in which it deleted texts. Whatever it deleted names it.

    In words, when and why: what stands in place of a text.
    """

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="deletions"
    )
    at = models.DateTimeField(_("at"))
    after_days = models.PositiveIntegerField(
        _("after, days"), help_text=_("The pipeline's retention time as it was set then.")
    )

    class Meta:
        verbose_name = _("deletion")
        verbose_name_plural = _("deletions")
        constraints = (
            models.UniqueConstraint(name="deletion_once_per_pass", fields=("pipeline", "at")),
            models.CheckConstraint(name="deletion_after_a_time", condition=models.Q(after_days__gte=1)),
        )

    def __str__(self) -> str:
        said = ngettext(
            "The text was deleted on %(date)s after %(days)s day (retention of %(pipeline)s).",
            "The text was deleted on %(date)s after %(days)s days (retention of %(pipeline)s).",
            self.after_days,
        )
        date = f"{timezone.localtime(self.at):%Y-%m-%d}"
        return said % {"date": date, "days": self.after_days, "pipeline": self.pipeline}


class Run(models.Model):
    """One call's ending. Narrow: what lists, filters and charts read; the texts are in `RunContent`.

    `texts_kept` says whether it holds any text, there or in the details of its declines; `deletion` is what
    deleted them. A run with neither never kept any.

    `outcome` and `code` are the machine's judgement and never change. A person's correction stands
    beside them in `corrected_outcome` and `corrected_code`, and the numbers count the correction.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="runs")
    run_id = models.CharField(_("run id"), max_length=200, help_text=_("The caller's own name for the run."))
    body_digest = models.CharField(
        max_length=64, editable=False, help_text=_("SHA-256 of the row as it came.")
    )
    task_id = models.CharField(_("task"), max_length=200, blank=True)
    case_key = models.CharField(max_length=64, editable=False)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.PIPELINE)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")

    happened_at = models.DateTimeField(_("happened"), help_text=_("When the call ended, as the caller says."))
    recorded_at = models.DateTimeField(_("recorded"))
    week = models.DateField(_("week"), help_text=_("The Monday of its ISO week in the site's time zone."))
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    final = models.BooleanField(_("final attempt"), default=True)
    duration_ms = models.PositiveIntegerField(_("duration, ms"), null=True, blank=True)

    outcome = models.CharField(_("outcome"), max_length=12, choices=OUTCOME_CHOICES)
    code = models.CharField(_("reason code"), max_length=64, blank=True)
    retryable = models.BooleanField(_("retryable"), default=False)
    retry_after = models.FloatField(_("retry after, s"), null=True, blank=True)
    suspected = models.BooleanField(_("its answer reads like a refusal"), default=False)
    corrected_outcome = models.CharField(max_length=12, choices=OUTCOME_CHOICES, blank=True)
    corrected_code = models.CharField(max_length=64, blank=True)

    surface = models.CharField(_("surface"), max_length=20, choices=Surface, default=Surface.MODEL)
    requested_model = models.CharField(_("requested model"), max_length=120, blank=True)
    serving_model = models.CharField(_("serving model"), max_length=120, blank=True)
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    stop_reason = models.CharField(_("stop reason"), max_length=80, blank=True)
    category = models.CharField(_("provider's category"), max_length=120, blank=True)
    error_code = models.CharField(_("provider's error code"), max_length=120, blank=True)
    request_id = models.CharField(_("provider's request id"), max_length=120, blank=True)
    found_at = models.CharField(max_length=200, blank=True, help_text=_("JSON pointer of the evidence."))
    rules_version = models.CharField(max_length=40, help_text=_("Which version of the rules judged it."))
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)

    texts_kept = models.BooleanField(_("its texts are kept"), default=True, editable=False)
    # Nothing looks runs up by it, so it has no index of its own.
    deletion = models.ForeignKey(
        Deletion,
        verbose_name=_("deletion"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = (
            # Also what makes ingest idempotent, and what the API looks runs up by.
            # A re-issue's run has a name of the hub's, which no pipeline can take beforehand.
            models.UniqueConstraint(name="run_id_once_per_pipeline", fields=("pipeline", "run_id", "origin")),
            models.CheckConstraint(name="run_outcome_known", condition=models.Q(outcome__in=OUTCOMES)),
            models.CheckConstraint(
                name="run_not_ok_has_code", condition=models.Q(outcome=Outcome.OK.value) | ~models.Q(code="")
            ),
            models.CheckConstraint(
                name="run_retryable_is_infra",
                condition=models.Q(retryable=False) | models.Q(outcome=Outcome.INFRA_ERROR.value),
            ),
            models.CheckConstraint(
                name="run_corrected_outcome_known",
                condition=models.Q(corrected_outcome__in=["", *OUTCOMES]),
            ),
            models.CheckConstraint(
                name="run_correction_whole",
                condition=models.Q(corrected_outcome__in=["", Outcome.OK.value])
                | ~models.Q(corrected_code=""),
            ),
            models.CheckConstraint(name="run_attempt_positive", condition=models.Q(attempt__gte=1)),
            models.CheckConstraint(name="run_surface_known", condition=models.Q(surface__in=Surface.values)),
            models.CheckConstraint(name="run_origin_known", condition=models.Q(origin__in=Origin.values)),
            models.CheckConstraint(
                name="run_deleted_keeps_no_text",
                condition=models.Q(deletion__isnull=True) | models.Q(texts_kept=False),
            ),
        )
        indexes = (
            # The report's links: one week of one pipeline by outcome and code.
            models.Index(name="run_week", fields=("week", "pipeline", "outcome", "code")),
            # The same prompt across weeks and models, the latest runs first.
            models.Index(name="run_same_prompt", fields=("pipeline", "case_key", "-id")),
            # Retention (`pipelines.retention.past_retention`): a pipeline's runs that still hold texts, the oldest
            # first. A run leaves it with its texts, so it never holds more than there is to delete some day.
            models.Index(
                name="run_with_texts",
                fields=("pipeline", "happened_at", "id"),
                condition=models.Q(texts_kept=True),
            ),
        )

    def __str__(self) -> str:
        return gettext("run %(run)s (%(name)s)") % {"run": self.pk, "name": self.run_id}

    def get_absolute_url(self) -> str:
        """The page for people, which leads to the case where there is one."""
        return reverse("run", args=[self.pk])

    @property
    def effective_outcome(self) -> str:
        """A person's correction where there is one, else the machine's judgement."""
        return self.corrected_outcome or self.outcome

    @property
    def effective_code(self) -> str:
        """The code that goes with `effective_outcome`."""
        return self.corrected_code if self.corrected_outcome else self.code

    @property
    def disposition(self) -> str:
        """What the caller does now: `ok`, `retry`, `held` or `failed`."""
        return disposition(outcome=self.effective_outcome, retryable=self.retryable)


def disposition(*, outcome: str, retryable: bool) -> str:
    """Turn an ending into what the caller does: `ok`, `retry` (retryable only), `held` or `failed`."""
    if outcome == Outcome.OK.value:
        return "ok"
    if outcome == Outcome.DECLINED.value:
        return "held"
    return "retry" if retryable and outcome == Outcome.INFRA_ERROR.value else "failed"


class RunContent(models.Model):
    """The long texts of a run, exactly as they came; in what was answered, secrets of the protocol are redacted.

    What a text column cannot hold (NUL, lone surrogates) stands here as U+FFFD; `unstorable` then
    keeps the original texts as ASCII JSON.
    """

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="content")
    prompt = models.TextField(_("prompt"), blank=True, help_text=_("What is folded by and shown."))
    request = models.TextField(_("request"), blank=True, help_text=_("The request's JSON, if it came."))
    betas = models.TextField(
        _("betas"), blank=True, help_text=_("The header anthropic-beta that the request was sent with.")
    )
    response = models.TextField(
        _("response"), blank=True, help_text=_("The provider's body, the error, or what a guard said.")
    )
    answer = models.TextField(_("answer"), blank=True, help_text=_("The answer's text."))
    detail = models.TextField(_("detail"), blank=True)
    extra = models.TextField(
        _("other fields"), blank=True, help_text=_("Unknown fields of the row, as JSON.")
    )
    unstorable = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("run content")
        verbose_name_plural = _("run contents")
        constraints = (
            # A row's `"request": null` is no request.
            models.CheckConstraint(
                name="content_request_is_an_object",
                condition=models.Q(request="") | models.Q(request__startswith="{"),
            ),
        )

    def __str__(self) -> str:
        return f"content of run {self.run_id}"


class DeclineEvent(models.Model):
    """One refusal. A run may hold several: the hops that a provider's fallback hid, then the last one."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="declines")
    hop = models.PositiveSmallIntegerField(_("hop"))
    terminal = models.BooleanField(_("it ended the run"))
    code = models.CharField(_("reason code"), max_length=64)
    detail = models.TextField(_("detail"), blank=True)
    surface = models.CharField(_("surface"), max_length=20, choices=Surface, default=Surface.MODEL)
    model = models.CharField(_("declining model"), max_length=120, blank=True)
    to_model = models.CharField(_("model asked next"), max_length=120, blank=True)
    category = models.CharField(_("provider's category"), max_length=120, blank=True)
    happened_at = models.DateTimeField(_("happened"))

    class Meta:
        verbose_name = _("decline event")
        verbose_name_plural = _("decline events")
        constraints = (
            models.UniqueConstraint(name="decline_hop_once_per_run", fields=("run", "hop")),
            models.CheckConstraint(name="decline_has_code", condition=~models.Q(code="")),
            models.CheckConstraint(
                name="decline_surface_known", condition=models.Q(surface__in=Surface.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} (hop {self.hop} of run {self.run_id})"


def week_of(day: date | datetime) -> date:
    """Return the Monday of the ISO week. A datetime is taken as it stands: localise it first."""
    day = day.date() if isinstance(day, datetime) else day
    return date.fromordinal(day.toordinal() - day.weekday())
