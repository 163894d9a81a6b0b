"""Did it work? The ending of a run, from typed signals and the shape of its answer, never from its meaning.

Order: infrastructure, explicit refusal, degraded, ok. What none of these knows is degraded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from refusals.codes import ReasonCode, describe
from refusals.done import DoneCondition
from refusals.endings import Outcome
from refusals.parsing import looks_canonical, parse_refusal
from refusals.statuses import RETRYABLE_CODES, read_status, trouble_of
from refusals.stop_reasons import DECLINES, DEGRADES, NATURAL_ENDS, PAUSES, fold_stop_reason

MIN_CHARS = 40


@dataclass(frozen=True)
class RunResult:
    """What one model call came to.

    `http_status`: None or 0 when no answer came. `stop_reason`: the provider's own value. `refusal`: what a
    guard surface emitted as its refusal, canonical or in older words. `retry_after`: seconds to wait, if the
    provider said so.
    """

    http_status: int | None
    stop_reason: str | None
    text: str | None
    refusal: str | None = field(default=None, kw_only=True)
    retry_after: float | None = field(default=None, kw_only=True)


class Verdict(NamedTuple):
    """A run's ending and why. `code` is None for a plain ok."""

    outcome: Outcome
    code: ReasonCode | str | None = None
    detail: str = ""
    retryable: bool = False


def classify(result: RunResult, *, min_chars: int = MIN_CHARS, done: Iterable[DoneCondition] = ()) -> Outcome:
    """The ending alone; see `judge`."""
    return judge(result, min_chars=min_chars, done=done).outcome


def judge(result: RunResult, *, min_chars: int = MIN_CHARS, done: Iterable[DoneCondition] = ()) -> Verdict:
    """The ending of a run with its reason code. Never raises on odd values in the fields of `result`."""
    return (
        _infrastructure(result)
        or _explicit_refusal(result)
        or _stopped_early(result)
        or check_shape(result.text, min_chars=min_chars, done=done)
        or Verdict(Outcome.OK)
    )


def check_shape(
    text: object, *, min_chars: int = MIN_CHARS, done: Iterable[DoneCondition] = ()
) -> Verdict | None:
    """What is wrong with the shape of a deliverable, or None. Lengths are characters, outer blanks apart."""
    if not isinstance(text, str | None):
        return _degraded(ReasonCode.UNKNOWN_SIGNAL, f"the answer is no text but {type(text).__name__}")
    length = len((text or "").strip())
    if not length:
        return _degraded(ReasonCode.EMPTY_OUTPUT, "the answer is empty")
    if length < min_chars:
        return _degraded(ReasonCode.TOO_SHORT, f"{length} characters, at least {min_chars} expected")
    missing = [lack for condition in done if (lack := condition(text or "")) is not None]
    return _degraded(ReasonCode.DONE_CONDITION_FAILED, "; ".join(missing)) if missing else None


def _infrastructure(result: RunResult) -> Verdict | None:
    trouble = trouble_of(result.http_status)
    if trouble is None:
        return None
    status = read_status(result.http_status)
    if status is None and _is_set(result.refusal):
        return None  # a guard that stopped the call before it was sent has no status to show
    detail = "no answer" if status is None else f"HTTP status {status}"
    return Verdict(Outcome.INFRA_ERROR, trouble.code, detail, trouble.retryable)


def _explicit_refusal(result: RunResult) -> Verdict | None:
    guard = _guard_refusal(result)
    provider = DECLINES.get(fold_stop_reason(result.stop_reason))
    if provider is None:
        return guard
    if guard and guard.outcome is Outcome.DECLINED:
        return guard  # says more than the bare stop reason
    return Verdict(Outcome.DECLINED, provider, f"stop reason {result.stop_reason}")


def _guard_refusal(result: RunResult) -> Verdict | None:
    if _is_set(result.refusal):
        parsed = parse_refusal(result.refusal)
        if parsed is None:
            detail = result.refusal.strip() if isinstance(result.refusal, str) else ""
            parsed = ReasonCode.MODEL_REFUSAL, detail
        return _refused(*parsed)
    if not looks_canonical(result.text):
        return None
    parsed = parse_refusal(result.text)
    return (
        _refused(*parsed)
        if parsed
        else _degraded(ReasonCode.UNKNOWN_SIGNAL, "a refusal with an unknown code")
    )


def _refused(code: ReasonCode | str, detail: str) -> Verdict:
    usual = describe(code).usual_outcome
    outcome = Outcome.DECLINED if usual is Outcome.OK else usual  # whatever its code, a refusal is not ok
    return Verdict(outcome, code, detail, outcome is Outcome.INFRA_ERROR and code in RETRYABLE_CODES)


def _stopped_early(result: RunResult) -> Verdict | None:
    stop_reason = fold_stop_reason(result.stop_reason)
    if stop_reason in NATURAL_ENDS:
        return None
    if stop_reason in PAUSES:
        return _degraded(ReasonCode.INCOMPLETE, f"stopped half-way: {stop_reason}")
    code = DEGRADES.get(stop_reason, ReasonCode.UNKNOWN_SIGNAL)
    return _degraded(code, f"stop reason {stop_reason}" if stop_reason else "no stop reason")


def _degraded(code: ReasonCode, detail: str) -> Verdict:
    return Verdict(Outcome.DEGRADED, code, detail)


def _is_set(refusal: object) -> bool:
    return bool(refusal.strip()) if isinstance(refusal, str) else refusal is not None and refusal is not False
