"""What a lead does with endpoints: add, change, rotate the secret, switch off and on, test, send again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from pipelines.models import Pipeline
from reviews.access import LEAD, require
from reviews.models import TOLD, Disabled, Hook, Posting, WebhookEndpoint, WebhookMessage
from reviews.webhooks.announce import RETRIES, new_message, ring
from reviews.webhooks.sign import new_secret

# How long the secret of before signs as well, after a rotation.
OLD_SECRET_HOLDS = timedelta(hours=24)


class AddressTaken(ValueError):
    """The pipeline has an endpoint with this address already."""


class NothingToSend(ValueError):
    """There is nothing to send; the message says why."""


class SwitchedOff(NothingToSend):
    """The address is switched off, of an endpoint or a chat."""

    def __init__(self) -> None:
        super().__init__(_("Nothing is sent to an address that is switched off."))


def add(*, pipeline: Pipeline, url: str, events: Sequence[str], by: User, now: datetime) -> WebhookEndpoint:
    """Add an endpoint; its `secret` is to be shown now and never again. Raises AddressTaken."""
    require(by, LEAD)
    endpoint = WebhookEndpoint(
        pipeline=pipeline,
        url=url,
        events=_known(events),
        secret=new_secret(),
        created_by=by,
        created_at=now,
    )
    _save(endpoint)
    return endpoint


def edit(*, endpoint_id: int, url: str, events: Sequence[str], by: User) -> WebhookEndpoint:
    """Change where an endpoint is and what it wants to hear. Raises AddressTaken."""
    require(by, LEAD)
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    endpoint.url, endpoint.events = url, _known(events)
    _save(endpoint, "url", "events")
    return endpoint


def rotate(*, endpoint_id: int, by: User, now: datetime) -> str:
    """Give an endpoint a new secret and return it, this once. The one of before signs as well for a day."""
    require(by, LEAD)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + OLD_SECRET_HOLDS
        endpoint.secret = new_secret()
        endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    return endpoint.secret


def disable(*, endpoint_id: int, by: User, now: datetime) -> None:
    """Send nothing to an endpoint any more; what waits for it waits on."""
    require(by, LEAD)
    enabled = WebhookEndpoint.objects.filter(pk=endpoint_id, disabled="")
    enabled.update(disabled=Disabled.BY_HAND, disabled_at=now)


def enable(*, endpoint_id: int, by: User) -> None:
    """Send to an endpoint again, what waited first."""
    require(by, LEAD)
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint_id).exclude(disabled="").update(
            disabled="", disabled_at=None, rests_until=None, failures=0
        )
        ring(endpoint_id)


def test(*, endpoint_id: int, by: User, now: datetime) -> WebhookMessage:
    """Send an endpoint a message about nothing, to see whether it arrives. Raises SwitchedOff."""
    require(by, LEAD)
    endpoint = WebhookEndpoint.objects.select_related("pipeline").get(pk=endpoint_id)
    if endpoint.disabled:
        raise SwitchedOff
    with transaction.atomic():
        data = {"pipeline": endpoint.pipeline.slug}
        message = new_message(endpoint, Hook.TEST, data=data, now=now, send_after=now)
        message.save()
        _at_once(endpoint)
    return message


def send_again(*, message_id: int, by: User, now: datetime) -> WebhookMessage:
    """Send a message once more, under the same id, with all its tries. Raises NothingToSend."""
    require(by, LEAD)
    with transaction.atomic():
        found = WebhookMessage.objects.select_related("endpoint").get(pk=message_id)
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=found.endpoint_id)
        message = WebhookMessage.objects.select_for_update().get(pk=message_id)
        if message.state == Posting.WITHDRAWN or not message.tries:
            raise NothingToSend(_("What has not been sent yet cannot be sent again."))
        if endpoint.disabled:
            raise SwitchedOff
        message.state, message.finished_at = Posting.PENDING, None
        message.send_after, message.tries_left = now, len(RETRIES) + 1
        message.save(update_fields=["state", "finished_at", "send_after", "tries_left"])
        _at_once(endpoint)
    return message


def _at_once(endpoint: WebhookEndpoint) -> None:
    """Ring for what a person asked for: they do not wait for a rest to end."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    ring(endpoint.pk)


def _known(events: Sequence[str]) -> list[str]:
    """Return the events in their order. Raises ValueError for one that nobody is told of, or none."""
    if not events or not set(events) <= {hook.value for hook in TOLD}:
        raise ValueError(f"no events, or unknown ones: {events}")
    return [hook.value for hook in TOLD if hook.value in events]


def _save(endpoint: WebhookEndpoint, *fields: str) -> None:
    try:
        with transaction.atomic():
            endpoint.save(update_fields=fields or None)
    except IntegrityError as error:
        raise AddressTaken(_("This pipeline has a webhook with this address already.")) from error
