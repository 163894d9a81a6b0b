"""What the over-refusal report is narrowed to, as its address holds it."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reviews.forms.queue import OpenChoice
from reviews.forms.report import weeks_offered
from reviews.forms.widgets import Choices, pipeline_choices, topic_choices
from reviews.reports.scope import Scope
from reviews.reports.weeks import current_week, week_name, week_named


class OverRefusalForm(forms.Form):
    """The filter. What cannot be read is left out; an unknown pipeline, topic or code matches nothing."""

    pipeline = OpenChoice(label=_("Pipeline"), required=False)
    topic = OpenChoice(label=_("Topic"), required=False)
    code = OpenChoice(label=_("Code"), required=False)
    until = OpenChoice(label=_("Until week"), required=False)

    def __init__(self, data: Any, *, codes: list[str], now: datetime) -> None:
        super().__init__(data)
        self._latest = current_week(now=now)
        self._offer("pipeline", pipeline_choices(_("all")))
        self._offer("topic", topic_choices(_("all")))
        self._offer("code", [("", _("any")), *((code, code) for code in codes)])
        self._offer("until", [("", _("this one")), *weeks_offered(self._latest, self._latest)])
        self.is_valid()

    def _offer(self, name: str, choices: Choices) -> None:
        given = self.data.get(name, "").replace("\0", "")
        unknown = [(given, given)] if given and given not in dict(choices) else []
        self.fields[name].choices = [*choices, *unknown]  # type: ignore[attr-defined]  # each an OpenChoice

    def clean_until(self) -> date | None:
        """Leave out what is no week that has begun: it must not seem to end the report."""
        if not self.cleaned_data["until"]:
            return None
        try:
            week = week_named(self.cleaned_data["until"])
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        if week > self._latest:
            raise forms.ValidationError(_("%(week)s is yet to come.") % {"week": week_name(week)})
        return week

    def week(self) -> date:
        """Return the week that the report ends with: the one asked for, or the one that runs."""
        asked: date | None = self.cleaned_data.get("until")
        return asked or self._latest

    def scope(self) -> Scope:
        """Return the pipeline and the topic that are asked for."""
        return Scope(self.cleaned_data.get("pipeline", ""), self.cleaned_data.get("topic", ""))

    def code_asked(self) -> str:
        """Return the code that the before-and-after is narrowed to; empty for all."""
        return str(self.cleaned_data.get("code", ""))
