"""Which cases' texts, and which declines, a file is to hold."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from refusals import KNOWN_CODES
from reviews.dataset import Wanted
from reviews.forms.widgets import Choices, pipeline_choices, topic_choices
from reviews.models import Resolution
from reviews.packet import Declines
from reviews.reports.weeks import week_named


class WeekField(forms.Field):
    """A week by its name, such as 2026-W47; its value is its Monday."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"placeholder": "2026-W47", "maxlength": "8", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> date | None:
        """Return the Monday, None for an empty field."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return week_named(text.upper())
        except ValueError as error:
            raise ValidationError(_("This is no week; one is written such as 2026-W47.")) from error


class _WeeksForm(forms.Form):
    since = WeekField(label=_("From week"))
    until = WeekField(label=_("To week"))
    pipeline = forms.ChoiceField(label=_("Pipeline"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    code = forms.ChoiceField(label=_("Reason code"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("pipeline", pipeline_choices(_("all pipelines")))
        self._offer("topic", topic_choices(_("all topics")))
        self._offer("code", [("", _("all codes")), *((code, code) for code in sorted(map(str, KNOWN_CODES)))])

    def _offer(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # each is a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Hold the weeks against each other."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            self.add_error("until", _("The last week is before the first."))
        return given


class DatasetForm(_WeeksForm):
    """The decided cases of a data set."""

    resolution = forms.ChoiceField(label=_("Decided"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in Resolution.choices if choice[0] != Resolution.MERGED]
        self._offer("resolution", [("", _("in any way")), *choices])

    def wanted(self) -> Wanted:
        """Return what a valid form asks for."""
        return Wanted(**self.cleaned_data)


class PacketForm(_WeeksForm):
    """The declines of a provider."""

    provider = forms.CharField(
        label=_("Provider"), max_length=40, required=False, validators=[ProhibitNullCharactersValidator()]
    )
    category = forms.CharField(
        label=_("Provider's category"),
        max_length=120,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
    )
    field_order = ("provider", "category", "code", "pipeline", "topic", "since", "until")

    def declines(self) -> Declines:
        """Return what a valid form asks for."""
        return Declines(**self.cleaned_data)
