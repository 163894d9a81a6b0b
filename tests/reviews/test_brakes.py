"""The brakes on re-issuing: each is said before anybody types, and holds when they send."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from pipelines.models import Pipeline
from pipelines.running import Ended
from reviews.approve import OwnProposal, approve, turn_down_proposal
from reviews.brakes import Braked, standing
from reviews.compose import Context
from reviews.decide import NotComplete, settle
from reviews.deliver import turn_down
from reviews.models import Case, CaseEvent, EventKind, Kind, Reissue, Sending, State, WeekDeclines
from reviews.models.reissue import NoFormBehindIt
from reviews.move import MoveNotAllowed
from reviews.reissue import ATTESTATION
from reviews.send import send, sweep
from reviews.undo import NotUndoable, undo
from tests.cases import body
from tests.reviews.making import CONTEXT, HOUR, NOW, declined, held, kinds, record, sent, to_send
from tests.signing_in import pass_for, reissued

Bodies = Callable[[], list[bytes]]
MINUTE = timedelta(seconds=60)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def undone(case: Case, *, by: User, now: Any = NOW) -> None:
    event = case.events.filter(kind=EventKind.DECIDED).latest("pk")
    undo(event_id=event.pk, by=by, now=now)


def answered_and_turned_down(case: Case, *, by: User, now: Any) -> None:
    sent(case, by, now=now)
    turn_down(case_id=case.pk, version=case.version, reason="Too short.", by=by, now=now)


def test_after_the_last_of_its_reissues_a_case_takes_no_further_one(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies, settings: Any
) -> None:
    settings.REISSUE_LIMIT = 2
    case = held(pipeline)
    for n in range(2):
        assert standing(fresh(case), now=NOW + n * MINUTE).left == 2 - n
        answered_and_turned_down(case, by=reviewer, now=NOW + n * MINUTE)
    with pytest.raises(Braked) as braked:
        to_send(fresh(case), by=reviewer, now=NOW + HOUR)
    assert braked.value.field == "limit"
    assert (Reissue.objects.count(), len(arrivals())) == (2, 2)
    assert fresh(case).state == State.HELD


def test_what_was_taken_back_counts_for_no_brake(pipeline: Pipeline, reviewer: User, settings: Any) -> None:
    settings.REISSUE_LIMIT, settings.UNDO_SECONDS = 1, 10
    case = held(pipeline)
    to_send(case, by=reviewer)
    undone(case, by=reviewer)
    assert standing(fresh(case), now=NOW).holds is None
    assert to_send(fresh(case), by=reviewer).number == 2


@pytest.mark.parametrize("failure", ["429 retry_after=7", "529", "401", "drop"])
def test_what_no_model_answered_uses_up_no_reissue_and_the_case_rests_after_it(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies, settings: Any, failure: str
) -> None:
    settings.REISSUE_LIMIT = 1
    case = held(pipeline)
    for n in range(2):
        assert sent(case, reviewer, failure, now=NOW + n * MINUTE).state == Sending.FAILED
    stands = standing(fresh(case), now=NOW + MINUTE)
    assert (stands.left, stands.unanswered, stands.stopped) == (1, 2, None)
    assert stands.next_at == NOW + 2 * MINUTE
    sent(case, reviewer, "max_tokens", now=NOW + HOUR)
    assert standing(fresh(case), now=NOW + 2 * HOUR).left == 0


def test_what_may_have_been_answered_uses_up_a_reissue(
    pipeline: Pipeline, reviewer: User, settings: Any
) -> None:
    settings.REISSUE_LIMIT = 2
    case = held(pipeline)
    empty = Ended(field="response", text=json.dumps({**body("end_turn"), "content": []}), duration_ms=1)
    sending = to_send(case, by=reviewer)
    send(reissue_id=sending.pk, clock=lambda: NOW, ask=lambda request, betas: empty)
    assert Reissue.objects.get().state == Sending.FAILED
    assert standing(fresh(case), now=NOW).left == 1
    lost = to_send(fresh(case), by=reviewer, now=NOW + HOUR)
    with pytest.raises(KeyboardInterrupt):
        send(reissue_id=lost.pk, clock=lambda: NOW + HOUR, ask=killed)
    sweep(now=NOW + 3 * HOUR)
    assert Reissue.objects.get(pk=lost.pk).state == Sending.UNKNOWN
    assert standing(fresh(case), now=NOW + 3 * HOUR).left == 0


def killed(request: str, *, betas: str) -> Ended:
    raise KeyboardInterrupt


def test_between_two_reissues_a_case_rests(pipeline: Pipeline, reviewer: User, arrivals: Bodies) -> None:
    case = held(pipeline)
    answered_and_turned_down(case, by=reviewer, now=NOW)
    assert standing(fresh(case), now=NOW).next_at == NOW + MINUTE
    with pytest.raises(Braked, match="12:01:00"):
        to_send(fresh(case), by=reviewer, now=NOW + MINUTE - timedelta(seconds=1))
    assert to_send(fresh(case), by=reviewer, now=NOW + MINUTE).number == 2


def test_two_contexts_that_failed_stop_it_and_other_decisions_remain(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    for n in range(2):
        assert sent(case, reviewer, "refusal cyber", now=NOW + n * HOUR).state == Sending.DECLINED
    with pytest.raises(Braked) as braked:
        to_send(fresh(case), by=reviewer, now=NOW + 9 * HOUR)
    assert braked.value.field == "failed"
    now = NOW + 9 * HOUR
    settle(case_id=case.pk, version=case.version, kind=Kind.UPHOLD, reason="Right.", by=reviewer, now=now)


def test_a_case_that_came_back_begins_anew_and_one_that_was_reopened_by_hand_does_not(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    from reviews.decide import reopen

    case = held(pipeline)
    for n in range(2):
        sent(case, reviewer, "refusal cyber", now=NOW + n * HOUR)
    now = NOW + 2 * HOUR
    settle(case_id=case.pk, version=case.version, kind=Kind.WITHDRAW, reason="Over.", by=reviewer, now=now)
    reopen(case_id=case.pk, version=fresh(case).version, reason="Not over.", by=reviewer, now=now)
    assert standing(fresh(case), now=now).stopped
    version = fresh(case).version
    settle(case_id=case.pk, version=version, kind=Kind.WITHDRAW, reason="Over.", by=reviewer, now=now)
    record(pipeline, [declined(at=now)], now=now)
    assert fresh(case).returns == 1
    assert standing(fresh(case), now=now).left == 3
    assert standing(fresh(case), now=now).holds is None


def test_declined_again_is_one_case_with_one_decline_event_more(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    before = sum(WeekDeclines.objects.values_list("declines", flat=True))
    assert sent(case, reviewer, "refusal cyber").state == Sending.DECLINED
    assert (case.state, Case.objects.count(), case.declines) == (State.HELD, 1, 2)
    assert (before, sum(WeekDeclines.objects.values_list("declines", flat=True))) == (1, 2)
    assert Case.objects.filter(state=State.HELD).count() == 1


def test_without_the_tick_nothing_is_sent_and_with_it_its_sentence_and_time_are_kept(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    with pytest.raises(NotComplete) as missing:
        reissued(case, asked=CONTEXT, by=reviewer, now=NOW, attested=False)
    assert missing.value.field == "attested"
    assert fresh(case).state == State.HELD
    sending = to_send(case, by=reviewer)
    assert (sending.attestation, sending.attested_at) == (str(ATTESTATION), NOW)


# The same words elsewhere.

SAME = "The museum asked for it; every figure is in its public catalogue of the harbour."


@pytest.mark.parametrize(
    "background",
    [SAME, f"  {SAME.upper()} ", SAME.replace(";", " --"), SAME.replace("every figure", "each figure")],
)
def test_words_that_stood_on_an_unrelated_case_need_a_tick_that_they_hold_here_too(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User, background: str
) -> None:
    first = held(pipeline)
    to_send(first, by=reviewer, context=Context(purpose="A leaflet of the museum.", background=SAME))
    other = held(other_pipeline, "Describe another pier.")
    again = Context(purpose="A leaflet of the museum.", background=background)
    with pytest.raises(NotComplete, match=f"case {first.pk}") as warned:
        reissued(other, asked=again, by=reviewer, now=NOW)
    assert warned.value.field == "reuse_seen"
    assert reissued(other, asked=again, by=reviewer, now=NOW, reuse_seen=True).number == 1


def test_the_same_words_on_a_related_case_or_other_words_need_no_tick(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    to_send(held(pipeline), by=reviewer)
    to_send(held(pipeline, "Describe its cranes."), by=reviewer)
    other = Context(purpose="A lesson for the fifth form.", background="The teacher wrote every question.")
    to_send(held(other_pipeline), by=reviewer, context=other)
    assert Reissue.objects.count() == 3


def test_another_topic_of_the_same_pipeline_is_unrelated(pipeline: Pipeline, reviewer: User) -> None:
    to_send(held(pipeline, topic="harbour"), by=reviewer)
    with pytest.raises(NotComplete):
        to_send(held(pipeline, "Describe its cranes.", topic="buildings"), by=reviewer)


# A second person.


def sensitive(pipeline: Pipeline) -> Case:
    case = held(pipeline)
    Case.objects.filter(pk=case.pk).update(code="SELF_HARM")
    return fresh(case)


def approved(case: Case, *, by: User, now: Any = NOW) -> Reissue:
    given = pass_for(case, by=by, now=now, act="approve")
    return approve(case_id=case.pk, version=case.version, by=by, now=now, given=given)


def test_a_sensitive_code_needs_a_second_person_before_anything_leaves(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, arrivals: Bodies
) -> None:
    case = sensitive(pipeline)
    proposal = to_send(case, by=reviewer)
    assert (proposal.state, fresh(case).state) == (Sending.PROPOSED, State.HELD)
    assert sweep(now=NOW + HOUR) == []
    send(reissue_id=proposal.pk, clock=lambda: NOW + HOUR)
    assert arrivals() == []
    sending = approved(fresh(case), by=other_reviewer)
    assert (sending.state, sending.approved_by, sending.approved_at) == (Sending.PENDING, other_reviewer, NOW)
    send(reissue_id=sending.pk, clock=lambda: NOW)
    assert arrivals() == [proposal.request.encode()]
    assert fresh(case).state == State.ANSWERED
    assert kinds(case)[-4:] == ["decided", "approved", "sent", "answered"]


def test_who_proposed_it_cannot_approve_it_by_the_step_or_past_it(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = sensitive(pipeline)
    proposal = to_send(case, by=reviewer)
    with pytest.raises(OwnProposal):
        approved(fresh(case), by=reviewer)
    done = {"state": Sending.PENDING, "approved_at": NOW, "approval_nonce": "n"}
    with pytest.raises(NoFormBehindIt):
        Reissue.objects.update(approved_by=reviewer, **done)
    with pytest.raises(NoFormBehindIt):
        Reissue.objects.update(approved_by=other_reviewer, **done)
    for name, value in ({"approved_by": other_reviewer} | done).items():
        setattr(proposal, name, value)
    proposal.spent = None
    with pytest.raises(NoFormBehindIt):
        proposal.save()
    with pytest.raises(IntegrityError, match="reissue_sensitive_has_second"), transaction.atomic():
        Reissue.objects.update(state=Sending.PENDING)
    assert Reissue.objects.get().state == Sending.PROPOSED


def test_a_proposal_is_turned_down_with_the_reason_and_counts_for_no_brake(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = sensitive(pipeline)
    to_send(case, by=reviewer)
    said: dict[str, Any] = {
        "case_id": case.pk,
        "version": fresh(case).version,
        "by": other_reviewer,
        "now": NOW,
    }
    with pytest.raises(NotComplete):
        turn_down_proposal(reason=" ", **said)
    turned_down = turn_down_proposal(reason="Ask the clinic first.", **said)
    assert (turned_down.state, turned_down.turned_down_why) == (Sending.TURNED_DOWN, "Ask the clinic first.")
    line = CaseEvent.objects.get(kind=EventKind.NOT_APPROVED)
    assert (line.by, line.text) == (other_reviewer, "Ask the clinic first.")
    assert standing(fresh(case), now=NOW).left == 3
    assert to_send(fresh(case), by=reviewer).state == Sending.PROPOSED


def test_nothing_closes_a_case_over_a_proposal(pipeline: Pipeline, reviewer: User, lead: User) -> None:
    case = sensitive(pipeline)
    to_send(case, by=reviewer)
    version = fresh(case).version
    with pytest.raises(MoveNotAllowed, match="proposed"):
        settle(case_id=case.pk, version=version, kind=Kind.UPHOLD, reason="Right.", by=lead, now=NOW)
    with pytest.raises(Braked):
        to_send(fresh(case), by=lead)


def test_a_milder_code_takes_no_second_person_away(pipeline: Pipeline, reviewer: User) -> None:
    from refusals import Outcome
    from reviews.decide import reclassify

    case = held(pipeline)
    for code in ("SELF_HARM", "PII"):
        reclassify(
            case_id=case.pk, version=fresh(case).version, outcome=Outcome.DECLINED, code=code, reason="Seen.",
            by=reviewer, now=NOW,
        )  # fmt: skip
    assert to_send(fresh(case), by=reviewer).state == Sending.PROPOSED


def test_a_proposal_and_an_approval_can_each_be_undone_by_who_did_it(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, settings: Any
) -> None:
    settings.UNDO_SECONDS = 10
    case = sensitive(pipeline)
    to_send(case, by=reviewer)
    approved(fresh(case), by=other_reviewer)
    approval = case.events.get(kind=EventKind.APPROVED)
    with pytest.raises(NotUndoable):
        undo(event_id=approval.pk, by=other_reviewer, now=NOW + timedelta(seconds=11))
    undo(event_id=approval.pk, by=other_reviewer, now=NOW + timedelta(seconds=9))
    again = Reissue.objects.get()
    assert (again.state, again.approved_by, fresh(case).state) == (Sending.PROPOSED, None, State.HELD)
    undone(case, by=reviewer, now=NOW + MINUTE)
    assert Reissue.objects.get().state == Sending.TAKEN_BACK
    assert fresh(case).state == State.HELD
