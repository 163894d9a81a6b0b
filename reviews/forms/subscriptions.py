"""Whose work a person wants to hear of every Monday."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from reviews.forms.widgets import Choices, pipeline_choices, topic_choices
from reviews.models import SavedView
from reviews.reports.scope import Scope


class ViewSubscriptionForm(forms.Form):
    """One of a person's own saved views."""

    view = forms.ModelChoiceField(label=_("Saved view"), queryset=SavedView.objects.none(), empty_label=None)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["view"].queryset = person.saved_views.all()  # type: ignore[attr-defined]  # a ModelChoiceField


class SubscriptionForm(forms.Form):
    """A pipeline and a topic, or all of them."""

    pipeline = forms.ChoiceField(label=_("Pipeline"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("pipeline", pipeline_choices(_("all pipelines")))
        self._offer("topic", topic_choices(_("all topics")))

    def _offer(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # each is a ChoiceField

    def scope(self) -> Scope:
        """Return what a valid form asks for."""
        return Scope(pipeline=self.cleaned_data["pipeline"], topic=self.cleaned_data["topic"])
