"""Real threads, each with its own connection, at the same rows at the same time."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User

from pipelines.models import Origin, Pipeline, Run
from refusals import Outcome
from reviews.count import counted, recount
from reviews.decide import reclassify, settle
from reviews.models import Case, CaseRun, Decision, Kind, Reissue, State, Suspicion
from reviews.send import send, sweep
from reviews.suspect import hold_suspected
from tests.reviews.making import (
    APOLOGY,
    CONTEXT,
    HOUR,
    NOW,
    answered,
    declined,
    guarded,
    held,
    record,
    to_send,
)
from tests.reviews.racing import at_once
from tests.signing_in import pass_for, reissued

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _counts_are_right_in_the_end(transactional_db: None) -> Iterator[None]:
    yield
    assert counted() == recount()


def test_of_two_reviewers_who_decide_the_same_case_one_wins(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    for n in range(5):
        case = held(pipeline, f"Item {n}")

        def uphold(by: User, case: Case = case) -> Callable[[], object]:
            return lambda: settle(
                case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="Right.", by=by, now=NOW
            )

        ended = at_once(uphold(reviewer), uphold(other_reviewer))
        assert sorted(type(one).__name__ for one in ended) == ["Decision", "StaleCase"]
    assert Decision.objects.count() == 5


def test_two_ingests_of_the_same_declined_prompt_make_one_case(pipeline: Pipeline) -> None:
    for n in range(5):
        at_once(*[lambda n=n: record(pipeline, [declined(f"Item {n}")]) for _ in range(3)])
    assert list(Case.objects.values_list("declines", flat=True)) == [3] * 5
    assert CaseRun.objects.filter(kind="first").count() == 5
    assert CaseRun.objects.count() == 15


def test_batches_that_share_cases_in_any_order_do_not_wait_for_each_other_in_a_ring(
    pipeline: Pipeline, reviewer: User
) -> None:
    rows = [guarded(f"Item {n}", code=("PII", "RCE_RISK")[n % 2]) for n in range(30)]
    record(pipeline, rows[10:20])
    cases = list(Case.objects.order_by("-pk")[:4])

    def corrections() -> None:
        for case in cases:
            reclassify(
                case_id=case.pk, version=1, outcome=Outcome.DECLINED, code="CYBER", reason="r",
                by=reviewer, now=NOW,
            )  # fmt: skip

    def later(batch: list[dict[str, object]]) -> Callable[[], object]:
        return lambda: [record(pipeline, batch) for _ in range(3)]

    at_once(later(rows), later(rows[::-1]), corrections)
    assert Case.objects.count() == 30
    assert sum(Case.objects.values_list("declines", flat=True)) == 10 + 2 * 3 * 30


def test_of_two_people_who_hold_the_same_suspicion_one_wins(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    (run,) = record(pipeline, [answered(APOLOGY)])
    ended = at_once(
        *[lambda by=by: hold_suspected(run_id=run.pk, by=by, now=NOW) for by in (reviewer, other_reviewer)]
    )
    assert sorted(type(one).__name__ for one in ended) == ["AlreadySettled", "Case"]
    assert Case.objects.get().declines == 1
    assert run.declines.count() == 1


def test_suspicions_are_held_while_the_same_prompts_come_in(pipeline: Pipeline, reviewer: User) -> None:
    suspected = record(pipeline, [answered(APOLOGY, prompt=f"Item {n}") for n in range(6)])
    rows = [guarded(f"Item {n}") for n in range(6)]

    def hold() -> None:
        for run in suspected:
            hold_suspected(run_id=run.pk, by=reviewer, now=NOW)

    at_once(hold, lambda: [record(pipeline, rows) for _ in range(5)])
    assert list(Case.objects.values_list("declines", flat=True)) == [6] * 6
    assert not Suspicion.objects.filter(mark="waiting").exists()


def test_two_workers_with_the_same_reissue_send_it_once(
    pipeline: Pipeline, reviewer: User, arrivals: Callable[[], list[bytes]]
) -> None:
    sending = to_send(held(pipeline), by=reviewer)
    at_once(*[lambda: send(reissue_id=sending.pk, clock=lambda: NOW) for _ in range(3)])
    assert len(arrivals()) == 1
    assert Run.objects.filter(origin=Origin.REISSUE).count() == 1


def test_one_form_posted_twice_at_the_same_time_makes_one_reissue(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    given = pass_for(case, by=reviewer, now=NOW)
    ended = at_once(
        *[lambda: reissued(case, asked=CONTEXT, by=reviewer, now=NOW, given=given) for _ in range(3)]
    )
    assert Reissue.objects.count() == 1
    assert sum(isinstance(one, Reissue) for one in ended) == 1


def test_two_sweeps_give_up_once(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    sending = to_send(case, by=reviewer)
    with pytest.raises(ZeroDivisionError):
        send(reissue_id=sending.pk, clock=lambda: NOW, ask=lambda request, **_: 1 / 0)  # type: ignore[arg-type]  # dies
    at_once(*[lambda: sweep(now=NOW + HOUR) for _ in range(3)])
    case.refresh_from_db()
    assert case.state == State.HELD
    assert case.events.filter(kind="fate_unknown").count() == 1
