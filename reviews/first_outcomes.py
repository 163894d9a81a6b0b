"""How cases were settled the first time: kept row by row where a case moves, and equal to a recount at any time.

A case's first outcome is its first closing that was not undone; what came after it (a repeat that brought
it back, a person who held it again) does not change it. A merged case has none: its group is counted
once, by the case that it is merged into. docs/over-refusal.md says what is read from it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Prefetch

from reviews.models import Case, CaseEvent, Ending, EventKind, FirstOutcome, Kind, Reissue, State, Way

CLOSING = (EventKind.DECIDED, EventKind.ACCEPTED)
# Acts that change a first outcome without closing the case.
REVISING = (EventKind.UNDONE, EventKind.SPLIT, EventKind.TOPIC_SET)
DECIDED_AS = {
    Kind.UPHOLD: Ending.UPHELD,
    Kind.BY_HAND: Ending.BY_HAND,
    Kind.RECLASSIFY: Ending.RECLASSIFIED,
    Kind.WITHDRAW: Ending.WITHDRAWN,
}
# Of a re-issue, what a first outcome does not need and what can be long.
LONG = [
    f"run__reissue__{name}"
    for name in ("request", "purpose", "background", "own_words", "text_before", "text_after")
]
KEPT = ["at", "ending", "pipeline", "code", "topic", "model", "stamp"]
CHUNK = 1000


def bears_on(case: Case, event: CaseEvent) -> bool:
    """Whether an act can have changed the first outcome of its case."""
    closed = case.state == State.CLOSED and "state" in event.changes
    return closed or event.kind in REVISING or "code" in event.changes


def keep(*, case_id: int) -> None:
    """Store a locked case's first outcome as its history says, or take it away where it has none."""
    outcome = next(outcomes(case_ids=[case_id]), None)
    if outcome is None:
        FirstOutcome.objects.filter(case=case_id).delete()
        return
    FirstOutcome.objects.bulk_create(
        [outcome], update_conflicts=True, unique_fields=["case"], update_fields=KEPT
    )


def outcomes(*, case_ids: Iterable[int] | None = None) -> Iterator[FirstOutcome]:
    """Work out the first outcomes of these cases, or of all, from their histories. Stores nothing."""
    closings = CaseEvent.objects.filter(kind__in=CLOSING, undone_by=None).order_by("at", "pk")
    cases = Case.objects.filter(merged_into=None).select_related("topic", "first_run")
    closings = closings.select_related("decision", "run__reissue").defer(*LONG)
    cases = cases.prefetch_related(Prefetch("events", closings, to_attr="closings"))
    if case_ids is not None:
        cases = cases.filter(pk__in=list(case_ids))
    for case in cases.order_by("pk").iterator(chunk_size=CHUNK):
        if event := next(filter(_closes, case.closings), None):
            yield _outcome(case, event)


def recount() -> set[tuple[Any, ...]]:
    """Return what the rows must be, for a comparison with `kept`. Changes nothing."""
    return {_values(outcome) for outcome in outcomes()}


def kept() -> set[tuple[Any, ...]]:
    """Return the rows as they stand."""
    return {_values(outcome) for outcome in FirstOutcome.objects.iterator(chunk_size=CHUNK)}


def rebuild() -> int:
    """Make every row anew, for cases that were stored past the steps; return how many there are."""
    FirstOutcome.objects.all().delete()
    made = 0
    batch: list[FirstOutcome] = []
    for outcome in outcomes():
        batch.append(outcome)
        if len(batch) == CHUNK:
            made += len(FirstOutcome.objects.bulk_create(batch))
            batch = []
    return made + len(FirstOutcome.objects.bulk_create(batch))


def _closes(event: CaseEvent) -> bool:
    return bool(event.changes.get("state", [None, None])[1] == State.CLOSED)


def _outcome(case: Case, event: CaseEvent) -> FirstOutcome:
    return FirstOutcome(
        case=case,
        at=event.at,
        ending=DECIDED_AS[Kind(event.decision.kind)] if event.decision else _answered(case, event),
        pipeline_id=case.pipeline_id,
        code=case.code,
        topic=case.topic.slug if case.topic else "",
        model=case.first_run.requested_model,
    )


def _answered(case: Case, event: CaseEvent) -> Ending:
    """Say how an accepted answer came about. Of a run that named no model, none was chosen instead of it."""
    reissue: Reissue = event.run.reissue  # type: ignore[union-attr]  # what is accepted is a re-issue's answer
    if case.first_run.requested_model not in ("", reissue.model):
        return Ending.OTHER_MODEL
    return Ending.EDITED if reissue.way == Way.EDIT else Ending.ANSWERED


def _values(outcome: FirstOutcome) -> tuple[Any, ...]:
    return (
        outcome.case_id, outcome.at, outcome.ending, outcome.pipeline_id, outcome.code, outcome.topic, outcome.model
    )  # fmt: skip
