"""What changed: a week against the one before it, and against the range of the eight before.

The range is plain: the lowest, the middle and the highest of those weeks. It says whether a number
is out of the ordinary without a claim of significance; whether a pattern grows is tested elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reviews.reports.breakdown import OF_FINAL_RUNS
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


def changed_rates_table(gathered: Gathered) -> Table:
    """Return the success and the decline rate against the weeks before, the larger change first."""
    rates: list[tuple[str, Callable[[Endings], Share]]] = [
        (_("Success rate"), lambda ended: ended.success),
        (_("Decline rate"), lambda ended: ended.decline),
    ]
    found, known = gathered.endings, known_weeks(gathered)
    sized: list[tuple[float, tuple[Cell, ...]]] = []
    for name, rate in rates:
        share, before = (rate(found.get(week, Endings())) for week in (gathered.week, gathered.week - WEEK))
        past = [one for week in known if (one := rate(found.get(week, Endings())).percent) is not None]
        row = _rate_row(name, share, before, range_of(past), unfinished=gathered.unfinished)
        change = row[3].value
        sized.append((abs(change) if isinstance(change, float) else 0.0, row))
    return Table(
        name="changed-rates",
        title=_("Rates, against the weeks before"),
        columns=_columns(Column("rate", _("Rate"), Unit.TEXT), Unit.SHARE, Unit.PERCENT, weeks=len(known)),
        rows=[row for _size, row in sorted(sized, key=lambda one: -one[0])],
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


def changed_counts_table(gathered: Gathered) -> Table:
    """Return runs, endings and the declines of each code and topic against the weeks before.

    The largest change comes first.
    """
    known = known_weeks(gathered)
    sized: list[tuple[tuple[int, int, str], tuple[Cell, ...]]] = []
    for one in _countable(gathered):
        now, then = one.by_week[gathered.week], one.by_week[gathered.week - WEEK]
        past = range_of([one.by_week[week] for week in known])
        if not (now or then or past.high):
            continue
        few = max(now, then, past.high) < FEW
        row = (
            Cell(one.name),
            *(
                gathered.cell(n, one.behind, week=week, cases=one.cases.get(week, 0))
                for n, week in ((now, gathered.week), (then, gathered.week - WEEK))
            ),
            Cell(now - then),
            *_range_cells(past),
            Cell(past.place(now, few=few, unfinished=gathered.unfinished)),
            Cell(one.kind),
        )
        sized.append(((-abs(now - then), -now, one.name), row))
    what = Column("what", _("What"), Unit.TEXT)
    columns = _columns(what, Unit.COUNT, Unit.NUMBER, weeks=len(known))
    return Table(
        name="changed",
        title=_("Numbers, against the weeks before"),
        columns=(*columns, Column("kind", _("Kind"), Unit.TEXT)),
        rows=[row for _size, row in sorted(sized, key=lambda one: one[0])],
        note=_("Runs are final attempts; declines of a code or a topic are decline events."),
    )


@dataclass(frozen=True, slots=True)
class _Countable:
    """Something counted each week; so many of a week have a case, which the filter `behind` finds."""

    kind: str
    name: str
    by_week: dict[date, int]
    cases: dict[date, int] = field(default_factory=dict)
    behind: dict[str, str] = field(default_factory=dict)


def _countable(gathered: Gathered) -> list[_Countable]:
    """Return everything that can change."""
    found = gathered.endings
    ended = {week: found.get(week, Endings()) for week in gathered.weeks}
    kind = _("runs")
    declined = {week: one.declined for week, one in ended.items()}
    countable = [
        _Countable(kind, _("all runs"), {week: one.runs for week, one in ended.items()}),
        _Countable(kind, _("ok runs"), {week: one.ok for week, one in ended.items()}),
        _Countable(kind, _("declined runs"), declined, declined, OF_FINAL_RUNS),
        _Countable(kind, _("degraded runs"), {week: one.degraded for week, one in ended.items()}),
        _Countable(kind, _("infrastructure errors"), {week: one.infra_error for week, one in ended.items()}),
    ]
    for by, kind in (("code", _("declines by code")), ("topic", _("declines by topic"))):
        for series in gathered.series(by):
            by_week = dict(zip(gathered.weeks, series.counts, strict=True))
            cases = {week: by_week[week] - n for week, n in zip(gathered.weeks, series.hidden, strict=True)}
            countable.append(_Countable(kind, series.name, by_week, cases, {by: series.value}))
    return countable


def _columns(what: Column, unit: Unit, between: Unit, *, weeks: int) -> tuple[Column, ...]:
    return (
        what,
        Column("this_week", _("This week"), unit),
        Column("last_week", _("Last week"), unit),
        Column("change", _("Change"), Unit.CHANGE),
        Column("lowest", _("Lowest of %(n)d") % {"n": weeks}, between),
        Column("median", _("Median"), between),
        Column("highest", _("Highest"), between),
        Column("place", _("Against this range"), Unit.TEXT),
    )


def _range_cells(past: Range) -> tuple[Cell, ...]:
    if not past.weeks:
        return (Cell(None), Cell(None), Cell(None))
    return (Cell(float(past.low)), Cell(float(past.middle)), Cell(float(past.high)))
