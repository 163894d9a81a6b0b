"""What reviewers keep at their desk: drafts, saved views, preferences, templates for reasons, guidance."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from reviews.models.case import Case
from reviews.models.decision import Kind


class Draft(models.Model):
    """What a person has typed into a form of a case and not yet submitted. Gone once it is settled."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="drafts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=12)
    values = models.JSONField(help_text=_("What the fields hold, by their names."))
    case_version = models.PositiveIntegerField(help_text=_("The version of the case that the person saw."))
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = (models.UniqueConstraint(name="draft_once", fields=("case", "by", "form")),)

    def __str__(self) -> str:
        return f"draft of {self.form} for case {self.case_id}"


# What a reason is given for, by the name of its form. A re-issue always says its purpose and background anew.
TURN_DOWN = "turn_down"
REASONED = [
    *(choice for choice in Kind.choices if choice[0] != Kind.REISSUE),
    (TURN_DOWN, _("do not accept the answer")),
]


class ReasonTemplate(models.Model):
    """A reason that a reviewer picks instead of typing it: of one pipeline, or of all."""

    pipeline = models.ForeignKey(
        Pipeline,
        verbose_name=_("pipeline"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reason_templates",
        help_text=_("Empty: for every pipeline."),
    )
    kind = models.CharField(_("decision"), max_length=10, choices=REASONED)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("reason"), help_text=_("Stands in the form, to be changed before it is sent."))
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("Lower stands first."))

    class Meta:
        verbose_name = _("reason template")
        verbose_name_plural = _("reason templates")
        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(name="reason_template_has_text", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="reason_template_kind_known",
                condition=models.Q(kind__in=[kind for kind, _label in REASONED]),
            ),
        )

    def __str__(self) -> str:
        return self.title


class CodeGuidance(models.Model):
    """What this site tells its reviewers about a code, in place of what the product ships."""

    code = models.CharField(_("reason code"), max_length=64, unique=True)
    text = models.TextField(_("guidance"))
    sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("Texts of such cases open folded.")
    )

    class Meta:
        verbose_name = _("guidance for a code")
        verbose_name_plural = _("guidance for codes")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class SavedView(models.Model):
    """A filter of the queue under a name: a person's own, or shared with everybody."""

    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(_("filter"), blank=True, help_text=_("The filter as it stands in the address."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(_("shared with everybody"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(name="saved_view_once", fields=("by", "name")),
            models.CheckConstraint(name="saved_view_has_name", condition=~models.Q(name="")),
        )

    def __str__(self) -> str:
        return self.name


class Preferences(models.Model):
    """How a person wants their pages. Who has no row has the defaults."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    auto_advance = models.BooleanField(_("go on to the next case after a decision"), default=True)
    shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    fold_sensitive = models.BooleanField(_("fold the texts of sensitive codes"), default=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return f"preferences of {self.person_id}"

    @classmethod
    def of(cls, person: User) -> "Preferences":
        """Return a person's preferences, the defaults where they have none."""
        return getattr(person, "preferences", None) or cls(person=person)


class CaseText(models.Model):
    """What a search for cases reads: prompt, answer, details, names, added context and notes of one case."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="text")
    text = models.TextField()

    def __str__(self) -> str:
        return f"text of case {self.case_id}"
