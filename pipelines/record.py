"""Judged rows become runs: stored once, with their texts and declines, in one transaction.

Last step of ingest. `runs_recorded` is sent inside the same transaction, so that who listens
(`reviews` holds and counts) either happens with the runs or not at all.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from pipelines.jsontext import RawRow
from pipelines.judging import Judgement
from pipelines.models import DeclineEvent, KeepContent, Origin, Pipeline, Run, RunContent, Topic
from pipelines.models.run import week_of
from pipelines.prompts import folding_text
from pipelines.rows import RowIn
from pipelines.storable import kept_aside, storable
from pipelines.topics import Topics
from refusals import Outcome, review_key
from refusals.signals import redact

# Sent with `runs` (list[Run], those stored now and no duplicate) and `now`.
runs_recorded = Signal()

Status = Literal["stored", "duplicate", "conflict"]
SAMPLED_SHARE = 0.05
RACES_BEFORE_GIVING_UP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRow:
    """A valid row with the machine's judgement of it."""

    raw: RawRow
    row: RowIn
    run_id: str
    digest: str
    judgement: Judgement
    prompt: str
    happened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a row. `run` is the one that stands under its run id, stored now or before."""

    status: Status
    run: Run


def record_runs(
    *, pipeline: Pipeline, rows: Sequence[JudgedRow], now: datetime, origin: Origin = Origin.PIPELINE
) -> list[Recorded]:
    """Store the rows in one transaction and return what became of each, in their order.

    A run id that stands already is a duplicate when its body is the same, else a conflict; the
    first stays. Another transaction that stores the same id at the same time wins or loses by the
    unique constraint: the loser looks again.
    """
    for _ in range(RACES_BEFORE_GIVING_UP):
        try:
            with transaction.atomic():
                return _record(pipeline=pipeline, rows=rows, now=now, origin=origin)
        except IntegrityError as error:
            # PostgreSQL names the constraint, SQLite its columns.
            if not any(name in str(error) for name in ("run_id_once_per_pipeline", "pipelines_run.run_id")):
                raise
            lost_race = error
    raise lost_race


def _record(
    *, pipeline: Pipeline, rows: Sequence[JudgedRow], now: datetime, origin: Origin
) -> list[Recorded]:
    known = {
        run.run_id: run
        for run in Run.objects.filter(
            pipeline=pipeline, origin=origin, run_id__in=[row.run_id for row in rows]
        )
    }
    topics = Topics(pipeline=pipeline)
    topics.load(row.row.topic for row in rows)
    results: list[Recorded] = []
    stored: list[tuple[JudgedRow, Run]] = []
    for row in rows:
        if standing := known.get(row.run_id):
            same = standing.body_digest == row.digest
            results.append(Recorded("duplicate" if same else "conflict", standing))
            continue
        topic = topics.find(name=row.row.topic, prompt=row.prompt)
        run = known[row.run_id] = _run(row, pipeline=pipeline, topic=topic, now=now, origin=origin)
        stored.append((row, run))
        results.append(Recorded("stored", run))
    if stored:
        _insert(stored, pipeline=pipeline)
        runs_recorded.send(sender=Run, runs=[run for _, run in stored], now=now)
    return results


def _run(row: JudgedRow, *, pipeline: Pipeline, topic: Topic | None, now: datetime, origin: Origin) -> Run:
    sent, judged = row.row, row.judgement
    happened_at = row.happened_at or now
    requested = sent.request.get("model") if sent.request else None
    if not isinstance(requested, str):
        requested = sent.model
    return Run(
        pipeline=pipeline,
        run_id=row.run_id,
        body_digest=row.digest,
        task_id=sent.task_id,
        case_key=review_key(sent.task_id, folding_text(prompt=sent.prompt, request=sent.request)),
        origin=origin,
        topic=topic,
        happened_at=happened_at,
        recorded_at=now,
        week=week_of(timezone.localtime(happened_at)),
        attempt=sent.attempt,
        final=sent.final,
        duration_ms=sent.duration_ms,
        surface=sent.surface,
        requested_model=storable(requested)[:120],
        **judged.columns(),
    )


def _insert(stored: Sequence[tuple[JudgedRow, Run]], *, pipeline: Pipeline) -> None:
    for row, run in stored:
        run.texts_kept = _keeps_content(run, pipeline=pipeline) or _tells_why(row)
    # In one order, so that two transactions with the same runs wait for each other and not in a ring.
    Run.objects.bulk_create(sorted((run for _, run in stored), key=lambda run: run.run_id))
    RunContent.objects.bulk_create(
        [_content(row, run) for row, run in stored if _keeps_content(run, pipeline=pipeline)]
    )
    DeclineEvent.objects.bulk_create([event for row, run in stored for event in _declines(row, run)])


def _tells_why(row: JudgedRow) -> bool:
    """Say whether a decline of the row will hold a detail: a text, too."""
    return bool(row.judgement.declines and row.judgement.detail)


def _keeps_content(run: Run, *, pipeline: Pipeline) -> bool:
    """Say whether the run's texts are kept: always, but for ok runs of a pipeline that keeps fewer of them.

    A re-issue's answer is kept whatever the pipeline keeps: a person reads it, and it is delivered.
    """
    is_plain_ok = run.outcome == Outcome.OK.value and not run.suspected and run.origin == Origin.PIPELINE
    if not is_plain_ok or pipeline.keep_ok_content == KeepContent.ALWAYS:
        return True
    # By the run id, so that the same import keeps the same sample on every machine.
    sampled = random.Random(run.run_id).random() < SAMPLED_SHARE  # noqa: S311  # a sample, not a secret
    return pipeline.keep_ok_content == KeepContent.SAMPLED and sampled


def _content(row: JudgedRow, run: Run) -> RunContent:
    sent, raw = row.row, row.raw
    whole = {
        "prompt": row.prompt,
        # To the byte, since a re-issue repeats it, the signatures of its thinking included.
        "request": raw.text("request") if sent.request is not None else "",
        "response": _as_it_came(row),
        "answer": row.judgement.signal.text or "",
        "detail": row.judgement.detail,
    }
    unknown = sent.model_extra or {}
    return RunContent(
        run=run,
        **{name: storable(text) for name, text in whole.items()},
        betas=",".join(sent.betas),
        extra=json.dumps(unknown) if unknown else "",
        unstorable=kept_aside(whole),
    )


def _as_it_came(row: JudgedRow) -> str:
    """Return the provider's body or the error as JSON text, or what a guard said; nothing for plain text."""
    if row.row.refusal is not None:
        return row.row.refusal
    body = "response" if row.row.error is None else "error"
    return redact(row.raw.text(body)) if isinstance(row.raw.fields.get(body), dict | list) else ""


def _declines(row: JudgedRow, run: Run) -> list[DeclineEvent]:
    """Return the run's declines, hop by hop; the last one of a declined run is what ended it."""
    hops = row.judgement.declines
    return [
        DeclineEvent(
            run=run,
            hop=hop,
            terminal=run.outcome == Outcome.DECLINED.value and hop == len(hops) - 1,
            code=str(decline.code),
            detail=storable(row.judgement.detail) if hop == len(hops) - 1 else "",
            surface=run.surface,
            model=storable(decline.from_model or "")[:120],
            to_model=storable(decline.to_model or "")[:120],
            category=storable(decline.category or "")[:120],
            happened_at=run.happened_at,
        )
        for hop, decline in enumerate(hops)
    ]
