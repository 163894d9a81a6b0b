"""The way back to the pipeline, over HTTP: what a person obtained for a run that was held."""

import math
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.errors import HttpError
from ninja.responses import Response

from pipelines.api import KeyThrottle, find_run, pipeline_speaking
from pipelines.models import Deletion, Run, RunContent
from reviews.attach import attachment
from reviews.expire import expires_at, nobody_looked
from reviews.models import Case, CaseRun, DeliveredFile, Delivery, Resolution, State
from reviews.move import KEPT, leaves_after
from reviews.tagged import tagged_answer

router = Router(tags=["deliverables"])

# Seconds until a pipeline asks again. A person decides, so a minute is soon; what has waited for hours is not
# settled within the next minute, so the pause grows to a sixtieth of the time waited.
ASK_AGAIN = 60
ASK_AGAIN_AT_MOST = 900


class FileOut(Schema):
    """A file that a person gave in place of a text."""

    name: str
    media_type: str = Field(description="As the person's browser told it.")
    bytes: int
    sha256: str
    url: str = Field(description="Where its content is, for the same key.")


class DeliverableOut(Schema):
    """What became of a held run.

    `state`: `held` while a person has it; `answered`, with `text`; `by_hand`, with the `text` or the `file` of
    a person, if they gave one; `upheld`, `withdrawn` or `reclassified`; `expired` once what was delivered is
    deleted, with a `reason` that says when;
    `held_expired` where nobody looked in time, with a `reason`: no answer and no approval, and it is still held.
    Further states may come: what you do not know is no answer.
    """

    run_id: str
    state: str
    text: str | None = None
    file: FileOut | None = None
    reason: str | None = None
    delivered_at: datetime | None = None


class NoDeliverable(Schema):
    """Why there is nothing to fetch."""

    detail: str


FILE_ADDRESS, ADDRESS = "/runs/{path:run_id}/deliverable/file", "/runs/{path:run_id}/deliverable"
_OTHERWISE: dict[Any, Any] = {
    202: DeliverableOut,
    304: None,
    404: NoDeliverable,
    409: NoDeliverable,
    410: DeliverableOut,
}
_BINARY = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


# Declared before the address of a run itself, whose id may hold any character, a slash included.
@router.api_operation(["HEAD"], FILE_ADDRESS, throttle=[KeyThrottle()], include_in_schema=False)
@router.get(
    FILE_ADDRESS,
    response={200: None, **_OTHERWISE},
    openapi_extra={"responses": {200: _BINARY}},
    throttle=[KeyThrottle()],
    summary="The file that a person gave for a held run",
)
def get_deliverable_file(request: HttpRequest, run_id: str) -> HttpResponse:
    """Return the content of the deliverable's `file`, as a download; its `ETag` is its SHA-256.

    404 where the deliverable is no file; 202, 409 and 410 as for the deliverable.
    """
    run, case = held_run(request, run_id)
    now = timezone.now()
    status, body = deliverable_of(case, run=run, now=now)
    if status != 200:
        return tagged_answer(request, _told(status, body, case, run=run, now=now))
    delivery = _delivery(case, run=run, now=now) if "file" in body else None
    if delivery is None or delivery.file_id is None:
        return Response({"detail": f"The deliverable of run {run_id!r} is no file."}, status=404)
    file = DeliveredFile.objects.get(pk=delivery.file_id)
    return tagged_answer(request, attachment(file), tag=file.sha256)


@router.api_operation(["HEAD"], ADDRESS, throttle=[KeyThrottle()], include_in_schema=False)
@router.get(
    ADDRESS,
    response={200: DeliverableOut, **_OTHERWISE},
    throttle=[KeyThrottle()],
    summary="What a person obtained for a held run",
)
def get_deliverable(request: HttpRequest, run_id: str) -> HttpResponse:
    """Return the answer of a run's case, or where the case stands.

    202 while it is held, with `Retry-After`; 200 once it is settled, or nobody looked in time; 410 when what
    was delivered has been deleted by retention; 409 for a run that was never held. `ETag` and `If-None-Match`
    save the repetition.
    """
    run, case = held_run(request, run_id)
    now = timezone.now()
    status, body = deliverable_of(case, run=run, now=now)
    return tagged_answer(request, _told(status, body, case, run=run, now=now))


