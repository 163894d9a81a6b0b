"""The way back to the pipeline, over HTTP: what a person obtained for a run that was held."""

import hashlib
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Response

from pipelines.api import KeyThrottle, find_run, pipeline_speaking
from pipelines.models import Run, RunContent
from reviews.models import Case, CaseRun, Delivery, Resolution, State
from reviews.move import leaves_after

router = Router(tags=["deliverables"])

# Seconds until a pipeline asks again. A person decides, so a minute is soon.
ASK_AGAIN = 60


class DeliverableOut(Schema):
    """What became of a held run.

    `state`: `held` while a person has it; `answered`, with `text`; `by_hand`, with `text` where a person wrote
    one; `upheld`, `withdrawn` or `reclassified`; `expired` once the texts are gone.
    """

    run_id: str
    state: str
    text: str | None = None
    delivered_at: datetime | None = None


# Declared before the address of a run itself, whose id may hold any character, a slash included.
@router.get(
    "/runs/{path:run_id}/deliverable",
    response={
        200: DeliverableOut,
        202: DeliverableOut,
        304: None,
        404: dict[str, str],
        409: dict[str, str],
        410: DeliverableOut,
    },
    throttle=[KeyThrottle()],
    summary="What a person obtained for a held run",
)
def get_deliverable(request: HttpRequest, run_id: str) -> Response:
    """Return the answer of a run's case, or where the case stands.

    202 while it is held, with `Retry-After`; 200 once it is settled; 410 when the answer's text has been
    deleted by retention; 409 for a run that was never held. `ETag` and `If-None-Match` save the repetition.
    """
    run = find_run(pipeline=pipeline_speaking(request), run_id=run_id)
    if run is None:
        return Response({"detail": f"No run {run_id!r} in this pipeline."}, status=404)
    link = CaseRun.objects.filter(run=run).select_related("case__merged_into").first()
    if link is None:
        return Response({"detail": f"Run {run_id!r} was never held."}, status=409)
    status, body = deliverable_of(link.case, run=run, now=timezone.now())
    return _tagged(request, Response(body, status=status))


def deliverable_of(case: Case, *, run: Run, now: datetime) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and what is told of a held run's case, or of the one that it is merged into.

    What was delivered after the run is its answer, whatever becomes of the case: a repeat that brings
    the case back waits for an answer of its own.
    """
    told: dict[str, Any] = {"run_id": run.run_id}
    delivery = _delivered(case, now=now).filter(at__gte=run.recorded_at).first()
    if delivery is None and case.merged_into and not _may_be_undone(case, now=now):
        case = case.merged_into
        delivery = _delivered(case, now=now).filter(at__gte=run.recorded_at).first()
    if delivery is None and (case.state != State.CLOSED or _may_be_undone(case, now=now)):
        return 202, {**told, "state": "held"}
    if delivery is None and case.resolution in (Resolution.BY_HAND, Resolution.DELIVERED):
        delivery = _delivered(
            case, now=now
        ).last()  # a repeat of what a person had done: theirs answers it too
    if delivery is None:
        return 200, {**told, "state": case.resolution}
    text = _text(delivery)
    if text is None:
        return 410, {**told, "state": "expired"}
    state = "answered" if delivery.run_id else "by_hand"
    return 200, {**told, "state": state, "text": text, "delivered_at": delivery.at}


def _delivered(case: Case, *, now: datetime) -> QuerySet[Delivery]:
    return case.deliveries.filter(taken_back_at=None, send_after__lte=now).select_related("run")


def _may_be_undone(case: Case, *, now: datetime) -> bool:
    """Whether the decision that closed it is so fresh that nobody outside is told yet."""
    return case.closed_at is not None and now < case.closed_at + leaves_after()


def _text(delivery: Delivery) -> str | None:
    """The delivered text; None where retention has deleted it."""
    if delivery.run_id is None:
        return delivery.text
    content = RunContent.objects.filter(run=delivery.run_id).first()
    return content.answer if content else None


def _tagged(request: HttpRequest, response: Response) -> Response:
    """Give the answer its ETag, and take away its body where the caller has it."""
    tag = f'"{hashlib.sha256(response.content).hexdigest()}"'
    known = {name.strip().removeprefix("W/") for name in request.headers.get("If-None-Match", "").split(",")}
    status = response.status_code
    if tag in known or "*" in known:
        response = Response(None, status=304)
        response.content = b""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    if status == 202:
        response["Retry-After"] = str(ASK_AGAIN)
    return response
