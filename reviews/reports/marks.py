"""What may have moved a decline rate: other models and changes at the source, each with the rate before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from refusals import Outcome
from reviews import standing_changes
from reviews.models import StandingChange
from reviews.reports.counts import runs_by
from reviews.reports.model_changes import How, ModelChange, model_changes
from reviews.reports.moved import JUDGED, Moved, Subject, moved
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name, weeks_until

# How far the chart and its marks reach back.
WEEKS = 26
# How many marks are shown, the latest first.
MOST = 30


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a pipeline in a week; `change` where it was a change at the source."""

    week: date
    pipeline: str
    what: str
    moved: Moved
    change: StandingChange | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened, and what is asked of it: did the rate move."""

    subject: Subject
    pipeline: str
    what: str
    change: StandingChange | None = None


def happened(week: date, *, scope: Scope = EVERYTHING, code: str = "") -> list[Happened]:
    """Return what happened in the weeks until this one, the latest first.

    Another model is held against the declines of `code` and of the scope's topic; a change at the source
    against those that it aims at.
    """
    weeks = weeks_until(week, count=WEEKS)
    found = [
        Happened(
            Subject(one.pipeline_id, one.week, code, scope.topic),
            one.pipeline,
            _said(one),
        )
        for one in model_changes(weeks[0], weeks[-1], scope=scope)
    ]
    for change in standing_changes.done_in(weeks[0], weeks[-1], scope=scope):
        if (subject := standing_changes.subject_of(change)) and code in ("", change.code or code):
            found.append(Happened(subject, change.pipeline.slug, change.title, change))
    found.sort(key=lambda one: (-one.subject.week.toordinal(), one.pipeline, one.what))
    return found[:MOST]


def _said(change: ModelChange) -> str:
    said = {
        How.ASKED: _("asks %(model)s"),
        How.ASKED_AGAIN: _("asks %(model)s again"),
        How.SERVED: _("%(model)s is served by %(served)s"),
    }
    return said[change.how] % {"model": change.model, "served": change.served}


def marks(week: date, *, scope: Scope = EVERYTHING, code: str = "", now: datetime) -> list[Mark]:
    """Return what happened, with the rates before and after."""
    found = happened(week, scope=scope, code=code)
    rates = moved([one.subject for one in found], now=now)
    return [
        Mark(one.subject.week, one.pipeline, one.what, rate, one.change)
        for one, rate in zip(found, rates, strict=True)
    ]


def marks_table(found: Sequence[Mark]) -> Table:
    """Return the marks as a table. The chart's numbers are those of its first column."""
    return Table(
        name="marks",
        title=_("Before and after"),
        columns=(
            Column("number", _("No.")),
            Column("week", _("Week"), Unit.TEXT),
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("what", _("What happened"), Unit.TEXT),
            Column("before", _("Decline rate before"), Unit.SHARE),
            Column("after", _("Decline rate after"), Unit.SHARE),
            Column("said", _("Did it move"), Unit.TEXT),
        ),
        rows=[
            (
                Cell(number),
                Cell(week_name(one.week)),
                Cell(one.pipeline),
                Cell(one.what),
                Cell(one.moved.before),
                Cell(one.moved.after),
                Cell(one.moved.said),
            )
            for number, one in enumerate(found, start=1)
        ],
        note=_(
            "Four whole weeks before against four after, the week itself left out: declined of ok, degraded and "
            "declined runs, by Fisher's exact test (mid-p, 5 %). That a rate moved then does not say why: the "
            "work may have changed as well."
        ),
    )


def weekly_rates(week: date, *, scope: Scope, code: str = "") -> list[tuple[date, Share]]:
    """Return the decline rate of each week until this one; with a code, that of its declines."""
    weeks = weeks_until(week, count=WEEKS)
    declined, judged = dict.fromkeys(weeks, 0), dict.fromkeys(weeks, 0)
    for of_week, outcome, of_code, n in runs_by(("week", "outcome", "code"), weeks, scope=scope):
        if outcome not in JUDGED:
            continue
        judged[of_week] += n
        if outcome == Outcome.DECLINED.value and code in ("", of_code):
            declined[of_week] += n
    return [(one, Share(declined[one], judged[one])) for one in weeks]
