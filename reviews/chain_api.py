"""The chain of a held run, over HTTP: what was sent again for it, how that ended, and whether an answer is there.

It holds no text and no person's name. What can still be undone is not told yet, as with the deliverable.
"""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.responses import Response

from pipelines.api import KeyThrottle, Problem
from pipelines.models import Run
from reviews.api import deliverable_of, held_run
from reviews.models import Case, Decision, Reissue, Sending
from reviews.models.reissue import GIVEN_UP
from reviews.move import undoable_for

router = Router(tags=["deliverables"])

# What has not been settled between people, or never leaves.
NOT_TOLD = (Sending.PROPOSED, *GIVEN_UP)


class CallOut(Schema):
    """One call as it was recorded, a person's correction included."""

    id: int = Field(description="The hub's number of the run.")
    run_id: str
    at: datetime = Field(description="When the call ended.")
    outcome: Literal["ok", "infra_error", "declined", "degraded"]
    code: str | None = Field(description="The reason code; null for a plain ok.")
    requested_model: str
    serving_model: str
    input_tokens: int | None
    output_tokens: int | None
    duration_ms: int | None


class ReissueOut(Schema):
    """One sending of the original with what a person added; `answer` is the call that came of it."""

    case: int
    number: int = Field(description="First, second … of its case.")
    at: datetime = Field(description="When a person asked for it.")
    state: Literal["pending", "sending", "answered", "declined", "failed", "unknown"]
    model: str
    answer: CallOut | None = Field(description="Null while nothing came back.")


class DecisionOut(Schema):
    """What a person settled. Who it was is not told to machines."""

    case: int
    kind: Literal["reissue", "uphold", "by_hand", "reclassify", "withdraw"]
    at: datetime


class ChainOut(Schema):
    """The chain of the run's case, and of the case that it is merged into; each list oldest first."""

    run_id: str
    state: str = Field(description="As in the deliverable: held, answered, by_hand, upheld and so on.")
    delivered: bool = Field(description="Whether an answer is there for this run, its text kept or not.")
    original: CallOut
    reissues: list[ReissueOut]
    decisions: list[DecisionOut]


# Declared before the address of a run itself, whose id may hold any character, a slash included.
@router.get(
    "/runs/{path:run_id}/chain",
    response={200: ChainOut, frozenset({401, 404, 409, 429}): Problem},
    throttle=[KeyThrottle()],
    summary="The chain of a held run",
)
def get_chain(request: HttpRequest, run_id: str) -> Response:
    """Return the original, its re-issues and how they ended, and the decisions; 409 for a run that was never held."""
    run, case = held_run(request, run_id)
    return Response(chain_of(case, run=run, now=timezone.now()))


def chain_of(case: Case, *, run: Run, now: datetime) -> dict[str, Any]:
    """Return what is told of a held run's chain."""
    _status, deliverable = deliverable_of(case, run=run, now=now)
    group = [pk for pk in (case.pk, case.merged_into_id) if pk]
    sent = Reissue.objects.filter(case__in=group, send_after__lte=now).exclude(state__in=NOT_TOLD)
    settled = Decision.objects.filter(case__in=group, event__undone_by=None).select_related("event")
    settled = settled.exclude(reissue__state__in=NOT_TOLD)
    return {
        "run_id": run.run_id,
        "state": deliverable["state"],
        "delivered": "delivered_at" in deliverable,
        "original": _call(case.first_run),
        "reissues": [_reissue(one) for one in sent.select_related("run").order_by("created_at", "pk")],
        "decisions": [
            {"case": one.case_id, "kind": one.kind, "at": one.at}
            for one in settled.order_by("at", "pk")
            if one.at + undoable_for(one.event) <= now
        ],
    }


def _reissue(one: Reissue) -> dict[str, Any]:
    return {
        "case": one.case_id,
        "number": one.number,
        "at": one.created_at,
        "state": one.state,
        "model": one.model,
        "answer": _call(one.run) if one.run else None,
    }


def _call(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "run_id": run.run_id,
        "at": run.happened_at,
        "outcome": run.effective_outcome,
        "code": run.effective_code or None,
        "requested_model": run.requested_model,
        "serving_model": run.serving_model,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "duration_ms": run.duration_ms,
    }
