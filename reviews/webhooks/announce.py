"""Announcing: what happened to cases becomes messages, in the transaction in which it happened.

What a person did waits until it can no longer be undone without a trace; an act that is undone before
takes its unsent messages with it. No message holds a prompt, an answer, a detail or a person's name.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from reviews.models import (
    Case,
    CaseEvent,
    CaseRun,
    EventKind,
    Folded,
    Hook,
    Posting,
    Resolution,
    State,
    WebhookEndpoint,
    WebhookMessage,
)

# How long after a failed try the next one follows, in seconds; the first is at once. Three days in all.
RETRIES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# A message names this many runs of its case, the newest first.
RUNS = 20

_ALWAYS = {
    EventKind.HELD: Hook.HELD,
    EventKind.CAME_BACK: Hook.HELD,
    EventKind.CLAIMED: Hook.CLAIMED,
    EventKind.TAKEN_OVER: Hook.CLAIMED,
    EventKind.DECIDED: Hook.DECIDED,
    EventKind.SENT: Hook.SENT,
    EventKind.ANSWERED: Hook.ANSWERED,
}
# A re-issue ended without an answer: the case waits again, unless it was closed since.
_WAITS_AGAIN = (EventKind.DECLINED_AGAIN, EventKind.SEND_FAILED, EventKind.FATE_UNKNOWN)


def announce(events: Sequence[CaseEvent], *, now: datetime, undoable_for: timedelta) -> None:
    """Write the messages that tell of these stored lines of history, and ring for them.

    Nothing is asked of the database for lines that nobody is told of.
    """
    for event in events:
        if event.undoes_id:
            _withdraw(event.undoes_id, now=now)
    told = [(event, hook) for event in events for hook in _hooks(event)]
    if not told:
        return
    pipelines = {event.case.pipeline_id for event, _hook in told}
    listening: dict[int, list[WebhookEndpoint]] = {}
    for endpoint in WebhookEndpoint.objects.filter(pipeline__in=pipelines, disabled="").select_related(
        "pipeline"
    ):
        listening.setdefault(endpoint.pipeline_id, []).append(endpoint)
    if not listening:
        return
    wanted = [
        (endpoint, event, hook)
        for event, hook in told
        for endpoint in listening.get(event.case.pipeline_id, [])
        if hook in endpoint.events
    ]
    _write(_heard_before(wanted), now=now, undoable_for=undoable_for)


def _write(
    wanted: Sequence[tuple[WebhookEndpoint, CaseEvent, Hook]], *, now: datetime, undoable_for: timedelta
) -> None:
    runs = _runs_of({event.case_id for _endpoint, event, _hook in wanted})
    messages = []
    for endpoint, event, hook in wanted:
        waits = undoable_for if event.by_id else timedelta()
        data = _data(event, pipeline=endpoint.pipeline.slug, runs=runs.get(event.case_id, (0, [])))
        message = new_message(endpoint, hook, data=data, now=now, send_after=now + waits, about=event)
        messages.append(message)
    WebhookMessage.objects.bulk_create(messages)
    for pk, send_after in {message.endpoint_id: message.send_after for message in messages}.items():
        ring(pk, seconds=(send_after - now).total_seconds())


def new_message(
    endpoint: WebhookEndpoint,
    hook: Hook,
    *,
    data: Mapping[str, Any],
    now: datetime,
    send_after: datetime,
    about: CaseEvent | None = None,
) -> WebhookMessage:
    """Return a message, not yet stored, with the exact text that will leave."""
    at = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
    payload = {"type": hook.value, "timestamp": at, "data": data}
    return WebhookMessage(
        endpoint=endpoint,
        hook=hook,
        about=about,
        message_id=f"msg_{uuid4().hex}",
        payload=json.dumps(payload, separators=(",", ":")),
        created_at=now,
        send_after=send_after,
        tries_left=len(RETRIES) + 1,
    )


def ring(endpoint_id: int, *, seconds: float = 0) -> None:
    """Ring for an endpoint once what waits for it is committed. Rung by name: tasks know the steps, not they them.

    A broker that is away is logged, and a countdown may die with its worker: the sweep rings again.
    """

    def knock() -> None:
        current_app.send_task("reviews.tasks.send_webhooks", [endpoint_id], countdown=seconds or None)

    transaction.on_commit(knock, robust=True)


def _withdraw(undone: int, *, now: datetime) -> None:
    """Withdraw what has not left yet of the messages about an act that is undone."""
    unsent = WebhookMessage.objects.filter(about=undone, state=Posting.PENDING, tries=0)
    unsent.update(state=Posting.WITHDRAWN, finished_at=now)


def _hooks(event: CaseEvent) -> list[Hook]:
    """Return what a line of history is told as: nothing, one thing, or a decision and the closing it brings."""
    hooks = [_ALWAYS[kind]] if (kind := EventKind(event.kind)) in _ALWAYS else []
    to = event.changes.get("state", [None, None])[1]
    waits = to == State.HELD or (to == State.ANSWERED and kind == EventKind.UNDONE)
    if waits or (kind in _WAITS_AGAIN and event.case.state == State.HELD):
        hooks.append(Hook.HELD)
    if to == State.CLOSED and _is_told(event.case):
        hooks.append(Hook.CLOSED)
    return hooks


def _is_told(case: Case) -> bool:
    """Whether a closed case's runs have their ending: those of a merged case wait for the other's."""
    return case.merged_into is None or case.merged_into.state == State.CLOSED


def _heard_before(
    wanted: list[tuple[WebhookEndpoint, CaseEvent, Hook]],
) -> list[tuple[WebhookEndpoint, CaseEvent, Hook]]:
    """Leave out whom an undoing need not be told: who never heard of what it undoes."""
    undone = {event.undoes_id for _endpoint, event, _hook in wanted if event.undoes_id}
    if not undone:
        return wanted
    left = WebhookMessage.objects.filter(about__in=undone).exclude(state=Posting.WITHDRAWN)
    heard = set(left.values_list("endpoint_id", "about_id"))
    return [one for one in wanted if not one[1].undoes_id or (one[0].pk, one[1].undoes_id) in heard]


def _runs_of(case_ids: Iterable[int]) -> dict[int, tuple[int, list[str]]]:
    """Return, for each case, how many runs its pipeline reported, merged cases' included, and the newest's ids."""
    ids = list(case_ids)
    group = models.Case(models.When(case__in=ids, then=F("case")), default=F("case__merged_into"))
    own = CaseRun.objects.filter(Q(case__in=ids) | Q(case__merged_into__in=ids)).exclude(kind=Folded.REISSUE)
    newest = own.annotate(
        group=group,
        place=Window(RowNumber(), partition_by=group, order_by=["-run__happened_at", "-run"]),
        among=Window(Count("run"), partition_by=group),
    ).filter(place__lte=RUNS)
    found: dict[int, tuple[int, list[str]]] = {}
    for pk, among, run_id in newest.order_by("group", "place").values_list("group", "among", "run__run_id"):
        found.setdefault(pk, (among, []))[1].append(run_id)
    return found


def _data(event: CaseEvent, *, pipeline: str, runs: tuple[int, list[str]]) -> dict[str, Any]:
    case, (among, run_ids) = event.case, runs
    resolution = case.resolution
    if resolution == Resolution.MERGED and case.merged_into:
        resolution = case.merged_into.resolution
    data = {
        "case": case.pk,
        "pipeline": pipeline,
        "task_id": case.task_id,
        "run_ids": run_ids,
        "run_count": among,
        "state": str(case.state),
        "resolution": str(resolution) or None,
        "code": case.code,
        "surface": case.surface,
        "url": f"{settings.SITE_URL}{case.get_absolute_url()}",
    }
    if run_ids:
        run = quote(run_ids[0], safe="")
        data["deliverable"] = f"{settings.SITE_URL}/api/v1/runs/{run}/deliverable"
    if event.decision:
        data["decision"] = str(event.decision.kind)
    return data
