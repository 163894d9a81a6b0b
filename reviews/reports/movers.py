"""What moved most in a week: declines of a code in a pipeline against the eight weeks before."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.models import Pipeline
from reviews.reports.counts import declines_by
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import weeks_until

BEFORE = 8
MOST = 8


@dataclass(frozen=True, slots=True)
class Mover:
    """The declines of a code in a pipeline: in the week, and in each of the eight weeks before."""

    pipeline: str
    code: str
    declines: int
    before: list[int]
    week: date

    @property
    def usual(self) -> float:
        """How many there were in a week before, on average."""
        return sum(self.before) / len(self.before)

    @property
    def change(self) -> float:
        """How many more or fewer than usual."""
        return self.declines - self.usual

    @property
    def cases(self) -> dict[str, str]:
        """The queue's filter behind the declines of the week."""
        return {"state": "all", "week": self.week.isoformat(), "pipeline": self.pipeline, "code": self.code}


def movers(week: date, *, scope: Scope = EVERYTHING, now: datetime, most: int = MOST) -> list[Mover]:
    """Return what moved most, up or down. Not a test: it says where to look, with the numbers it goes by."""
    weeks = weeks_until(week, count=BEFORE + 1)
    counts: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    rows = declines_by(("week", "pipeline_id", "code"), weeks, scope=scope)
    slugs = dict(Pipeline.objects.values_list("pk", "slug"))  # after the rows: a pipeline may be new in them
    for of_week, pipeline, code, n, _hidden in rows:
        counts[slugs[pipeline], code][of_week] = n
    found = [
        Mover(slug, code, by_week.get(week, 0), [by_week.get(one, 0) for one in weeks[:-1]], week)
        for (slug, code), by_week in counts.items()
    ]
    moved = [one for one in found if one.change]
    return sorted(moved, key=lambda one: (-abs(one.change), one.pipeline, one.code))[:most]
