"""A change at the source, as a person describes it, and the day on which it took effect."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Topic
from refusals import KNOWN_CODES, Outcome, describe
from reviews.access import READ_TEXT, able
from reviews.forms.widgets import PersonChoice
from reviews.models import ChangeState, StandingChange


class StandingChangeForm(forms.Form):
    """What is changed, at which declines it aims, who makes it and by when."""

    pipeline = forms.ModelChoiceField(label=_("Pipeline"), queryset=Pipeline.objects.all(), empty_label=None)
    title = forms.CharField(
        label=_("Title"),
        max_length=StandingChange._meta.get_field("title").max_length,
        help_text=_("Seen by everybody who sees numbers: quote no prompt."),
    )
    words = forms.CharField(
        label=_("Words"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
        help_text=_("What the pipeline's brief says from then on. Seen by those who may read texts."),
    )
    code = forms.ChoiceField(label=_("Reason code"), required=False)
    topic = forms.ModelChoiceField(
        label=_("Topic"), queryset=Topic.objects.all(), required=False, empty_label=_("all")
    )
    model = forms.CharField(
        label=_("Model"),
        max_length=120,
        required=False,
        help_text=_("As the pipeline asks for it. Empty: all."),
    )
    owner = PersonChoice(label=_("Owner"), queryset=User.objects.none(), empty_label=None)
    due = forms.DateField(label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, of: StandingChange | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = able(READ_TEXT)  # type: ignore[attr-defined]  # a ModelChoiceField
        codes = {
            str(code) for code in KNOWN_CODES if describe(code).usual_outcome.value == Outcome.DECLINED.value
        }
        if of is not None:  # it stays with its pipeline, whose counts it is held against
            del self.fields["pipeline"]
            codes |= {of.code} - {""}
            names = ("title", "words", "code", "topic", "model", "owner", "due")
            self.initial = {name: getattr(of, name) for name in names}
        self.fields["code"].choices = [("", _("all")), *((code, code) for code in sorted(codes))]  # type: ignore[attr-defined]  # a ChoiceField


class SettleChangeForm(forms.Form):
    """What became of a change: done since a day, dropped, or planned again."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=ChangeState.choices, widget=forms.HiddenInput)
    done_on = forms.DateField(label=_("Done on"), required=False)
