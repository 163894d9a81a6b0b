"""Declined runs are held: a new case, or one more run of a case that stands.

Listens to `runs_recorded`, inside the transaction that stores the runs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from pipelines.models import Origin, Run
from refusals import Outcome
from reviews import search
from reviews.models import STAYS_CLOSED, Case, CaseEvent, CaseRun, EventKind, Folded, State, Suspicion
from reviews.move import AWAKE, MOVED_FIELDS, leaves_after, locked_groups, moved
from reviews.openings import Moved, follow
from reviews.snooze import another_model, grown, woken_by
from reviews.webhooks.announce import announce

# What one more decline changes on a case; a snooze may end with it.
REPEATED_FIELDS = ["declines", "first_seen", "last_seen", "blocked_runs", "blocked_since", *AWAKE]


def hold_recorded(*, runs: Sequence[Run], now: datetime) -> None:
    """Hold what was declined and mark what is suspected. A re-issue's run belongs to its case by its link."""
    own = [run for run in runs if run.origin == Origin.PIPELINE]
    declined = [run for run in own if run.effective_outcome == Outcome.DECLINED.value]
    hold(runs=declined, now=now, beside=own)
    Suspicion.objects.bulk_create([Suspicion(run=run) for run in own if run.suspected])


def hold(*, runs: Sequence[Run], now: datetime, by: User | None = None, beside: Sequence[Run] = ()) -> None:
    """Fold declined runs into cases by their key, a whole batch at once. `by` is who held them, if a person did.

    1. Make a case, complete, for every key that has none; one made at the same time elsewhere wins.
    2. Lock all cases of the batch in one order, so that two batches never wait for each other, and with
       them the cases that waited for a model that one of the runs `beside` asked for: they wake.
    3. Link the runs to their cases, count repeats, and bring back what was closed and does not stay so.
    """
    woken = woken_by(beside)
    if not runs and not woken:
        return
    by_key: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.happened_at):
        by_key[run.pipeline_id, run.case_key].append(run)
    new = [_new_case(of_key, held_since=now if by else None) for _, of_key in sorted(by_key.items())]
    Case.objects.bulk_create(new, ignore_conflicts=True)
    cases = locked_groups(case_ids=[*_ids(by_key), *woken])
    batch = _Batch(cases, now, by)
    batch.wake(beside)
    for case in cases.values():
        if of_key := by_key.get((case.pipeline_id, case.key)):
            batch.fold(case, of_key)
    batch.store()


def _ids(by_key: Iterable[tuple[int, str]]) -> QuerySet[Case, int]:
    keys = Q(pipeline__in={pipeline for pipeline, _ in by_key}, key__in={key for _, key in by_key})
    return Case.objects.filter(keys).values_list("pk", flat=True)


class _Batch:
    """What a batch changes on cases that are locked, in memory until all of it is stored at once."""

    def __init__(self, cases: dict[int, Case], now: datetime, by: User | None) -> None:
        self.cases, self.now, self.by = cases, now, by
        self.links: list[CaseRun] = []
        self.events: list[CaseEvent] = []
        self.back: list[Moved] = []
        self.made: list[int] = []
        self.changed: dict[int, Case] = {}

    def wake(self, runs: Sequence[Run]) -> None:
        """Wake what waited for a model that one of these runs asked for."""
        lines = another_model(self.cases.values(), runs=runs, now=self.now)
        self.changed |= {line.case_id: line.case for line in lines}
        self.events += lines

    def fold(self, case: Case, runs: Sequence[Run]) -> None:
        """Link runs, oldest first, to their case, and count them on it and on the one that it is merged into."""
        for run in runs:
            kind, event = _kinds(case, run)
            at = self.now if self.by else run.happened_at
            self.links.append(CaseRun(case=case, run=run, kind=kind, ended_at=run.happened_at))
            self.events.append(CaseEvent(case=case, kind=event, at=at, run=run, by=self.by))
        if case.first_run_id in {run.pk for run in runs}:
            self.made.append(case.pk)
            return
        target = self.cases[case.merged_into_id] if case.merged_into_id else case
        if target.state == State.CLOSED and target.resolution not in STAYS_CLOSED:
            self.bring_back(target, self.links[-len(runs)])
        for pk, one in {case.pk: case, target.pk: target}.items():
            _repeat(one, runs)
            self.changed[pk] = one

    def bring_back(self, case: Case, by_run: CaseRun) -> None:
        """Hold a closed case again, for a run of its own or of a case merged into it.

        What waited for it before, on it or merged into it, has had its ending.
        """
        moved(case, State.HELD, now=self.now)
        case.returns += 1
        for one in self.cases.values():
            if case.pk in (one.pk, one.merged_into_id):
                one.blocked_runs = one.blocked_since = 0
                self.changed[one.pk] = one
        self.back.append(Moved(case, State.CLOSED, EventKind.CAME_BACK, run=by_run))
        self.events.append(CaseEvent(case=case, kind=EventKind.CAME_BACK, at=self.now))

    def store(self) -> None:
        """Write it all, each table at once."""
        self.events += grown(self.changed.values(), now=self.now)
        CaseRun.objects.bulk_create(self.links)
        CaseEvent.objects.bulk_create(self.events)
        Case.objects.bulk_update(self.changed.values(), REPEATED_FIELDS)
        Case.objects.bulk_update([moved.case for moved in self.back], [*MOVED_FIELDS, "returns"])
        new = [Moved(self.cases[pk], None, EventKind.HELD) for pk in self.made]
        follow([*new, *self.back], now=self.now)
        search.index(case_ids=self.made)
        announce(self.events, now=self.now, undoable_for=leaves_after())


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
