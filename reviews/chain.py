"""A case's chain for a file: the original and every re-issue, what was added by whom, and what came of it."""

from datetime import datetime
from typing import Any

from reviews.models import Case, Reissue


def exported(case: Case) -> dict[str, Any]:
    """Return the chain as JSON holds it, oldest first."""
    sendings = case.reissues.select_related("by", "approved_by", "turned_down_by", "run").order_by("number")
    return {
        "case": case.pk,
        "pipeline": case.pipeline.slug,
        "task_id": case.task_id,
        "code": case.code,
        "state": case.state,
        "resolution": case.resolution,
        "original_run": case.first_run.run_id,
        "reissues": [_one(sending) for sending in sendings],
    }


def _one(sending: Reissue) -> dict[str, Any]:
    return {
        "number": sending.number,
        "way": sending.way,
        "purpose": sending.purpose,
        "serves": sending.serves,
        "authority": sending.authority,
        "background": sending.background,
        "handling_limits": sending.handling_limits,
        "text_before": sending.text_before,
        "text_after": sending.text_after,
        "attestation": sending.attestation,
        "attested_at": _time(sending.attested_at),
        "by": sending.by.username,
        "created_at": _time(sending.created_at),
        "needs_second": sending.needs_second,
        "approved_by": sending.approved_by.username if sending.approved_by else None,
        "approved_at": _time(sending.approved_at),
        "turned_down_by": sending.turned_down_by.username if sending.turned_down_by else None,
        "turned_down_why": sending.turned_down_why,
        "model": sending.model,
        "request": sending.request,
        "original_digest": sending.original_digest,
        "state": sending.state,
        "sending_since": _time(sending.sending_since),
        "finished_at": _time(sending.finished_at),
        "run": sending.run.run_id if sending.run else None,
        "outcome": sending.run.outcome if sending.run else None,
        "code": sending.run.code if sending.run else None,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
