"""What a person fills in about alerts and patterns: when they hear of what, which chat hears, what is listed."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from reviews.alerts.hearing import choices_of
from reviews.forms.webhooks import WebhookForm
from reviews.forms.widgets import PlainSelect
from reviews.models import AlertHook, AlertKind, Life, Posting, When


class AlertChoicesForm(forms.Form):
    """When a person hears of each kind of alert."""

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, when in choices_of(person).items():
            self.fields[kind.value] = forms.ChoiceField(
                label=str(kind.label).capitalize() if kind.label.islower() else kind.label,
                choices=When.choices,
                initial=when,
            )

    def choices(self) -> dict[AlertKind, When]:
        """Return what was chosen."""
        return {kind: When(self.cleaned_data[kind.value]) for kind in AlertKind}


class AlertChatForm(forms.Form):
    """What a chat hears of."""

    pipeline = forms.ModelChoiceField(
        label=_("Pipeline"), queryset=Pipeline.objects.all(), required=False, empty_label=_("every pipeline")
    )
    kinds = forms.MultipleChoiceField(
        label=_("Alerts"), choices=AlertKind.choices, widget=forms.CheckboxSelectMultiple
    )


class AlertHookForm(AlertChatForm):
    """A chat's incoming webhook. What its name leads to is looked at when something is sent."""

    url = forms.CharField(
        label=_("Address"),
        max_length=AlertHook._meta.get_field("url").max_length,
        widget=forms.URLInput(
            attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    field_order = ("url", "pipeline", "kinds")

    def clean_url(self) -> str:
        return WebhookForm.clean_url(self)  # type: ignore[arg-type]  # the same field under the same rules


class AlertLogForm(forms.Form):
    """Which messages the log shows: unless asked for, none that was not sent. What cannot be read asks for nothing."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("sent or waiting")),
            *(choice for choice in Posting.choices if choice[0] != Posting.WITHDRAWN),
            (Posting.WITHDRAWN, _("not sent")),
        ],
        required=False,
    )

    def shown(self) -> Q:
        """Return what the log is narrowed by."""
        state = self.cleaned_data["state"] if self.is_valid() else ""
        return Q(state=state) if state else ~Q(state=Posting.WITHDRAWN)


class PatternFilterForm(forms.Form):
    """Which patterns are listed. What cannot be read is left out."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("any")), *Life.choices], required=False)
    pipeline = forms.ModelChoiceField(
        label=_("Pipeline"),
        queryset=Pipeline.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("any"),
        widget=PlainSelect,
    )
    code = forms.CharField(label=_("Reason code"), max_length=64, required=False)

    def __init__(self, *args: Any, pipelines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pipeline"].queryset = pipelines  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_code(self) -> str:
        """Return the code as codes are written: in capitals."""
        return str(self.cleaned_data["code"]).strip().upper()

    def chosen(self) -> dict[str, Any]:
        """Return the filter that the fields make."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def asked(self, **other: str) -> str:
        """Return the same as the end of an address, with what is given here in its place."""
        asked = {name: getattr(value, "slug", value) for name, value in self.chosen().items()} | other
        return urlencode({name: value for name, value in asked.items() if value})
