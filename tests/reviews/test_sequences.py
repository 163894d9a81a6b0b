"""Whatever people and pipelines do one after the other: undoing restores, and blocked work is what waits."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import Pipeline, Run
from reviews.brakes import Braked
from reviews.count import counted, recount
from reviews.decide import NotComplete
from reviews.merge import NotTheSame, merge
from reviews.models import STAYS_CLOSED, Began, Case, CaseEvent, CaseRun, State
from reviews.move import MoveNotAllowed
from reviews.queue import Filter
from reviews.undo import NotUndoable, undo
from tests.conftest import person
from tests.reviews.acting import ACTS, act, standing
from tests.reviews.making import NOW, come, declined, record
from tests.reviews.opened import kept, read_from_history

PROMPTS = ("a", "b", "c")
CASES = st.integers(0, len(PROMPTS) - 1)
STEPS = st.one_of(
    st.tuples(st.just("repeat"), st.lists(CASES, min_size=1, max_size=3)),
    st.tuples(st.just("act"), st.tuples(st.sampled_from(sorted(ACTS)), CASES)),
    st.tuples(st.just("merge"), st.tuples(CASES, CASES)),
    st.tuples(st.just("come"), st.sampled_from(["end_turn", "refusal"])),
    st.tuples(st.just("undo"), st.none()),
)


class Site:
    """A pipeline with a case for each prompt, a person, and a clock that never stands still.

    `waits` is what the cases block, kept apart from them: the endings of the runs that wait.
    """

    runs_take, people_take = timedelta(seconds=1), timedelta(milliseconds=10)

    def __init__(self, *, now: datetime = NOW) -> None:
        self.now = now
        self.pipeline = Pipeline.objects.create(slug="museum-guide", title="Museum guide")
        self.by = person("reviewer", "reviewer")
        self.waits: dict[int, list[int]] = defaultdict(list)
        self.events: list[CaseEvent] = []
        self.repeat(range(len(PROMPTS)))
        self.cases = list(Case.objects.order_by("pk"))

    def repeat(self, which: Any) -> None:
        """The prompts are declined once more; a case that comes back forgets what it blocked before."""
        self.now += self.runs_take
        closed = [
            case.pk
            for case in Case.objects.filter(state=State.CLOSED, merged_into=None)
            if case.resolution not in STAYS_CLOSED
        ]
        runs = record(self.pipeline, [declined(PROMPTS[n], at=self.now) for n in which], now=self.now)
        homes = {run.pk: Case.objects.get(folded__run=run) for run in runs}
        for root in {case.merged_into_id or case.pk for case in homes.values()} & set(closed):
            for pk in Case.objects.filter(merged_into=root).values_list("pk", flat=True):
                self.waits[pk] = []
            self.waits[root] = []
        for run in runs:
            self.waits[homes[run.pk].pk].append(int(run.happened_at.timestamp()))

    def act(self, chosen: tuple[str, int]) -> None:
        name, n = chosen
        self._do(lambda: self.events.append(act(name, self.cases[n], self.by, self.now)))

    def merge(self, pair: tuple[int, int]) -> None:
        one, other = (self.cases[n] for n in pair)
        one.refresh_from_db()
        self._do(lambda: merge(case_id=one.pk, version=one.version, into=other.pk, by=self.by, now=self.now))

    def come(self, stop_reason: str) -> None:
        for case in self.cases:
            for sending in case.reissues.filter(state="pending"):
                self.now = max(self.now, sending.send_after)
                come(sending, stop_reason, now=self.now)

    def undo(self, _nothing: None) -> None:
        if self.events:
            event = self.events.pop()
            self._do(lambda: undo(event_id=event.pk, by=self.by, now=self.now))

    def _do(self, step: Any) -> None:
        self.now += self.people_take
        try:
            with transaction.atomic():
                step()
        except (Braked, MoveNotAllowed, NotComplete, NotTheSame, NotUndoable):
            pass  # not possible as the case stands


@pytest.mark.django_db
@given(steps=st.lists(STEPS, max_size=10), undone=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), CASES)))
@settings(max_examples=40, deadline=None)
def test_after_anything_an_act_that_is_undone_leaves_everything_as_it_was(
    steps: list[tuple[str, Any]], undone: list[tuple[str, int]]
) -> None:
    with transaction.atomic(), override_settings(UNDO_SECONDS=10):
        site = Site()
        for name, argument in steps:
            getattr(site, name)(argument)
        for name, n in undone:
            before, acts = standing(), len(site.events)
            site.act((name, n))
            if len(site.events) > acts and site.events[-1].changes:
                assert undo(event_id=site.events.pop().pk, by=site.by, now=site.now)
            assert standing() == before
            assert counted() == recount()
            assert kept() == read_from_history()
        transaction.set_rollback(True)


@pytest.mark.django_db
@given(steps=st.lists(STEPS, max_size=14))
@settings(max_examples=60, deadline=None)
def test_after_anything_the_work_that_a_case_blocks_is_the_sum_over_its_waiting_runs(
    steps: list[tuple[str, Any]],
) -> None:
    with transaction.atomic(), override_settings(UNDO_SECONDS=10):
        site = Site()
        for name, argument in steps:
            getattr(site, name)(argument)
            at = int((site.now + timedelta(hours=3)).timestamp())
            found = Filter(state="all", sort="blocked").cases(now=site.now + timedelta(hours=3))
            for case in found:
                waiting = site.waits[case.pk] + [
                    ending for other in case.merged.all() for ending in site.waits[other.pk]
                ]
                assert (case.blocked_runs, case.blocked_seconds) == (  # type: ignore[attr-defined]  # annotated
                    len(waiting),
                    sum(at - ending for ending in waiting),
                )
                own = Run.objects.filter(folded__case__in=[case, *case.merged.all()])
                assert case.declines == own.exclude(outcome="ok").count()
            assert counted() == recount()
        transaction.set_rollback(True)


@pytest.mark.django_db
@given(steps=st.lists(STEPS, max_size=14))
@settings(max_examples=40, deadline=None)
def test_after_anything_a_case_was_open_when_its_history_says_so(steps: list[tuple[str, Any]]) -> None:
    with transaction.atomic(), override_settings(UNDO_SECONDS=10):
        site = Site()
        for name, argument in steps:
            getattr(site, name)(argument)
            assert kept() == read_from_history()
            for case in Case.objects.all():
                last = case.openings.latest("pk")
                assert (last.until is None) == (case.state != State.CLOSED)
                assert (last.until, last.resolution) == (case.closed_at, case.resolution)
                assert last.merged_into_id == case.merged_into_id
                assert case.openings.filter(began=Began.CAME_BACK).count() == case.returns
        assert not CaseRun.objects.exclude(ended_at=F("run__happened_at")).exists()
        transaction.set_rollback(True)
