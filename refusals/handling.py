"""What a pipeline does with a run's ending: go on, retry, fail loudly, or hold it for a person.

A decline is handed over in full before anything else happens; it is never only a return value.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from refusals.codes import ReasonCode
from refusals.done import DoneCondition
from refusals.endings import Outcome
from refusals.outcomes import MIN_CHARS, RunResult, Verdict, judge
from refusals.review_dir import HeldRun, enqueue_for_review

Sink = Callable[[HeldRun], object]


class RunFailed(Exception):
    """A run that brought no deliverable. `code` and `detail` say why."""

    def __init__(self, code: ReasonCode | str, detail: str) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail


class TransientError(RunFailed):
    """Infrastructure failed and may work later: retry with backoff, after `retry_after` seconds if set."""

    def __init__(self, code: ReasonCode | str, detail: str, retry_after: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class PermanentInfraError(RunFailed):
    """Infrastructure failed and will fail again: a retry is of no use."""


class DefinitionOfDoneError(RunFailed):
    """The answer is empty, cut off or lacks what the deliverable needs."""


def handle(
    task_id: str,
    prompt: str,
    result: RunResult,
    *,
    sink: Sink = enqueue_for_review,
    done: Iterable[DoneCondition] = (),
    min_chars: int = MIN_CHARS,
) -> Literal["ok", "held"]:
    """Accept the run, hold it, or raise.

    A declined run goes to `sink` with its prompt and answer in full; an error of the sink propagates. Raises
    `TransientError`, `PermanentInfraError` or `DefinitionOfDoneError`.
    """
    verdict = judge(result, min_chars=min_chars, done=done)
    if verdict.outcome is Outcome.OK:
        return "ok"
    if verdict.outcome is Outcome.DECLINED:
        sink(HeldRun(task_id, prompt, result, verdict))
        return "held"
    raise _failure(verdict, result)


def _failure(verdict: Verdict, result: RunResult) -> RunFailed:
    code = verdict.code or ReasonCode.UNKNOWN_SIGNAL
    if verdict.outcome is Outcome.DEGRADED:
        return DefinitionOfDoneError(code, verdict.detail)
    if verdict.retryable:
        return TransientError(code, verdict.detail, result.retry_after)
    return PermanentInfraError(code, verdict.detail)
