"""Which week a report is about, and whose work: as its address says, and as a person chooses."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Min
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from pipelines.models import Pipeline, Topic
from reviews.models import WeekRuns
from reviews.reports.scope import NO_TOPIC, Scope
from reviews.reports.weeks import WEEK, week_name

# Ten years of weeks: a longer list is no choice any more, and the address takes any week.
MOST_WEEKS = 522


@dataclass(frozen=True, slots=True)
class Chooser:
    """A list to choose from. Not a form's field: its template would take longer than the rest of the page."""

    name: str
    label: str
    choices: list[tuple[str, str]]
    chosen: str


def choosers(week: date, *, scope: Scope, latest: date) -> list[Chooser]:
    """Return the weeks there are, the pipelines and the topics, for a plain form that asks by its address."""
    weeks = [(week_name(one), f"{week_name(one)} ({one})") for one in _weeks(week, latest)]
    pipelines = [(slug, slug) for slug in Pipeline.objects.values_list("slug", flat=True)]
    topics = list(Topic.objects.values_list("slug", "name"))
    return [
        Chooser("week", _("Week"), weeks, week_name(week)),
        Chooser("pipeline", _("Pipeline"), [("", _("all pipelines")), *pipelines], scope.pipeline),
        Chooser(
            "topic", _("Topic"), [("", _("all topics")), (NO_TOPIC, _("no topic")), *topics], scope.topic
        ),
    ]


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


def _weeks(week: date, latest: date) -> list[date]:
    """Return the weeks from the first that was reported on to the latest, the latest first; `week` among them."""
    first = WeekRuns.objects.aggregate(first=Min("week"))["first"] or latest
    count = min((latest - first) // WEEK + 1, MOST_WEEKS)
    weeks = [latest - back * WEEK for back in range(count)]
    return weeks if week in weeks else [*weeks, week]
