"""What comes back late or never, and what a person makes of an answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline
from pipelines.running import Ended, call_model
from reviews.attach import OwnFile
from reviews.decide import NotComplete, settle
from reviews.deliver import NotDone, accept, replace, turn_down, unread_answer
from reviews.models import Case, CaseEvent, Delivery, EventKind, Kind, Reissue, Sending, State
from reviews.send import GRACE, send, sweep
from reviews.undo import undo
from tests.reviews.making import HOUR, NOW, asked_with, declined, held, kinds, record, sent, to_send

LATER = NOW + HOUR
Bodies = Callable[[], list[bytes]]


def lost(case: Case, by: User) -> Reissue:
    """Send a re-issue with a worker that dies before anything comes back."""
    case.refresh_from_db()
    sending = to_send(case, by=by)

    def die(request: str, **_: object) -> Ended:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(reissue_id=sending.pk, clock=lambda: NOW, ask=die)
    sending.refresh_from_db()
    assert (sending.state, sending.sending_since) == (Sending.SENDING, NOW)
    return sending


def test_what_never_came_back_is_given_up_once_said_so_and_never_sent_again(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies, caplog: pytest.LogCaptureFixture
) -> None:
    case = held(pipeline)
    sending = lost(case, reviewer)
    assert sending.give_up_at == NOW + timedelta(seconds=600) + GRACE
    just_before = sending.give_up_at - timedelta(seconds=1)
    assert sweep(now=just_before) == []
    case.refresh_from_db()
    assert case.state == State.REISSUING
    for _ in range(3):
        assert sweep(now=sending.give_up_at) == []
    sending.refresh_from_db()
    case.refresh_from_db()
    assert (sending.state, sending.finished_at) == (Sending.UNKNOWN, sending.give_up_at)
    assert (case.state, case.held_since) == (State.HELD, sending.give_up_at)
    assert kinds(case).count(EventKind.FATE_UNKNOWN) == 1
    assert [line.levelname for line in caplog.records if line.name == "refusalhub.send"] == ["WARNING"]
    send(reissue_id=sending.pk, clock=lambda: LATER)
    assert arrivals() == []


def late(sending: Reissue, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Send a re-issue whose answer comes when it was given up, and `meanwhile` has happened."""

    def slow(request: str, **_: object) -> Ended:
        sweep(now=LATER)
        meanwhile()
        return call_model(request)

    send(reissue_id=sending.pk, clock=lambda: NOW, ask=slow)
    sending.refresh_from_db()


