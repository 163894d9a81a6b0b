"""What stands behind a number of a report: the runs of cases, or the first outcomes, that it counted.

Of runs it is the mirror of `reviews.count`, which says what a run counts as, and of first outcomes that of
`reviews.reports.over_refusal`: they have to agree.
"""

from datetime import date, timedelta
from typing import Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet

from pipelines.models import DeclineEvent, Origin
from refusals import Outcome
from reviews.reports.scope import NONE_NAMED
from reviews.reports.weeks import begins

# What `counted` is for the runs that the report's rates count.
FINAL_RUNS = "runs"


class Counted(Protocol):
    """What a number counted, as the queue's filter says it; empty is everything."""

    @property
    def week(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def requested(self) -> str: ...
    @property
    def served(self) -> str: ...
    @property
    def counted(self) -> str: ...


class Settled(Protocol):
    """Which first outcomes a number counted, as the queue's filter says it; empty is every one."""

    @property
    def settled_from(self) -> str: ...
    @property
    def settled_until(self) -> str: ...
    @property
    def ending(self) -> str: ...
    @property
    def first_model(self) -> str: ...


def outcomes_behind(number: Settled) -> Q:
    """Return what holds for the first outcomes that a number counted; nothing where it asks for none.

    Their codes, topics and pipelines are those of their cases. Days are the site's.
    """
    wanted = _of_model("model", number.first_model)
    if number.settled_from:
        wanted &= Q(at__gte=begins(date.fromisoformat(number.settled_from)))
    if number.settled_until:
        wanted &= Q(at__lt=begins(date.fromisoformat(number.settled_until) + timedelta(days=1)))
    return wanted & Q(ending=number.ending) if number.ending else wanted


def runs_behind(number: Counted) -> Q:
    """Return what holds for the links of cases to the runs that a number counted: declined in its week,
    under what they count as there, whatever became of their case since."""
    corrected = Q(run__corrected_outcome=Outcome.DECLINED.value)
    judged = Q(run__corrected_outcome="", run__outcome=Outcome.DECLINED.value)
    wanted = Q(run__week=number.week) & of_topic("run__topic", number.topic)
    wanted &= _of_model("run__requested_model", number.requested)
    wanted &= _of_model("run__serving_model", number.served)
    if number.counted == FINAL_RUNS:
        wanted &= Q(run__final=True, run__origin=Origin.PIPELINE)
        if number.code:
            corrected &= Q(run__corrected_code=number.code)
            judged &= Q(run__code=number.code)
        wanted &= Q(run__surface=number.surface) if number.surface else Q()
    elif number.code or number.surface or number.model:
        wanted &= Q(Exists(_declines(number)))
    return wanted & (judged | corrected)


def _declines(number: Counted) -> QuerySet[DeclineEvent]:
    """Return the declines of a run that count under the code, the surface and the model."""
    declines = DeclineEvent.objects.filter(run=OuterRef("run"))
    if number.code:
        as_judged = Q(terminal=False) | Q(run__corrected_code="")
        as_corrected = Q(terminal=True, run__corrected_code=number.code)
        declines = declines.filter((as_judged & Q(code=number.code)) | as_corrected)
    if number.surface:
        declines = declines.filter(surface=number.surface)
    if number.model:
        of_run = Q(model="") & _of_model("run__requested_model", number.model)
        declines = declines.filter(of_run | (~Q(model="") & _of_model("model", number.model)))
    return declines


def _of_model(column: str, name: str) -> Q:
    return Q(**{column: "" if name == NONE_NAMED else name}) if name else Q()


def of_topic(column: str, slug: str) -> Q:
    """Return what holds where the topic in a column is the one with this slug, or "-", none."""
    if slug == NONE_NAMED:
        return Q(**{column: None})
    return Q(**{f"{column}__slug": slug}) if slug else Q()
