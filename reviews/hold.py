"""Declined runs are held: a new case, or one more run of a case that stands.

Listens to `runs_recorded`, inside the transaction that stores the runs.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pipelines.models import Origin, Run
from refusals import Outcome
from reviews.models import STAYS_CLOSED, Case, CaseEvent, CaseRun, EventKind, Folded, State, Suspicion


def hold_recorded(*, runs: Sequence[Run], now: datetime) -> None:
    """Hold what was declined and mark what is suspected. A re-issue's run belongs to its case by its link."""
    own = [run for run in runs if run.origin == Origin.PIPELINE]
    hold(runs=[run for run in own if run.effective_outcome == Outcome.DECLINED.value], now=now)
    Suspicion.objects.bulk_create([Suspicion(run=run) for run in own if run.suspected])


def hold(*, runs: Sequence[Run], now: datetime) -> None:
    """Fold declined runs into cases by their key, in one step a batch.

    1. Make a case for every key that has none; a case made at the same time elsewhere wins.
    2. Lock all cases of the batch in one order, so that two batches never wait for each other.
    3. Link the runs, count them, and bring back what was closed and does not stay closed.
    """
    if not runs:
        return
    by_key: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for run in runs:
        by_key[run.pipeline_id, run.case_key].append(run)
    Case.objects.bulk_create(
        [_new_case(of_key, now=now) for _, of_key in sorted(by_key.items())], ignore_conflicts=True
    )
    cases = (
        Case.objects.select_for_update()
        .filter(pipeline__in={pipeline for pipeline, _ in by_key}, key__in={key for _, key in by_key})
        .order_by("pk")
    )
    links: list[CaseRun] = []
    events: list[CaseEvent] = []
    changed: list[Case] = []
    for case in cases:
        if of_key := by_key.get((case.pipeline_id, case.key)):
            links += [_link(case, run) for run in of_key]
            events += _fold(case, of_key, now=now)
            changed.append(case)
    CaseRun.objects.bulk_create(links)
    CaseEvent.objects.bulk_create(events)
    Case.objects.bulk_update(changed, _FOLD_FIELDS)


_FOLD_FIELDS = [
    "state", "resolution", "closed_at", "held_since", "version",
    "returns", "declines", "first_seen", "last_seen",
]  # fmt: skip


def _new_case(runs: Sequence[Run], *, now: datetime) -> Case:
    first = min(runs, key=lambda run: run.happened_at)
    return Case(
        pipeline_id=first.pipeline_id,
        key=first.case_key,
        task_id=first.task_id,
        topic_id=first.topic_id,
        code=first.effective_code,
        surface=first.surface,
        first_run=first,
        first_seen=first.happened_at,
        last_seen=first.happened_at,
        held_since=first.happened_at,
    )


def _link(case: Case, run: Run) -> CaseRun:
    kind = Folded.FIRST if case.first_run_id == run.pk else Folded.REPEAT
    return CaseRun(case=case, run=run, kind=kind)


def _fold(case: Case, runs: Sequence[Run], *, now: datetime) -> list[CaseEvent]:
    """Count the runs on the case and return the lines of its history."""
    is_new = any(run.pk == case.first_run_id for run in runs)
    case.declines += len(runs) - (1 if is_new else 0)
    case.first_seen = min([case.first_seen, *(run.happened_at for run in runs)])
    case.last_seen = max([case.last_seen, *(run.happened_at for run in runs)])
    events = [
        CaseEvent(
            case=case,
            kind=EventKind.HELD if run.pk == case.first_run_id else EventKind.REPEATED,
            at=run.happened_at,
            run=run,
        )
        for run in runs
    ]
    if case.state == State.CLOSED and case.resolution not in STAYS_CLOSED:
        case.state, case.resolution, case.closed_at = State.HELD, "", None
        case.held_since = now
        case.returns += 1
        case.version += 1
        events.append(CaseEvent(case=case, kind=EventKind.CAME_BACK, at=now))
    return events
