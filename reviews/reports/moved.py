"""Did a rate move: the decline rate of four weeks before something against that of the four weeks after it.

The week in which it happened is neither: it was partly before and partly after. A few reads for any number
of such questions.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from reviews.reports.counts import runs_by
from reviews.reports.rates import Share
from reviews.reports.scope import NONE_NAMED
from reviews.reports.weeks import WEEK, begins

WINDOW = 4 * WEEK
# How long after its week something stands on the agenda. Five weeks, and it can be judged: a meeting may be left out.
JUDGED_AFTER = 6 * WEEK
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

    `code`, `topic` (a slug, `NONE_NAMED` for runs that have none) and `model` (as requested) narrow it; empty
    is all. A code narrows what counts as declined, not what it is a share of.
    """

    pipeline_id: int
    week: date
    code: str = ""
    topic: str = ""
    model: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether it is about a topic or a model, which the counts have to be told apart by."""
        return bool(self.topic or self.model)

    def counts(self, week: date, topic: str, model: str) -> bool:
        """Whether counts of its pipeline, of this week, topic and model, are part of its rate."""
        return (
            week != self.week
            and abs(week - self.week) <= WINDOW
            and (not self.topic or (topic or NONE_NAMED) == self.topic)
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
        n = self.after.n if self.verdict == Verdict.TOO_EARLY else min(self.before.n, self.after.n)
        return str(SAID[self.verdict]) % {"n": n}


def moved(subjects: Sequence[Subject], *, now: datetime) -> list[Moved]:
    """Return, for each subject in turn, whether the decline rate moved. Three reads at most."""
    rates = [[0, 0, 0, 0] for _subject in subjects]  # declined and judged before, declined and judged after
    for narrow in (False, True):
        of_pipeline: dict[int, list[tuple[Subject, list[int]]]] = defaultdict(list)
        for subject, rate in zip(subjects, rates, strict=True):
            if subject.is_narrow is narrow:
                of_pipeline[subject.pipeline_id].append((subject, rate))
        for pipeline, week, code, outcome, n, topic, model in _rows(of_pipeline, narrow=narrow):
            for subject, rate in of_pipeline[pipeline]:
                if subject.counts(week, topic, model):
                    later = 2 * (week > subject.week)
                    declined = outcome == Outcome.DECLINED.value and subject.code in ("", code)
                    rate[later] += n * declined
                    rate[later + 1] += n
    return [
        Moved(before, after, _verdict(before, after, over=now >= begins(subject.week + WINDOW + WEEK)))
        for subject, rate in zip(subjects, rates, strict=True)
        for before, after in [(Share(*rate[:2]), Share(*rate[2:]))]
    ]


_Row = tuple[int, date, str, str, int, str, str]


def _rows(of_pipeline: Mapping[int, list[tuple[Subject, list[int]]]], *, narrow: bool) -> list[_Row]:
    """Return the counts of these pipelines in the weeks that are asked for, summed over what nobody asks for."""
    if not of_pipeline:
        return []
    if not narrow:
        weeks = sorted(
            {week for asked in of_pipeline.values() for subject, _rate in asked for week in _around(subject)}
        )
        rows = runs_by(("week", "pipeline_id", "code", "outcome"), weeks)
        return [
            (pipeline, week, code, outcome, n, "", "")
            for week, pipeline, code, outcome, n in rows
            if pipeline in of_pipeline and outcome in JUDGED
        ]
    wanted = Q()
    for pipeline, asked in of_pipeline.items():
        weeks = [week for subject, _rate in asked for week in _around(subject)]
        wanted |= Q(pipeline=pipeline, week__range=(min(weeks), max(weeks)))
    by = ("pipeline_id", "week", "code", "outcome", "topic", "requested_model")
    counted = WeekRuns.objects.filter(wanted, outcome__in=JUDGED).order_by().values_list(*by)
    return [
        (pipeline, week, code, outcome, n, topic, model)
        for pipeline, week, code, outcome, topic, model, n in counted.annotate(n=Sum("runs"))
    ]


def _around(subject: Subject) -> list[date]:
    """Return the weeks before and after, that of the subject among them."""
    return [subject.week + weeks * WEEK for weeks in range(-WINDOW // WEEK, WINDOW // WEEK + 1)]


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
