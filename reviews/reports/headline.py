"""The first numbers of a week: what one reads who reads no further."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from pipelines.models.run import OUTCOME_CHOICES
from reviews.reports.breakdown import OF_FINAL_RUNS
from reviews.reports.changed import FEW, known_weeks, range_of
from reviews.reports.gathered import Gathered
from reviews.reports.rates import Endings, Share
from reviews.reports.table import Cell, Unit
from reviews.reports.weeks import WEEK, week_name
from reviews.reports.written import basis, change, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One number: what it is of, how it changed, and where it stands in the range of the weeks before."""

    title: str
    cell: Cell
    unit: Unit
    basis: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How many of the week's runs ended so."""

    outcome: str
    label: str
    cell: Cell
    share: Share


def headlines(gathered: Gathered) -> list[Headline]:
    """Return the first numbers of the week."""
    found = gathered.endings
    now, then = (found.get(week, Endings()) for week in (gathered.week, gathered.week - WEEK))
    past = [found.get(week, Endings()) for week in known_weeks(gathered)]
    hidden = sum(one.hidden[-1] for one in gathered.by_code)
    by_week = dict(
        zip(
            gathered.weeks,
            map(sum, zip(*(one.counts for one in gathered.by_code), strict=True)),
            strict=False,
        )
    )
    declines, before = by_week.get(gathered.week, 0), by_week.get(gathered.week - WEEK, 0)

    def counted(value: int, last: int, others: list[int]) -> str:
        few = max(value, last, *others) < FEW
        place = range_of(others).place(value, few=few, unfinished=gathered.unfinished)
        return _changed(change(value - last), gathered, place)

    def rated(share: Share, last: Share, others: list[Share]) -> str:
        if share.percent is None or last.percent is None:
            return ""
        known = range_of([one.percent for one in others if one.percent is not None])
        place = known.place(
            share.percent, few=share.is_small or last.is_small, unfinished=gathered.unfinished
        )
        points = _("%(change)s points") % {"change": change(share.percent - last.percent)}
        return _changed(points, gathered, place)

    return [
        Headline(
            title=_("Runs"), cell=Cell(now.runs), unit=Unit.COUNT,
            basis=_("final attempts, without re-issues"),
            change=counted(now.runs, then.runs, [one.runs for one in past]),
        ),
        Headline(
            title=_("Success rate"), cell=Cell(now.success), unit=Unit.SHARE,
            basis=share_of(now.success, _("%(part)s of %(n)s ok, degraded or infrastructure errors")),
            change=rated(now.success, then.success, [one.success for one in past]),
        ),
        Headline(
            title=_("Decline rate"), cell=Cell(now.decline), unit=Unit.SHARE,
            basis=share_of(now.decline, _("%(part)s of %(n)s ok, degraded or declined")),
            change=rated(now.decline, then.decline, [one.decline for one in past]),
        ),
        Headline(
            title=_("Declines"), cell=gathered.cell(declines, {}, cases=declines - hidden), unit=Unit.COUNT,
            basis=_("events, those of re-issues included; %(n)s hidden by a fallback") % {"n": number(hidden)},
            change=counted(declines, before, [by_week.get(week, 0) for week in known_weeks(gathered)]),
        ),
    ]  # fmt: skip


def _changed(words: str, gathered: Gathered, place: str) -> str:
    week = week_name(gathered.week - WEEK).partition("-")[2]
    return _("%(change)s against %(week)s; range of %(n)d weeks: %(place)s") % {
        "change": words,
        "week": week,
        "n": len(known_weeks(gathered)),
        "place": place,
    }


def share_of(share: Share, words: str) -> str:
    """Say what a share is of, in `words` that hold its part and its n; and how sure it is, where n is small."""
    said = words % {"part": number(share.part), "n": number(share.n)}
    if not share.is_small:
        return said
    interval = basis(share).partition(", ")[2]
    return _("%(share)s; 95 %% interval %(interval)s") % {"share": said, "interval": interval}


def endings(gathered: Gathered) -> list[Ending]:
    """Return how the week's runs ended: each of the four outcomes with its share of all runs."""
    ended = gathered.endings.get(gathered.week, Endings())
    found = []
    for outcome, label in OUTCOME_CHOICES:
        n = getattr(ended, outcome)
        cell = gathered.cell(n, OF_FINAL_RUNS) if outcome == "declined" else Cell(n)
        found.append(Ending(outcome, str(label), cell, Share(n, ended.runs)))
    return found
