"""Where a pipeline wants to hear of its cases, and of what."""

from ipaddress import ip_address
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline
from reviews.models import TOLD, Posting, WebhookEndpoint
from reviews.webhooks.address import Unreachable, checked, place_of


class WebhookForm(forms.Form):
    """An endpoint. What its name leads to is looked at when something is sent."""

    pipeline = forms.ModelChoiceField(label=_("Pipeline"), queryset=Pipeline.objects.all(), empty_label=None)
    url = forms.CharField(
        label=_("Address"),
        max_length=WebhookEndpoint._meta.get_field("url").max_length,
        widget=forms.URLInput(
            attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(hook.value, hook.label) for hook in TOLD],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, of: WebhookEndpoint | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of is not None:  # it stays with its pipeline, for its messages tell of that one's cases
            del self.fields["pipeline"]
            self.initial = {"url": of.url, "events": of.events}

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            place = place_of(url, http=settings.WEBHOOK_ALLOW_HTTP)
            checked(place, allowed=settings.WEBHOOK_ALLOWED_NETWORKS, resolve=_as_number)
        except Unreachable as why:
            raise ValidationError(str(why)) from why
        except ValueError:
            return url  # a name
        return url


class WebhookLogForm(forms.Form):
    """Which messages a log shows. What cannot be read shows all."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("any")), *Posting.choices], required=False)


def _as_number(host: str, port: int) -> list[str]:
    """Return a host that is an address. Raises ValueError for a name."""
    return [str(ip_address(host))]
