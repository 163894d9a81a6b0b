"""The API of machines: report runs, ask for one. Mounted under /api/v1/ by the project."""

import time
from typing import Any, Literal
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.responses import Response
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from pipelines.bodies import JSON_TYPES, LINES_TYPES, BadBody, rows_of
from pipelines.ingest import Answer, ingest
from pipelines.keys import pipeline_of
from pipelines.models import Origin, Pipeline, Run
from pipelines.numbers import number_in
from pipelines.rows import RowIn

router = Router(tags=["runs"])


class KeyAuth(HttpBearer):
    """`Authorization: Bearer rh_…`: the key says which pipeline is speaking."""

    def authenticate(self, request: HttpRequest, token: str) -> Pipeline | None:
        return pipeline_of(token)


class KeyThrottle(BaseThrottle):
    """So many requests a minute and pipeline (`API_REQUESTS_PER_MINUTE`); then 429 before any work.

    A counter in the cache, not ninja's own list of timestamps: that one is kept on the instance,
    which all threads of a server share.
    """

    def allow_request(self, request: HttpRequest) -> bool:
        key = f"api-requests:{pipeline_speaking(request).pk}:{int(time.time() // 60)}"
        cache.add(key, 0, timeout=120)
        limit: int = settings.API_REQUESTS_PER_MINUTE
        return cache.incr(key) <= limit

    def wait(self) -> float:
        """Return the seconds until the next minute begins."""
        return 60 - time.time() % 60


def pipeline_speaking(request: HttpRequest) -> Pipeline:
    """Return the pipeline whose key authenticated the request."""
    pipeline: Pipeline = request.auth  # type: ignore[attr-defined]  # set by ninja from `KeyAuth`
    return pipeline


class RunOut(Schema):
    """How a run ended, and what its caller does now."""

    id: int = Field(description="The hub's number of the run.")
    run_id: str = Field(description="The caller's own name for it, or the one that was made.")
    outcome: Literal["ok", "infra_error", "declined", "degraded"]
    code: str | None = Field(description="The reason code; null for a plain ok.")
    disposition: Literal["ok", "retry", "held", "failed"] = Field(
        description="What to do now: take the answer, try again, wait for a person, or fail loudly."
    )
    retry_after: float | None = Field(description="Seconds to wait before a retry, if the provider said so.")
    suspected: bool = Field(description="The answer reads like a refusal; a person will look.")
    url: str = Field(description="The run's address in this API.")
    page: str = Field(description="The run's page for people, which leads to its case.")


def run_out(run: Run) -> dict[str, Any]:
    """Return a run as the API shows it: a person's correction where there is one, else the machine's judgement."""
    return {
        "id": run.pk,
        "run_id": run.run_id,
        "outcome": run.effective_outcome,
        "code": run.effective_code or None,
        "disposition": run.disposition,
        "retry_after": run.retry_after,
        "suspected": run.suspected,
        "url": f"{settings.SITE_URL}/api/v1/runs/{quote(run.run_id, safe='')}",
        "page": f"{settings.SITE_URL}{run.get_absolute_url()}",
    }


class Problem(Schema):
    """Why a whole request was refused."""

    detail: str


class FieldError(Schema):
    """What is wrong with one field."""

    field: str
    message: str


class RowOut(Schema):
    """What became of one row, by its place in the request."""

    index: int = Field(description="From 0.")
    status: Literal["stored", "duplicate", "conflict", "refused"]
    run: RunOut | None = Field(None, description="The run under this run id; left out for a refused row.")
    errors: list[FieldError] | None = Field(
        None, description="Why a row was refused, or conflicts; else left out."
    )


def row_out(answer: Answer) -> dict[str, Any]:
    """Return one row's answer as the API shows it; a conflict names the run that stands."""
    out: dict[str, Any] = {"index": answer.index, "status": answer.status}
    if answer.run:
        out["run"] = run_out(answer.run)
    if answer.errors:
        out["errors"] = answer.errors
    return out


STATUS_OF_ONE = {"stored": 201, "duplicate": 200, "conflict": 409, "refused": 422}

_ROW_SCHEMA = RowIn.model_json_schema()
_BODY = {
    "requestBody": {
        "required": True,
        "description": (
            "One run, or up to 1,000 as a JSON array or as JSON lines, at most 16 MiB. "
            "`Content-Encoding: gzip` is understood; the 16 MiB hold unpacked."
        ),
        "content": {
            JSON_TYPES[0]: {"schema": {"oneOf": [_ROW_SCHEMA, {"type": "array", "items": _ROW_SCHEMA}]}},
            LINES_TYPES[0]: {"schema": {"type": "string"}},
        },
    }
}


@router.post(
    "/runs",
    response={
        201: RowOut,
        200: RowOut | list[RowOut],
        409: RowOut,
        422: RowOut,
        frozenset({400, 401, 413, 415, 429}): Problem,
    },
    throttle=[KeyThrottle()],
    openapi_extra=_BODY,
    summary="Report runs",
)
def post_runs(request: HttpRequest) -> Response:
    """Record one run or many; each is answered for itself.

    One run: 201 stored, 200 a duplicate, 409 a conflict, 422 refused. Many: 200 and a list in the
    order of the rows; a bad row is refused by index and field while the others are stored. A run
    that was sent before is answered as before and stored once, so a request may simply be repeated.
    """
    # The body is read by hand: a typed list would let one bad row sink its neighbours.
    try:
        rows, alone = rows_of(request)
    except BadBody as bad:
        return Response({"detail": str(bad)}, status=bad.status)
    answers = ingest(pipeline=pipeline_speaking(request), rows=rows, now=timezone.now())
    out = [row_out(answer) for answer in answers]
    if alone:
        return Response(out[0], status=STATUS_OF_ONE[answers[0].status])
    return Response(out)


@router.get(
    "/runs/{path:run_id}",
    response={200: RunOut, frozenset({401, 404, 429}): Problem},
    throttle=[KeyThrottle()],
    summary="One run",
)
def get_run(request: HttpRequest, run_id: str) -> Response:
    """Look up a run of the key's own pipeline, by your run id, or else by the hub's number.

    Ask again later to learn of a person's correction: a run that was held or failed may have been
    reclassified.
    """
    run = find_run(pipeline=pipeline_speaking(request), run_id=run_id)
    if run is None:
        return Response({"detail": f"No run {run_id!r} in this pipeline."}, status=404)
    return Response(run_out(run))


def find_run(*, pipeline: Pipeline, run_id: str) -> Run | None:
    """Return the pipeline's run with this run id, or else with this number; None where there is neither."""
    runs = Run.objects.filter(pipeline=pipeline, origin=Origin.PIPELINE)
    number = number_in(run_id)
    by_number = runs.none() if number is None else runs.filter(pk=number)
    return runs.filter(run_id=run_id).first() or by_number.first()
