"""What comes back late or never, and what a person makes of an answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline
from pipelines.running import Ended, call_model
from reviews.decide import settle
from reviews.deliver import accept, turn_down, unread_answer
from reviews.models import Case, EventKind, Kind, Reissue, Sending, State
from reviews.send import GRACE, send, sweep
from tests.reviews.making import HOUR, NOW, asked_with, declined, held, kinds, record, sent, to_send

LATER = NOW + HOUR
Bodies = Callable[[], list[bytes]]


def lost(case: Case, by: User) -> Reissue:
    """Send a re-issue with a worker that dies before anything comes back."""
    case.refresh_from_db()
    sending = to_send(case, by=by)

    def die(request: str) -> Ended:
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

    def slow(request: str) -> Ended:
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
