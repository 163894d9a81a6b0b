"""Declined runs are held: a new case, or one more run of a case that stands.

Listens to `runs_recorded`, inside the transaction that stores the runs.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from pipelines.models import Origin, Run
from refusals import Outcome
from reviews.models import STAYS_CLOSED, Case, CaseEvent, CaseRun, EventKind, Folded, State, Suspicion
from reviews.move import MOVED_FIELDS, moved


def hold_recorded(*, runs: Sequence[Run], now: datetime) -> None:
    """Hold what was declined and mark what is suspected. A re-issue's run belongs to its case by its link."""
    own = [run for run in runs if run.origin == Origin.PIPELINE]
    hold(runs=[run for run in own if run.effective_outcome == Outcome.DECLINED.value], now=now)
    Suspicion.objects.bulk_create([Suspicion(run=run) for run in own if run.suspected])


def hold(*, runs: Sequence[Run], now: datetime, by: User | None = None) -> None:
    """Fold declined runs into cases by their key, a whole batch at once. `by` is who held them, if a person did.

    1. Make a case, complete, for every key that has none; one made at the same time elsewhere wins.
    2. Lock all cases of the batch in one order, so that two batches never wait for each other.
    3. Link the runs to their cases, count repeats, and bring back what was closed and does not stay so.
    """
    if not runs:
        return
    by_key: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.happened_at):
        by_key[run.pipeline_id, run.case_key].append(run)
    new = [_new_case(of_key, held_since=now if by else None) for _, of_key in sorted(by_key.items())]
    Case.objects.bulk_create(new, ignore_conflicts=True)
    cases = (
        Case.objects.select_for_update()
        .filter(pipeline__in={pipeline for pipeline, _ in by_key}, key__in={key for _, key in by_key})
        .order_by("pk")
    )
    links: list[CaseRun] = []
    events: list[CaseEvent] = []
    repeated: list[Case] = []
    back: list[Case] = []
    for case in cases:
        of_key = by_key.get((case.pipeline_id, case.key), [])
        for run in of_key:
            kind, event = _kinds(case, run)
            links.append(CaseRun(case=case, run=run, kind=kind))
            events.append(CaseEvent(case=case, kind=event, at=now if by else run.happened_at, run=run, by=by))
        if of_key and case.first_run_id not in {run.pk for run in of_key}:
            _repeat(case, of_key)
            repeated.append(case)
            if case.state == State.CLOSED and case.resolution not in STAYS_CLOSED:
                moved(case, State.HELD, now=now)
                case.returns += 1
                events.append(CaseEvent(case=case, kind=EventKind.CAME_BACK, at=now))
                back.append(case)
    CaseRun.objects.bulk_create(links)
    CaseEvent.objects.bulk_create(events)
    Case.objects.bulk_update(repeated, ["declines", "first_seen", "last_seen"])
    Case.objects.bulk_update(back, [*MOVED_FIELDS, "returns"])


def _new_case(runs: Sequence[Run], *, held_since: datetime | None) -> Case:
    """Return the case that these runs make, oldest first, if their key has none. It waits since the first
    decline, or since a person held it: before that, nobody knew of one."""
    first, last = runs[0], runs[-1]
    return Case(
        pipeline_id=first.pipeline_id,
        key=first.case_key,
        task_id=first.task_id,
        topic_id=first.topic_id,
        code=first.effective_code,
        surface=first.surface,
        first_run=first,
        first_seen=first.happened_at,
        last_seen=last.happened_at,
        held_since=held_since or first.happened_at,
        declines=len(runs),
    )


def _kinds(case: Case, run: Run) -> tuple[Folded, EventKind]:
    if run.pk == case.first_run_id:
        return Folded.FIRST, EventKind.HELD
    return Folded.REPEAT, EventKind.REPEATED


def _repeat(case: Case, runs: Sequence[Run]) -> None:
    """Count the runs, oldest first, on a case that stood before them."""
    case.declines += len(runs)
    case.first_seen = min(case.first_seen, runs[0].happened_at)
    case.last_seen = max(case.last_seen, runs[-1].happened_at)
