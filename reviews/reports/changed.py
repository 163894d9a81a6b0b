"""What changed: a week against the one before it, and against the range of the eight before.

The range is plain: the lowest, the middle and the highest of those weeks. It says whether a number
is out of the ordinary without a claim of significance; whether a pattern grows is tested elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reviews.reports.gathered import Gathered
from reviews.reports.rates import Endings, Share
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import WEEK

RANGE = 8
# Of fewer weeks than this a range says nothing.
FEWEST_WEEKS = 4
# Where neither week and no week of the range has as many as this, any change may be chance.
FEW = 10


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest, the middle and the highest of the weeks before; `weeks` of them are known."""

    weeks: int
    low: float
    middle: float
    high: float

    def place(self, value: float, *, few: bool, unfinished: bool) -> str:
        """Say where a value stands: inside, above or below; that numbers are small; that the week still runs."""
        if self.weeks < FEWEST_WEEKS:
            return _("too few weeks to say")
        if value > self.high:
            place = pgettext("against the range of weeks", "above")
        elif value < self.low:
            place = pgettext("against the range of weeks", "below")
        else:
            place = pgettext("against the range of weeks", "inside")
        if unfinished:
            place = _("%(place)s so far") % {"place": place}
        return _("%(place)s; small numbers") % {"place": place} if few else place


def range_of(values: Sequence[float]) -> Range:
    """Return the range of the weeks before; of no weeks, one of zeros that says nothing."""
    if not values:
        return Range(0, 0, 0, 0)
    return Range(len(values), min(values), median(values), max(values))


def known_weeks(gathered: Gathered) -> list[date]:
    """Return the eight weeks before, without those before anything was reported."""
    first = min((row.week for row in gathered.ended), default=gathered.week)
    return [
        week
        for week in gathered.weeks
        if max(first, gathered.week - RANGE * WEEK) <= week < gathered.week
    ]  # fmt: skip


def changed_rates_table(gathered: Gathered, *, unfinished: bool) -> Table:
    """Return the success and the decline rate against the weeks before, the larger change first."""
    rates: list[tuple[str, Callable[[Endings], Share]]] = [
        (_("Success rate"), lambda ended: ended.success),
        (_("Decline rate"), lambda ended: ended.decline),
    ]
    found, known = gathered.endings(), known_weeks(gathered)
    rows = []
    for name, rate in rates:
        share, before = (rate(found.get(week, Endings())) for week in (gathered.week, gathered.week - WEEK))
        past = [one for week in known if (one := rate(found.get(week, Endings())).percent) is not None]
        rows.append(_rate_row(name, share, before, range_of(past), unfinished=unfinished))
    rows.sort(key=lambda row: -abs(row[3].value or 0))  # type: ignore[arg-type]  # a float or None
    return Table(
        name="changed-rates",
        title=_("Rates, against the weeks before"),
        columns=_columns(Column("rate", _("Rate"), Unit.TEXT), Unit.SHARE, Unit.PERCENT),
        rows=rows,
        note=_("The change is in percentage points."),
    )


def _rate_row(name: str, share: Share, before: Share, past: Range, *, unfinished: bool) -> tuple[Cell, ...]:
    now, then = share.percent, before.percent
    few = share.is_small or before.is_small
    return (
        Cell(name),
        Cell(share),
        Cell(before),
        Cell(None if now is None or then is None else now - then),
        *_range_cells(past),
        Cell(None if now is None else past.place(now, few=few, unfinished=unfinished)),
    )


def changed_counts_table(gathered: Gathered, *, unfinished: bool) -> Table:
    """Return runs, endings and the declines of each code and topic against the weeks before.

    The largest change comes first.
    """
    known = known_weeks(gathered)
    rows = []
    for kind, name, by_week, behind, hidden in _countable(gathered):
        now, then = by_week[gathered.week], by_week[gathered.week - WEEK]
        past = range_of([by_week[week] for week in known])
        if not (now or then or past.high):
            continue
        few = max(now, then, past.high) < FEW
        cases = now - hidden if behind else 0
        rows.append(
            (
                Cell(name),
                Cell(kind),
                gathered.cell(now, behind, cases=cases),
                Cell(then),
                Cell(now - then),
                *_range_cells(past),
                Cell(past.place(now, few=few, unfinished=unfinished)),
            )
        )
    rows.sort(key=lambda row: (-abs(row[4].value), -row[2].value, row[0].value))  # type: ignore[arg-type, operator]  # two ints and a str
    what, kind = Column("what", _("What"), Unit.TEXT), Column("kind", _("Kind"), Unit.TEXT)
    first, *others = _columns(what, Unit.COUNT, Unit.NUMBER)
    return Table(
        name="changed",
        title=_("Numbers, against the weeks before"),
        columns=(first, kind, *others),
        rows=rows,
        note=_("Runs are final attempts; declines of a code or a topic are decline events."),
    )


_Countable = tuple[str, str, dict[date, int], dict[str, str], int]


def _countable(gathered: Gathered) -> list[_Countable]:
    """Return what can change: its kind, its name, its count in each week, its filter, and how many are hidden."""
    found = {week: gathered.endings().get(week, Endings()) for week in gathered.weeks}
    final = {"counted": "runs"}
    of_runs: list[tuple[str, Callable[[Endings], int], dict[str, str]]] = [
        (_("all runs"), lambda ended: ended.runs, {}),
        (_("runs that ended ok"), lambda ended: ended.ok, {}),
        (_("declined runs"), lambda ended: ended.declined, final),
        (_("degraded runs"), lambda ended: ended.degraded, {}),
        (_("runs with an infrastructure error"), lambda ended: ended.infra_error, {}),
    ]
    countable: list[_Countable] = [
        (_("runs"), name, {week: count(ended) for week, ended in found.items()}, behind, 0)
        for name, count, behind in of_runs
    ]
    for by, kind in (("code", _("code")), ("topic", _("topic"))):
        for one in gathered.series(by):
            by_week = dict(zip(gathered.weeks, one.counts, strict=True))
            countable.append((kind, one.name, by_week, {by: one.value}, one.hidden[-1]))
    return countable


def _columns(what: Column, unit: Unit, between: Unit) -> tuple[Column, ...]:
    return (
        what,
        Column("this_week", _("This week"), unit),
        Column("last_week", _("Last week"), unit),
        Column("change", _("Change"), Unit.CHANGE),
        Column("lowest", _("Lowest of %(n)d") % {"n": RANGE}, between),
        Column("median", _("Median"), between),
        Column("highest", _("Highest"), between),
        Column("place", _("Against this range"), Unit.TEXT),
    )


def _range_cells(past: Range) -> tuple[Cell, ...]:
    if not past.weeks:
        return (Cell(None), Cell(None), Cell(None))
    return (Cell(float(past.low)), Cell(float(past.middle)), Cell(float(past.high)))
