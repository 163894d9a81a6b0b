"""What moved most in a week: declines of a code in a pipeline against the eight weeks before."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from pipelines.models import Pipeline
from reviews.models import WeekDeclines, WeekRuns
from reviews.reports.counts import declines_by, ended
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.weeks import weeks_until

BEFORE = 8
MOST = 8


@dataclass(frozen=True, slots=True)
class Mover:
    """The declines of a code in a pipeline: in the week, and in each of the eight weeks before.

    `hidden` are those of the week that a fallback hid. `before` leaves out the weeks before the pipeline
    reported anything: of a new one it is empty, and nothing is usual.
    """

    pipeline: str
    code: str
    declines: int
    hidden: int
    before: list[int]
    week: date

    @property
    def usual(self) -> float | None:
        """How many there were in a week before, on average."""
        return sum(self.before) / len(self.before) if self.before else None

    @property
    def change(self) -> float | None:
        """How many more or fewer than usual."""
        return None if self.usual is None else self.declines - self.usual

    @property
    def cases(self) -> dict[str, str] | None:
        """The queue's filter behind the declines of the week; None where all are hidden, which have no case."""
        if self.declines == self.hidden:
            return None
        return {"state": "all", "week": self.week.isoformat(), "pipeline": self.pipeline, "code": self.code}


def movers(week: date, *, scope: Scope = EVERYTHING, now: datetime, most: int = MOST) -> list[Mover]:
    """Return what moved most, up or down; last, the declines of new pipelines, which moved against nothing.

    Not a test: it says where to look, with the numbers it goes by.
    """
    weeks = weeks_until(week, count=BEFORE + 1)
    rows = declines_by(("week", "pipeline_id", "code"), weeks, scope=scope)
    began = _began(weeks, scope=scope)
    slugs = dict(Pipeline.objects.values_list("pk", "slug"))  # after the rows: a pipeline may be new in them
    counts: dict[tuple[str, str], dict[date, tuple[int, int]]] = defaultdict(dict)
    for of_week, pipeline, code, n, hidden in rows:
        slug = slugs[pipeline]
        counts[slug, code][of_week] = n, hidden
        began[slug] = min(of_week, began.get(slug, of_week))
    found = []
    for (slug, code), by_week in counts.items():
        before = [by_week.get(one, (0, 0))[0] for one in weeks[:-1] if one >= began[slug]]
        found.append(Mover(slug, code, *by_week.get(week, (0, 0)), before, week))
    moved = [one for one in found if one.change or not one.before]
    return sorted(moved, key=_by_size)[:most]


def _by_size(mover: Mover) -> tuple[bool, float, str, str]:
    size = mover.declines if mover.change is None else abs(mover.change)
    return mover.change is None, -size, mover.pipeline, mover.code


def _began(weeks: list[date], *, scope: Scope) -> dict[str, date]:
    """Return the first of the weeks from which on each pipeline reported: the first of all, if it did before.

    Whatever it reported: that it had nothing on one topic does not make it new.
    """
    of_pipeline = {"pipeline": OuterRef("pk"), "week__lt": weeks[0]}
    runs = Exists(WeekRuns.objects.filter(**of_pipeline, runs__gt=0))
    declines = Exists(WeekDeclines.objects.filter(**of_pipeline, declines__gt=0))
    earlier = Pipeline.objects.filter(runs | declines).values_list("slug", flat=True)
    began = dict.fromkeys(earlier, weeks[0])
    for row in ended(weeks, scope=Scope(pipeline=scope.pipeline)):
        began[row.pipeline] = min(row.week, began.get(row.pipeline, row.week))
    return began
