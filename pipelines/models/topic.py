"""What work is about, and the rules that say so."""

import re2
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.models.pipeline import Pipeline


def validate_pattern(pattern: str) -> None:
    """Raise ValidationError unless RE2 can compile the pattern."""
    try:
        re2.compile(pattern)
    except re2.error as error:
        raise ValidationError(_("Not a pattern that RE2 understands: %s") % error) from error


class Topic(models.Model):
    """What a run's work was about. A run may come with one; else the first rule that matches names it."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True, allow_unicode=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class TopicRule(models.Model):
    """A pattern over the prompt. Rules are tried by position; the first match wins."""

    topic = models.ForeignKey(Topic, verbose_name=_("topic"), on_delete=models.CASCADE, related_name="rules")
    pipeline = models.ForeignKey(
        Pipeline,
        verbose_name=_("pipeline"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text=_("Leave empty for a rule that holds for every pipeline."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    pattern = models.CharField(
        _("pattern"),
        max_length=500,
        validators=[validate_pattern],
        help_text=_("RE2 syntax, searched in the prompt, upper and lower case alike."),
    )

    class Meta:
        verbose_name = _("topic rule")
        verbose_name_plural = _("topic rules")
        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(name="topic_rule_pattern_not_empty", condition=~models.Q(pattern="")),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.pattern} → {self.topic}"
