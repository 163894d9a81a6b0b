"""Rows come in, answers go out: read, validate, judge, record.

A bad row is refused with its field and does not sink its neighbours. When this returns, what was
accepted is committed.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pipelines.jsontext import BadJson, RawRow
from pipelines.judging import judge_row
from pipelines.models import Pipeline, Run
from pipelines.prompts import readable_prompt
from pipelines.record import JudgedRow, Status, record_runs
from pipelines.rows import digest_of, validate_row


class RefusedRow(ValueError):
    """A row that cannot be recorded; `errors` says why, each as {"field", "message"}."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['field']}: {error['message']}" for error in errors))
        self.errors = errors


CONFLICT = {"field": "run_id", "message": "stands already with another body; the first stays"}


def _of_another(named: str, *, pipeline: Pipeline) -> dict[str, str]:
    why = (
        f"is {named!r}, but these runs are recorded for {pipeline.slug!r}: each pipeline has a key of its own"
    )
    return {"field": "pipeline", "message": why}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one row: where it stands in the batch, its run if it has one, what is wrong if anything is.

    The run of a conflict is the one that stands.
    """

    index: int
    status: Status | Literal["refused"]
    run: Run | None = None
    errors: list[dict[str, str]] = field(default_factory=list)


def ingest(
    *,
    pipeline: Pipeline,
    rows: Iterable[RawRow | BadJson],
    now: datetime,
    placed: Callable[[str], datetime] | None = None,
) -> list[Answer]:
    """Record the rows of one batch and answer for each, in their order.

    `placed` says, from a row's digest, when a row happened that does not say so itself; else it is `now`.
    """
    answers: dict[int, Answer] = {}
    judged: dict[int, JudgedRow] = {}
    for index, raw in enumerate(rows):
        try:
            judged[index] = judged_row(raw, pipeline=pipeline, placed=placed)
        except RefusedRow as refused:
            answers[index] = Answer(index, "refused", errors=refused.errors)
    recorded = record_runs(pipeline=pipeline, rows=list(judged.values()), now=now)
    for index, result in zip(judged, recorded, strict=True):
        errors = [CONFLICT] if result.status == "conflict" else []
        answers[index] = Answer(index, result.status, result.run, errors)
    return [answers[index] for index in sorted(answers)]


def judged_row(
    raw: RawRow | BadJson, *, pipeline: Pipeline, placed: Callable[[str], datetime] | None = None
) -> JudgedRow:
    """Validate and judge one row. Raises RefusedRow."""
    if isinstance(raw, BadJson):
        raise RefusedRow([{"field": "row", "message": str(raw)}])
    row = validate_row(raw.fields)
    if isinstance(row, list):
        raise RefusedRow(row)
    if row.pipeline not in ("", pipeline.slug):
        raise RefusedRow([_of_another(row.pipeline, pipeline=pipeline)])
    digest = digest_of(raw)
    return JudgedRow(
        raw=raw,
        row=row,
        # A file is imported again, a call happens once: only there is a row without an id known by its content.
        run_id=row.run_id or (digest[:32] if placed else uuid.uuid4().hex),
        digest=digest,
        happened_at=row.at or (placed(digest) if placed else None),
        judgement=judge_row(row, pipeline=pipeline),
        prompt=readable_prompt(prompt=row.prompt, request=row.request),
    )
