"""Declined runs are held: a new case, or one more run of a case that stands.

Listens to `runs_recorded`, inside the transaction that stores the runs.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from pipelines.models import Origin, Run
from refusals import Outcome
from reviews import search
from reviews.models import STAYS_CLOSED, Case, CaseEvent, CaseRun, EventKind, Folded, State, Suspicion
from reviews.move import AWAKE, MOVED_FIELDS, moved
from reviews.snooze import grown, wake_for_models

# What one more decline changes on a case; a snooze may end with it.
REPEATED_FIELDS = ["declines", "first_seen", "last_seen", "blocked_runs", "blocked_since", *AWAKE]


def hold_recorded(*, runs: Sequence[Run], now: datetime) -> None:
    """Hold what was declined and mark what is suspected. A re-issue's run belongs to its case by its link."""
    own = [run for run in runs if run.origin == Origin.PIPELINE]
    wake_for_models(runs=own, now=now)
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
    cases = _locked(by_key)
    links: list[CaseRun] = []
    events: list[CaseEvent] = []
    repeated: dict[int, Case] = {}
    back: list[Case] = []
    made: list[int] = []
    for case in cases.values():
        of_key = by_key.get((case.pipeline_id, case.key), [])
        for run in of_key:
            kind, event = _kinds(case, run)
            links.append(CaseRun(case=case, run=run, kind=kind))
            events.append(CaseEvent(case=case, kind=event, at=now if by else run.happened_at, run=run, by=by))
        if case.first_run_id in {run.pk for run in of_key}:
            made.append(case.pk)
        elif of_key:
            of_it = [case, cases[case.merged_into_id]] if case.merged_into_id else [case]
            for one in of_it:
                _repeat(one, of_key)
                repeated[one.pk] = one
            events += _come_back(of_it[-1], of_key, now=now, back=back)
    CaseRun.objects.bulk_create(links)
    events += grown(repeated.values(), now=now)
    CaseEvent.objects.bulk_create(events)
    Case.objects.bulk_update(repeated.values(), REPEATED_FIELDS)
    Case.objects.bulk_update(back, [*MOVED_FIELDS, "returns"])
    search.index(case_ids=made)


def _locked(by_key: dict[tuple[int, str], list[Run]]) -> dict[int, Case]:
    """Lock the cases of these keys, and those that they are merged into, each in one order."""
    keys = Q(pipeline__in={pipeline for pipeline, _ in by_key}, key__in={key for _, key in by_key})
    cases = {case.pk: case for case in Case.objects.select_for_update().filter(keys).order_by("pk")}
    others = {case.merged_into_id for case in cases.values() if case.merged_into_id} - cases.keys()
    if others:
        rest = Case.objects.select_for_update().filter(pk__in=others).order_by("pk")
        cases |= {case.pk: case for case in rest}
    return cases


def _come_back(case: Case, runs: Sequence[Run], *, now: datetime, back: list[Case]) -> list[CaseEvent]:
    """Hold a closed case again that does not stay closed; only these new runs wait for it."""
    if case.state != State.CLOSED or case.resolution in STAYS_CLOSED:
        return []
    moved(case, State.HELD, now=now)
    case.returns += 1
    case.blocked_runs, case.blocked_since = _blocked(runs)
    back.append(case)
    return [CaseEvent(case=case, kind=EventKind.CAME_BACK, at=now)]


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
        **dict(zip(("blocked_runs", "blocked_since"), _blocked(runs), strict=True)),
    )


def _blocked(runs: Sequence[Run]) -> tuple[int, int]:
    """Return how many runs wait, and the sum of when they ended, in seconds since 1970."""
    return len(runs), sum(int(run.happened_at.timestamp()) for run in runs)


def _kinds(case: Case, run: Run) -> tuple[Folded, EventKind]:
    if run.pk == case.first_run_id:
        return Folded.FIRST, EventKind.HELD
    return Folded.REPEAT, EventKind.REPEATED


def _repeat(case: Case, runs: Sequence[Run]) -> None:
    """Count the runs, oldest first, on a case that stood before them."""
    blocked_runs, blocked_since = _blocked(runs)
    case.blocked_runs += blocked_runs
    case.blocked_since += blocked_since
    case.declines += len(runs)
    case.first_seen = min(case.first_seen, runs[0].happened_at)
    case.last_seen = max(case.last_seen, runs[-1].happened_at)
