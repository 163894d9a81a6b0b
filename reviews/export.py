"""A whole case as one document: every text, request, decision and line of its history, for people who read texts.

Times are in UTC. Texts are as they are stored; requests stand as text, for their bytes count.
"""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from pipelines.models import Deletion, Run, RunContent
from reviews.models import Case, CaseEvent, Decision, DeliveredFile, Delivery, Reissue

# Rises when a reader of older documents would misread a newer one.
FORMAT = "refusalhub-case-1"
CALL = (
    "run_id",
    "outcome",
    "code",
    "corrected_outcome",
    "corrected_code",
    "surface",
    "provider",
    "requested_model",
    "serving_model",
    "stop_reason",
    "category",
    "error_code",
    "http_status",
    "request_id",
    "input_tokens",
    "output_tokens",
    "duration_ms",
)
TEXTS = ("prompt", "request", "betas", "response", "answer", "detail", "extra")


def export(case: Case, *, now: datetime) -> dict[str, Any]:
    """Return the case as plain values."""
    related = ("by", "approved_by", "turned_down_by", "run__content", "run__deletion", "deletion")
    reissues = case.reissues.select_related(*related).order_by("number")
    decisions = case.decisions.select_related("by").order_by("at", "pk")
    events = case.events.select_related("by").order_by("at", "pk")
    given = case.deliveries.select_related("by", "file", "deletion").defer("file__content")
    deliveries = given.order_by("at", "pk")
    return {
        "format": FORMAT,
        "exported_at": _time(now),
        "case": _case(case),
        "original": _run(case.first_run),
        "runs": [
            {
                "id": link.run_id,
                "kind": link.kind,
                "run_id": link.run.run_id,
                "at": _time(link.run.happened_at),
            }
            for link in case.folded.select_related("run").order_by("run__happened_at", "run")
        ],
        "reissues": [_reissue(one) for one in reissues],
        "decisions": [_decision(one) for one in decisions],
        "deliveries": [_delivery(one) for one in deliveries],
        "history": [_event(one) for one in events],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "id": case.pk,
        "url": f"{settings.SITE_URL}{case.get_absolute_url()}",
        "pipeline": case.pipeline.slug,
        "task_id": case.task_id,
        "topic": case.topic.slug if case.topic else None,
        "code": case.code,
        "state": case.state,
        "resolution": case.resolution or None,
        "merged_into": case.merged_into_id,
        "first_seen": _time(case.first_seen),
        "last_seen": _time(case.last_seen),
        "closed_at": _time(case.closed_at),
        "declines": case.declines,
        "came_back": case.returns,
    }


def _run(run: Run) -> dict[str, Any]:
    """Return a call with its texts; they are null where they are no longer kept."""
    content = RunContent.objects.filter(run=run).first()
    return {
        "id": run.pk,
        "at": _time(run.happened_at),
        **{name: getattr(run, name) for name in CALL},
        "texts": _texts(content) if content else None,
        "texts_deleted": _deletion(run.deletion),
    }


def _texts(content: RunContent) -> dict[str, str | None]:
    """Return the texts; `unstorable` is the JSON of those that hold what no text column can."""
    kept = content.unstorable
    return {
        **{name: getattr(content, name) for name in TEXTS},
        "unstorable": bytes(kept).decode("ascii") if kept else None,
    }


def _reissue(one: Reissue) -> dict[str, Any]:
    return {
        "number": one.number,
        "by": _person(one.by),
        "at": _time(one.created_at),
        "state": one.state,
        "model": one.model,
        "added": _added(one),
        "request": one.request or None,
        "betas": one.betas or None,
        "texts_deleted": _deletion(one.deletion),
        "original_digest": one.original_digest,
        "sent_at": _time(one.sending_since),
        "sent_to": one.sent_to or None,
        "finished_at": _time(one.finished_at),
        "answer": _run(one.run) if one.run else None,
    }


def _added(one: Reissue) -> dict[str, Any]:
    """Return what the person added, and all that they vouched for with it."""
    return {
        "way": one.way,
        "purpose": one.purpose,
        "serves": one.serves,
        "authority": one.authority,
        "background": one.background,
        "handling_limits": one.handling_limits,
        "text_before": one.text_before or None,
        "text_after": one.text_after or None,
        "attestation": one.attestation or None,
        "attested_at": _time(one.attested_at),
        "needs_second": one.needs_second,
        "approved_by": _person(one.approved_by) if one.approved_by else None,
        "approved_at": _time(one.approved_at),
        "turned_down_by": _person(one.turned_down_by) if one.turned_down_by else None,
        "turned_down_why": one.turned_down_why or None,
    }


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "by": _person(one.by),
        "at": _time(one.at),
        "reason": one.reason,
        "to_outcome": one.to_outcome or None,
        "to_code": one.to_code or None,
    }


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "by": _person(one.by),
        "at": _time(one.at),
        "leaves_at": _time(one.send_after),
        "taken_back_at": _time(one.taken_back_at),
        "run": one.run_id,
        "text": one.text or None,
        "file": _file(one.file) if one.file else None,
        "texts_deleted": _deletion(one.deletion),
    }


def _file(file: DeliveredFile) -> dict[str, Any]:
    """Return what names a file; its content is downloaded from the page."""
    return {"name": file.name, "media_type": file.media_type, "bytes": file.size, "sha256": file.sha256}


def _event(one: CaseEvent) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "at": _time(one.at),
        "by": _person(one.by) if one.by else None,
        "run": one.run_id,
        "text": one.text,
        "changes": one.changes,
        "undoes": one.undoes_id,
    }


def _deletion(one: Deletion | None) -> dict[str, Any] | None:
    """Return when retention deleted a text, and after how many days; null where it is kept, or never was."""
    return {"at": _time(one.at), "after_days": one.after_days} if one else None


def _person(person: User) -> dict[str, str]:
    return {"username": person.username, "name": person.get_full_name()}


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
