"""`/preferences/`: how a person wants their pages."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reviews.access import PersonRequest, signed_in
from reviews.models import Preferences

if TYPE_CHECKING:  # generic in the stubs alone
    PreferencesFormBase = forms.ModelForm[Preferences]
else:
    PreferencesFormBase = forms.ModelForm


class PreferencesForm(PreferencesFormBase):
    """All that a person can choose for themselves."""

    class Meta:
        model = Preferences
        fields = ("auto_advance", "shortcuts", "fold_sensitive", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each language stands in its own words, so that whoever is lost in another one finds it.
        self.fields["language"] = forms.ChoiceField(
            label=self.fields["language"].label,
            choices=[("", _("as the browser asks")), *settings.LANGUAGES],
            required=False,
        )


@require_http_methods(["GET", "POST"])
@signed_in
def preferences(request: PersonRequest) -> HttpResponse:
    """Show the preferences and keep what is chosen."""
    mine = Preferences.of(request.user)
    form = PreferencesForm(request.POST or None, instance=mine)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(mine.language or translation.get_language()):
            messages.success(request, _("Saved."))
        return redirect("preferences")
    return render(request, "reviews/preferences.html", {"form": form}, status=422 if form.errors else 200)
