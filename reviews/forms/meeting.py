"""What somebody takes on at a meeting."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from reviews.access import SEE_NUMBERS, able
from reviews.forms.widgets import PersonChoice
from reviews.models import Action


class ActionForm(forms.Form):
    """Who does what until when."""

    note = forms.CharField(
        label=_("Action"),
        max_length=Action._meta.get_field("note").max_length,
        help_text=_("Seen by everybody who sees numbers: quote no prompt."),
    )
    owner = PersonChoice(label=_("Owner"), queryset=User.objects.none(), empty_label=None)
    due = forms.DateField(label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = able(SEE_NUMBERS)  # type: ignore[attr-defined]  # a ModelChoiceField
