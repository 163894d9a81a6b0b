"""A pipeline, and the keys with which it reports its runs."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from refusals import conditions_from


class KeepContent(models.TextChoices):
    """What becomes of the texts of `ok` runs. Every other run keeps its texts until retention."""

    ALWAYS = "always", _("always")
    SAMPLED = "sampled", _("one run in twenty")
    NEVER = "never", _("never")


class FallbackCounts(models.TextChoices):
    """How a run counts that a provider's fallback answered after a decline."""

    OK = "ok", _("ok")
    DEGRADED = "degraded", _("degraded")


def default_done_conditions() -> dict[str, Any]:
    """An answer shorter than a sentence is rarely a deliverable."""
    return {"min_chars": 40}


def validate_done_conditions(spec: Mapping[str, Any]) -> None:
    """Raise ValidationError, naming the field, unless `refusals` can read these done-conditions."""
    try:
        conditions_from(spec)
    except ValueError as error:
        raise ValidationError(str(error)) from error


MODEL_LENGTH = 120
MOST_MODELS = 50


def models_in(text: str) -> list[str]:
    """Return the models that a text names, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def validate_models(text: str) -> None:
    """Raise ValidationError, naming the line, unless each names one model, once."""
    named = models_in(text)
    if len(named) > MOST_MODELS:
        raise ValidationError(_("At most %(n)d models."), params={"n": MOST_MODELS})
    for number, model in enumerate(named, start=1):
        if len(model) > MODEL_LENGTH or not model.isprintable() or " " in model:
            raise ValidationError(_("Line %(n)d is no name of a model."), params={"n": number})
        if model in named[: number - 1]:
            raise ValidationError(
                _("Line %(n)d names %(model)s again."), params={"n": number, "model": model}
            )


# A hundred years, which is for good, and ten years: no calendar ends before a moment so far off.
MOST_RETENTION_DAYS = 36_500
MOST_HELD_HOURS = 87_600


class Pipeline(models.Model):
    """A named unattended job."""

    slug = models.SlugField(_("slug"), unique=True)
    title = models.CharField(_("title"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="pipelines",
        help_text=_("The person it belongs to, who sees the state of its cases."),
    )
    done_conditions = models.JSONField(
        _("done-conditions"),
        default=default_done_conditions,
        blank=True,
        validators=[validate_done_conditions],
        help_text=_('Structural checks of every answer, such as {"min_chars": 40, "min_headings": 2}.'),
    )
    fallback_counts = models.CharField(
        _("an answer of a provider's fallback counts as"),
        max_length=10,
        choices=FallbackCounts,
        default=FallbackCounts.OK,
    )
    keep_ok_content = models.CharField(
        _("keep the texts of ok runs"), max_length=10, choices=KeepContent, default=KeepContent.ALWAYS
    )
    retention_days = models.PositiveIntegerField(
        _("retention, days"),
        default=180,
        validators=[MaxValueValidator(MOST_RETENTION_DAYS)],
        help_text=_("After this, its texts are deleted. 36500, a hundred years, keeps them for good."),
    )
    held_expires_after = models.PositiveIntegerField(
        _("told that nobody looked after, hours"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_HELD_HOURS)],
        help_text=_(
            "How long a held run waits for a person to look at its case before the pipeline is told that "
            "nobody did. The case stays held, and what is decided later is still delivered. "
            "Empty: it is held for as long as it takes."
        ),
    )
    reissue_models = models.TextField(
        _("models for re-issues"),
        blank=True,
        validators=[validate_models],
        help_text=_(
            "One a line. A reviewer may choose one of them for a re-issue, instead of the original's own model."
        ),
    )

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ("slug",)
        constraints = (
            models.CheckConstraint(
                name="pipeline_fallback_counts_known",
                condition=models.Q(fallback_counts__in=FallbackCounts.values),
            ),
            models.CheckConstraint(
                name="pipeline_keep_ok_content_known",
                condition=models.Q(keep_ok_content__in=KeepContent.values),
            ),
            models.CheckConstraint(
                name="pipeline_retention_positive", condition=models.Q(retention_days__gte=1)
            ),
            models.CheckConstraint(
                name="pipeline_retention_in_reach",
                condition=models.Q(retention_days__lte=MOST_RETENTION_DAYS),
            ),
            models.CheckConstraint(
                name="pipeline_held_expires_in_reach",
                condition=models.Q(held_expires_after__isnull=True)
                | models.Q(held_expires_after__lte=MOST_HELD_HOURS),
            ),
            models.CheckConstraint(
                name="pipeline_held_expires_later",
                condition=models.Q(held_expires_after__isnull=True) | models.Q(held_expires_after__gte=1),
            ),
        )

    def __str__(self) -> str:
        return self.slug

    @property
    def allowed_models(self) -> list[str]:
        """The models that a re-issue may ask instead of the original's own."""
        return models_in(self.reissue_models)


LABEL_LENGTH = 100


class ApiKey(models.Model):
    """What a pipeline shows to report its runs.

    Only the SHA-256 of the key is kept: the key is 32 random bytes, so a slow password hash would
    protect nothing and cost every request.
    """

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="keys"
    )
    label = models.CharField(_("label"), max_length=LABEL_LENGTH, blank=True)
    prefix = models.CharField(_("beginning of the key"), max_length=16)
    digest = models.CharField(_("SHA-256 of the key"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.pipeline.slug})"
