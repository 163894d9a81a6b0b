"""The forms of the acts on many cases. Each also carries the cases, and their number where there are many."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pipelines.models import Topic
from reviews.bulk import UNTYPED, Act, Deed, Seen
from reviews.models import Snooze
from reviews.people import name_of, reviewers


class BulkForm(forms.Form):
    """What every act asks: above `UNTYPED` cases, their number."""

    typed = forms.IntegerField(required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def __init__(self, *args: Any, act: Act, cases: list[Seen], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.act = act
        self.count = len(cases)
        if self.count <= UNTYPED:
            del self.fields["typed"]
        else:
            said = ngettext("Type %(n)s to go on", "Type %(n)s to go on", self.count)
            self.fields["typed"].label = said % {"n": self.count}

    def clean_typed(self) -> int | None:
        """Refuse any other number than that of the cases."""
        typed: int | None = self.cleaned_data["typed"]
        if typed != self.count:
            raise forms.ValidationError(gettext("This acts on %(n)s cases.") % {"n": self.count})
        return typed

    def deed(self) -> Deed:
        """Return the act with what was filled in."""
        return Deed(act=self.act, **{k: v for k, v in self.cleaned_data.items() if k != "typed"})


class BulkReasonForm(BulkForm):
    """Uphold or withdraw: one reason for all."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept with the decision on every one of these cases."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("reason", "typed")


def _people() -> list[tuple[str, str]]:
    everybody = ("", gettext("nobody: everybody's again"))
    return [everybody, *((str(person.pk), name_of(person)) for person in reviewers())]


class BulkAssignForm(BulkForm):
    """Whom to hand them to."""

    person = forms.ChoiceField(label=_("Hand to"), choices=_people, required=False)
    field_order = ("person", "typed")

    def clean_person(self) -> User | None:
        """Return the person, or None for nobody."""
        pk = self.cleaned_data["person"]
        return reviewers().get(pk=pk) if pk else None


class BulkTopicForm(BulkForm):
    """What they are about."""

    topic = forms.ModelChoiceField(
        label=_("Topic"), queryset=Topic.objects.order_by("name"), required=False, empty_label=_("no topic")
    )
    field_order = ("topic", "typed")


class BulkSnoozeForm(BulkForm):
    """Until when they rest."""

    snooze = forms.ChoiceField(
        label=_("Let them rest"),
        choices=Snooze.choices,
        initial=Snooze.DATE.value,
        widget=forms.RadioSelect,
    )
    until = forms.DateTimeField(
        label=_("Until (for a date)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    more = forms.IntegerField(
        label=_("After how many further declines (for growth)"),
        required=False,
        min_value=1,
        max_value=1_000_000,
    )
    field_order = ("snooze", "until", "more", "typed")

    def clean_snooze(self) -> Snooze:
        """Return the kind of snooze."""
        return Snooze(self.cleaned_data["snooze"])

    def clean_until(self) -> datetime | None:
        """Refuse a time that is over."""
        until: datetime | None = self.cleaned_data["until"]
        if self.cleaned_data.get("snooze") == Snooze.DATE and (until is None or until <= timezone.now()):
            raise forms.ValidationError(gettext("Say until when: a time to come."))
        return until

    def clean_more(self) -> int | None:
        """Ask for the number that a snooze until growth waits for."""
        more: int | None = self.cleaned_data["more"]
        if self.cleaned_data.get("snooze") == Snooze.GROWTH and more is None:
            raise forms.ValidationError(gettext("Say after how many further declines: one at least."))
        return more


FORMS: dict[Act, type[BulkForm]] = {
    Act.UPHOLD: BulkReasonForm,
    Act.WITHDRAW: BulkReasonForm,
    Act.ASSIGN: BulkAssignForm,
    Act.TOPIC: BulkTopicForm,
    Act.SNOOZE: BulkSnoozeForm,
}


def form_for(
    act: Act, cases: list[Seen], data: Any = None, *, initial: dict[str, Any] | None = None
) -> BulkForm:
    """Return the form of an act on these cases, filled in with what was posted, if anything was."""
    return FORMS[act](data, act=act, cases=cases, initial=initial)
