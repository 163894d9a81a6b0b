"""Which week a report is about, and whose work: as its address says, and as a person chooses."""

from datetime import date

from django import forms
from django.db.models import Min
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy as _

from reviews.forms.widgets import Choices, PlainSelect, pipeline_choices, topic_choices
from reviews.models import WeekRuns
from reviews.reports.scope import NoSuchScope, Scope, scope_named
from reviews.reports.weeks import WEEK, week_name

# Ten years of weeks: a longer list is no choice any more, and the address takes any week.
MOST_WEEKS = 522


class ReportForm(forms.Form):
    """The weeks there are, the pipelines and the topics, to choose from; it asks by its address."""

    week = forms.ChoiceField(label=_("Week"), required=False, widget=PlainSelect)
    pipeline = forms.ChoiceField(label=_("Pipeline"), required=False, widget=PlainSelect)
    topic = forms.ChoiceField(label=_("Topic"), required=False, widget=PlainSelect)

    def __init__(self, week: date, *, scope: Scope, latest: date) -> None:
        shown = {"week": week_name(week), "pipeline": scope.pipeline, "topic": scope.topic}
        super().__init__(initial=shown)
        choices: dict[str, Choices] = {
            "week": weeks_offered(week, latest),
            "pipeline": pipeline_choices(_("all pipelines")),
            "topic": topic_choices(_("all topics")),
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # each a ChoiceField


def scope_of(address: QueryDict) -> Scope:
    """Return whose work an address asks for. Raises Http404, which names what there is not."""
    try:
        return scope_named(pipeline=address.get("pipeline", ""), topic=address.get("topic", ""))
    except NoSuchScope as error:
        raise Http404(str(error)) from error


def weeks_offered(week: date, latest: date) -> list[tuple[str, str]]:
    """Return the weeks from the first that was reported on to the latest, the latest first; `week` among them.

    Each by its name, and as a person chooses it.
    """
    first = WeekRuns.objects.aggregate(first=Min("week"))["first"] or latest
    count = min((latest - first) // WEEK + 1, MOST_WEEKS)
    weeks = [latest - back * WEEK for back in range(count)]
    return [(week_name(one), f"{week_name(one)} ({one})") for one in dict.fromkeys([*weeks, week])]
