"""Chats that hear of alerts: a lead tries them, changes what they hear of, and removes them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from pipelines.models import Pipeline
from reviews.alerts import hooks
from reviews.forget import forget_alerts
from reviews.models import OFF, Alert, AlertHook, AlertMessage, Failure, Posting
from reviews.webhooks.endpoints import SwitchedOff
from tests.alerts.making import risky, send_all
from tests.receiver import Receiver
from tests.reviews.making import HOUR, NOW

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_a_test_says_that_it_is_one_and_its_ending_is_in_the_log(
    hook: AlertHook, receiver: Receiver, lead: User, client_as: SignIn
) -> None:
    message = hooks.test(hook_id=hook.pk, by=lead, now=NOW)
    send_all(now=NOW)
    (arrived,) = receiver.arrived
    said = json.loads(arrived.body)["text"]
    assert "This is a test" in said and "Nothing has happened" in said
    assert not Alert.objects.exists()
    client = client_as(lead)
    assert "RefusalHub: a test" in client.get("/alerts/").content.decode()
    page = client.get(message.get_absolute_url()).content.decode()
    assert "delivered" in page and "This is a test" in page


def test_a_test_is_tried_once(hook: AlertHook, receiver: Receiver, lead: User) -> None:
    receiver.else_ = (500, {}, b"no_service")
    message = hooks.test(hook_id=hook.pk, by=lead, now=NOW)
    for days in (0, 3):
        send_all(now=NOW + timedelta(days=days))
    message.refresh_from_db()
    assert (message.state, len(receiver.arrived)) == (Posting.FAILED, 1)
    assert message.attempts.get().excerpt == "no_service"


def test_a_test_is_never_posted_into_our_own_network(
    hook: AlertHook, receiver: Receiver, lead: User, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    message = hooks.test(hook_id=hook.pk, by=lead, now=NOW)
    send_all(now=NOW)
    assert receiver.arrived == []
    assert message.attempts.get().failure == Failure.ADDRESS


def test_a_test_is_forgotten_like_every_message(hook: AlertHook, lead: User) -> None:
    hooks.test(hook_id=hook.pk, by=lead, now=NOW)
    send_all(now=NOW)
    assert forget_alerts(now=NOW + 2 * HOUR, keep=HOUR) == 1


def test_no_test_goes_to_a_chat_that_is_switched_off(hook: AlertHook, lead: User, client_as: SignIn) -> None:
    hooks.switch(hook_id=hook.pk, on=False, by=lead, now=NOW)
    with pytest.raises(SwitchedOff):
        hooks.test(hook_id=hook.pk, by=lead, now=NOW)
    client = client_as(lead)
    assert "/test/" not in client.get(hook.get_absolute_url()).content.decode()
    shown = client.post(f"{hook.get_absolute_url()}test/", follow=True)
    assert "Nothing is sent to an address that is switched off." in shown.content.decode()
    assert not AlertMessage.objects.exists()


def test_a_lead_sends_a_test_from_the_page_of_the_chat(
    hook: AlertHook, lead: User, client_as: SignIn
) -> None:
    client = client_as(lead)
    assert f"{hook.get_absolute_url()}test/" in client.get(hook.get_absolute_url()).content.decode()
    shown = client.post(f"{hook.get_absolute_url()}test/", follow=True)
    assert shown.redirect_chain == [(AlertMessage.objects.get().get_absolute_url(), 302)]
    assert AlertMessage.objects.get().test


def test_a_lead_changes_what_a_chat_hears_of_and_never_sees_its_address(
    hook: AlertHook, pipeline: Pipeline, other_pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    client = client_as(lead)
    page = client.get(hook.get_absolute_url())
    assert page.context["form"].initial == {"pipeline": None, "kinds": ["code", "escalating"]}
    assert hook.url not in page.content.decode()
    assert client.post(hook.get_absolute_url(), {"pipeline": "", "kinds": []}).status_code == 422
    chosen = {"pipeline": other_pipeline.pk, "kinds": ["code", "new"]}
    assert client.post(hook.get_absolute_url(), chosen).status_code == 302
    hook.refresh_from_db()
    assert (hook.pipeline, hook.kinds) == (other_pipeline, ["code", "new"])
    User.objects.update(email="")
    risky(pipeline)
    assert not AlertMessage.objects.exists()
    risky(other_pipeline)
    assert AlertMessage.objects.get().hook == hook


def test_a_removed_chat_hears_nothing_more_and_its_log_stays(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    User.objects.update(email="")
    risky(pipeline)
    send_all(now=NOW)
    receiver.answers = [(500, {}, b"no_service")]
    risky(pipeline, at=NOW + 2 * HOUR)
    send_all(now=NOW + 2 * HOUR)
    told, waits = AlertMessage.objects.order_by("pk")
    client, shown = client_as(lead), str(hook)
    assert "cannot be brought back" in client.get(f"{hook.get_absolute_url()}remove/").content.decode()
    assert AlertHook.objects.get().removed_at is None
    assert client.post(f"{hook.get_absolute_url()}remove/")["Location"] == "/alerts/"
    risky(pipeline, at=NOW + 6 * HOUR)
    send_all(now=NOW + timedelta(days=2))
    assert len(receiver.arrived) == 2
    assert set(AlertMessage.objects.values_list("pk", "state")) == {
        (told.pk, Posting.DELIVERED),
        (waits.pk, Posting.FAILED),
    }
    assert waits.attempts.order_by("pk").last().failure == OFF  # type: ignore[union-attr]  # there are two
    page = client.get("/alerts/")
    assert list(page.context["hooks"]) == []
    assert shown in page.content.decode()
    for address in ("", "test/", "remove/", "on/"):
        assert client.post(f"{hook.get_absolute_url()}{address}").status_code == 404


def test_of_a_removed_chat_the_secret_address_is_forgotten(hook: AlertHook, lead: User) -> None:
    before = str(hook)
    hooks.remove(hook_id=hook.pk, by=lead, now=NOW)
    hook.refresh_from_db()
    assert hook.url == str(hook) == before


def test_nobody_but_a_lead_tries_changes_or_removes_a_chat(
    hook: AlertHook, reviewer: User, client_as: SignIn
) -> None:
    client = client_as(reviewer)
    for address in ("", "test/", "remove/"):
        assert client.post(f"{hook.get_absolute_url()}{address}").status_code == 403
    with pytest.raises(PermissionDenied):
        hooks.test(hook_id=hook.pk, by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        hooks.change(hook_id=hook.pk, pipeline=None, kinds=[], by=reviewer)
    with pytest.raises(PermissionDenied):
        hooks.remove(hook_id=hook.pk, by=reviewer, now=NOW)


def test_the_database_knows_no_removed_chat_that_is_on_and_no_test_to_a_person(
    hook: AlertHook, lead: User
) -> None:
    with pytest.raises(IntegrityError, match="alert_hook_removed_is_off"), transaction.atomic():
        AlertHook.objects.update(removed_at=NOW)
    with pytest.raises(IntegrityError, match="alert_message_test_is_a_chats"), transaction.atomic():
        AlertMessage.objects.create(person=lead, test=True, created_at=NOW, send_after=NOW, tries_left=1)
    message = hooks.test(hook_id=hook.pk, by=lead, now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AlertMessage.objects.filter(pk=message.pk).update(test=False)
