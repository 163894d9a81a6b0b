"""What is filled in beside a decision: whom to hand a case to, how long it rests, what it is the same as."""

import calendar
import re
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pipelines.models import Topic
from reviews.forms.decide import ReasonForm, VersionedForm
from reviews.forms.widgets import PersonChoice
from reviews.models import Snooze
from reviews.people import reviewers

# A case as a person writes it down: 12, #12, or the address of its page.
CASE = re.compile(r"(?:#?|\S*/cases/)(\d{1,18})(?:/\S*|[?#]\S*)?")


class AssignForm(forms.Form):
    """Whom a case is handed to."""

    to = PersonChoice(
        label=gettext_lazy("To"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = reviewers()  # type: ignore[attr-defined]  # of a ModelChoiceField


class TopicForm(forms.Form):
    """What a case is about."""

    topic = forms.ModelChoiceField(
        label=gettext_lazy("Topic"),
        queryset=Topic.objects.all(),
        required=False,
        empty_label=gettext_lazy("no topic"),
    )


class Waits(TypedDict):
    """What a snoozed case waits for, as the step of that name takes it."""

    kind: Snooze
    until: datetime | None
    more: int | None


class SnoozeForm(forms.Form):
    """How long a case rests. `quick` is the day on a button, which stands for the whole form."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Until"),
        choices=Snooze.choices,
        initial=Snooze.DATE,
        widget=forms.RadioSelect,
        required=False,
    )
    until = forms.DateField(
        label=gettext_lazy("Date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    more = forms.IntegerField(
        label=gettext_lazy("Further declines"), min_value=1, max_value=1_000_000, required=False
    )
    quick = forms.DateField(required=False, widget=forms.HiddenInput)

    def waits(self) -> Waits:
        """Return what was filled in. A date begins at its midnight in the site's time zone."""
        quick = self.cleaned_data["quick"]
        kind = Snooze.DATE if quick else Snooze(self.cleaned_data["kind"] or Snooze.DATE)
        day = quick or self.cleaned_data["until"]
        until = timezone.make_aware(datetime.combine(day, time.min)) if day and kind == Snooze.DATE else None
        return {"kind": kind, "until": until, "more": self.cleaned_data["more"]}


def quick_days(*, today: date) -> list[tuple[str, date]]:
    """Return the days that a case is mostly snoozed until, each with what its button says."""
    days = calendar.monthrange(today.year + today.month // 12, today.month % 12 + 1)[1]
    month = date(today.year + today.month // 12, today.month % 12 + 1, min(today.day, days))
    return [
        (_("Tomorrow"), today + timedelta(days=1)),
        (_("Next Monday"), today + timedelta(days=7 - today.weekday())),
        (_("In a month"), month),
    ]


class MergeForm(VersionedForm):
    """Which case it is the same as. `candidate` is a case on a button, which stands for the whole form."""

    into = forms.CharField(
        label=gettext_lazy("Case"),
        help_text=gettext_lazy("Its number, or the address of its page."),
        required=False,
    )
    candidate = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned is None or self.errors:
            return cleaned
        if candidate := cleaned.get("candidate"):
            return cleaned | {"into": candidate}
        found = CASE.fullmatch(cleaned["into"].strip())
        if found is None:
            self.add_error("into", _("Give the number of a case, or the address of its page."))
            return cleaned
        return cleaned | {"into": int(found[1])}


class AskForm(forms.Form):
    """A question to the pipeline's owner."""

    text = forms.CharField(label=gettext_lazy("Question"), widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(forms.Form):
    """A note for whoever opens the case."""

    text = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}))


class ReplyForm(forms.Form):
    """The background that was asked for."""

    text = forms.CharField(label=gettext_lazy("Background"), widget=forms.Textarea(attrs={"rows": 4}))


DEEDS: dict[str, type[forms.Form]] = {
    "assign": AssignForm,
    "topic": TopicForm,
    "snooze": SnoozeForm,
    "wake": forms.Form,
    "merge": MergeForm,
    "split": forms.Form,
    "ask": AskForm,
    "reply": ReplyForm,
    "note": NoteForm,
    "reopen": ReasonForm,
}
