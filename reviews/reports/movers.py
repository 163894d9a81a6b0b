"""What moved most in a week: declines of a code in a pipeline against the eight weeks before."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from reviews.reports.counts import declines_by, reaches
from reviews.reports.kept import Stamps
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


def movers(week: date, *, stamps: Stamps | None = None) -> list[Mover]:
    """Return what moved most, up or down; last, the declines of new pipelines, which moved against nothing.

    Not a test: it says where to look, with the numbers it goes by. `stamps` are those of the weeks' counts, if they
    were looked up before.
    """
    weeks = weeks_until(week, count=BEFORE + 1)
    counts: dict[tuple[int, str], dict[date, tuple[int, int]]] = defaultdict(dict)
    for of_week, pipeline, code, n, hidden in declines_by(
        ("week", "pipeline_id", "code"), weeks, stamps=stamps
    ):
        counts[pipeline, code][of_week] = n, hidden
    pipelines = reaches()  # after the rows: a pipeline may be new in them
    found = []
    for (pipeline, code), by_week in counts.items():
        slug, first, _last = pipelines[pipeline]
        before = [by_week.get(one, (0, 0))[0] for one in weeks[:-1] if first and one >= first]
        found.append(Mover(slug, code, *by_week.get(week, (0, 0)), before, week))
    moved = [one for one in found if one.change or not one.before]
    return sorted(moved, key=_by_size)[:MOST]


def _by_size(mover: Mover) -> tuple[bool, float, str, str]:
    size = mover.declines if mover.change is None else abs(mover.change)
    return mover.change is None, -size, mover.pipeline, mover.code
