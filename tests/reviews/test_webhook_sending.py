"""Messages reach a real receiver at least once, under one id, signed as the specification's own library wants."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks.webhooks
from django.contrib.auth.models import User
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from pipelines.models import Pipeline
from reviews.models import (
    TOLD,
    Disabled,
    Failure,
    Posting,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)
from reviews.webhooks import endpoints
from reviews.webhooks.announce import RETRIES
from reviews.webhooks.send import AT_ONE_RING, LEASE, send_due, sweep
from tests.receiver import Answer, Receiver, receiving
from tests.reviews.making import NOW, held

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
DOWN: Answer = (503, {}, b"down")
ALL = [hook.value for hook in TOLD]


class Clock:
    """The time, which only a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def endpoint(pipeline: Pipeline, lead: User, receiver: Receiver) -> WebhookEndpoint:
    return endpoints.add(pipeline=pipeline, url=receiver.url, events=ALL, by=lead, now=NOW)


def message_of(pipeline: Pipeline, prompt: str = "Describe the pier.") -> WebhookMessage:
    """Hold a case and return the message that tells of it."""
    case = held(pipeline, prompt)
    return WebhookMessage.objects.get(about__case=case)


def ring(endpoint: WebhookEndpoint, clock: Callable[[], datetime]) -> datetime | None:
    return send_due(endpoint_id=endpoint.pk, clock=clock, jitter=lambda: 0.0)


def read_at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the receivers' library read the clock that the hub sent by."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Then":
            return cls.fromtimestamp(moment.timestamp(), UTC)

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Then)


