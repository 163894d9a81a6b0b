"""When pipelines began to ask another model, as the weekly counts show it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Min

from reviews.models import WeekRuns
from reviews.reports.scope import EVERYTHING, Scope


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
    rows = WeekRuns.objects.filter(Scope(pipeline=scope.pipeline).counts(), week__lte=until, runs__gt=0)
    rows = rows.exclude(requested_model="")
    named = rows.values_list("pipeline_id", "pipeline__slug", "requested_model").annotate(first=Min("week"))
    began: dict[int, date] = {}
    found = []
    for pipeline, slug, model, first in named:
        found.append(ModelChange(pipeline, slug, model, first))
        began[pipeline] = min(first, began.get(pipeline, first))
    later = [one for one in found if one.week > began[one.pipeline_id] and one.week >= since]
    return sorted(later, key=lambda one: (-one.week.toordinal(), one.pipeline, one.model))