def deliverable_of(case: Case, *, run: Run, now: datetime) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and what is told of a held run's case, or of the one that it is merged into.

    What was delivered after the run is its answer, whatever becomes of the case: a repeat that brings
    the case back waits for an answer of its own.
    """
    told: dict[str, Any] = {"run_id": run.run_id}
    delivery = _delivery(case, run=run, now=now)
    case = _speaks_for(case, now=now)
    if delivery is not None:
        return _delivered(delivery, told)
    if case.state == State.CLOSED and not _may_be_undone(case, now=now):
        return 200, {**told, "state": case.resolution}
    if nobody_looked(case, run=run, now=now):
        hours = case.pipeline.held_expires_after
        reason = (
            f"Nobody looked at it within {hours} h. It is still held: what is decided later is delivered."
        )
        return 200, {**told, "state": "held_expired", "reason": reason}
    return 202, {**told, "state": "held"}


def _delivery(case: Case, *, run: Run, now: datetime) -> Delivery | None:
    """Return what was delivered for the run, by its case or by the one that speaks for it."""
    last = None
    for one in dict.fromkeys((case, _speaks_for(case, now=now))):
        given = _given(one, now=now)
        if first := given.filter(at__gte=run.recorded_at).first():
            return first
        if _is_settled(one, now=now) and one.resolution in (Resolution.BY_HAND, Resolution.DELIVERED):
            last = given.last()  # a repeat of what a person had done: theirs answers it too
    return last


def _given(case: Case, *, now: datetime) -> QuerySet[Delivery]:
    return case.deliveries.filter(taken_back_at=None, send_after__lte=now)


def _speaks_for(case: Case, *, now: datetime) -> Case:
    """Return the case that it is merged into, once that cannot be undone, or itself."""
    return case.merged_into if case.merged_into and not _may_be_undone(case, now=now) else case


def _is_settled(case: Case, *, now: datetime) -> bool:
    return case.state == State.CLOSED and not _may_be_undone(case, now=now)


def _may_be_undone(case: Case, *, now: datetime) -> bool:
    """Whether the decision that closed it is so fresh that nobody outside is told yet."""
    told_at = _told_at(case)
    return told_at is not None and now < told_at


def _told_at(case: Case) -> datetime | None:
    """Return when anybody outside is told that the case is closed; None while it is open."""
    if case.closed_at is None:
        return None
    with_it = case.deliveries.filter(at=case.closed_at, taken_back_at=None)
    return case.closed_at + (leaves_after() if with_it.exists() else KEPT)


def _delivered(delivery: Delivery, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return the status and what is told of a delivery: its text or its file, or that retention has deleted it."""
    state = "answered" if delivery.run_id else "by_hand"
    told = {**told, "state": state, "delivered_at": delivery.at}
    if delivery.file_id:
        kept = DeliveredFile.objects.filter(pk=delivery.file_id, content__isnull=False).defer("content")
        if file := kept.first():
            return 200, {**told, "file": _file_out(file, run_id=told["run_id"])}
    elif delivery.run_id is None and delivery.text:
        return 200, {**told, "text": delivery.text}
    elif content := RunContent.objects.filter(run=delivery.run_id).first():
        return 200, {**told, "text": content.answer}
    deletion = delivery.run.deletion if delivery.run else delivery.deletion
    return 410, {**told, "state": "expired", "reason": _deleted(deletion)}


def _deleted(deletion: Deletion | None) -> str:
    """Say when a text was deleted and why, in the one language of this API."""
    if deletion is None:
        return "What was delivered is no longer kept."
    on, days = f"{timezone.localtime(deletion.at):%Y-%m-%d}", deletion.after_days
    return f"What was delivered was deleted on {on} after {days} d (retention of {deletion.pipeline})."


def _file_out(file: DeliveredFile, *, run_id: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "bytes": file.size,
        "sha256": file.sha256,
        "url": f"{settings.SITE_URL}/api/v1/runs/{quote(run_id, safe='')}/deliverable/file",
    }


def held_run(request: HttpRequest, run_id: str) -> tuple[Run, Case]:
    """Return the run of the key's pipeline, and its case. Raises HttpError, which says which of them is not there."""
    run = find_run(pipeline=pipeline_speaking(request), run_id=run_id)
    if run is None:
        raise HttpError(404, f"No run {run_id!r} in this pipeline.")
    related = ("case__pipeline", "case__merged_into__pipeline")
    link = CaseRun.objects.filter(run=run).select_related(*related).first()
    if link is None:
        raise HttpError(409, f"Run {run_id!r} was never held.")
    return run, link.case


def _told(status: int, body: dict[str, Any], case: Case, *, run: Run, now: datetime) -> Response:
    """Return the answer, and while it is none yet, when to ask again."""
    response = Response(body, status=status)
    if status == 202:
        response["Retry-After"] = str(_ask_again(_speaks_for(case, now=now), run=run, now=now))
    return response


def _ask_again(case: Case, *, run: Run, now: datetime) -> int:
    """Return the seconds until it is worth asking again; no later than when something is known to change."""
    waited = (now - run.recorded_at).total_seconds()
    pause = min(max(ASK_AGAIN, waited / 60), ASK_AGAIN_AT_MOST)
    changes = [expires_at(case, run=run), _told_at(case)]
    left = [(at - now) / timedelta(seconds=1) for at in changes if at is not None and at > now]
    return max(1, math.ceil(min([pause, *left])))