def test_a_message_is_verified_by_the_library_of_the_specification(
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    pipeline: Pipeline,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = message_of(pipeline)
    assert ring(endpoint, clock) is None
    (arrived,) = receiver.arrived
    read_at(NOW, monkeypatch)
    assert Webhook(endpoint.secret).verify(arrived.body, arrived.headers) == json.loads(message.payload)
    assert arrived.body.decode() == message.payload
    assert arrived.headers["webhook-id"] == message.message_id
    assert arrived.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(arrived.body + b" ", arrived.headers)
    message.refresh_from_db()
    assert (message.state, message.tries, message.finished_at) == (Posting.DELIVERED, 1, NOW)
    attempt = message.attempts.get()
    assert (attempt.number, attempt.status, attempt.failure) == (1, 204, "")


def test_a_receiver_that_was_down_for_five_tries_gets_the_message_at_the_sixth(
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    pipeline: Pipeline,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = message_of(pipeline)
    receiver.answers = [DOWN] * 5
    waits = []
    for _try in range(5):
        due = ring(endpoint, clock)
        assert due is not None
        message.refresh_from_db()
        assert (message.state, message.send_after) == (Posting.PENDING, due)
        assert ring(endpoint, clock) is None, "nothing is sent before its time"
        waits.append((due - clock.now).total_seconds())
        clock.now = due
        assert sweep(now=clock.now) == [endpoint.pk]
    assert waits == list(RETRIES[:5])
    assert ring(endpoint, clock) is None
    message.refresh_from_db()
    assert (message.state, message.tries) == (Posting.DELIVERED, 6)
    assert receiver.ids() == [message.message_id] * 6
    assert [one.status for one in message.attempts.all()] == [503] * 5 + [204]
    assert message.attempts.all()[0].excerpt == "down"
    # Every try is signed anew, with its own time.
    last = receiver.arrived[-1]
    assert last.headers["webhook-timestamp"] == str(int(clock.now.timestamp()))
    read_at(clock.now, monkeypatch)
    Webhook(endpoint.secret).verify(last.body, last.headers)


def test_a_message_that_nobody_takes_is_given_up_after_three_days(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    message = message_of(pipeline)
    receiver.else_ = (500, {}, b"")
    while due := ring(endpoint, clock):
        clock.now = due
    message.refresh_from_db()
    assert (message.state, message.tries) == (Posting.FAILED, len(RETRIES) + 1)
    assert timedelta(days=3) < clock.now - NOW < timedelta(days=4)
    assert sweep(now=clock.now + timedelta(days=9)) == []


def test_the_wait_varies_so_that_not_all_come_back_at_once(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    message_of(pipeline)
    receiver.else_ = (500, {}, b"")
    due = send_due(endpoint_id=endpoint.pk, clock=clock, jitter=lambda: 1.0)
    assert due == NOW + 6 * SECOND


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "waited"),
    [
        ("1200", timedelta(minutes=20)),
        ("Mon, 02 Mar 2026 13:00:00 GMT", timedelta(hours=1)),
        ("999999999999", timedelta(days=1)),
        ("1", 5 * SECOND),
        ("-3", 5 * SECOND),
        ("soon", 5 * SECOND),
        ("Mon, 02 Mar 2020 13:00:00 GMT", 5 * SECOND),
    ],
)
def test_a_receiver_is_left_alone_for_as_long_as_it_asks(
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    pipeline: Pipeline,
    clock: Clock,
    status: int,
    said: str,
    waited: timedelta,
) -> None:
    message_of(pipeline), message_of(pipeline, "Another.")
    receiver.else_ = (status, {"Retry-After": said}, b"")
    due = ring(endpoint, clock)
    assert due == NOW + waited
    assert len(receiver.arrived) == 1, "the other message waits as well"
    clock.now = NOW + waited - SECOND
    assert ring(endpoint, clock) is None


def test_a_receiver_that_is_gone_is_switched_off_and_what_waits_for_it_waits_on(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock, lead: User
) -> None:
    first, second = message_of(pipeline), message_of(pipeline, "Another.")
    receiver.answers = [(410, {}, b"")]
    assert ring(endpoint, clock) is None
    endpoint.refresh_from_db()
    assert (endpoint.disabled, endpoint.disabled_at) == (Disabled.GONE, NOW)
    first.refresh_from_db()
    assert first.state == Posting.FAILED
    held(pipeline, "A third, of which nobody is told.")
    assert (WebhookMessage.objects.count(), sweep(now=NOW), ring(endpoint, clock)) == (2, [], None)
    endpoints.enable(endpoint_id=endpoint.pk, by=lead)
    ring(endpoint, clock)
    assert receiver.ids() == [first.message_id, second.message_id]


def test_a_redirect_is_a_failure_that_says_so(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    message = message_of(pipeline)
    receiver.else_ = (308, {"Location": receiver.url + "/else"}, b"")
    ring(endpoint, clock)
    attempt = message.attempts.get()
    assert (attempt.status, attempt.failure) == (308, Failure.REDIRECT)
    assert "redirects are not followed" in attempt.get_failure_display()
    assert len(receiver.arrived) == 1


def test_an_address_inside_is_never_reached_and_the_log_says_why(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock, settings: Settings
) -> None:
    message = message_of(pipeline)
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    ring(endpoint, clock)
    settings.WEBHOOK_ALLOW_HTTP = False
    clock.now += timedelta(hours=1)
    ring(endpoint, clock)
    assert receiver.arrived == []
    assert [(one.failure, one.excerpt) for one in message.attempts.all()] == [
        (Failure.ADDRESS, "127.0.0.1 is not a public address."),
        (Failure.ADDRESS, "Only https:// is allowed here."),
    ]


def test_while_a_secret_is_rotated_both_are_good_and_a_day_later_only_the_new_one(
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    pipeline: Pipeline,
    clock: Clock,
    lead: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = endpoint.secret
    message_of(pipeline)
    new = endpoints.rotate(endpoint_id=endpoint.pk, by=lead, now=NOW)
    ring(endpoint, clock)
    during = receiver.arrived[-1]
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    read_at(NOW, monkeypatch)
    for secret in (old, new):
        Webhook(secret).verify(during.body, during.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(during.body, during.headers)

    clock.now = NOW + timedelta(hours=24)
    message_of(pipeline, "A day later.")
    ring(endpoint, clock)
    after = receiver.arrived[-1]
    read_at(clock.now, monkeypatch)
    Webhook(new).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(after.body, after.headers)


def test_a_dead_receiver_rests_longer_each_time_while_its_neighbour_gets_everything(
    pipeline: Pipeline, lead: User, receiver: Receiver, clock: Clock
) -> None:
    with receiving() as gone:
        url = gone.url
    dead = endpoints.add(pipeline=pipeline, url=url, events=ALL, by=lead, now=NOW)
    alive = endpoints.add(pipeline=pipeline, url=receiver.url, events=ALL, by=lead, now=NOW)
    for number in range(30):
        held(pipeline, f"Describe pier {number}.")
    rests = []
    for _time in range(6):
        before = WebhookAttempt.objects.filter(message__endpoint=dead).count()
        due = ring(dead, clock)
        assert WebhookAttempt.objects.filter(message__endpoint=dead).count() == before + 1
        assert due is not None
        rests.append((due - clock.now).total_seconds())
        clock.now = due
    assert rests == [5, 20, 80, 300, 300, 300]
    ring(alive, clock)
    assert len(set(receiver.ids())) == 30


def test_once_a_receiver_is_back_it_gets_all_that_waited(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    messages = [message_of(pipeline, f"Describe pier {number}.") for number in range(5)]
    receiver.answers = [DOWN]
    due = ring(endpoint, clock)
    assert due is not None
    clock.now = due
    ring(endpoint, clock)
    assert sorted(receiver.ids()[1:]) == sorted(message.message_id for message in messages)
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.rests_until, endpoint.busy_until) == (0, None, None)


def test_a_message_that_the_receiver_does_not_like_holds_up_no_other(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    first, second = message_of(pipeline), message_of(pipeline, "Another.")
    receiver.answers = [(422, {}, b"no such task")]
    ring(endpoint, clock)
    assert receiver.ids() == [first.message_id, second.message_id]


def test_while_one_worker_sends_another_leaves_the_endpoint_to_it(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    message_of(pipeline), message_of(pipeline, "Another.")
    WebhookEndpoint.objects.update(busy_until=NOW + LEASE)
    assert (ring(endpoint, clock), sweep(now=NOW), receiver.arrived) == (None, [], [])
    clock.now = NOW + LEASE
    assert sweep(now=clock.now) == [endpoint.pk]
    ring(endpoint, clock)
    assert len(receiver.arrived) == 2


def test_a_worker_lets_others_have_their_turn_and_says_that_more_waits(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    message_of(pipeline), message_of(pipeline, "Another.")

    def slow() -> datetime:
        clock.now += AT_ONE_RING
        return clock.now

    due = ring(endpoint, slow)
    assert len(receiver.arrived) == 1
    assert due is not None and due <= clock.now


def test_a_try_that_was_cut_off_is_logged_and_made_again_under_the_same_id(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    class CutOff(BaseException):
        """As if the process ended."""

    def once_then_end() -> datetime:
        if receiver.arrived:
            raise CutOff
        return NOW

    message = message_of(pipeline)
    with pytest.raises(CutOff):
        ring(endpoint, once_then_end)
    message.refresh_from_db()
    assert (message.state, message.tries, message.attempts.count()) == (Posting.PENDING, 1, 0)
    assert ring(endpoint, clock) is None, "it may still be on its way"
    clock.now = NOW + LEASE
    ring(endpoint, clock)
    message.refresh_from_db()
    assert (message.state, message.tries) == (Posting.DELIVERED, 2)
    assert receiver.ids() == [message.message_id] * 2
    assert [(one.number, one.failure) for one in message.attempts.all()] == [(1, Failure.LOST), (2, "")]


def test_a_last_try_that_was_cut_off_is_a_failure(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock
) -> None:
    message = message_of(pipeline)
    WebhookMessage.objects.update(tries=10, tries_left=0)
    ring(endpoint, clock)
    message.refresh_from_db()
    assert (message.state, receiver.arrived) == (Posting.FAILED, [])


def test_a_message_is_sent_again_by_hand_under_its_own_id(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock, lead: User
) -> None:
    message = message_of(pipeline)
    ring(endpoint, clock)
    endpoints.send_again(message_id=message.pk, by=lead, now=NOW)
    receiver.answers = [(500, {}, b"")]
    due = ring(endpoint, clock)
    assert due == NOW + 5 * SECOND, "with all its tries"
    clock.now = due
    ring(endpoint, clock)
    message.refresh_from_db()
    assert receiver.ids() == [message.message_id] * 3
    assert [one.number for one in message.attempts.all()] == [1, 2, 3]
    assert message.state == Posting.DELIVERED


def test_what_was_never_sent_or_has_nowhere_to_go_is_not_sent_again(
    endpoint: WebhookEndpoint, pipeline: Pipeline, clock: Clock, lead: User
) -> None:
    message = message_of(pipeline)
    with pytest.raises(endpoints.NothingToSend, match="not been sent yet"):
        endpoints.send_again(message_id=message.pk, by=lead, now=NOW)
    ring(endpoint, clock)
    endpoints.disable(endpoint_id=endpoint.pk, by=lead, now=NOW)
    with pytest.raises(endpoints.NothingToSend, match="switched off"):
        endpoints.send_again(message_id=message.pk, by=lead, now=NOW)
    with pytest.raises(endpoints.NothingToSend, match="switched off"):
        endpoints.test(endpoint_id=endpoint.pk, by=lead, now=NOW)


def test_a_test_is_sent_though_the_receiver_rests(
    endpoint: WebhookEndpoint, receiver: Receiver, pipeline: Pipeline, clock: Clock, lead: User
) -> None:
    message_of(pipeline)
    receiver.answers = [DOWN]
    ring(endpoint, clock)
    message = endpoints.test(endpoint_id=endpoint.pk, by=lead, now=NOW)
    ring(endpoint, clock)
    assert receiver.ids()[-1] == message.message_id
    assert json.loads(receiver.arrived[-1].body) == {
        "type": "endpoint.test",
        "timestamp": "2026-03-02T12:00:00Z",
        "data": {"pipeline": "museum-guide"},
    }
