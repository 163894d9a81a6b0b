"""The filters of the queue, as its address holds them."""

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Topic
from refusals import KNOWN_CODES, Outcome, describe
from reviews.models import Resolution, State
from reviews.queue import SORTS, Filter


def _codes() -> list[tuple[str, str]]:
    """Return the codes that a case is held for, as a rule."""
    declining = [
        str(code) for code in KNOWN_CODES if describe(code).usual_outcome.value == Outcome.DECLINED.value
    ]
    return [("", gettext("any")), *((code, code) for code in sorted(declining))]


def _topics() -> list[tuple[str, str]]:
    return [("", gettext("any")), ("-", gettext("no topic")), *Topic.objects.values_list("slug", "name")]


def _pipelines() -> list[tuple[str, str]]:
    return [("", gettext("any")), *((slug, slug) for slug in Pipeline.objects.values_list("slug", flat=True))]


class OpenChoice(forms.ChoiceField):
    """A choice that takes other values as well: an address may name a code that is no longer chosen from."""

    def validate(self, value: object) -> None:
        super().validate(value)
        ProhibitNullCharactersValidator()(value)

    def valid_value(self, value: object) -> bool:
        return True


class QueueFilterForm(forms.Form):
    """The filters of the queue as they stand in the address. What it cannot read, it leaves out.

    Code, topic and pipeline take what they are given: an unknown one matches nothing.
    """

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("waiting", _("waiting")), *State.choices, ("all", _("all"))],
        required=False,
    )
    code = OpenChoice(label=_("Code"), choices=_codes, required=False)
    topic = OpenChoice(label=_("Topic"), choices=_topics, required=False)
    pipeline = OpenChoice(label=_("Pipeline"), choices=_pipelines, required=False)
    age = forms.ChoiceField(
        label=_("Waiting"),
        choices=[
            ("", _("any time")),
            ("day", _("over a day")),
            ("week", _("over a week")),
            ("month", _("over a month")),
        ],
        required=False,
    )
    resolution = forms.ChoiceField(
        label=_("Resolution"), choices=[("", _("any")), *Resolution.choices], required=False
    )
    sort = forms.ChoiceField(
        label=_("Order"), choices=[(name, label) for name, (label, _order) in SORTS.items()], required=False
    )
    week = forms.DateField(label=_("Week of"), required=False, widget=forms.HiddenInput)

    def filter(self) -> Filter:
        """Return what the address asks for."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if "week" in given:
            given["week"] = given["week"].isoformat()
        return Filter(**given)

    def in_words(self, name: str) -> str:
        """Return the value of a field as a person reads it."""
        value = str(self.cleaned_data[name])
        choices = getattr(self.fields[name].widget, "choices", ())
        return str(dict(choices).get(value, value))
