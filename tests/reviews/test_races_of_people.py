"""People at the same cases at the same time: claims, undoing, merging, each against what may come between."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from pipelines.models import Pipeline
from pipelines.running import Ended
from reviews.claim import HeldByAnother, claim, claim_next, take_over
from reviews.count import counted, recount
from reviews.decide import settle
from reviews.label import set_topic
from reviews.merge import merge, split
from reviews.models import Case, CaseEvent, EventKind, Kind, Sending, State
from reviews.queue import Filter
from reviews.send import send
from reviews.undo import NotUndoable, undo
from tests.conftest import person
from tests.reviews.making import HOUR, NOW, declined, held, record, to_send
from tests.reviews.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = Ended(field="error", text='{"type": "OverloadedError", "http_status": 529}', duration_ms=1)


def test_no_two_people_are_given_the_same_case(pipeline: Pipeline) -> None:
    record(pipeline, [declined(f"Item {n}") for n in range(9)])
    people = [person(f"reviewer-{n}", "reviewer") for n in range(3)]

    def work(by: User) -> Callable[[], list[int]]:
        def three() -> list[int]:
            found: list[Case] = []
            while len(found) < 3:
                after = found[-1] if found else None
                case = claim_next(wanted=Filter(), by=by, now=NOW, after=after)
                assert case is not None
                settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=by, now=NOW)
                found.append(case)
            return [case.pk for case in found]

        return three

    given = at_once(*[work(by) for by in people])
    assert sorted(pk for pks in given for pk in pks) == sorted(Case.objects.values_list("pk", flat=True))  # type: ignore[attr-defined]  # a list each
    assert CaseEvent.objects.filter(kind=EventKind.CLAIMED).count() == 9


def test_of_two_who_claim_the_same_case_one_has_it(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    for n in range(5):
        case = held(pipeline, f"Item {n}")
        steps = [
            lambda by=by, case=case: claim(case_id=case.pk, by=by, now=NOW)
            for by in (reviewer, other_reviewer)
        ]
        ended = at_once(*steps)
        assert sorted(type(one).__name__ for one in ended) == ["Case", "HeldByAnother"]
        assert case.events.filter(kind=EventKind.CLAIMED).count() == 1


def test_a_decision_and_a_takeover_do_not_both_have_the_case(
    pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    for n in range(5):
        case = held(pipeline, f"Item {n}")
        claim(case_id=case.pk, by=reviewer, now=NOW)

        def uphold(case: Case = case) -> object:
            return settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)

        def take(case: Case = case) -> object:
            return take_over(case_id=case.pk, by=lead, now=NOW)

        ended = at_once(uphold, take)
        case.refresh_from_db()
        closed = case.state == State.CLOSED
        assert (case.claimed_by == lead) is not closed
        assert any(isinstance(one, HeldByAnother) for one in ended) is not closed


def test_of_undoing_a_reissue_and_a_worker_that_takes_it_exactly_one_wins(
    pipeline: Pipeline, reviewer: User, settings: Settings
) -> None:
    settings.UNDO_SECONDS = 10
    # Two clocks that differ: each thinks that it is in time.
    almost, over = NOW + timedelta(seconds=9), NOW + timedelta(seconds=10)
    for n in range(8):
        case = held(pipeline, f"Item {n}")
        sending = to_send(case, by=reviewer)
        event = case.events.get(kind=EventKind.DECIDED)
        asked: list[str] = []

        def ask(request: str, asked: list[str] = asked, **_: object) -> Ended:
            asked.append(request)
            return REFUSED

        def take_back(pk: int = event.pk) -> object:
            return undo(event_id=pk, by=reviewer, now=almost)

        def leave(pk: int = sending.pk, ask: Callable[[str], Ended] = ask) -> None:
            send(reissue_id=pk, clock=lambda: over, ask=ask)

        ended = at_once(take_back, leave)
        sending.refresh_from_db()
        undone = isinstance(ended[0], CaseEvent)
        assert undone or isinstance(ended[0], NotUndoable)
        assert len(asked) == (0 if undone else 1)
        assert sending.state == (Sending.TAKEN_BACK if undone else Sending.FAILED)
        case.refresh_from_db()
        assert case.state == State.HELD


def test_an_act_that_is_undone_twice_at_once_is_undone_once(pipeline: Pipeline, reviewer: User) -> None:
    for n in range(5):
        case = held(pipeline, f"Item {n}")
        settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)
        event = case.events.get(kind=EventKind.DECIDED)
        ended = at_once(*[lambda event=event: undo(event_id=event.pk, by=reviewer, now=NOW)] * 3)
        assert sorted(type(one).__name__ for one in ended) == ["CaseEvent", "NotUndoable", "NotUndoable"]


def test_merging_splitting_labelling_and_ingest_never_wait_for_each_other_in_a_ring(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    """Any ring is an OperationalError on PostgreSQL, and fails here."""
    rows = [declined(f"Item {n}", topic=("harbour", "")[n % 2]) for n in range(6)]
    record(pipeline, rows)
    cases = list(Case.objects.order_by("pk"))

    def join_and_leave(by: User, one: Case, other: Case) -> Callable[[], None]:
        def step() -> None:
            for _ in range(4):
                one.refresh_from_db()
                merge(case_id=one.pk, version=one.version, into=other.pk, by=by, now=NOW)
                split(case_id=one.pk, by=by, now=NOW + HOUR)

        return step

    def label() -> None:
        for n in range(8):
            topic = cases[0].topic if n % 2 else None
            set_topic(case_id=cases[n % 6].pk, topic=topic, by=reviewer, now=NOW)

    ended = at_once(
        join_and_leave(reviewer, cases[0], cases[5]),
        join_and_leave(other_reviewer, cases[4], cases[1]),
        lambda: [record(pipeline, rows) for _ in range(4)],
        lambda: [record(pipeline, rows[::-1]) for _ in range(4)],
        label,
    )
    assert [one for one in ended if isinstance(one, Exception)] == []
    assert set(Case.objects.values_list("declines", "blocked_runs")) == {(9, 9)}
    assert counted() == recount()
