"""Chats that hear of alerts: added and switched off by leads."""

from datetime import datetime

from django.contrib.auth.models import User

from pipelines.models import Pipeline
from reviews.access import LEAD, require
from reviews.models import AlertHook, AlertKind


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
    """Switch a chat on or off. What waits for one that is off is withdrawn when it is due."""
    require(by, LEAD)
    AlertHook.objects.filter(pk=hook_id, disabled_at__isnull=not on).update(disabled_at=None if on else now)