def test_an_answer_after_giving_up_is_still_given_to_a_person(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = to_send(case, by=reviewer)
    late(sending)
    case.refresh_from_db()
    assert (sending.state, case.state) == (Sending.ANSWERED, State.ANSWERED)
    assert set(kinds(case)) >= {EventKind.FATE_UNKNOWN, EventKind.ANSWERED}
    assert unread_answer(case) == sending


def test_an_answer_after_the_case_was_closed_is_recorded_and_leaves_it_closed(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = to_send(case, by=reviewer)

    def withdraw() -> None:
        case.refresh_from_db()
        settle(
            case_id=case.pk, version=case.version, kind=Kind.WITHDRAW, reason="Done.", by=reviewer, now=LATER
        )

    late(sending, withdraw)
    case.refresh_from_db()
    assert sending.run is not None and sending.run.content.answer
    assert (sending.state, case.state, case.resolution) == (Sending.ANSWERED, State.CLOSED, "withdrawn")


def test_an_answer_that_comes_while_another_is_on_its_way_waits_and_is_not_lost(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    first = to_send(case, by=reviewer)
    others: list[Reissue] = []

    def again() -> None:
        case.refresh_from_db()
        others.append(to_send(case, by=reviewer, context=asked_with("refusal"), now=LATER))

    late(first, again)
    case.refresh_from_db()
    assert (first.state, case.state) == (Sending.ANSWERED, State.REISSUING)
    send(reissue_id=others[0].pk, clock=lambda: LATER)
    case.refresh_from_db()
    assert case.state == State.ANSWERED, "the second was declined; the first answer is still to be read"
    assert accept(case_id=case.pk, version=case.version, by=reviewer, now=LATER).run == first.run


def test_an_accepted_answer_closes_the_case_with_its_deliverable(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer)
    delivery = accept(case_id=case.pk, version=case.version, by=reviewer, now=LATER)
    assert (delivery.run, delivery.text, delivery.by, delivery.at) == (sending.run, "", reviewer, LATER)
    case.refresh_from_db()
    assert (case.state, case.resolution, case.closed_at) == (State.CLOSED, "delivered", LATER)
    assert kinds(case)[-1] == EventKind.ACCEPTED
    record(pipeline, [declined(at=LATER)], now=LATER)
    case.refresh_from_db()
    assert (case.state, case.returns) == (State.HELD, 1)


def test_an_answer_that_will_not_do_is_turned_down_with_the_reason_and_the_next_one_is_read(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    first = sent(case, reviewer)
    turn_down(case_id=case.pk, version=case.version, reason=" Too short. ", by=reviewer, now=LATER)
    case.refresh_from_db()
    assert (case.state, case.held_since) == (State.HELD, LATER)
    event = case.events.get(kind=EventKind.NOT_ACCEPTED)
    assert (event.text, event.by, event.run) == ("Too short.", reviewer, first.run)
    second = sent(case, reviewer, "end_turn", now=LATER)
    assert second.number == 2
    assert accept(case_id=case.pk, version=case.version, by=reviewer, now=LATER).run == second.run


def test_the_answer_that_was_turned_down_is_not_the_one_accepted_after_a_late_one(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    first = to_send(case, by=reviewer)

    def second_is_answered_and_turned_down() -> None:
        sent(case, reviewer, now=LATER)
        turn_down(case_id=case.pk, version=case.version, reason="Too short.", by=reviewer, now=LATER)

    late(first, second_is_answered_and_turned_down)
    case.refresh_from_db()
    assert case.state == State.ANSWERED
    assert accept(case_id=case.pk, version=case.version, by=reviewer, now=LATER).run == first.run


def refused(case: Case, by: User) -> list[str]:
    """Try to accept the answer and return why it cannot be; nothing has happened by it."""
    with pytest.raises(NotDone) as caught:
        accept(case_id=case.pk, version=case.version, by=by, now=LATER)
    assert all(flaw in str(caught.value) for flaw in caught.value.flaws)
    case.refresh_from_db()
    assert (case.state, Delivery.objects.count()) == (State.ANSWERED, 0)
    return caught.value.flaws


def test_an_answer_that_was_cut_off_cannot_be_accepted(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sent(case, reviewer, "max_tokens")
    assert refused(case, reviewer) == ["TRUNCATED: stop reason max_tokens"]


def test_what_an_answer_lacks_is_named_condition_by_condition(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    pipeline.done_conditions = {"required_json_keys": ["sum"], "contains": ["Total"], "min_chars": 1}
    pipeline.save()
    case = held(pipeline)
    sent(case, reviewer)
    assert sorted(refused(case, reviewer)) == [  # the databases keep the conditions in different orders
        "contains: does not contain 'Total'",
        "required_json_keys: no JSON object",
    ]


def test_what_the_pipeline_asks_now_counts_and_not_what_it_asked_when_the_answer_came(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sent(case, reviewer)
    Pipeline.objects.update(done_conditions={"contains": ["Total"]})
    assert refused(case, reviewer) == ["contains: does not contain 'Total'"]
    Pipeline.objects.update(done_conditions={})
    assert accept(case_id=case.pk, version=case.version, by=reviewer, now=LATER).run is not None


def test_an_answer_that_is_no_longer_kept_cannot_be_accepted(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer)
    assert sending.run is not None
    sending.run.content.delete()
    assert refused(case, reviewer) == ["its text is no longer kept"]


def test_what_a_person_makes_of_a_flawed_answer_is_their_own_and_turns_the_answer_down(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, "max_tokens")
    replace(
        case_id=case.pk, version=case.version, reason="Cut off.", text="A whole one.", by=reviewer, now=LATER
    )
    case.refresh_from_db()
    assert (case.state, case.resolution) == (State.CLOSED, "by_hand")
    assert kinds(case)[-2:] == [EventKind.NOT_ACCEPTED, EventKind.DECIDED]
    delivery = Delivery.objects.get()
    assert (delivery.text, delivery.run) == ("A whole one.", None)
    assert case.events.get(kind=EventKind.NOT_ACCEPTED).run == sending.run


def test_replacing_an_answer_can_be_undone_back_to_the_answer(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sending = sent(case, reviewer, "max_tokens")
    replace(case_id=case.pk, version=case.version, reason="Cut off.", by=reviewer, now=LATER)
    for state in (State.HELD, State.ANSWERED):
        act = CaseEvent.objects.filter(case=case, by=reviewer, undone_by=None, undoes=None).latest("pk")
        undo(event_id=act.pk, by=reviewer, now=LATER)
        case.refresh_from_db()
        assert case.state == state
    assert unread_answer(case) == sending


def test_an_answer_is_not_replaced_without_a_reason_or_by_two_things(
    pipeline: Pipeline, reviewer: User, arrivals: Bodies
) -> None:
    case = held(pipeline)
    sent(case, reviewer)
    file = OwnFile(name="pier.txt", media_type="text/plain", content=b"The pier.")
    for reason, text, field in ((" ", "A whole one.", "reason"), ("Better.", "A whole one.", "file")):
        with pytest.raises(NotComplete) as caught:
            replace(
                case_id=case.pk,
                version=case.version,
                reason=reason,
                text=text,
                file=file,
                by=reviewer,
                now=LATER,
            )
        assert caught.value.field == field
    case.refresh_from_db()
    assert (case.state, Delivery.objects.count()) == (State.ANSWERED, 0)
