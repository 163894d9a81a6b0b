"""Which week a report is about, and whose work: as its address says, and as a person chooses."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Min
from django.http import Http404, QueryDict
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from pipelines.models import Pipeline, Topic
from reviews.models import WeekRuns
from reviews.reports.scope import NO_TOPIC, Scope
from reviews.reports.weeks import WEEK, week_name

_DAY = "j M"
# Ten years of weeks: a longer list is no choice any more, and the address takes any week.
MOST_WEEKS = 522


class ReportForm(forms.Form):
    """The weeks there are, the pipelines and the topics. A plain form that asks by its address."""

    week = forms.ChoiceField(label=_("Week"))
    pipeline = forms.ChoiceField(label=_("Pipeline"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)

    def __init__(self, *args: Any, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pipelines = Pipeline.objects.values_list("slug", flat=True)
        self._offer("week", [(week_name(week), _in_words(week)) for week in _weeks(latest)])
        self._offer("pipeline", [("", _("all pipelines")), *((slug, slug) for slug in pipelines)])
        topics = Topic.objects.values_list("slug", "name")
        self._offer("topic", [("", _("all topics")), (NO_TOPIC, _("no topic")), *topics])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # each is a ChoiceField


def scope_of(address: QueryDict) -> Scope:
    """Return whose work an address asks for. Raises Http404, which names what there is not."""
    scope = Scope(pipeline=address.get("pipeline", ""), topic=address.get("topic", ""))
    if "\0" in scope.pipeline + scope.topic:
        raise Http404("There is no such pipeline or topic.")
    if scope.pipeline and not Pipeline.objects.filter(slug=scope.pipeline).exists():
        raise Http404(f"There is no pipeline {scope.pipeline!r}.")
    if scope.topic not in ("", NO_TOPIC) and not Topic.objects.filter(slug=scope.topic).exists():
        raise Http404(f"There is no topic {scope.topic!r}.")
    return scope


def _weeks(latest: date) -> list[date]:
    """Return the weeks from the first that was reported on to the latest, the latest first."""
    first = WeekRuns.objects.aggregate(first=Min("week"))["first"] or latest
    count = min((latest - first) // WEEK + 1, MOST_WEEKS)
    return [latest - back * WEEK for back in range(max(count, 1))]


def _in_words(week: date) -> str:
    days = (formats.date_format(day, _DAY) for day in (week, week + timedelta(days=6)))
    return f"{week_name(week)}: " + " \N{EN DASH} ".join(days)
