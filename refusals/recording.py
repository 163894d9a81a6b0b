"""One run from its beginning to its record: judged here and at once, spooled, and told to the caller."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, Literal

from refusals.asked import SentRequest, as_told
from refusals.codes import ReasonCode
from refusals.done import DoneCondition
from refusals.endings import Outcome
from refusals.outcomes import MIN_CHARS, RunResult, check_shape
from refusals.outcomes import Verdict as Judged
from refusals.plain import plain
from refusals.reporting import LONG_NAME, Ending, Surface, answered, name_of, raised, refused
from refusals.review_dir import HeldRun, enqueue_for_review
from refusals.signals import Signal, redact
from refusals.troubles import logger

Disposition = Literal["ok", "retry", "held", "failed"]

# What the provider said, in which secrets of its protocol may stand.
_ANSWERS = ("response", "error")


@dataclass(frozen=True)
class RunVerdict:
    """How a run ended, and what its pipeline does now.

    `disposition`: go on, call again after a while, leave it to a person, or fail loudly. `recorded`: the run
    is in the spool, and reaches the hub whatever happens to this process.
    """

    run_id: str
    outcome: Outcome
    code: ReasonCode | str | None
    detail: str
    retryable: bool
    retry_after: float | None
    text: str
    signal: Signal = field(repr=False)
    recorded: bool

    @property
    def disposition(self) -> Disposition:
        if self.outcome is Outcome.OK:
            return "ok"
        if self.outcome is Outcome.DECLINED:
            return "held"
        return "retry" if self.retryable else "failed"


@dataclass(frozen=True)
class About:
    """What is known of a run before it ends. `attempts`: how many there may be; see `retrying`."""

    pipeline: str
    task_id: str = ""
    prompt: str | None = None
    request: Mapping[str, Any] | None = None
    betas: tuple[str, ...] = ()
    done: tuple[DoneCondition, ...] = ()
    min_chars: int = MIN_CHARS
    run_id: str = ""
    model: str = ""
    provider: str = ""
    topic: str = ""
    attempt: int = 1
    attempts: int = 1
    final: bool = True
    timed: bool = True


class RunRecorder:
    """A run on its way; `Hub.run` gives it. `finish` it with whatever the call came to."""

    def __init__(self, about: About, keep: Callable[[bytes], bool]) -> None:
        self.about = about
        self.run_id = name_of(about.run_id, longest=LONG_NAME) or uuid.uuid4().hex
        self.verdict: RunVerdict | None = None
        self._sent: SentRequest | None = None
        self._keep = keep
        self._began = time.monotonic()

    def was_sent(self, request: SentRequest) -> None:
        """Take the request as it went over the wire in place of what the caller told; of several, the first."""
        self._sent = self._sent or request

    def finish(
        self,
        result: object = None,
        *,
        refusal: str | None = None,
        surface: Surface | None = None,
        stop_reason: str | None = None,
        http_status: int | None = None,
    ) -> RunVerdict:
        """Judge and record the run: `result` is a provider's answer, a plain text, an exception, or None.

        `refusal` is what a guard emitted instead, with the `surface` that did. Raises RuntimeError when the
        run has ended before.
        """
        provider = self.about.provider
        if refusal is not None:
            return self._end(refused(refusal, surface=surface, provider=provider))
        if isinstance(result, BaseException):
            return self._end(raised(result, provider=provider))
        return self._end(
            answered(result, provider=provider, http_status=http_status, stop_reason=stop_reason)
        )

    def __enter__(self) -> "RunRecorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.verdict is not None:
            return
        if error is not None:
            self.finish(error)
        else:
            self._end(answered(None, provider=self.about.provider, stop_reason="in_progress"))

    def _end(self, ending: Ending) -> RunVerdict:
        if self.verdict is not None:
            raise RuntimeError(f"run {self.run_id} has ended before")
        signal = ending.signal
        judged = Judged(signal.outcome, signal.code, signal.detail, signal.retryable)
        flaw = _flaw(signal, self.about)
        judged = flaw or judged
        recorded = self._keep(self._line(ending, flaw))
        self.verdict = RunVerdict(
            run_id=self.run_id,
            outcome=judged.outcome,
            code=judged.code,
            detail=judged.detail,
            retryable=judged.retryable,
            retry_after=signal.retry_after,
            text=signal.text or "",
            signal=signal,
            recorded=recorded,
        )
        if judged.outcome is Outcome.DECLINED and not recorded:
            self._hold_here(ending, judged)
        return self.verdict

    def _line(self, ending: Ending, flaw: Judged | None) -> bytes:
        """The row that the hub is told, as one line.

        The answer is told without the secrets of the provider's protocol. The request is told as it was sent: it
        can be sent again only so.
        """
        about = self.about
        request = self._sent
        if request is None and about.request is not None:
            request = as_told(about.request, betas=about.betas)
        is_followed = ending.signal.retryable and about.attempt < about.attempts
        now = datetime.now(timezone.utc) if about.timed else None
        took = min(int((time.monotonic() - self._began) * 1000), 2**31 - 1)
        row: dict[str, Any] = {
            "run_id": self.run_id,
            "pipeline": name_of(about.pipeline),
            "task_id": name_of(about.task_id, longest=LONG_NAME),
            "prompt": about.prompt if about.prompt is not None or about.request is not None else "",
            "betas": list(request.betas) or None if request else None,
            **{name: redact(value) if name in _ANSWERS else value for name, value in ending.fields.items()},
            "provider": name_of(about.provider),
            "model": name_of(about.model),
            "topic": name_of(about.topic),
            "at": now and now.isoformat(timespec="milliseconds"),
            "duration_ms": took if about.timed else None,
            "attempt": min(about.attempt, 32_767),
            "final": about.final and not is_followed,
            "done_failures": _lacks(flaw) or None,
        }
        told = {
            name: json.dumps(value, separators=(",", ":")) for name, value in row.items() if value is not None
        }
        if request is not None:
            told["request"] = request.body
        return "{{{}}}\n".format(",".join(f'"{name}":{text}' for name, text in told.items())).encode()

    def _hold_here(self, ending: Ending, judged: Judged) -> None:
        """A decline is never only a return value: without a spool it goes to the directory of held runs."""
        raw = ending.signal.raw
        result = RunResult(
            raw.http_status, raw.stop_reason, ending.signal.text, refusal=ending.fields.get("refusal")
        )
        prompt = self.about.prompt
        if prompt is None:
            prompt = json.dumps(plain(self.about.request or {}), sort_keys=True)
        try:
            path = enqueue_for_review(HeldRun(str(self.about.task_id), prompt, result, judged))
        except (OSError, ValueError) as error:
            logger.error("Declined run %s could be kept nowhere: %s", self.run_id, error)
        else:
            logger.warning("Declined run %s waits in %s, since the spool takes nothing.", self.run_id, path)


def _flaw(signal: Signal, about: About) -> Judged | None:
    """What is wrong with the shape of an answer that ended well."""
    if signal.outcome is not Outcome.OK:
        return None
    return check_shape(signal.text, min_chars=about.min_chars, done=about.done)


def _lacks(flaw: Judged | None) -> list[str]:
    """What the hub is told of a flaw; that an answer is empty it sees for itself."""
    return [flaw.detail] if flaw is not None and flaw.code != ReasonCode.EMPTY_OUTPUT else []
