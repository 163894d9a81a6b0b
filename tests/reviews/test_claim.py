"""A claim keeps others off a case while it lasts, and never the one who holds it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline
from reviews.claim import LEASE, HeldByAnother, claim, claim_next, give_back, take_over
from reviews.decide import settle
from reviews.label import assign
from reviews.models import Case, Decision, EventKind, Kind, Snooze
from reviews.move import MoveNotAllowed
from reviews.queue import Filter
from reviews.snooze import snooze
from tests.reviews.making import HOUR, NOW, declined, held, kinds, record, to_send

SOON = NOW + timedelta(minutes=1)
OVER = NOW + LEASE


def now_of(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def uphold(case: Case, *, by: User, version: int = 1) -> Decision:
    return settle(
        case_id=case.pk, version=version, kind=Kind.UPHOLD, reason="Right.", by=by, now=SOON
    )  # fmt: skip


def test_a_claim_is_a_lease_and_a_line_of_history(pipeline: Pipeline, reviewer: User) -> None:
    case = claim(case_id=held(pipeline).pk, by=reviewer, now=NOW)
    found = now_of(case)
    assert (found.claimed_by, found.claimed_until, found.version) == (reviewer, OVER, 1)
    assert (found.holder(now=NOW), found.holder(now=OVER - timedelta(seconds=1))) == (reviewer, reviewer)
    assert found.holder(now=OVER) is None
    event = case.events.get(kind=EventKind.CLAIMED)
    assert (event.by, event.at, event.changes) == (reviewer, NOW, {})


def test_renewing_a_claim_lengthens_it_and_leaves_no_line(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    for minutes in (0, 1, 5, 9):
        claim(case_id=case.pk, by=reviewer, now=NOW + timedelta(minutes=minutes))
    assert now_of(case).claimed_until == NOW + timedelta(minutes=9) + LEASE
    assert kinds(case) == [EventKind.HELD, EventKind.CLAIMED]


def test_a_claim_that_has_run_out_is_claimed_anew_by_anybody(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    claim(case_id=case.pk, by=other_reviewer, now=OVER)
    assert now_of(case).claimed_by == other_reviewer
    assert kinds(case) == [EventKind.HELD, EventKind.CLAIMED, EventKind.CLAIMED]
    assert "reviewer" not in case.events.all()[2].text, "nobody held it any more: nothing was taken"


def test_a_case_that_another_holds_cannot_be_claimed(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    with pytest.raises(HeldByAnother, match="reviewer") as refused:
        claim(case_id=case.pk, by=other_reviewer, now=SOON)
    assert (refused.value.holder, refused.value.until) == (reviewer, OVER)
    assert now_of(case).claimed_until == OVER


def test_ones_own_heartbeat_and_decision_never_fail_in_two_tabs_either(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=NOW)  # the first tab
    claim(case_id=case.pk, by=reviewer, now=SOON)  # the second
    give_back(case_id=case.pk, by=reviewer)  # the second is closed
    claim(case_id=case.pk, by=reviewer, now=SOON)  # the first goes on
    assert now_of(case).holder(now=SOON) == reviewer
    give_back(case_id=case.pk, by=reviewer)
    uphold(case, by=reviewer)
    assert now_of(case).state == "closed"


def test_a_decision_on_a_case_that_another_holds_is_refused_and_one_after_the_lease_is_not(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=SOON - LEASE + timedelta(seconds=1))
    with pytest.raises(HeldByAnother):
        uphold(case, by=other_reviewer)
    assert not Decision.objects.exists()
    Case.objects.update(claimed_until=SOON)
    uphold(case, by=other_reviewer)
    assert now_of(case).claimed_by is None, "it ends with the case"


def test_a_claim_is_given_back_by_its_holder_alone(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, lead: User
) -> None:
    case = held(pipeline)
    give_back(case_id=case.pk, by=reviewer)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    for other in (other_reviewer, lead):
        give_back(case_id=case.pk, by=other)
        assert now_of(case).holder(now=NOW) == reviewer
    give_back(case_id=case.pk, by=reviewer)
    assert (now_of(case).claimed_by, now_of(case).claimed_until) == (None, None)


def test_a_lead_takes_a_case_over_and_the_history_says_from_whom(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, lead: User
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        take_over(case_id=case.pk, by=other_reviewer, now=SOON)
    take_over(case_id=case.pk, by=lead, now=SOON)
    assert now_of(case).holder(now=SOON) == lead
    event = case.events.last()
    assert event is not None
    assert (event.kind, event.by, event.text) == (EventKind.TAKEN_OVER, lead, "reviewer")
    with pytest.raises(HeldByAnother):
        uphold(case, by=reviewer)
    uphold(case, by=lead)


def test_taking_over_what_nobody_holds_is_a_claim_and_ones_own_a_renewal(
    pipeline: Pipeline, lead: User
) -> None:
    case = held(pipeline)
    take_over(case_id=case.pk, by=lead, now=NOW)
    take_over(case_id=case.pk, by=lead, now=SOON)
    assert kinds(case) == [EventKind.HELD, EventKind.CLAIMED]
    assert now_of(case).claimed_until == SOON + LEASE


def test_what_waits_for_nobody_cannot_be_claimed(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, lead: User
) -> None:
    away, closed = held(pipeline, "a"), held(pipeline, "b")
    to_send(away, by=reviewer)
    uphold(closed, by=reviewer)
    for case in (away, closed):
        with pytest.raises(MoveNotAllowed, match="nothing to claim"):
            claim(case_id=case.pk, by=other_reviewer, now=SOON)
        with pytest.raises(MoveNotAllowed):
            take_over(case_id=case.pk, by=lead, now=SOON)
        assert now_of(case).claimed_by is None


def test_who_may_not_settle_cases_claims_none(pipeline: Pipeline, viewer: User) -> None:
    case = held(pipeline)
    with pytest.raises(PermissionDenied):
        claim(case_id=case.pk, by=viewer, now=NOW)
    with pytest.raises(PermissionDenied):
        claim_next(wanted=Filter(), by=viewer, now=NOW)
    assert now_of(case).claimed_by is None


@pytest.fixture
def queue(pipeline: Pipeline) -> list[Case]:
    """Six cases, oldest first."""
    record(pipeline, [declined(f"Item {n}", at=NOW + n * timedelta(seconds=1)) for n in range(6)])
    return list(Case.objects.order_by("held_since"))


def test_the_next_case_is_the_first_that_is_free(
    queue: list[Case], reviewer: User, other_reviewer: User
) -> None:
    taken = [claim_next(wanted=Filter(), by=by, now=NOW) for by in (reviewer, other_reviewer)]
    assert taken == queue[:2]
    assert [case.claimed_by for case in Case.objects.order_by("held_since")[:2]] == [reviewer, other_reviewer]


def test_the_next_case_is_first_the_one_that_the_person_holds_already(
    queue: list[Case], reviewer: User
) -> None:
    claim(case_id=queue[3].pk, by=reviewer, now=NOW)
    assert claim_next(wanted=Filter(), by=reviewer, now=SOON) == queue[3]
    assert now_of(queue[3]).claimed_until == SOON + LEASE
    assert claim_next(wanted=Filter(), by=reviewer, now=SOON + LEASE) == queue[0], "it has run out"


def test_going_on_gives_the_case_back_and_takes_the_next_one(queue: list[Case], reviewer: User) -> None:
    found = claim_next(wanted=Filter(), by=reviewer, now=NOW)
    for n in (1, 2, 3, 4, 5, 0):
        after, found = found, claim_next(wanted=Filter(), by=reviewer, now=NOW, after=found)
        assert found == queue[n]
        assert after is not None and now_of(after).claimed_by is None
    assert Case.objects.filter(claimed_by=reviewer).count() == 1


def test_going_on_from_the_last_case_gives_it_back_and_finds_none(pipeline: Pipeline, reviewer: User) -> None:
    only = held(pipeline)
    claim(case_id=only.pk, by=reviewer, now=NOW)
    assert claim_next(wanted=Filter(), by=reviewer, now=NOW, after=only) is None
    assert now_of(only).claimed_by is None


def test_the_next_case_passes_over_what_is_assigned_to_others_snoozed_or_on_its_way(
    queue: list[Case], reviewer: User, other_reviewer: User
) -> None:
    assign(case_id=queue[0].pk, to=other_reviewer, by=reviewer, now=NOW)
    snooze(case_id=queue[1].pk, kind=Snooze.DATE, until=NOW + HOUR, by=reviewer, now=NOW)
    to_send(queue[2], by=reviewer)
    assign(case_id=queue[3].pk, to=reviewer, by=other_reviewer, now=NOW)
    for state in ("waiting", "held", "all"):
        assert claim_next(wanted=Filter(state=state), by=reviewer, now=NOW) == queue[3]
        give_back(case_id=queue[3].pk, by=reviewer)
    assert claim_next(wanted=Filter(), by=other_reviewer, now=NOW) == queue[0]
    assert claim_next(wanted=Filter(state="snoozed"), by=reviewer, now=NOW) == queue[1]
    assert claim_next(wanted=Filter(), by=other_reviewer, now=NOW + HOUR, after=queue[0]) == queue[1]


def test_the_next_case_is_one_of_the_list_that_was_asked_for(queue: list[Case], reviewer: User) -> None:
    assert claim_next(wanted=Filter(sort="newest"), by=reviewer, now=NOW) == queue[5]
    assert claim_next(wanted=Filter(q="item 3"), by=reviewer, now=NOW) == queue[3]
    assert claim_next(wanted=Filter(code="PII"), by=reviewer, now=NOW) is None
