"""Retention of what people work with: while somebody has a case, its texts stay.

The time of a run counts from its end. What belongs to a case stays longer: until the case is closed, and for the
whole retention time after that, which of a merged case is when both are closed. Then go the texts of its runs, the
copies of the request in its re-issues, edits by hand, what a person delivered, drafts, and what search knew of all
that. What people decided and why stays: reasons, notes, purposes, backgrounds (docs/decisions/0010).

Everything goes in small transactions that each look again at what they have locked. A pass that was cut off at any
line is finished by the next, and a second one beside it does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case as Either
from django.db.models import F, Q, QuerySet, TextField, Value, When

from pipelines.models import Deletion, Pipeline, Run
from pipelines.retention import delete_texts, deletion_of, kept_since, past_retention
from reviews import search
from reviews.models import Case, CaseRun, DeliveredFile, Delivery, Draft, Reissue, Way
from reviews.move import locked_groups

# How many runs, or cases, one transaction deletes the texts of.
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """How many runs, re-issues and deliveries of a pipeline hold texts that are past their time, or did."""

    pipeline: Pipeline
    runs: int = 0
    reissues: int = 0
    deliveries: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.runs + self.reissues + self.deliveries


def old_texts(pipeline: Pipeline, *, now: datetime) -> Old:
    """Count what `delete_old_texts` would delete of a pipeline. Changes nothing."""
    settled = _settled(pipeline, now=now)
    return Old(
        pipeline=pipeline,
        runs=_of_no_case(pipeline, now=now).count() + _of_settled_cases(pipeline, now=now).count(),
        reissues=_sendings(settled).count(),
        deliveries=_deliveries(settled).count(),
    )


def delete_old_texts(
    pipeline: Pipeline,
    *,
    now: datetime,
    most: int | None = None,
    batch: int = BATCH,
    deleted: Callable[[int], object] = lambda n: None,
) -> Old:
    """Delete a pipeline's texts that are past their time, batch by batch; return how many there were.

    Begins no further batch once `most` are deleted. `deleted` hears of each batch how many it was.
    """
    counted = Counting(pipeline, most=most, deleted=deleted)
    for runs, step in (
        (_of_no_case(pipeline, now=now), _delete_of_no_case),
        (_of_settled_cases(pipeline, now=now), _delete_of_cases),
    ):
        place: Place | None = None
        while counted.goes_on() and (found := _next(runs, after=place, batch=batch)):
            place = found[-1]
            counted.add(runs=step([pk for _at, pk in found], pipeline=pipeline, now=now))
    while counted.goes_on() and (case_ids := _with_texts(pipeline, now=now, batch=batch)):
        counted.add(**_delete_beside(case_ids, pipeline=pipeline, now=now))
    return counted.old


class Counting:
    """What a pass has deleted so far."""

    def __init__(self, pipeline: Pipeline, *, most: int | None, deleted: Callable[[int], object]) -> None:
        self.old = Old(pipeline=pipeline)
        self._most, self._deleted = most, deleted

    def goes_on(self) -> bool:
        """Whether one more batch may begin."""
        return self._most is None or self.old.total < self._most

    def add(self, *, runs: int = 0, reissues: int = 0, deliveries: int = 0) -> None:
        """Count one batch, and tell who wants to hear of it."""
        self.old = Old(
            pipeline=self.old.pipeline,
            runs=self.old.runs + runs,
            reissues=self.old.reissues + reissues,
            deliveries=self.old.deliveries + deliveries,
        )
        self._deleted(runs + reissues + deliveries)


# Where the last batch ended, in the order of the index: what is spared is passed over once a pass, not once a batch.
Place = tuple[datetime, int]


def _next(runs: QuerySet[Run], *, after: Place | None, batch: int) -> list[Place]:
    """Return the next runs, each as its place."""
    if after:
        at, pk = after
        runs = runs.filter(happened_at__gte=at).exclude(happened_at=at, pk__lte=pk)
    return list(runs.values_list("happened_at", "pk")[:batch])


def _settled(pipeline: Pipeline, *, now: datetime) -> QuerySet[Case]:
    """Return the cases that were closed a whole retention time ago, and so was what they are merged into."""
    since = kept_since(pipeline, now=now)
    alone, together = Q(merged_into__isnull=True), Q(merged_into__closed_at__lt=since)
    return Case.objects.filter(alone | together, pipeline=pipeline, closed_at__lt=since)


def _of_no_case(pipeline: Pipeline, *, now: datetime) -> QuerySet[Run]:
    return past_retention(pipeline, now=now).filter(folded__isnull=True)


def _of_settled_cases(pipeline: Pipeline, *, now: datetime) -> QuerySet[Run]:
    return past_retention(pipeline, now=now).filter(folded__case__in=_settled(pipeline, now=now))


def _sendings(settled: QuerySet[Case]) -> QuerySet[Reissue]:
    return Reissue.objects.filter(case__in=settled, deletion__isnull=True, finished_at__isnull=False)


def _deliveries(settled: QuerySet[Case]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(case__in=settled, deletion__isnull=True, run__isnull=True)


def _drafts(settled: QuerySet[Case], *, pipeline: Pipeline, now: datetime) -> QuerySet[Draft]:
    """Return what was typed and left lying; a note on an old case that somebody writes today is theirs."""
    return Draft.objects.filter(case__in=settled, saved_at__lt=kept_since(pipeline, now=now))


@transaction.atomic
def _delete_of_no_case(run_ids: list[int], *, pipeline: Pipeline, now: datetime) -> int:
    """Delete the texts of runs that were never held. One that a person holds just now belongs to its case."""
    locked = Run.objects.select_for_update(no_key=True).filter(pk__in=run_ids).order_by("pk")
    ids = set(locked.values_list("pk", flat=True))
    ids -= set(CaseRun.objects.filter(run__in=ids).values_list("run_id", flat=True))
    return delete_texts(run_ids=ids, deletion=deletion_of(pipeline, now=now))


@transaction.atomic
def _delete_of_cases(run_ids: list[int], *, pipeline: Pipeline, now: datetime) -> int:
    """Delete the texts of runs of settled cases, all but of those that came back meanwhile."""
    links = dict(CaseRun.objects.filter(run__in=run_ids).values_list("run_id", "case_id"))
    settled = _still_settled(set(links.values()), pipeline=pipeline, now=now)
    gone = [run for run, case in links.items() if case in settled]
    deleted = delete_texts(run_ids=gone, deletion=deletion_of(pipeline, now=now))
    search.index(case_ids=sorted(settled))
    return deleted


def _with_texts(pipeline: Pipeline, *, now: datetime, batch: int) -> list[int]:
    """Return settled cases that hold texts beside their runs."""
    settled = _settled(pipeline, now=now)
    held = (
        Q(pk__in=_sendings(settled).values("case"))
        | Q(pk__in=_deliveries(settled).values("case"))
        | Q(pk__in=_drafts(settled, pipeline=pipeline, now=now).values("case"))
    )
    return list(settled.filter(held).order_by("pk").values_list("pk", flat=True)[:batch])


@transaction.atomic
def _delete_beside(case_ids: list[int], *, pipeline: Pipeline, now: datetime) -> dict[str, int]:
    """Delete what settled cases hold beside their runs: copies of the request, edits, deliveries, drafts."""
    settled = Case.objects.filter(pk__in=_still_settled(set(case_ids), pipeline=pipeline, now=now))
    deletion = deletion_of(pipeline, now=now)
    reissues, deliveries = _empty(settled, deletion)
    _drafts(settled, pipeline=pipeline, now=now).delete()
    search.index(case_ids=[case.pk for case in settled])
    return {"reissues": reissues, "deliveries": deliveries}


def _empty(settled: QuerySet[Case], deletion: Deletion) -> tuple[int, int]:
    words = Either(When(way=Way.EDIT, then=Value("", output_field=TextField())), default=F("own_words"))
    reissues = _sendings(settled).update(
        request="", text_before="", text_after="", own_words=words, deletion=deletion
    )
    files = _deliveries(settled).filter(file__isnull=False).values("file")
    DeliveredFile.objects.filter(pk__in=files, content__isnull=False).update(content=None)
    return reissues, _deliveries(settled).update(text="", deletion=deletion)


def _still_settled(case_ids: set[int], *, pipeline: Pipeline, now: datetime) -> set[int]:
    """Lock these cases and return those that are settled, now that nobody can change that."""
    locked_groups(case_ids=case_ids)
    return set(_settled(pipeline, now=now).filter(pk__in=case_ids).values_list("pk", flat=True))
