"""When pipelines began to ask another model, or to be served by another one, as the weekly counts show it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Min

from pipelines.models import Pipeline
from reviews.models import WeekRuns
from reviews.reports.counts import runs_by
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import WEEK

# A model that a pipeline did not ask for so long, while it asked others, is asked again.
AWAY = 4 * WEEK


class How(StrEnum):
    """What changed."""

    ASKED = "asked"  # for the first time, after others
    ASKED_AGAIN = "asked_again"
    SERVED = "served"  # what was asked is the same, and another model answers: an alias leads elsewhere


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A pipeline asked another model from a week on, or most of what asked one was `served` by another."""

    pipeline_id: int
    pipeline: str
    week: date
    how: How
    model: str
    served: str = ""


# The runs of one pipeline: by week, by the model that was asked, by the one that answered.
_Runs = Mapping[date, Mapping[str, Counter[str]]]


def model_changes(since: date, until: date, *, scope: Scope = EVERYTHING) -> list[ModelChange]:
    """Return the changes of models from the week `since` to the week `until`, the latest first.

    A pipeline's, whatever the topic: it asks one model for all of them as a rule.
    """
    of_pipelines = _runs_until(until, scope=Scope(pipeline=scope.pipeline))
    slugs = dict(Pipeline.objects.values_list("pk", "slug"))  # after the runs: a pipeline may be new in them
    found = []
    for pipeline, runs in of_pipelines.items():
        for week, how, model, served in (*_asked(runs), *_served(runs)):
            if week >= since:
                found.append(ModelChange(pipeline, slugs[pipeline], week, how, model, served))
    return sorted(found, key=lambda one: (-one.week.toordinal(), one.pipeline, one.model, one.served))


def _runs_until(until: date, *, scope: Scope) -> Mapping[int, _Runs]:
    """Return the runs of each pipeline that named a model, weeks in order."""
    counted = WeekRuns.objects.filter(scope.counts())
    earliest: date = counted.aggregate(earliest=Min("week"))["earliest"] or until
    weeks = [until - back * WEEK for back in range((until - earliest) // WEEK, -1, -1)]
    found: dict[int, dict[date, dict[str, Counter[str]]]] = defaultdict(dict)
    by = ("week", "pipeline_id", "requested_model", "serving_model")
    for week, pipeline, model, served, runs in runs_by(by, weeks, scope=scope):
        if model:
            found[pipeline].setdefault(week, {}).setdefault(model, Counter())[served] += runs
    return found


def _asked(runs: _Runs) -> Iterator[tuple[date, How, str, str]]:
    last: dict[str, date] = {}
    for week, models in runs.items():
        latest = max(last.values(), default=None)
        for model in models:
            if latest and model not in last:
                yield week, How.ASKED, model, ""
            elif latest and last[model] < latest and week - last[model] > AWAY:
                yield week, How.ASKED_AGAIN, model, ""
        last |= dict.fromkeys(models, week)


def _served(runs: _Runs) -> Iterator[tuple[date, How, str, str]]:
    """Most of its runs say it, not one: a fallback that answers now and then is no other model."""
    last: dict[str, str] = {}
    for week, models in runs.items():
        for model, served in models.items():
            answered = {name: n for name, n in served.items() if name}
            most = max(answered, key=lambda name: answered[name], default="")
            if 2 * answered.get(most, 0) <= sum(answered.values()):
                continue
            if last.get(model, most) != most:
                yield week, How.SERVED, model, most
            last[model] = most
