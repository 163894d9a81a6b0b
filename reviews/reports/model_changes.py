"""When pipelines began to ask another model, as the weekly counts show it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Min

from pipelines.models import Pipeline
from reviews.models import WeekRuns
from reviews.reports.counts import runs_by
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import WEEK


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A pipeline asked a model in a week for the first time, having asked others in weeks before."""

    pipeline_id: int
    pipeline: str
    model: str
    week: date


def model_changes(since: date, until: date, *, scope: Scope = EVERYTHING) -> list[ModelChange]:
    """Return the changes of models from the week `since` to the week `until`, the latest first.

    A pipeline's, whatever the topic: it asks one model for all of them as a rule.
    """
    of_pipeline = Scope(pipeline=scope.pipeline)
    counted = WeekRuns.objects.filter(of_pipeline.counts())
    earliest: date = counted.aggregate(earliest=Min("week"))["earliest"] or until
    weeks = [until - back * WEEK for back in range((until - earliest) // WEEK, -1, -1)]
    first: dict[tuple[int, str], date] = {}
    began: dict[int, date] = {}
    for week, pipeline, model, _runs in runs_by(
        ("week", "pipeline_id", "requested_model"), weeks, scope=of_pipeline
    ):
        if model:
            first.setdefault((pipeline, model), week)
            began.setdefault(pipeline, week)
    slugs = dict(Pipeline.objects.values_list("pk", "slug"))
    found = [ModelChange(pipeline, slugs[pipeline], model, week) for (pipeline, model), week in first.items()]
    later = [one for one in found if one.week > began[one.pipeline_id] and one.week >= since]
    return sorted(later, key=lambda one: (-one.week.toordinal(), one.pipeline, one.model))
