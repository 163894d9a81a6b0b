"""What happens to a case is told in the transaction in which it happens, and what is undone in time is not told."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from pipelines.models import Pipeline
from refusals import Outcome, ReasonCode
from reviews.claim import claim, take_over
from reviews.decide import reclassify, reopen, settle
from reviews.deliver import accept, turn_down
from reviews.merge import merge, split
from reviews.models import TOLD, Case, Kind, Posting, WebhookEndpoint, WebhookMessage
from reviews.move import KEPT
from reviews.undo import latest, undo, until
from reviews.webhooks import endpoints
from reviews.webhooks.announce import RUNS
from tests.reviews.making import ANSWER, HOUR, NOW, answered, declined, held, record, sent

pytestmark = pytest.mark.django_db

ALL = [hook.value for hook in TOLD]
URL = "https://hooks.example/refusalhub"
UNDO = timedelta(seconds=10)


@pytest.fixture
def endpoint(pipeline: Pipeline, lead: User) -> WebhookEndpoint:
    return endpoints.add(pipeline=pipeline, url=URL, events=ALL, by=lead, now=NOW)


def told() -> list[str]:
    """Return what is told, oldest first, as event and state of the case."""
    payloads = [
        json.loads(one.payload) for one in WebhookMessage.objects.exclude(state="withdrawn").order_by("pk")
    ]
    return [f"{one['type']} {one['data']['state']}" for one in payloads]


def last() -> dict[str, Any]:
    """Return what the newest message says."""
    data: dict[str, Any] = json.loads(WebhookMessage.objects.latest("pk").payload)
    return data


def closed(case: Case, by: User, kind: Kind = Kind.UPHOLD) -> None:
    case.refresh_from_db()
    settle(case_id=case.pk, version=case.version, kind=kind, reason="Seen.", by=by, now=NOW)
    case.refresh_from_db()


def test_a_held_case_is_told_with_its_names_and_addresses_and_no_text(
    endpoint: WebhookEndpoint, pipeline: Pipeline, settings: Settings
) -> None:
    settings.SITE_URL = "https://hub.example"
    case = held(pipeline, "A secret prompt.", run_id="night/7", at=NOW - HOUR)
    assert last() == {
        "type": "case.held",
        "timestamp": "2026-03-02T12:00:00Z",
        "data": {
            "case": case.pk,
            "pipeline": "museum-guide",
            "task_id": "t1",
            "run_ids": ["night/7"],
            "run_count": 1,
            "state": "held",
            "resolution": None,
            "code": "CYBER",
            "surface": "model",
            "url": f"https://hub.example/cases/{case.pk}/",
            "deliverable": "https://hub.example/api/v1/runs/night%2F7/deliverable",
        },
    }
    message = WebhookMessage.objects.get()
    assert message.message_id.startswith("msg_") and "." not in message.message_id
    assert (message.state, message.send_after) == (Posting.PENDING, NOW)


def test_the_whole_way_of_a_case_is_told(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    claim(case_id=case.pk, by=reviewer, now=NOW)  # merely renewed
    sent(case, reviewer)
    accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW)
    assert told() == [
        "case.held held",
        "case.claimed held",
        "case.decided reissuing",
        "reissue.sent reissuing",
        "reissue.answered answered",
        "case.closed closed",
    ]
    assert last()["data"]["resolution"] == "delivered"
    texts = "".join(WebhookMessage.objects.values_list("payload", flat=True))
    for secret in ("pier", "museum asked", "leaflet", "Quoted mail", ANSWER, reviewer.username):
        assert secret not in texts


@pytest.mark.parametrize("marker", ["refusal", "status=500"])
def test_a_reissue_without_an_answer_puts_the_case_back_and_says_so(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User, sandbox: str, marker: str
) -> None:
    sent(held(pipeline), reviewer, marker)
    assert told()[-2:] == ["reissue.sent reissuing", "case.held held"]


def test_an_answer_that_is_turned_down_leaves_the_case_waiting(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User, sandbox: str
) -> None:
    case = held(pipeline)
    sent(case, reviewer)
    turn_down(case_id=case.pk, version=case.version, reason="Misses it.", by=reviewer, now=NOW)
    assert told()[-2:] == ["reissue.answered answered", "case.held held"]


@pytest.mark.parametrize(
    ("kind", "resolution"),
    [(Kind.UPHOLD, "upheld"), (Kind.BY_HAND, "by_hand"), (Kind.WITHDRAW, "withdrawn")],
)
def test_a_decision_that_closes_is_told_as_both(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User, kind: Kind, resolution: str
) -> None:
    closed(held(pipeline), reviewer, kind)
    assert told()[1:] == ["case.decided closed", "case.closed closed"]
    assert (last()["data"]["decision"], last()["data"]["resolution"]) == (kind.value, resolution)


def test_another_code_is_a_decision_that_closes_nothing(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    pii = ReasonCode.PII.value
    reclassify(
        case_id=case.pk, version=1, outcome=Outcome.DECLINED, code=pii, reason="Names.", by=reviewer, now=NOW
    )
    assert told()[1:] == ["case.decided held"]
    assert last()["data"]["code"] == pii


def test_a_case_that_comes_back_or_is_reopened_is_told_as_held_again(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    closed(case, reviewer, Kind.WITHDRAW)
    record(pipeline, [declined()])
    closed(case, reviewer)
    record(pipeline, [declined()])  # stays closed: nobody is told of a mere repeat
    reopen(case_id=case.pk, version=case.version, reason="Another look.", by=reviewer, now=NOW)
    assert [one for one in told() if one.startswith(("case.held", "case.closed"))] == [
        "case.held held",
        "case.closed closed",
        "case.held held",
        "case.closed closed",
        "case.held held",
    ]


def test_a_take_over_is_told_as_a_claim(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    case = held(pipeline)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    take_over(case_id=case.pk, by=lead, now=NOW)
    assert told()[1:] == ["case.claimed held"] * 2


def test_a_merged_case_is_closed_to_its_pipeline_once_the_other_is(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User
) -> None:
    target, case = held(pipeline, "a", run_id="a"), held(pipeline, "b", run_id="b")
    merge(case_id=case.pk, version=1, into=target.pk, by=reviewer, now=NOW)
    assert told() == ["case.held held"] * 2
    closed(target, reviewer)
    assert told()[2:] == ["case.decided closed", "case.closed closed"]
    assert last()["data"]["run_ids"] == ["b", "a"]

    late = held(pipeline, "c", run_id="c")
    merge(case_id=late.pk, version=1, into=target.pk, by=reviewer, now=NOW)
    data = last()["data"]
    assert (data["case"], data["resolution"], data["run_ids"]) == (late.pk, "upheld", ["c"])
    split(case_id=late.pk, by=reviewer, now=NOW)
    assert (told()[-1], last()["data"]["case"]) == ("case.held held", late.pk)


def test_a_message_names_the_newest_runs_and_how_many_there_are(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User
) -> None:
    at = [NOW + timedelta(minutes=number) for number in range(RUNS + 5)]
    record(pipeline, [declined(run_id=f"night-{number}", at=at[number]) for number in range(RUNS + 5)])
    assert last()["data"]["run_ids"] == [f"night-{number}" for number in range(RUNS + 4, 4, -1)]
    assert last()["data"]["run_count"] == RUNS + 5


@pytest.mark.parametrize(("text", "patience"), [("", KEPT), ("By hand.", UNDO)])
def test_what_a_person_did_waits_as_long_as_it_can_be_undone_and_is_then_not_told(
    endpoint: WebhookEndpoint,
    pipeline: Pipeline,
    reviewer: User,
    settings: Settings,
    text: str,
    patience: timedelta,
) -> None:
    settings.UNDO_SECONDS = 10
    case = held(pipeline)
    settle(case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="r", text=text, by=reviewer, now=NOW)
    waiting = WebhookMessage.objects.exclude(hook="case.held")
    assert {one.send_after for one in waiting} == {NOW + patience}
    act = latest(by=reviewer, now=NOW)
    assert act is not None
    assert until(act) == NOW + patience
    undo(event_id=act.pk, by=reviewer, now=NOW + patience - UNDO / 2)
    assert told() == ["case.held held"], "neither the act nor its undoing"
    assert {(one.state, one.tries) for one in waiting.all()} == {(Posting.WITHDRAWN, 0)}


def test_whoever_heard_of_an_act_hears_that_it_was_undone(
    endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    case = held(pipeline)
    closed(case, reviewer)
    WebhookMessage.objects.update(state=Posting.DELIVERED, tries=1, finished_at=NOW)
    endpoints.add(pipeline=pipeline, url=URL + "/2", events=ALL, by=lead, now=NOW)
    act = latest(by=reviewer, now=NOW)
    assert act is not None
    undo(event_id=act.pk, by=reviewer, now=NOW + UNDO)
    new = WebhookMessage.objects.get(state=Posting.PENDING)
    assert (new.endpoint, new.hook, json.loads(new.payload)["data"]["state"]) == (
        endpoint,
        "case.held",
        "held",
    )


def test_an_endpoint_hears_of_its_own_pipeline_and_what_it_chose(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    endpoints.add(pipeline=other_pipeline, url=URL, events=ALL, by=lead, now=NOW)
    ours = endpoints.add(pipeline=pipeline, url=URL, events=["case.closed"], by=lead, now=NOW)
    closed(held(pipeline), reviewer)
    assert [(one.endpoint, one.hook) for one in WebhookMessage.objects.all()] == [(ours, "case.closed")]


def test_an_act_that_fails_tells_nobody(endpoint: WebhookEndpoint, pipeline: Pipeline) -> None:
    class Failed(Exception):
        pass

    with pytest.raises(Failed), transaction.atomic():
        held(pipeline)
        raise Failed
    assert not WebhookMessage.objects.exists()


def test_a_pipeline_that_nobody_listens_to_costs_one_look(pipeline: Pipeline, lead: User) -> None:
    rows = [declined(f"Describe pier {number}.") for number in range(50)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        record(pipeline, rows)
    asked = [one["sql"] for one in queries.captured_queries if "webhook" in one["sql"]]
    assert len(asked) == 1
    record(pipeline, [answered()])
    with CaptureQueriesContext(connection) as queries:
        record(pipeline, [answered("Another answer, long enough to be a deliverable.")])
    assert not [one for one in queries.captured_queries if "webhook" in one["sql"]]


def test_a_batch_is_told_with_no_more_queries_than_a_row(
    endpoint: WebhookEndpoint, pipeline: Pipeline
) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            record(pipeline, [declined(f"Describe pier {count}-{number}.") for number in range(count)])
        return len(
            [one for one in captured.captured_queries if "webhook" in one["sql"] or "OVER (" in one["sql"]]
        )

    assert queries(2) == queries(60)
    assert WebhookMessage.objects.count() == 62


def test_only_a_lead_touches_endpoints(endpoint: WebhookEndpoint, pipeline: Pipeline, reviewer: User) -> None:
    pk, message = endpoint.pk, 1
    for step in (
        lambda: endpoints.add(pipeline=pipeline, url=URL, events=ALL, by=reviewer, now=NOW),
        lambda: endpoints.edit(endpoint_id=pk, url=URL, events=ALL, by=reviewer),
        lambda: endpoints.rotate(endpoint_id=pk, by=reviewer, now=NOW),
        lambda: endpoints.disable(endpoint_id=pk, by=reviewer, now=NOW),
        lambda: endpoints.enable(endpoint_id=pk, by=reviewer),
        lambda: endpoints.test(endpoint_id=pk, by=reviewer, now=NOW),
        lambda: endpoints.send_again(message_id=message, by=reviewer, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            step()


def test_an_address_stands_once_in_a_pipeline(
    endpoint: WebhookEndpoint, pipeline: Pipeline, other_pipeline: Pipeline, lead: User
) -> None:
    with pytest.raises(endpoints.AddressTaken):
        endpoints.add(pipeline=pipeline, url=URL, events=ALL, by=lead, now=NOW)
    other = endpoints.add(pipeline=pipeline, url=URL + "/2", events=ALL, by=lead, now=NOW)
    with pytest.raises(endpoints.AddressTaken):
        endpoints.edit(endpoint_id=other.pk, url=URL, events=ALL, by=lead)
    for wrong in ([], ["endpoint.test"], ["case.eaten"]):
        with pytest.raises(ValueError, match="events"):
            endpoints.edit(endpoint_id=other.pk, url=URL, events=wrong, by=lead)
    again = endpoints.edit(endpoint_id=other.pk, url=URL + "/3", events=["case.closed", "case.held"], by=lead)
    assert again.events == ["case.held", "case.closed"]
    endpoints.add(pipeline=other_pipeline, url=URL, events=ALL, by=lead, now=NOW)
