"""A row's ending: the provider's signal, a guard's refusal or an exception's facts, then the done-conditions.

A machine judges shape. What an answer *says* never changes its outcome here: text that reads like
a refusal only marks the run as suspected, for a person to hold or dismiss.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pipelines.models import FallbackCounts, Pipeline
from pipelines.rows import ErrorIn, RowIn
from pipelines.storable import storable
from refusals import (
    DoneCondition,
    Outcome,
    ReasonCode,
    RunResult,
    conditions_from,
    describe,
    judge,
    min_chars,
    reads_like_refusal,
)
from refusals.signals import RULES_VERSION, Decline, Signal, read, read_error

# Where a column is shorter than what a provider may send, the beginning is what lists show; the body is kept whole.
_WIDTHS = {"provider": 40, "stop_reason": 80, "category": 120, "error_code": 120, "request_id": 120, "found_at": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a run ended, by the machine, with the evidence it saw. `signal` is the raw side of it."""

    outcome: Outcome
    code: str
    detail: str
    retryable: bool
    signal: Signal
    declines: tuple[Decline, ...]
    suspected: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the judgement as the columns of `Run`."""
        raw, usage = self.signal.raw, self.signal.usage
        texts = {name: storable(str(getattr(raw, name) or ""))[:width] for name, width in _WIDTHS.items()}
        return {
            "outcome": self.outcome.value,
            "code": self.code,
            "retryable": self.retryable,
            "retry_after": self.signal.retry_after if self.retryable else None,
            "suspected": self.suspected,
            "serving_model": storable(self.signal.model or "")[:120],
            "http_status": raw.http_status,
            "rules_version": self.signal.rules,
            "input_tokens": usage.get("input_tokens"),
            "output_tokens": usage.get("output_tokens"),
            **texts,
        }


def judge_row(row: RowIn, *, pipeline: Pipeline) -> Judgement:
    """Judge a row: read what came, then hold an answer against the done-conditions."""
    signal = _signal(row)
    judged = Judgement(
        outcome=signal.outcome,
        code=str(signal.code or ""),
        detail=signal.detail,
        retryable=signal.retryable,
        signal=signal,
        declines=signal.declines,
    )
    if judged.outcome is Outcome.OK:
        judged = _done(judged, row, pipeline=pipeline)
    if judged.code == ReasonCode.FALLBACK_SERVED and pipeline.fallback_counts == FallbackCounts.DEGRADED:
        judged = replace(judged, outcome=Outcome.DEGRADED)
    answered = judged.outcome in (Outcome.OK, Outcome.DEGRADED)
    return replace(judged, suspected=answered and reads_like_refusal(signal.text))


def _done(judged: Judgement, row: RowIn, *, pipeline: Pipeline) -> Judgement:
    """Degrade an answer that misses a done-condition, the caller's own findings included."""
    failures = [(ReasonCode.DONE_CONDITION_FAILED, failure) for failure in row.done_failures]
    for condition in conditions_from(pipeline.done_conditions if row.done is None else row.done):
        if missing := condition(judged.signal.text):
            failures.append((condition.code, missing))
    if not failures:
        return judged
    return replace(
        judged,
        outcome=Outcome.DEGRADED,
        code=str(failures[0][0]),
        detail="; ".join(missing for _, missing in failures),
    )
