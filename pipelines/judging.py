"""A row's ending: the provider's signal, a guard's refusal or an exception's facts, then the done-conditions.

A machine judges shape. What an answer *says* never changes its outcome here: text that reads like
a refusal only marks the run as suspected, for a person to hold or dismiss.
"""

from dataclasses import dataclass, replace
from typing import Any

from pipelines.models import FallbackCounts, Pipeline
from pipelines.rows import ErrorIn, RowIn
from pipelines.storable import storable
from refusals import (
    Outcome,
    ReasonCode,
    RunResult,
    Verdict,
    check_shape,
    conditions_from,
    judge,
    parse_refusal,
    reads_like_refusal,
)
from refusals.signals import Decline, Raw, Signal, read
from refusals.signals.guard_models import LLAMA_GUARD, OUTPUT
from refusals.signals.recognise import provider_name

# Where a column is shorter than what a provider may send, the beginning is what lists show; the body is kept whole.
_WIDTHS = {
    "provider": 40,
    "stop_reason": 80,
    "category": 120,
    "error_code": 120,
    "request_id": 120,
    "found_at": 200,
}
# A provider's body can say anything; what is no HTTP status would not fit its column.
_STATUSES = range(100, 600)


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
        raw = self.signal.raw
        texts = {name: storable(str(getattr(raw, name) or ""))[:width] for name, width in _WIDTHS.items()}
        return {
            "outcome": self.outcome.value,
            "code": self.code,
            "retryable": self.retryable,
            "retry_after": self.signal.retry_after if self.retryable else None,
            "suspected": self.suspected,
            "serving_model": storable(self.signal.model or "")[:120],
            "http_status": raw.http_status if raw.http_status in _STATUSES else None,
            "rules_version": self.signal.rules,
            "input_tokens": self.signal.input_tokens,
            "output_tokens": self.signal.output_tokens,
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
    return replace(judged, suspected=answered and reads_like_refusal(signal.text or ""))


def _signal(row: RowIn) -> Signal:
    """Return what the row's one ending says, whichever of the four it is."""
    if row.refusal is not None:
        return _of_guard(row, row.refusal)
    if row.error is not None:
        return _of_error(row, row.error)
    if isinstance(row.response, dict | list):
        return read(row.response, provider=row.provider or None, http_status=row.http_status)
    return _of_text(row, row.text if isinstance(row.response, dict | list | None) else row.response)


def _of_guard(row: RowIn, refusal: str) -> Signal:
    verdict = judge(RunResult(None, None, None, refusal=refusal))
    if parse_refusal(refusal) is None:
        # It refused, in words that nobody registered: a guard's decline whose reason is not known.
        verdict = Verdict(Outcome.DECLINED, ReasonCode.GUARDRAIL, refusal.strip())
    return _from_verdict(row, verdict, text="")


def _of_text(row: RowIn, text: str | None) -> Signal:
    """Judge a plain text. A caller that names no stop reason says that the call ended by itself.

    Of a guard model, as the provider says, it is the verdict, and no answer.
    """
    if provider_name(row.provider) == LLAMA_GUARD:
        return read({OUTPUT: text or ""}, provider=LLAMA_GUARD, http_status=row.http_status)
    result = RunResult(row.http_status or 200, row.stop_reason or "end_turn", text)
    return _from_verdict(row, judge(result, min_chars=0), text=text or "")


def _from_verdict(row: RowIn, verdict: Verdict, *, text: str) -> Signal:
    return Signal(
        outcome=verdict.outcome,
        code=verdict.code,
        detail=verdict.detail,
        declines=_as_declines(verdict, model=row.model or None),
        retryable=verdict.retryable,
        text=text,
        raw=Raw(provider=row.provider or None, stop_reason=row.stop_reason, http_status=row.http_status),
    )


def _as_declines(verdict: Verdict, *, model: str | None) -> tuple[Decline, ...]:
    if verdict.outcome is not Outcome.DECLINED or verdict.code is None:
        return ()
    return (Decline(model, None, verdict.code),)


def _of_error(row: RowIn, error: ErrorIn) -> Signal:
    """Read an exception's facts, as if the exception itself were at hand."""
    raised = type(error.type or "Error", (ReportedError,), {})(error)
    headers = {} if error.retry_after is None else {"retry-after": str(error.retry_after)}
    http_status = error.http_status or row.http_status
    signal = read(raised, provider=row.provider or None, http_status=http_status, headers=headers)
    return replace(signal, detail=signal.detail or error.message)


class ReportedError(Exception):
    """An exception that happened at the caller's, with its body where an SDK's error has it."""

    def __init__(self, error: ErrorIn) -> None:
        super().__init__(error.message)
        self.body = error.body


def _done(judged: Judgement, row: RowIn, *, pipeline: Pipeline) -> Judgement:
    """Degrade an answer that misses a done-condition, the caller's own findings included."""
    spec = dict(pipeline.done_conditions if row.done is None else row.done)
    least = spec.pop("min_chars", None) or 0
    flaw = check_shape(judged.signal.text or "", min_chars=least, done=conditions_from(spec))
    if row.done_failures:
        flaw = Verdict(Outcome.DEGRADED, ReasonCode.DONE_CONDITION_FAILED, "; ".join(row.done_failures))
    if flaw is None:
        return judged
    return replace(judged, outcome=flaw.outcome, code=str(flaw.code), detail=flaw.detail)


def lacks(text: str, *, pipeline: Pipeline) -> list[str]:
    """Return what a text lacks of what the pipeline asks of every answer now: `condition: what is missing`."""
    conditions = conditions_from(pipeline.done_conditions)
    missing = ((condition.name, condition(text)) for condition in conditions)
    return [f"{name}: {lack}" for name, lack in missing if lack is not None]
