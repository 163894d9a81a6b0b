"""Chats that hear of alerts: leads add them, try them, change what they hear of, switch them off and remove them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from pipelines.models import Pipeline
from reviews.access import LEAD, require
from reviews.alerts.raising import ring
from reviews.models import AlertHook, AlertKind, AlertMessage
from reviews.webhooks.endpoints import SwitchedOff


def add(*, url: str, pipeline: Pipeline | None, kinds: list[str], by: User, now: datetime) -> AlertHook:
    """Add a chat's incoming webhook. Raises ValueError for a kind that there is none of."""
    require(by, LEAD)
    return AlertHook.objects.create(
        url=url,
        pipeline=pipeline,
        kinds=[AlertKind(kind).value for kind in kinds],
        created_by=by,
        created_at=now,
    )


def switch(*, hook_id: int, on: bool, by: User, now: datetime) -> None:
    """Switch a chat on or off. What waits for one that is off ends when it is due, and is not sent."""
    require(by, LEAD)
    hooks = AlertHook.objects.filter(pk=hook_id, disabled_at__isnull=not on, removed_at=None)
    hooks.update(disabled_at=None if on else now)


def change(*, hook_id: int, pipeline: Pipeline | None, kinds: list[str], by: User) -> None:
    """Change what a chat hears of from now on. Raises ValueError for a kind that there is none of."""
    require(by, LEAD)
    hooks = AlertHook.objects.filter(pk=hook_id, removed_at=None)
    hooks.update(pipeline=pipeline, kinds=[AlertKind(kind).value for kind in kinds])


@transaction.atomic
def test(*, hook_id: int, by: User, now: datetime) -> AlertMessage:
    """Send a chat a message about nothing, once, to see whether it arrives. Raises SwitchedOff."""
    require(by, LEAD)
    hook = AlertHook.objects.get(pk=hook_id)
    if hook.disabled_at:
        raise SwitchedOff
    message = AlertMessage.objects.create(hook=hook, test=True, created_at=now, send_after=now, tries_left=1)
    ring(message.pk)
    return message


@transaction.atomic
def remove(*, hook_id: int, by: User, now: datetime) -> None:
    """Remove a chat for good. Its row stays for the log of what it was told; its secret address is forgotten."""
    require(by, LEAD)
    hook = AlertHook.objects.select_for_update().get(pk=hook_id)
    hook.removed_at = hook.removed_at or now
    hook.disabled_at = hook.disabled_at or now
    hook.url = str(hook)
    hook.save(update_fields=["removed_at", "disabled_at", "url"])
