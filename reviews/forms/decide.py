"""What a reviewer fills in to settle a case: the reason, the correction, the context of a re-issue."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models.run import OUTCOME_CHOICES
from refusals import KNOWN_CODES, Outcome
from reviews.code_words import meaning_of
from reviews.compose import Asked, Context, EditByHand
from reviews.models import Way
from reviews.reissue import ATTESTATION


class VersionedForm(forms.Form):
    """A form on a case's page: carries the version of the case that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(VersionedForm):
    """A decision with a reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class ByHandForm(ReasonForm):
    """Handled by a person; their own text or file, if there is one, becomes the deliverable."""

    text = forms.CharField(
        label=_("Your answer for the pipeline"),
        help_text=_("It becomes the deliverable as you write it."),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )
    file = forms.FileField(
        label=_("Or a file for the pipeline"),
        help_text=_("In place of a text. A file is not kept with your draft."),
        required=False,
    )

    def clean_text(self) -> str:
        """Return the text with the line ends that were typed, not those that browsers send."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_file(self) -> "UploadedFile[Any] | None":
        """Return the file. Raises ValidationError for one that is larger than `HAND_FILE_MAX_BYTES`."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file and (file.size or 0) > settings.HAND_FILE_MAX_BYTES:
            most = filesizeformat(settings.HAND_FILE_MAX_BYTES)
            raise ValidationError(gettext("The file is larger than %(most)s.") % {"most": most})
        return file

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and cleaned.get("file") and cleaned.get("text"):
            self.add_error("file", gettext("The pipeline gets one thing: a text or a file, not both."))
        return cleaned


def _code_choices() -> list[tuple[str, str]]:
    return [
        ("", "—"),
        *((code, f"{code}: {meaning_of(code)}") for code in sorted(map(str, KNOWN_CODES))),
    ]


class ReclassifyForm(ReasonForm):
    """What the ending really was."""

    outcome = forms.ChoiceField(label=_("It was"), choices=OUTCOME_CHOICES, initial=Outcome.DECLINED.value)
    code = forms.ChoiceField(label=_("Reason code"), choices=_code_choices, required=False)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and cleaned.get("outcome") != Outcome.OK.value and not cleaned.get("code"):
            self.add_error("code", _("Everything but ok needs a reason code."))
        return cleaned


class ReissueForm(VersionedForm):
    """What is added to the original, or how its last message reads now, and which model is asked.

    The steps check the rest: which fields a way needs, which models are allowed, whether the tick is there.
    """

    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_("What the answer is for. It is kept with either way."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    way = forms.ChoiceField(
        label=_("What is done to the original"),
        choices=(
            (Way.CONTEXT.value, _("Add context: the original stays as it is")),
            (Way.EDIT.value, _("Edit its last message by hand")),
        ),
        widget=forms.RadioSelect,
        initial=Way.CONTEXT.value,
    )
    serves = forms.CharField(
        label=_("Who it serves"),
        help_text=_("The people who use the answer."),
        widget=forms.Textarea(attrs={"rows": 1}),
        required=False,
    )
    authority = forms.CharField(
        label=_("Authority"),
        help_text=_("Who asked for it, or on which ground it may be done."),
        widget=forms.Textarea(attrs={"rows": 1}),
        required=False,
    )
    background = forms.CharField(
        label=_("Background"),
        help_text=_("What the model could not know: where this comes from, why it is proper."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
    )
    handling_limits = forms.CharField(
        label=_("Handling limits"),
        help_text=_("What the answer must leave out, who may see it."),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )
    text = forms.CharField(
        label=_("Text of the last message"),
        help_text=_("Only this leaves changed; what you change is kept and shown word by word."),
        widget=forms.Textarea(attrs={"rows": 10}),
        required=False,
        strip=False,
    )
    model = forms.CharField(label=_("Model"), widget=forms.Select, required=False)
    reuse_seen = forms.BooleanField(label=_("The same words hold here as well"), required=False)
    attested = forms.BooleanField(label=ATTESTATION, required=False)

    context_fields = ("serves", "authority", "background", "handling_limits")

    def asked(self, *, before: str = "") -> Asked:
        """Return what is asked for. A browser posts lines with CRLF: they end as in the text before."""
        cleaned = self.cleaned_data
        if cleaned["way"] == Way.EDIT:
            text = cleaned["text"].replace("\r\n", "\n")
            return EditByHand(
                purpose=cleaned["purpose"], text=text.replace("\n", "\r\n") if "\r\n" in before else text
            )
        return Context(purpose=cleaned["purpose"], **{name: cleaned[name] for name in self.context_fields})
