"""`/webhooks/`: leads say where pipelines hear of their cases, and see what was sent there."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

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
from reviews.views.webhooks import PAGE_SIZE
from reviews.webhooks import endpoints
from tests.cases import held_case

URL = "https://hooks.example/refusalhub"
READING = [
    "/webhooks/",
    "/webhooks/new/",
    "/webhooks/{pk}/",
    "/webhooks/{pk}/edit/",
    "/webhooks/messages/{message}/",
]
DOING = [
    "/webhooks/{pk}/rotate/",
    "/webhooks/{pk}/disable/",
    "/webhooks/{pk}/enable/",
    "/webhooks/{pk}/test/",
    "/webhooks/messages/{message}/again/",
]
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="notices", title="Notices")


@pytest.fixture
def endpoint(pipeline: Pipeline, lead: User) -> WebhookEndpoint:
    events = [hook.value for hook in TOLD]
    return endpoints.add(pipeline=pipeline, url=URL, events=events, by=lead, now=timezone.now())


@pytest.fixture
def message(endpoint: WebhookEndpoint) -> WebhookMessage:
    return WebhookMessage.objects.get(about__case=held_case())


@pytest.fixture
def client(lead: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(lead)


def filled(address: str, message: WebhookMessage) -> str:
    return address.format(pk=message.endpoint_id, message=message.pk)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", ["viewer", "reviewer", "outsider"])
def test_nobody_but_a_lead_sees_or_does_anything(
    role: str, message: WebhookMessage, request: pytest.FixtureRequest, client_as: Callable[[User], Client]
) -> None:
    client = client_as(request.getfixturevalue(role))
    for address in READING:
        assert client.get(filled(address, message)).status_code == 403, address
    for address in [*DOING, "/webhooks/new/", "/webhooks/{pk}/edit/"]:
        assert client.post(filled(address, message), {"url": URL}).status_code == 403, address
    assert WebhookEndpoint.objects.get().disabled == ""


@pytest.mark.parametrize("address", [*READING, *DOING])
def test_a_stranger_is_led_to_the_login(address: str, message: WebhookMessage) -> None:
    response = Client().get(filled(address, message))
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/login/")


@pytest.mark.parametrize("address", DOING)
def test_what_does_something_is_posted_from_our_own_pages(
    address: str, message: WebhookMessage, lead: User
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lead)
    assert strict.get(filled(address, message)).status_code == 405
    assert strict.post(filled(address, message)).status_code == 403


@pytest.mark.parametrize("number", [0, 999_999, 10**30])
def test_what_is_not_there_is_not_found(number: int, db: None, client: Client) -> None:
    for address in READING[2:]:
        assert client.get(address.format(pk=number, message=number)).status_code == 404
    for address in DOING:
        assert client.post(address.format(pk=number, message=number)).status_code == 404


def test_a_lead_adds_a_webhook_and_sees_its_secret_once(pipeline: Pipeline, client: Client) -> None:
    assert "Nobody listens" in text(client, "/webhooks/")
    sent = {"pipeline": pipeline.pk, "url": URL, "events": ["case.closed", "case.held"]}
    response = client.post("/webhooks/new/", sent, follow=True)
    endpoint = WebhookEndpoint.objects.get()
    (shown,) = set(SECRET.findall(response.content.decode()))
    assert (shown, endpoint.events, endpoint.url) == (endpoint.secret, ["case.held", "case.closed"], URL)
    assert "no-store" in response["Cache-Control"]
    for address in ("/webhooks/", f"/webhooks/{endpoint.pk}/", f"/webhooks/{endpoint.pk}/edit/"):
        assert not SECRET.search(text(client, address))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example/", "Only https"),
        ("https://127.0.0.1/", "not a public"),
        ("https://[::ffff:169.254.169.254]/", "not public"),
        ("https://me:pass@hooks.example/", "no name and password"),
        ("nonsense", "begins with https"),
        ("", "required"),
    ],
)
def test_an_address_that_is_never_sent_to_is_refused_at_once(
    pipeline: Pipeline, client: Client, settings: Settings, url: str, said: str
) -> None:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = False, []
    response = client.post("/webhooks/new/", {"pipeline": pipeline.pk, "url": url, "events": ["case.held"]})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_a_webhook_without_events_or_twice_is_refused(endpoint: WebhookEndpoint, client: Client) -> None:
    sent = {"pipeline": endpoint.pipeline_id, "url": URL, "events": ["case.held"]}
    assert "has a webhook with this address" in client.post("/webhooks/new/", sent).content.decode()
    assert client.post("/webhooks/new/", {**sent, "url": URL + "/2", "events": []}).status_code == 422
    assert (
        client.post("/webhooks/new/", {**sent, "url": URL + "/2", "events": ["endpoint.test"]}).status_code
        == 422
    )
    assert WebhookEndpoint.objects.count() == 1


def test_a_lead_changes_rotates_and_switches_off_and_on(endpoint: WebhookEndpoint, client: Client) -> None:
    page = f"/webhooks/{endpoint.pk}/"
    assert URL in text(client, page + "edit/")
    client.post(page + "edit/", {"url": URL + "/2", "events": ["case.closed"]})
    changed = WebhookEndpoint.objects.get()
    assert (changed.url, changed.events, changed.pipeline) == (URL + "/2", ["case.closed"], endpoint.pipeline)

    response = client.post(page + "rotate/", follow=True).content.decode()
    rotated = WebhookEndpoint.objects.get()
    assert set(SECRET.findall(response)) == {rotated.secret} != {endpoint.secret}
    assert rotated.previous_secret == endpoint.secret
    assert "the one of before signs as well until" in text(client, page)

    assert "Nothing is sent there since" in client.post(page + "disable/", follow=True).content.decode()
    assert WebhookEndpoint.objects.get().disabled == Disabled.BY_HAND
    assert "switched off" in text(client, "/webhooks/")
    assert "is switched off" in client.post(page + "test/", follow=True).content.decode()
    client.post(page + "enable/")
    assert WebhookEndpoint.objects.get().disabled == ""


def test_a_test_leads_to_its_message(endpoint: WebhookEndpoint, client: Client) -> None:
    response = client.post(f"/webhooks/{endpoint.pk}/test/", follow=True)
    message = WebhookMessage.objects.get()
    assert response.redirect_chain == [(f"/webhooks/messages/{message.pk}/", 302)]
    assert "endpoint.test" in response.content.decode()


def test_a_message_shows_its_payload_and_tries_and_is_sent_again(
    message: WebhookMessage, client: Client
) -> None:
    page = f"/webhooks/messages/{message.pk}/"
    assert "Not sent yet" in text(client, page)
    assert "Send again" not in text(client, page)
    assert "cannot be sent again" in client.post(page + "again/", follow=True).content.decode()
    WebhookMessage.objects.update(tries=2, state=Posting.FAILED, finished_at=timezone.now())
    for number, excerpt in ((1, "<script>alert(1)</script>"), (2, "right\u202eleft")):
        WebhookAttempt.objects.create(
            message=message,
            number=number,
            at=timezone.now(),
            status=500,
            failure=Failure.STATUS,
            excerpt=excerpt,
        )
    shown = text(client, page)
    assert "<script>alert" not in shown and "&lt;script&gt;alert(1)" in shown
    assert 'data-shown="[RLO]"' in shown
    assert message.message_id in shown and json.loads(message.payload)["data"]["url"] in shown
    assert "the same id" in client.post(page + "again/", follow=True).content.decode()
    message.refresh_from_db()
    assert (message.state, message.tries) == (Posting.PENDING, 2)


def made(endpoint: WebhookEndpoint, count: int) -> None:
    now = timezone.now()
    WebhookMessage.objects.bulk_create(
        WebhookMessage(
            endpoint=endpoint,
            hook="endpoint.test",
            message_id=f"msg_{number:04}",
            payload="{}",
            created_at=now,
            send_after=now,
            tries_left=10,
            **({"state": Posting.DELIVERED, "tries": 1, "finished_at": now} if number % 2 else {}),
        )
        for number in range(count)
    )


def listed(page: str) -> list[str]:
    return re.findall(r"msg_\d{4}", page)


def test_the_log_is_paged_by_key_there_and_back_and_kept_to_a_state(
    endpoint: WebhookEndpoint, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made(endpoint, 3 * PAGE_SIZE)
    names = [f"msg_{number:04}" for number in range(3 * PAGE_SIZE - 1, -1, -1)]
    page = f"/webhooks/{endpoint.pk}/"
    first = text(client, page)
    assert listed(first) == names[:PAGE_SIZE]
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = text(client, page + older)
    assert listed(second) == names[PAGE_SIZE : 2 * PAGE_SIZE]
    (older,) = re.findall(r'rel="next" href="([^"]+)"', second)
    third = text(client, page + older)
    assert listed(third) == names[2 * PAGE_SIZE :] and 'rel="next"' not in third
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', third)
    assert listed(text(client, page + newer)) == names[PAGE_SIZE : 2 * PAGE_SIZE]
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert listed(text(client, page + newer)) == names[:PAGE_SIZE]

    delivered = text(client, page + "?state=delivered")
    assert listed(delivered) == names[::2][:PAGE_SIZE]
    (older,) = re.findall(r'rel="next" href="([^"]+)"', delivered)
    assert listed(text(client, page + older.replace("&amp;", "&"))) == names[::2][PAGE_SIZE:]
    assert "None is in this state" in text(client, page + "?state=failed")
    for odd in ("?state=x", "?before=x", "?before=" + "9" * 40, "?after=0", "?before=²"):
        assert listed(text(client, page + odd))[:1], odd
    with django_assert_num_queries(10):
        text(client, page)


def test_htmx_gets_the_log_alone(message: WebhookMessage, client: Client) -> None:
    part = client.get(f"/webhooks/{message.endpoint_id}/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section") and message.message_id[:10] in part


def test_a_receiver_that_does_not_answer_is_said(endpoint: WebhookEndpoint, client: Client) -> None:
    rests = timezone.now() + timedelta(minutes=5)
    WebhookEndpoint.objects.update(failures=4, rests_until=rests)
    assert "did not answer 4 tries in a row" in text(client, f"/webhooks/{endpoint.pk}/")
    assert "no answer to 4 tries" in text(client, "/webhooks/")
