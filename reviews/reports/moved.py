"""Did a rate move: the decline rate of four weeks before something against that of the four weeks after it.

The week in which it happened is neither: it was partly before and partly after. One read for any number
of such questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from refusals import Outcome
from reviews.models import WeekRuns
from reviews.reports.chance import ALPHA, mid_p
from reviews.reports.rates import Share
from reviews.reports.weeks import WEEK, begins

WINDOW = 4 * WEEK
JUDGED = [Outcome.OK.value, Outcome.DEGRADED.value, Outcome.DECLINED.value]


class Verdict(StrEnum):
    """What can be said of a rate before and after."""

    FELL = "fell"
    ROSE = "rose"
    NO_CLEAR_CHANGE = "no_clear_change"
    TOO_EARLY = (
        "too_early"  # the weeks after are not over; looking every day would find chance sooner or later
    )
    TOO_FEW = "too_few"  # not even no decline at all would have told a fall from chance


SAID: dict[Verdict, str | Promise] = {
    Verdict.FELL: pgettext_lazy("of a rate", "fell"),
    Verdict.ROSE: pgettext_lazy("of a rate", "rose"),
    Verdict.NO_CLEAR_CHANGE: _("no clear change"),
    Verdict.TOO_EARLY: _("too early (n = %(n)s)"),
    Verdict.TOO_FEW: _("too few runs to tell (n = %(n)s)"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: something that happened to a pipeline in a week, and the declines it may bear on.

    `code`, `topic` (a slug) and `model` (as requested) narrow it; empty is all. A code narrows what counts
    as declined, not what it is a share of.
    """

    pipeline_id: int
    week: date
    code: str = ""
    topic: str = ""
    model: str = ""

    def counts(self, row: tuple[date, int, str, str, str]) -> bool:
        """Whether a row of the weekly counts is of it and its weeks: (week, pipeline, topic, model, code)."""
        week, pipeline, topic, model, _code = row
        return (
            pipeline == self.pipeline_id
            and abs(week - self.week) <= WINDOW
            and (not self.topic or topic == self.topic)
            and (not self.model or model == self.model)
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """The rates before and after, and what can be said of them."""

    before: Share
    after: Share
    verdict: Verdict

    @property
    def said(self) -> str:
        """The verdict in words."""
        return str(SAID[self.verdict]) % {"n": self.after.n}


def moved(subjects: Sequence[Subject], *, now: datetime) -> list[Moved]:
    """Return, for each subject in turn, whether the decline rate moved. One read of the weekly counts."""
    rates = [[0, 0, 0, 0] for _subject in subjects]  # declined and judged before, declined and judged after
    for *row, outcome, n in _rows(subjects):
        for subject, rate in zip(subjects, rates, strict=True):
            week, code = row[0], row[4]
            if week == subject.week or not subject.counts(tuple(row)):
                continue
            later = 2 * (week > subject.week)
            declined = outcome == Outcome.DECLINED.value and subject.code in ("", code)
            rate[later] += n * declined
            rate[later + 1] += n
    return [
        Moved(before, after, _verdict(before, after, over=now >= begins(subject.week + WINDOW + WEEK)))
        for subject, rate in zip(subjects, rates, strict=True)
        for before, after in [(Share(*rate[:2]), Share(*rate[2:]))]
    ]


def _rows(subjects: Sequence[Subject]) -> list[tuple]:  # type: ignore[type-arg]  # one per column
    """Return the counts of the subjects' pipelines and weeks, summed over what no subject asks for."""
    windows = {(subject.pipeline_id, subject.week) for subject in subjects}
    wanted = Q(pk=None)
    for pipeline, week in windows:
        wanted |= Q(pipeline=pipeline, week__range=(week - WINDOW, week + WINDOW))
    rows = WeekRuns.objects.filter(wanted, outcome__in=JUDGED) if windows else WeekRuns.objects.none()
    columns = ("week", "pipeline_id", "topic", "requested_model", "code", "outcome")
    return list(rows.values_list(*columns).annotate(n=Sum("runs")))


def _verdict(before: Share, after: Share, *, over: bool) -> Verdict:
    if not over:
        return Verdict.TOO_EARLY
    if not before.n or not after.n:
        return Verdict.TOO_FEW
    if mid_p(before, after) < ALPHA:
        fell = after.part * before.n < before.part * after.n
        return Verdict.FELL if fell else Verdict.ROSE
    if before.part and mid_p(before, Share(0, after.n)) >= ALPHA:
        return Verdict.TOO_FEW
    return Verdict.NO_CLEAR_CHANGE
